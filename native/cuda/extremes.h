// The smaller and the larger of two numbers, NaN if one of them is: one instruction on a GPU, where
// fminf and fmaxf take the other one of a NaN.
#ifndef AUTOLOSS_CUDA_EXTREMES_H_
#define AUTOLOSS_CUDA_EXTREMES_H_

#include <cuda_runtime.h>

namespace autoloss {
namespace cuda {

__device__ inline float minimum_or_nan(float a, float b) {
#ifdef __CUDA_ARCH__
  float least;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(least) : "f"(a), "f"(b));
  return least;
#else
  return b < a || b != b ? b : a;  // in tests on the CPU
#endif
}

__device__ inline float maximum_or_nan(float a, float b) {
#ifdef __CUDA_ARCH__
  float most;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(most) : "f"(a), "f"(b));
  return most;
#else
  return b > a || b != b ? b : a;
#endif
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_EXTREMES_H_
