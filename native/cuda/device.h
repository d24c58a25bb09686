// What kernels share: reading logits and labels of every type, sums of a warp and of a block.
#ifndef AUTOLOSS_CUDA_DEVICE_H_
#define AUTOLOSS_CUDA_DEVICE_H_

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "autoloss/ops.h"
#include "common/labels.h"

#ifndef __CUDACC__
namespace cuda_on_cpu {
unsigned char* dynamic_shared_memory();
}
#endif

namespace autoloss {
namespace cuda {

constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

/// The block's dynamic shared memory, aligned to 16 bytes.
template <class T>
__device__ inline T* dynamic_shared() {
#ifdef __CUDACC__
  extern __shared__ __align__(16) unsigned char shared_memory[];
#else
  unsigned char* shared_memory = cuda_on_cpu::dynamic_shared_memory();  // in tests on the CPU
#endif
  return reinterpret_cast<T*>(shared_memory);
}

__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(__half x) { return __half2float(x); }
__device__ inline float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }

/// What a gradient by logits is written in where it need not be float32: bfloat16 has the range of
/// float32, so that no scaled loss brings it to 0.
template <class Logit>
struct GradientBy {
  using Type = float;
};
template <>
struct GradientBy<__nv_bfloat16> {
  using Type = __nv_bfloat16;
};

__device__ inline void put(float* to, float x) { *to = x; }
__device__ inline void put(__nv_bfloat16* to, float x) { *to = __float2bfloat16_rn(x); }

/// The label of a pixel; -1 where it is ignored.
template <class Label>
__device__ inline int label_at(const Label* labels, int64_t pixel, int classes) {
  const Label label = labels[pixel];
  return label >= 0 && label < static_cast<Label>(classes) ? static_cast<int>(label) : -1;
}

/// More classes than a uint8 can name: each label is one of them.
template <>
__device__ inline int label_at<uint8_t>(const uint8_t* labels, int64_t pixel, int classes) {
  const int label = labels[pixel];
  return label < classes ? label : -1;
}

/// The sum over the lanes of a warp, in all of them; always added in the same order.
template <class T>
__device__ inline T warp_sum(T value) {
  for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, lanes);
  }
  return value;
}

/// The sum over the threads of a block of `Threads`, in all of them; always added in the same
/// order. All threads must call it.
template <int Threads, class T>
__device__ inline T block_sum(T value) {
  static_assert(Threads % kWarp == 0 && Threads <= kWarp * kWarp, "whole warps, 32 at most");
  constexpr int kWarps = Threads / kWarp;
  __shared__ T partial[kWarps];
  value = warp_sum(value);
  __syncthreads();  // those who still read an earlier sum
  if (threadIdx.x % kWarp == 0) partial[threadIdx.x / kWarp] = value;
  __syncthreads();
  T sum = partial[0];
  for (int i = 1; i < kWarps; ++i) sum += partial[i];
  return sum;
}

/// Calls body(typed pointer to the logits).
template <class Body>
inline void with_logits(int logit_type, const void* logits, Body body) {
  switch (logit_type) {
    case LOGIT_FLOAT32:
      return body(static_cast<const float*>(logits));
    case LOGIT_FLOAT16:
      return body(static_cast<const __half*>(logits));
    default:
      return body(static_cast<const __nv_bfloat16*>(logits));
  }
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_DEVICE_H_
