// The emulation itself: does it compute what CUDA would, and does it find what CUDA would not
// forgive? Part of the program only where the kernels run on the CPU.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#include <dlfcn.h>

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "cuda/device.h"
#include "cuda/launch.h"
#include "cuda/runtime.h"
#include "inputs.h"
#include "memory.h"

namespace {

using autoloss::cuda::block_sum;
using autoloss::cuda::dynamic_shared;
using autoloss::cuda::launch;
using checks::Case;
using checks::DeviceArray;
using checks::expect;
using checks::expect_contains;
using checks::message_of;
using cuda_on_cpu::Machine;

/// The machine as it was, at the end of a check.
struct Restored {
  ~Restored() { Machine::get().reset(); }
};

__global__ void reverse(const int* from, int* to) {
  int* tile = dynamic_shared<int>();
  const int i = threadIdx.x;
  tile[i] = from[blockIdx.x * blockDim.x + i];
  __syncthreads();
  to[blockIdx.x * blockDim.x + i] = tile[blockDim.x - 1 - i];
}

const Case kBarrier("emulation/barrier", [] {
  const Restored restored;
  std::vector<int> numbers(256);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (uint64_t seed : {0, 1, 2}) {
    Machine::get().shuffle(seed);
    const DeviceArray<int> from(numbers), to(256);
    launch("reverse", reverse, 2, 128, 128 * sizeof(int), nullptr, from.get(), to.get());
    const std::vector<int> got = to.values();
    for (int i = 0; i < 256; ++i) expect(got[i] == i / 128 * 128 + 127 - i % 128, "reversed");
  }
});

__global__ void sums(const float* from, float* to) {
  const float sum = block_sum<96>(from[threadIdx.x]);
  const float twice = block_sum<96>(sum);
  if (threadIdx.x == 95) *to = twice;
}

const Case kSums("emulation/sums of a block", [] {
  std::vector<float> numbers(96);
  for (int i = 0; i < 96; ++i) numbers[i] = static_cast<float>(i + 1);
  const DeviceArray<float> from(numbers), to(1);
  launch("sums", sums, 1, 96, 0, nullptr, from.get(), to.get());
  expect(to.values()[0] == 96 * 97 / 2 * 96, "the sum of sums");
});

__global__ void exchanges(int* out) {
  const int lane = threadIdx.x;
  const unsigned all = 0xffffffffu;
  int* mine = out + 8 * lane;
  mine[0] = __shfl_sync(all, lane, lane + 3, 8);
  mine[1] = __shfl_up_sync(all, lane, 2);
  mine[2] = __shfl_down_sync(all, lane, 5);
  mine[3] = __shfl_xor_sync(all, lane, 16);
  mine[4] = static_cast<int>(__ballot_sync(all, lane % 2));
  mine[5] = __reduce_add_sync(all, lane);
  mine[6] = static_cast<int>(__match_any_sync(all, lane / 4));
  if (lane < 4) {
    mine[7] = __reduce_max_sync(0xfu, 7 - lane);
  } else {
    mine[7] = __any_sync(~0xfu, lane == 31);
  }
}

const Case kExchanges("emulation/exchanges of a warp", [] {
  const Restored restored;
  for (uint64_t seed : {0, 7}) {
    Machine::get().shuffle(seed);
    const DeviceArray<int> out(8 * 32);
    launch("exchanges", exchanges, 1, 32, 0, nullptr, out.get());
    const std::vector<int> got = out.values();
    for (int lane = 0; lane < 32; ++lane) {
      const int* mine = got.data() + 8 * lane;
      expect(mine[0] == lane / 8 * 8 + (lane + 3) % 8, "shuffle within eight lanes");
      expect(mine[1] == (lane < 2 ? lane : lane - 2), "shuffle up");
      expect(mine[2] == (lane > 26 ? lane : lane + 5), "shuffle down");
      expect(mine[3] == (lane ^ 16), "shuffle xor");
      expect(static_cast<unsigned>(mine[4]) == 0xaaaaaaaau, "ballot");
      expect(mine[5] == 31 * 32 / 2, "reduction");
      expect(static_cast<unsigned>(mine[6]) == 0xfu << lane / 4 * 4, "match");
      expect(mine[7] == (lane < 4 ? 7 : 1), "exchange of some lanes");
    }
  }
});

__global__ void barrier_for_some() {
  if (threadIdx.x < 32) __syncthreads();
  if (threadIdx.x >= 32) __syncwarp();
  if (threadIdx.x >= 32) __syncthreads();
}

__global__ void shuffle_for_some(int* out) {
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
}

__global__ void shuffle_from_outside(int* out) {
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0xffffu, 1, 20);
}

