// AUTOLOSS_INLINE marks functions that kernels call for each element. They have internal linkage:
// each copy is compiled for its own instruction set, and the linker must not merge them.
// AUTOLOSS_HD marks what nvcc compiles for both host and device; for other compilers it is nothing.
#ifndef AUTOLOSS_COMMON_INLINE_H_
#define AUTOLOSS_COMMON_INLINE_H_

#ifdef __CUDACC__
#define AUTOLOSS_HD __host__ __device__
#else
#define AUTOLOSS_HD
#endif
#define AUTOLOSS_INLINE static inline AUTOLOSS_HD
// What runs on the host in files of C++, and on the device in those of CUDA.
#ifdef __CUDACC__
#define AUTOLOSS_DEVICE __device__
#else
#define AUTOLOSS_DEVICE
#endif

namespace autoloss {

/// A constant that the compiler of the CPU's kernels does not know. Where x < constant ? constant
/// : x goes into a root or an exponential, it would else take that of the constant too, and mask
/// one of both: some ten instructions where one is enough.
AUTOLOSS_INLINE float hidden(float constant) {
#ifndef __CUDA_ARCH__
  asm("" : "+m"(constant));
#endif
  return constant;
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_INLINE_H_
