// How a host function starts a kernel, and how .cu files are written here.
//
// A .cu file holds one operation, in this order: a comment (operation, formula, paper, shapes, what
// is fused, passes over memory), helpers, kernels, launchers. It compiles with nvcc and, for tests,
// with g++ against native/test/emulation, which runs the kernels on the CPU. So:
//   - kernels start through launch(), never through <<<>>>; dynamic shared memory comes from
//     dynamic_shared(); the shape of a launch stands in a named constant or function beside the
//     launcher, not in the kernel;
//   - blocks are whole warps of 32 threads; warp functions name their mask; no block waits for
//     another; no cooperative groups, no textures, no __constant__ (a kernel's parameters are as
//     fast, and need no copy);
//   - every host function takes the stream, makes the device of its tensors current (DeviceGuard),
//     takes its memory from Scratch, and never waits for the device, unless it returns a number;
//   - sums have a fixed order: per thread, per warp, per block, then one block over the blocks'
//     results. Integers may use atomics, floating-point numbers may not.
// Sizes come as int64_t; an index within one image may be int where a check has made sure.
#ifndef AUTOLOSS_CUDA_LAUNCH_H_
#define AUTOLOSS_CUDA_LAUNCH_H_

#include <cuda_runtime.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace autoloss {
namespace cuda {

/// A call of CUDA that failed: which one, CUDA's words, and the name and number of the error.
class DeviceError : public std::runtime_error {
 public:
  DeviceError(const std::string& what, cudaError_t error);
};

/// Throws DeviceError if a call has failed.
inline void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) throw DeviceError(what, error);
}

/// More dynamic shared memory than this must be asked for.
constexpr size_t kSharedByDefault = 48 << 10;

/// Lets a kernel have so much dynamic shared memory on the current device. What it may have never
/// shrinks: another thread may be about to start it with more.
void allow_shared(const char* name, const void* kernel, size_t shared);

/// How many blocks of a kernel run at once on one multiprocessor of the current device; one at
/// least. The driver is asked once for each kernel, shape and device.
int resident_blocks(const char* name, const void* kernel, int threads, size_t shared);

/// A kernel as CUDA's functions for any kernel take it.
template <class... Parameters>
const void* address_of(void (*kernel)(Parameters...)) {
  return reinterpret_cast<const void*>(kernel);
}

template <class... Parameters>
int resident_blocks(const char* name, void (*kernel)(Parameters...), int threads, size_t shared) {
  return resident_blocks(name, address_of(kernel), threads, shared);
}

/// Starts a kernel on a stream and throws DeviceError if it could not be started. `name` is what it
/// is called in that message.
template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared,
            cudaStream_t stream, Arguments&&... arguments) {
  if (shared > kSharedByDefault) allow_shared(name, address_of(kernel), shared);
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  check(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...), name);
}

/// How many blocks of `each` items hold `items`.
inline unsigned blocks_for(int64_t items, int64_t each) {
  return static_cast<unsigned>((items + each - 1) / each);
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_LAUNCH_H_
