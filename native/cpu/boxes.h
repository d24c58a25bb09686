// The kernels of boxes, one per instruction set.
#ifndef AUTOLOSS_CPU_BOXES_H_
#define AUTOLOSS_CPU_BOXES_H_

#include <cstdint>

namespace autoloss {

// pairwise_iou: see ops.h.
// suppress: greedy suppression of n boxes whose numbers are in `order`, best first; sets keep[i] of
// those that stay to 1.
#define AUTOLOSS_DECLARE_BOXES(isa)                                                             \
  namespace isa {                                                                               \
  void pairwise_iou(const float* first, int64_t n, const float* second, int64_t m, int threads, \
                    float* iou);                                                                \
  void suppress(const float* boxes, const int64_t* order, int64_t n, float threshold,           \
                uint8_t* keep);                                                                 \
  }
AUTOLOSS_DECLARE_BOXES(baseline)
AUTOLOSS_DECLARE_BOXES(avx2)
AUTOLOSS_DECLARE_BOXES(avx512)
#undef AUTOLOSS_DECLARE_BOXES

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_BOXES_H_