__global__ void writes(int* out, int first) { out[first + threadIdx.x] = 1; }

const Case kMistakes("emulation/mistakes are found", [] {
  const DeviceArray<int> out(32);
  expect_contains(message_of([] { launch("k", barrier_for_some, 1, 64, 0, nullptr); }),
                  "its threads wait for each other");
  expect_contains(message_of([&] { launch("k", shuffle_for_some, 1, 32, 0, nullptr, out.get()); }),
                  "16 wait for their warp");
  expect_contains(
      message_of([&] { launch("k", shuffle_from_outside, 1, 32, 0, nullptr, out.get()); }),
      "a lane outside its mask");
  expect_contains(message_of([&] { launch("k", writes, 1, 33, 0, nullptr, out.get(), 0); }),
                  "whole warps");
  expect_contains(message_of([] {
                    const DeviceArray<int> small(30);
                    launch("k", writes, 1, 32, 0, nullptr, small.get(), 0);
                    checks::succeed(cudaFree(small.get()));
                  }),
                  "past a block of 120 bytes");
});

const Case kFailures("emulation/failures of CUDA are reported and leave it usable", [] {
  const Restored restored;
  const DeviceArray<int> out(32);
  expect_contains(message_of([&] { launch("writing", writes, 0, 32, 0, nullptr, out.get(), 0); }),
                  "CUDA, writing: invalid configuration argument (cudaErrorInvalidConfiguration");
  expect_contains(
      message_of([&] { launch("writing", writes, 1, 32, 300 << 10, nullptr, out.get(), 0); }),
      "CUDA, writing: invalid argument");
  Machine::get().fail_launch(cudaErrorLaunchFailure);
  expect_contains(message_of([&] { launch("writing", writes, 1, 32, 0, nullptr, out.get(), 0); }),
                  "unspecified launch failure");
  Machine::get().fail_allocation(0);
  expect_contains(message_of([] { autoloss::cuda::Scratch<int>(5, nullptr); }),
                  "allocating 20 bytes of scratch memory: out of memory");
  const size_t before = Machine::get().allocations();
  { const autoloss::cuda::Scratch<int> scratch(5, nullptr); }
  expect(Machine::get().allocations() == before, "scratch memory that is given back");
  launch("writing", writes, 1, 32, 0, nullptr, out.get(), 0);
  expect(out.values()[31] == 1, "a launch after failures");
  Machine::get().devices(0, cudaErrorInsufficientDriver);
  expect_contains(message_of([&] { launch("writing", writes, 1, 32, 0, nullptr, out.get(), 0); }),
                  "CUDA driver version is insufficient");
});

const Case kHalves("emulation/half precision", [] {
  for (float x : {0.0f, 1.0f, -1.5f, 3.140625f, 1e-3f, -240.0f}) {
    const float tolerance = std::abs(x) / 512;
    checks::expect_close(__half2float(__float2half_rn(x)), x, tolerance, "float16");
    checks::expect_close(__bfloat162float(__float2bfloat16_rn(x)), x, 2 * tolerance, "bfloat16");
  }
  expect(std::isinf(__half2float(__float2half_rn(1e5f))), "float16 beyond its range");
  expect(std::isnan(__bfloat162float(__float2bfloat16_rn(NAN))), "a NaN in bfloat16");
  expect(__bfloat162float(__float2bfloat16_rn(1.00390625f)) == 1.0f, "ties to even");
});

/// mIoU of two pixels of a device; all tensors where they were allocated.
void two_pixels(int device, const DeviceArray<float>& logits, const DeviceArray<int32_t>& labels,
                const DeviceArray<float>& value) {
  const double points[] = {0.5, 0.5, 0.5, 0.5};
  autoloss::Batch batch = checks::gpu_batch({1, 2, 1, 2}, logits.get(), autoloss::LOGIT_FLOAT32,
                                            labels.get(), autoloss::LABEL_INT32);
  batch.device = device;
  autoloss::region_surrogate(autoloss::METRIC_MIOU, points, 4, autoloss::ABSENT_COUNT, batch,
                             value.get(), nullptr);
}

const Case kDevices("emulation/work goes to the tensors' device", [] {
  const Restored restored;
  Machine::get().devices(2);
  const DeviceArray<int32_t> elsewhere(std::vector<int32_t>{0, 1});
  checks::succeed(cudaSetDevice(1));
  const DeviceArray<float> logits(std::vector<float>{1, 2, 3, 4}), value(1);
  const DeviceArray<int32_t> labels(std::vector<int32_t>{0, 1});
  checks::succeed(cudaSetDevice(0));
  two_pixels(1, logits, labels, value);
  expect(value.values()[0] > 0, "a value from the second device");
  int current = -1;
  checks::succeed(cudaGetDevice(&current));
  expect(current == 0, "the caller's device as it was");
  expect_contains(message_of([&] { two_pixels(1, logits, elsewhere, value); }),
                  "labels: expected memory of GPU 1, as value is, got memory of GPU 0");
  expect_contains(message_of([&] { two_pixels(0, logits, labels, value); }),
                  "value: expected memory of GPU 0, the batch's, got memory of GPU 1");
});

