// Along one axis, what each bin of a region of interest takes from the cells of a feature map.
//
// Bilinear samples are products of a weight along y and one along x, and a bin is a mean of a grid
// of them; so a bin's value is the product of two sparse rows, one for each axis. Positions are
// computed in float32 as torchvision does, since it is there that a sample falls on one side of a
// border.
#ifndef AUTOLOSS_COMMON_ROI_AXIS_H_
#define AUTOLOSS_COMMON_ROI_AXIS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace autoloss {

/// A cell and its weight.
struct RoiTap {
  int32_t cell;
  float weight;
};

/// The taps of all bins of an axis: those of bin p are [starts[p], starts[p + 1]).
class RoiAxis {
 public:
  /// `from` and `to`: where the region begins and ends, in cells; `samples` a bin, 0 or below:
  /// adaptive; `extent`: cells of the map.
  RoiAxis(float from, float to, bool aligned, int64_t bins, int64_t samples, int64_t extent) {
    const float length = aligned ? to - from : std::max(to - from, 1.0f);
    const float bin = length / static_cast<float>(bins);
    const auto adaptive = static_cast<int64_t>(std::ceil(length / static_cast<float>(bins)));
    const int64_t count = samples > 0 ? samples : std::max<int64_t>(adaptive, 0);
    starts_.push_back(0);
    for (int64_t p = 0; p < bins; ++p) {
      for (int64_t i = 0; i < count; ++i) {
        const float at = from + static_cast<float>(p) * bin +
                         (static_cast<float>(i) + 0.5f) * bin / static_cast<float>(count);
        sample(at, extent, 1.0f / static_cast<float>(count));
      }
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
  void sample(float at, int64_t extent, float share) {
    if (extent < 1 || !(at >= -1.0f && at <= static_cast<float>(extent))) return;
    const float inside = std::max(at, 0.0f);
    const auto low = static_cast<int64_t>(inside);
    if (low >= extent - 1) {
      add(extent - 1, share);
      return;
    }
    const float upper = inside - static_cast<float>(low);
    add(low, (1.0f - upper) * share);
    add(low + 1, upper * share);
  }

  /// Samples of a bin follow each other closely, so that one adds to the last two cells.
  void add(int64_t cell, float weight) {
    const auto first = static_cast<size_t>(starts_.back());
    for (size_t k = taps_.size(); k > first && k + 2 > taps_.size(); --k) {
      if (taps_[k - 1].cell == cell) {
        taps_[k - 1].weight += weight;
        return;
      }
    }
    taps_.push_back({static_cast<int32_t>(cell), weight});
  }

  std::vector<int32_t> starts_;
  std::vector<RoiTap> taps_;
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_ROI_AXIS_H_
