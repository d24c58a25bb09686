// RoIAlign and its gradient, a block of channels at a time.
//
// A task is an image and kLanes of its channels. The features of the block are transposed, so that
// the channels of a cell lie side by side: then every step is a vector, where the layout of images
// would have to gather four numbers for each sample and channel. Weights are products of one along
// each axis (roi_axis.h), so rows are combined along x first, each once for all bins that take from
// it, and then along y.
//
// The gradient goes the same way back. A task owns its part of the gradient and takes the regions
// in their order, so no two threads add to one number, and the bits do not depend on their number.
#include <algorithm>
#include <vector>

#include "parallel.h"
#include "roi_align.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// Channels side by side.
constexpr int64_t kLanes = 32;

struct Block {
  int64_t first, count;  // channels; those beyond `count` are 0
};

/// [count][cells] into [cells][kLanes].
void transpose_in(const float* from, int64_t cells, const Block& block, float* to) {
  constexpr int64_t kTile = 64;
  for (int64_t start = 0; start < cells; start += kTile) {
    const int64_t end = std::min(start + kTile, cells);
    for (int64_t c = 0; c < block.count; ++c) {
      for (int64_t i = start; i < end; ++i) to[i * kLanes + c] = from[c * cells + i];
    }
  }
}

/// [cells][kLanes] into [count][cells].
void transpose_out(const float* from, int64_t cells, const Block& block, float* to) {
  constexpr int64_t kTile = 64;
  for (int64_t start = 0; start < cells; start += kTile) {
    const int64_t end = std::min(start + kTile, cells);
    for (int64_t c = 0; c < block.count; ++c) {
      for (int64_t i = start; i < end; ++i) to[c * cells + i] = from[i * kLanes + c];
    }
  }
}

/// to = sum of the taps of a bin, `step` numbers from one cell to the next.
void combine(const RoiTap* begin, const RoiTap* end, const float* from, int64_t step,
             float* __restrict__ to) {
  float sum[kLanes] = {};
  for (const RoiTap* tap = begin; tap != end; ++tap) {
    const float* cell = from + tap->cell * step;
    for (int64_t l = 0; l < kLanes; ++l) sum[l] += tap->weight * cell[l];
  }
  for (int64_t l = 0; l < kLanes; ++l) to[l] = sum[l];
}

/// Adds to each cell of the taps of a bin its share.
void spread(const RoiTap* begin, const RoiTap* end, const float* from, int64_t step, float* to) {
  float share[kLanes];
  for (int64_t l = 0; l < kLanes; ++l) share[l] = from[l];
  for (const RoiTap* tap = begin; tap != end; ++tap) {
    float* __restrict__ cell = to + tap->cell * step;
    for (int64_t l = 0; l < kLanes; ++l) cell[l] += tap->weight * share[l];
  }
}

/// Which rows of the map a region takes from; `first` to `last` are all of them.
struct Rows {
  int32_t first = 0, last = 0;
  std::vector<uint8_t> used;

  void of(const RoiAxis& axis, int64_t bins) {
    axis.range(&first, &last);
    used.assign(last - first, 0);
    for (int64_t p = 0; p < bins; ++p) {
      for (const RoiTap* tap = axis.begin(p); tap != axis.end(p); ++tap) {
        used[tap->cell - first] = 1;
      }
    }
  }
};

/// The working memory of a thread: a block of the map, rows combined along x, and a region's bins.
struct Workspace {
  explicit Workspace(const RoiArguments& in)
      : cells(in.height * in.width),
        bins(in.out_height * in.out_width),
        map(cells * kLanes),
        rows(in.height * in.out_width * kLanes),
        region(bins * kLanes) {}

  int64_t cells, bins;
  std::vector<float> map, rows, region;
  Rows taken;
};

void align(const RoiArguments& in, const Region& region, Workspace& work) {
  const int64_t across = in.out_width * kLanes;
  work.taken.of(region.rows, in.out_height);
  for (int32_t y = work.taken.first; y < work.taken.last; ++y) {
    if (!work.taken.used[y - work.taken.first]) continue;
    const float* from = work.map.data() + y * in.width * kLanes;
    for (int64_t q = 0; q < in.out_width; ++q) {
      combine(region.columns.begin(q), region.columns.end(q), from, kLanes,
              work.rows.data() + y * across + q * kLanes);
    }
  }
  for (int64_t p = 0; p < in.out_height; ++p) {
    for (int64_t q = 0; q < in.out_width; ++q) {
      combine(region.rows.begin(p), region.rows.end(p), work.rows.data() + q * kLanes, across,
              work.region.data() + (p * in.out_width + q) * kLanes);
    }
  }
}

void spread_region(const RoiArguments& in, const Region& region, Workspace& work) {
  const int64_t across = in.out_width * kLanes;
  work.taken.of(region.rows, in.out_height);
  std::fill(work.rows.begin() + work.taken.first * across,
            work.rows.begin() + work.taken.last * across, 0.0f);
  for (int64_t p = 0; p < in.out_height; ++p) {
    for (int64_t q = 0; q < in.out_width; ++q) {
      spread(region.rows.begin(p), region.rows.end(p),
             work.region.data() + (p * in.out_width + q) * kLanes, across,
             work.rows.data() + q * kLanes);
    }
  }
  for (int32_t y = work.taken.first; y < work.taken.last; ++y) {
    if (!work.taken.used[y - work.taken.first]) continue;
    float* to = work.map.data() + y * in.width * kLanes;
    for (int64_t q = 0; q < in.out_width; ++q) {
      spread(region.columns.begin(q), region.columns.end(q),
             work.rows.data() + y * across + q * kLanes, kLanes, to);
    }
  }
}

/// Calls body(image, block, workspace) for every task.
template <class Body>
void for_blocks(const RoiArguments& in, int threads, Body body) {
  const auto images = static_cast<int64_t>(in.regions.size());
  const int64_t blocks = (in.classes + kLanes - 1) / kLanes;
  const auto workspace = [&](int) { return Workspace(in); };
  for_tasks(threads, images * blocks, workspace, [&](Workspace& work, int64_t task) {
    const int64_t first = task % blocks * kLanes;
    body(task / blocks, Block{first, std::min(kLanes, in.classes - first)}, work);
  });
}

}  // namespace

void roi_align(const RoiArguments& in, int threads, const float* features, float* out) {
  for_blocks(in, threads, [&](int64_t image, const Block& block, Workspace& work) {
    if (in.regions[image].empty()) return;
    const float* from = features + (image * in.classes + block.first) * work.cells;
    transpose_in(from, work.cells, block, work.map.data());
    for (const Region& region : in.regions[image]) {
      align(in, region, work);
      transpose_out(work.region.data(), work.bins, block,
                    out + (region.number * in.classes + block.first) * work.bins);
    }
  });
}

void roi_align_gradient(const RoiArguments& in, int threads, const float* by_result,
                        float* gradient) {
  for_blocks(in, threads, [&](int64_t image, const Block& block, Workspace& work) {
    std::fill(work.map.begin(), work.map.end(), 0.0f);
    for (const Region& region : in.regions[image]) {
      transpose_in(by_result + (region.number * in.classes + block.first) * work.bins, work.bins,
                   block, work.region.data());
      spread_region(in, region, work);
    }
    transpose_out(work.map.data(), work.cells, block,
                  gradient + (image * in.classes + block.first) * work.cells);
  });
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
