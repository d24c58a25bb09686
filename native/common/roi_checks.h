// Argument checks of RoIAlign, for the CPU and for GPUs, and where its regions lie on the map.
#ifndef AUTOLOSS_COMMON_ROI_CHECKS_H_
#define AUTOLOSS_COMMON_ROI_CHECKS_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "common/checks.h"
#include "common/roi_axis.h"

namespace autoloss {

/// Throws std::invalid_argument if a region is of no image, or not finite, or the grid has no bin.
inline void check_regions(const Batch& map, const float* rois, int64_t count, const RoiGrid& grid) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  for (int64_t size : {map.n, map.c, map.h, map.w}) {
    if (size < 0 || size > kMost) {
      fail("shape", "sizes of 0 to 2^31-1", std::to_string(size));
    }
  }
  if (count < 0 || count > kMost) fail("count", "0 to 2^31-1 regions", std::to_string(count));
  if (count > 0) check_pointer("rois", rois);
  if (grid.height < 1 || grid.width < 1) {
    fail("grid", "1 or more bins along each axis",
         std::to_string(grid.height) + " x " + std::to_string(grid.width));
  }
  if (!(grid.scale > 0)) fail("scale", "more than 0", std::to_string(grid.scale));
  for (int64_t r = 0; r < count; ++r) {
    const float* roi = rois + 5 * r;
    for (int k = 1; k < 5; ++k) {
      if (!(std::abs(roi[k]) <= 1e7f)) {
        fail("rois", "boxes within 1e7 of the origin",
             std::to_string(roi[k]) + " in region " + std::to_string(r));
      }
    }
    if (!(roi[0] >= 0 && roi[0] < static_cast<float>(map.n))) {
      fail("rois", "images 0 to " + std::to_string(map.n - 1),
           std::to_string(roi[0]) + " in region " + std::to_string(r));
    }
  }
}

/// How regions lie on a map.
struct RoiPlacement {
  int64_t height, width, bin_rows, bin_columns, samples;
  float scale, shift;
  bool aligned;

  static RoiPlacement of(const Batch& map, const RoiGrid& grid) {
    const bool aligned = grid.aligned != 0;
    return {map.h,
            map.w,
            grid.height,
            grid.width,
            grid.samples,
            static_cast<float>(grid.scale),
            aligned ? 0.5f : 0.0f,
            aligned};
  }

  /// The samples of a region, of five numbers, along y.
  AUTOLOSS_HD RoiSamples rows(const float* roi) const {
    return RoiSamples::of(roi[2] * scale - shift, roi[4] * scale - shift, aligned, bin_rows,
                          samples, height);
  }

  /// The same along x.
  AUTOLOSS_HD RoiSamples columns(const float* roi) const {
    return RoiSamples::of(roi[1] * scale - shift, roi[3] * scale - shift, aligned, bin_columns,
                          samples, width);
  }
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_ROI_CHECKS_H_
