// Entry points of RoIAlign: checks, the taps of all regions, dispatch.
#include "roi_align.h"

#include <cmath>
#include <limits>
#include <string>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "runtime.h"

namespace autoloss {
namespace {

void check_map(const Batch& map) {
  if (on_gpu(map)) fail("device", "the CPU, as RoIAlign has no CUDA kernel", "a GPU");
  for (int64_t size : {map.n, map.c, map.h, map.w}) {
    if (size < 0 || size > std::numeric_limits<int32_t>::max()) {
      fail("shape", "sizes of 0 to 2^31-1", std::to_string(size));
    }
  }
}

/// The regions of each image; throws std::invalid_argument if one is of no image, or not finite.
std::vector<std::vector<Region>> regions_of(const Batch& map, const float* rois, int64_t count,
                                            const RoiGrid& grid) {
  check_map(map);
  if (count < 0) fail("count", "0 or more regions", std::to_string(count));
  if (count > 0) check_pointer("rois", rois);
  if (grid.height < 1 || grid.width < 1) {
    fail("grid", "1 or more bins along each axis",
         std::to_string(grid.height) + " x " + std::to_string(grid.width));
  }
  if (!(grid.scale > 0)) fail("scale", "more than 0", std::to_string(grid.scale));
  std::vector<std::vector<Region>> regions(map.n);
  const auto scale = static_cast<float>(grid.scale);
  const bool aligned = grid.aligned != 0;
  const float shift = aligned ? 0.5f : 0.0f;
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
    regions[static_cast<size_t>(roi[0])].push_back({r,
                                                    {roi[2] * scale - shift, roi[4] * scale - shift,
                                                     aligned, grid.height, grid.samples, map.h},
                                                    {roi[1] * scale - shift, roi[3] * scale - shift,
                                                     aligned, grid.width, grid.samples, map.w}});
  }
  return regions;
}

}  // namespace

void roi_align(const Batch& features, const float* rois, int64_t count, const RoiGrid& grid,
               float* out) {
  const std::vector<std::vector<Region>> regions = regions_of(features, rois, count, grid);
  if (count == 0 || features.c == 0) return;
  check_logits(features);
  check_pointer("out", out);
  const RoiArguments in{regions, features.c, features.h, features.w, grid.height, grid.width};
  const int threads = threads_for(16 * count * features.c * grid.height * grid.width);
  variant(baseline::roi_align, avx2::roi_align, avx512::roi_align)(
      in, threads, static_cast<const float*>(features.logits), out);
}

void roi_align_gradient(const Batch& features, const float* rois, int64_t count,
                        const RoiGrid& grid, const float* by_result, float* gradient) {
  const std::vector<std::vector<Region>> regions = regions_of(features, rois, count, grid);
  if (elements_of(features) == 0) return;
  if (count > 0) check_pointer("by_result", by_result);
  check_pointer("gradient", gradient);
  const RoiArguments in{regions, features.c, features.h, features.w, grid.height, grid.width};
  const int threads =
      threads_for(16 * count * features.c * grid.height * grid.width + elements_of(features));
  variant(baseline::roi_align_gradient, avx2::roi_align_gradient, avx512::roi_align_gradient)(
      in, threads, by_result, gradient);
}

}  // namespace autoloss
