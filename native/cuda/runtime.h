// What the host side of all CUDA operations shares: the device of a tensor, scratch memory, the
// checks of a batch.
#ifndef AUTOLOSS_CUDA_RUNTIME_H_
#define AUTOLOSS_CUDA_RUNTIME_H_

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "common/checks.h"
#include "launch.h"

namespace autoloss {
namespace cuda {

/// Makes a device current for the calling thread, and at the end the former one again.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device);
  ~CurrentDevice();
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

  int number() const { return device_; }

 private:
  int device_;
  int former_ = 0;
};

/// Makes the device that holds a tensor, or a given one, current, and at the end the former one
/// again.
class DeviceGuard {
 public:
  /// Throws std::invalid_argument if `pointer` is not memory of the batch's GPU.
  DeviceGuard(const char* argument, const void* pointer, const Batch& batch)
      : DeviceGuard(argument, pointer, batch.device, "the batch's") {}

  /// Throws std::invalid_argument if `pointer` is not memory of the GPU that a call names.
  DeviceGuard(const char* argument, const void* pointer, int device)
      : DeviceGuard(argument, pointer, device, "the call's") {}

  /// Makes a device current by its number. Throws std::invalid_argument if there is none of it.
  explicit DeviceGuard(int device);

  int device() const { return current_.number(); }

  /// Throws std::invalid_argument if `pointer` is not memory of the same device.
  void expect(const char* argument, const void* pointer) const;

 private:
  DeviceGuard(const char* argument, const void* pointer, int device, const char* whose);

  const char* argument_;
  CurrentDevice current_;
};

/// How many multiprocessors a device has.
int multiprocessors(int device);

/// The most shared memory that one block of a device can have, in bytes.
int64_t most_shared_of_block(int device);

/// The dynamic shared memory of a block that runs beside `blocks` - 1 others on a multiprocessor,
/// without what CUDA takes for each.
int64_t shared_of_one_in(int blocks, int device);

/// Memory of the current device, for the work that is put on a stream before this object ends;
/// nobody waits. It is libtorch's where that is on the same stream, so that its allocator counts
/// it, and frees what it keeps for others when memory runs short. Else it comes from a pool of the
/// library's own, which keeps up to 1 GiB and gives the rest back to the device.
class ScratchMemory {
 public:
  ScratchMemory(size_t bytes, cudaStream_t stream);
  ~ScratchMemory();
  ScratchMemory(const ScratchMemory&) = delete;
  ScratchMemory& operator=(const ScratchMemory&) = delete;

  void* get() const { return memory_; }

 private:
  void* memory_ = nullptr;
  cudaStream_t stream_;
  bool lent_ = false;  // by libtorch
};

/// `count` elements of scratch memory.
template <class T>
class Scratch {
 public:
  Scratch(int64_t count, cudaStream_t stream)
      : memory_(static_cast<size_t>(count) * sizeof(T), stream), count_(count), stream_(stream) {}

  T* get() const { return static_cast<T*>(memory_.get()); }

  /// Puts zeros into all of it, on the stream.
  void clear() const {
    if (count_ > 0) {
      check(cudaMemsetAsync(get(), 0, static_cast<size_t>(count_) * sizeof(T), stream_),
            "clearing scratch memory");
    }
  }

 private:
  ScratchMemory memory_;
  int64_t count_;
  cudaStream_t stream_;
};

/// Copies results to the host and waits for them: for operations that return numbers.
template <class T>
void read_back(const T* from, int64_t count, T* to, cudaStream_t stream) {
  check(cudaMemcpyAsync(to, from, static_cast<size_t>(count) * sizeof(T), cudaMemcpyDeviceToHost,
                        stream),
        "reading results back");
  check(cudaStreamSynchronize(stream), "waiting for results");
}

inline cudaStream_t stream_of(const Batch& batch) {
  return static_cast<cudaStream_t>(batch.stream);
}

/// The device of a loss, current as long as this object lives: that of the value. The batch is
/// checked, and all tensors are there.
class LossDevice {
 public:
  /// `gradient`: NULL where only the value is wanted.
  LossDevice(const Batch& batch, const float* value, const void* gradient)
      : guard_("value", checked(value), batch) {
    check_batch(batch);
    if (pixels_of(batch) == 0) return;
    guard_.expect("logits", batch.logits);
    guard_.expect("labels", batch.labels);
    if (gradient != nullptr) guard_.expect("gradient", gradient);
  }

  int number() const { return guard_.device(); }

 private:
  static const float* checked(const float* value) {
    check_pointer("value", value);
    return value;
  }

  DeviceGuard guard_;
};

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_RUNTIME_H_
