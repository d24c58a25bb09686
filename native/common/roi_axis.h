// Along one axis, what each bin of a region of interest takes from the cells of a feature map.
//
// Bilinear samples are products of a weight along y and one along x, and a bin is a mean of a grid
// of them; so a bin's value is the product of two sparse rows, one for each axis. Positions are
// computed in float32 as torchvision does, since it is there that a sample falls on one side of a
// border.
#ifndef AUTOLOSS_COMMON_ROI_AXIS_H_
#define AUTOLOSS_COMMON_ROI_AXIS_H_

#include <cmath>
#include <cstdint>

#include "common/inline.h"

namespace autoloss {

/// A cell and its weight.
struct RoiTap {
  int32_t cell;
  float weight;
};

/// Where the samples of a region lie along an axis.
struct RoiSamples {
  float from, bin;        // in cells: where the region begins, how long a bin is
  int64_t count, extent;  // samples in a bin; cells of the map

  /// `from` and `to`: where the region begins and ends, in cells; `samples` a bin, 0 or below:
  /// adaptive; `extent`: cells of the map.
  AUTOLOSS_HD static RoiSamples of(float from, float to, bool aligned, int64_t bins,
                                   int64_t samples, int64_t extent) {
    const float whole = to - from;
    const float length = aligned || whole >= 1.0f ? whole : 1.0f;
    const float bin = length / static_cast<float>(bins);
    // processors differ in what becomes of a number that no integer can hold
    const float most = std::ceil(bin);
    const int64_t adaptive = most > 0 && most < 0x1p63f ? static_cast<int64_t>(most) : 0;
    return {from, bin, samples > 0 ? samples : adaptive, extent};
  }

  /// Calls add(cell, weight) for what the samples of bin p take, in their order.
  template <class Add>
  AUTOLOSS_HD void for_taps(int64_t p, Add add) const {
    const float share = 1.0f / static_cast<float>(count);
    for (int64_t i = 0; i < count; ++i) {
      const float at = from + static_cast<float>(p) * bin +
                       (static_cast<float>(i) + 0.5f) * bin / static_cast<float>(count);
      if (extent < 1 || !(at >= -1.0f && at <= static_cast<float>(extent))) continue;
      const float inside = at > 0.0f ? at : 0.0f;
      const auto low = static_cast<int64_t>(inside);
      if (low >= extent - 1) {
        add(extent - 1, share);
        continue;
      }
      const float upper = inside - static_cast<float>(low);
      add(low, (1.0f - upper) * share);
      add(low + 1, upper * share);
    }
  }

  /// At least as many taps as a bin has, if those of one cell that follow each other are one.
  int64_t most_taps() const {
    const int64_t all = 2 * count;
    return bin >= 0 && extent < all ? extent : all;
  }
};

/// Adds a tap to the `count` of a bin, and returns how many they are then. Samples of a bin follow
/// each other closely, so that one adds to the last two cells.
AUTOLOSS_INLINE int64_t add_tap(RoiTap* taps, int64_t count, int64_t cell, float weight) {
  for (int64_t k = count - 1; k >= 0 && k > count - 3; --k) {
    if (taps[k].cell == cell) {
      taps[k].weight += weight;
      return count;
    }
  }
  taps[count] = {static_cast<int32_t>(cell), weight};
  return count + 1;
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_ROI_AXIS_H_
