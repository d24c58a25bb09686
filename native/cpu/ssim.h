// The kernel behind ssim_loss, one per instruction set.
#ifndef AUTOLOSS_CPU_SSIM_H_
#define AUTOLOSS_CPU_SSIM_H_

#include "batch.h"

namespace autoloss {

#define AUTOLOSS_DECLARE_SSIM(isa)                                              \
  namespace isa {                                                               \
  double ssim(const BatchArguments& in, int threads, float* work, bool slopes); \
  }
AUTOLOSS_DECLARE_SSIM(baseline)
AUTOLOSS_DECLARE_SSIM(avx2)
AUTOLOSS_DECLARE_SSIM(avx512)
#undef AUTOLOSS_DECLARE_SSIM

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_SSIM_H_