const Case kUnused("emulation/a device that nobody uses stays so", [] {
  const Restored restored;
  Machine::get().devices(2);
  checks::succeed(cudaSetDevice(1));
  const DeviceArray<float> logits(std::vector<float>{1, 2, 3, 4}), value(1);
  const DeviceArray<int32_t> labels(std::vector<int32_t>{0, 1});
  Machine::get().reset();  // a thread that has not yet chosen a device
  Machine::get().devices(2);
  two_pixels(1, logits, labels, value);
  expect(!Machine::get().used(0), "the thread's default device, unused");
  expect(value.values()[0] > 0, "a value from the second device");
});

const Case kShared("emulation/shared memory that a kernel may have never shrinks", [] {
  const Restored restored;
  const void* kernel = autoloss::cuda::address_of(reverse);
  const std::vector<int> numbers(64, 1);
  const DeviceArray<int> from(numbers), to(64);
  autoloss::cuda::allow_shared("reverse", kernel, 100 << 10);
  autoloss::cuda::allow_shared("reverse", kernel, 60 << 10);
  launch("reverse", reverse, 1, 64, 100 << 10, nullptr, from.get(), to.get());
  expect(to.values() == numbers, "a launch with what was allowed first");
  expect(autoloss::cuda::resident_blocks("reverse", reverse, 64, 100 << 10) ==
             autoloss::cuda::resident_blocks("reverse", reverse, 64, 100 << 10),
         "the same answer");
});

/// A function of the library that is loaded as libtorch's.
template <class Function>
Function* of_torch(void* library, const char* name) {
  auto* const found = reinterpret_cast<Function*>(dlsym(library, name));
  expect(found != nullptr, name);
  return found;
}

const Case kTorch("emulation/streams and memory are libtorch's where it is loaded", [] {
  const Restored restored;
  const DeviceArray<float> logits(std::vector<float>{1, 2, 3, 4}), value(1);
  const DeviceArray<int32_t> labels(std::vector<int32_t>{0, 1});
  two_pixels(0, logits, labels, value);
  const float expected = value.values()[0];
  expect_contains(message_of([] { autoloss::cuda_current_stream(0); }),
                  "CUDA, asking libtorch for its stream on GPU 0: libtorch_cuda.so is not loaded");

  void* const torch = dlopen(AUTOLOSS_TORCH_ON_CPU, RTLD_NOW | RTLD_LOCAL);
  expect(torch != nullptr, "a library in libtorch's place");
  const auto set_stream = of_torch<void(void*)>(torch, "torch_on_cpu_set_stream");
  const auto loans = of_torch<int64_t()>(torch, "torch_on_cpu_loans");
  const auto lent = of_torch<int64_t()>(torch, "torch_on_cpu_lent");
  const auto run_out = of_torch<void(int32_t)>(torch, "torch_on_cpu_run_out");
  void* const no_stream = of_torch<void*()>(torch, "torch_on_cpu_no_stream")();

  two_pixels(0, logits, labels, value);
  expect(autoloss::cuda_current_stream(0) == no_stream, "libtorch's stream");
  expect(loans() == 0, "no memory of libtorch on another stream than its own");
  set_stream(nullptr);
  two_pixels(0, logits, labels, value);
  expect(loans() > 0 && lent() == 0, "memory of libtorch's, given back");
  expect(value.values()[0] == expected, "the same value");
  run_out(1);
  expect_contains(message_of([&] { two_pixels(0, logits, labels, value); }),
                  "bytes of scratch memory: out of memory (cudaErrorMemoryAllocation");
  run_out(0);
  set_stream(no_stream);
});

const Case kMemory("emulation/no memory is lost where it runs out", [] {
  const Restored restored;
  const DeviceArray<float> logits(std::vector<float>{1, 2, 3, 4}), value(1);
  const DeviceArray<int32_t> labels(std::vector<int32_t>{0, 1});
  const size_t before = Machine::get().allocations();
  for (int successes : {0, 1}) {
    Machine::get().fail_allocation(successes);
    expect_contains(message_of([&] { two_pixels(0, logits, labels, value); }), "out of memory");
    expect(Machine::get().allocations() == before, "all scratch memory given back");
  }
  two_pixels(0, logits, labels, value);
  expect(value.values()[0] > 0, "a value after the failures");
});

}  // namespace
