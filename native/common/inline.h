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

#endif  // AUTOLOSS_COMMON_INLINE_H_
