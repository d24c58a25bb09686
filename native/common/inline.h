// AUTOLOSS_INLINE marks functions that kernels call for each element. They have internal linkage:
// each copy is compiled for its own instruction set, and the linker must not merge them.
#ifndef AUTOLOSS_COMMON_INLINE_H_
#define AUTOLOSS_COMMON_INLINE_H_

#ifdef __CUDACC__
#define AUTOLOSS_INLINE static inline __host__ __device__
#else
#define AUTOLOSS_INLINE static inline
#endif

#endif  // AUTOLOSS_COMMON_INLINE_H_
