// The kernels of RoIAlign, one per instruction set.
#ifndef AUTOLOSS_CPU_ROI_ALIGN_H_
#define AUTOLOSS_CPU_ROI_ALIGN_H_

#include <cstdint>
#include <vector>

#include "common/roi_axis.h"

namespace autoloss {

/// A region: which one it is, and its two axes.
struct Region {
  int64_t number;
  RoiAxis rows, columns;
};

/// The regions of each image, in the order in which they are given.
struct RoiArguments {
  const std::vector<std::vector<Region>>& regions;
  int64_t classes, height, width, out_height, out_width;
};

// roi_align: from features [N,C,H,W] into out [R,C,out_height,out_width].
// roi_align_gradient: from the gradient by the result into that by the features.
#define AUTOLOSS_DECLARE_ROI_ALIGN(isa)                                                   \
  namespace isa {                                                                         \
  void roi_align(const RoiArguments& in, int threads, const float* features, float* out); \
  void roi_align_gradient(const RoiArguments& in, int threads, const float* by_result,    \
                          float* gradient);                                               \
  }
AUTOLOSS_DECLARE_ROI_ALIGN(baseline)
AUTOLOSS_DECLARE_ROI_ALIGN(avx2)
AUTOLOSS_DECLARE_ROI_ALIGN(avx512)
#undef AUTOLOSS_DECLARE_ROI_ALIGN

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_ROI_ALIGN_H_
