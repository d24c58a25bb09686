// What all CPU operations share at run time: the number of threads and the choice of instruction
// set.
#ifndef AUTOLOSS_CPU_RUNTIME_H_
#define AUTOLOSS_CPU_RUNTIME_H_

#include <cstdint>

namespace autoloss {

enum class Isa { kBaseline, kAvx2, kAvx512 };

/// The instruction set in use.
Isa isa();

/// The variant of a function for the instruction set in use. Every file of kernels is compiled once
/// per instruction set, in a namespace of that name. On other processors than x86-64 there is one,
/// the baseline, which on arm64 has NEON.
#ifdef __x86_64__
#define AUTOLOSS_VARIANT(function) \
  ::autoloss::variant(baseline::function, avx2::function, avx512::function)
#else
#define AUTOLOSS_VARIANT(function) (&baseline::function)
#endif

template <class Function>
Function* variant(Function* baseline, Function* avx2, Function* avx512) {
  switch (isa()) {
    case Isa::kAvx512:
      return avx512;
    case Isa::kAvx2:
      return avx2;
    default:
      return baseline;
  }
}

/// How many threads to use for `work` elements: one where a second would cost more than it brings.
int threads_for(int64_t work);

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_RUNTIME_H_
