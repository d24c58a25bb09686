// The kernels of RoIAlign, one per instruction set.
#ifndef AUTOLOSS_CPU_ROI_ALIGN_H_
#define AUTOLOSS_CPU_ROI_ALIGN_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/roi_axis.h"

namespace autoloss {

/// The taps of all bins of an axis: those of bin p are [starts[p], starts[p + 1]).
class RoiAxis {
 public:
  RoiAxis(const RoiSamples& samples, int64_t bins) {
    starts_.push_back(0);
    for (int64_t p = 0; p < bins; ++p) {
      const auto first = static_cast<size_t>(starts_.back());
      int64_t count = 0;
      samples.for_taps(p, [&](int64_t cell, float weight) {
        taps_.resize(first + count + 1);
        count = add_tap(taps_.data() + first, count, cell, weight);
      });
      taps_.resize(first + count);
      starts_.push_back(static_cast<int32_t>(taps_.size()));
    }
  }

  const RoiTap* begin(int64_t bin) const { return taps_.data() + starts_[bin]; }
  const RoiTap* end(int64_t bin) const { return taps_.data() + starts_[bin + 1]; }

  /// The first cell that a bin takes from, and the one after the last; equal if none does.
  void range(int32_t* first, int32_t* last) const {
    *first = *last = taps_.empty() ? 0 : taps_[0].cell;
    for (const RoiTap& tap : taps_) {
      *first = std::min(*first, tap.cell);
      *last = std::max(*last, tap.cell + 1);
    }
  }

 private:
  std::vector<int32_t> starts_;
  std::vector<RoiTap> taps_;
};

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
