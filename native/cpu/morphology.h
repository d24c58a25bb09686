// The kernels behind pool, pool_gradient and pool_places, one set per instruction set.
#ifndef AUTOLOSS_CPU_MORPHOLOGY_H_
#define AUTOLOSS_CPU_MORPHOLOGY_H_

#include <cstdint>

namespace autoloss {

/// Everything that a pooling kernel reads. A plane has fewer than 2^31 pixels.
struct PoolArguments {
  bool largest;
  int64_t reach;  // window / 2
  const float* from;
  int64_t planes, height, width;
};

#define AUTOLOSS_DECLARE_MORPHOLOGY(isa)                                           \
  namespace isa {                                                                  \
  void pool(const PoolArguments& in, int threads, float* out);                     \
  void pool_gradient(const PoolArguments& in, int threads, const float* by_result, \
                     float* gradient);                                             \
  void pool_places(const PoolArguments& in, int threads, int64_t* places);         \
  }
AUTOLOSS_DECLARE_MORPHOLOGY(baseline)
AUTOLOSS_DECLARE_MORPHOLOGY(avx2)
AUTOLOSS_DECLARE_MORPHOLOGY(avx512)
#undef AUTOLOSS_DECLARE_MORPHOLOGY

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_MORPHOLOGY_H_
