// Entry points of RoIAlign: checks, the taps of all regions, dispatch.
#include "roi_align.h"

#include "autoloss/ops.h"
#include "common/roi_checks.h"
#include "cuda/operations.h"
#include "runtime.h"

namespace autoloss {
namespace {

/// The regions of each image.
std::vector<std::vector<Region>> regions_of(const Batch& map, const float* rois, int64_t count,
                                            const RoiGrid& grid) {
  check_regions(map, rois, count, grid);
  std::vector<std::vector<Region>> regions(map.n);
  const RoiPlacement placement = RoiPlacement::of(map, grid);
  for (int64_t r = 0; r < count; ++r) {
    const float* roi = rois + 5 * r;
    regions[static_cast<size_t>(roi[0])].push_back(
        {r, {placement.rows(roi), grid.height}, {placement.columns(roi), grid.width}});
  }
  return regions;
}

}  // namespace

void roi_align(const Batch& features, const float* rois, int64_t count, const RoiGrid& grid,
               float* out) {
  if (on_gpu(features)) {
    cuda::roi_align(features, rois, count, grid, out);
    return;
  }
  const std::vector<std::vector<Region>> regions = regions_of(features, rois, count, grid);
  if (count == 0 || features.c == 0) return;
  check_logits(features);
  check_pointer("out", out);
  const RoiArguments in{regions, features.c, features.h, features.w, grid.height, grid.width};
  const int threads = threads_for(16 * count * features.c * grid.height * grid.width);
  AUTOLOSS_VARIANT(roi_align)(in, threads, static_cast<const float*>(features.logits), out);
}

void roi_align_gradient(const Batch& features, const float* rois, int64_t count,
                        const RoiGrid& grid, const float* by_result, float* gradient) {
  if (on_gpu(features)) {
    cuda::roi_align_gradient(features, rois, count, grid, by_result, gradient);
    return;
  }
  const std::vector<std::vector<Region>> regions = regions_of(features, rois, count, grid);
  if (elements_of(features) == 0) return;
  if (count > 0) check_pointer("by_result", by_result);
  check_pointer("gradient", gradient);
  const RoiArguments in{regions, features.c, features.h, features.w, grid.height, grid.width};
  const int threads =
      threads_for(16 * count * features.c * grid.height * grid.width + elements_of(features));
  AUTOLOSS_VARIANT(roi_align_gradient)(in, threads, by_result, gradient);
}

}  // namespace autoloss
