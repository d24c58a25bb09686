// The kernel behind lovasz_loss, one per instruction set.
#ifndef AUTOLOSS_CPU_LOVASZ_H_
#define AUTOLOSS_CPU_LOVASZ_H_

#include "batch.h"

namespace autoloss {

#define AUTOLOSS_DECLARE_LOVASZ(isa)                                                              \
  namespace isa {                                                                                 \
  double lovasz(const BatchArguments& in, bool per_image, int threads, float* work, bool slopes); \
  }
AUTOLOSS_DECLARE_LOVASZ(baseline)
AUTOLOSS_DECLARE_LOVASZ(avx2)
AUTOLOSS_DECLARE_LOVASZ(avx512)
#undef AUTOLOSS_DECLARE_LOVASZ

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_LOVASZ_H_
