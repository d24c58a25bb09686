// RoIAlign of He et al., "Mask R-CNN", ICCV 2017, section 3: value, and gradient by the features.
//
//   out(r,c,p,q) = sum_y wy(r,p,y) sum_x wx(r,q,x) features(image of r, c, y, x)
//
// A bin is a mean of bilinear samples, each a product of a weight along y and one along x; so a
// bin's weights are a product of two sparse rows (roi_axis.h), its taps, some four along an axis at
// two samples a bin. They are found once for each region and axis, and serve all channels.
// Compiled with -fmad=false: a sample is on the side of a border where the CPU has it.
//
// Value: a block has a region and 32 channels, a thread some of their bins. Neighbouring threads
// write neighbouring numbers; what they read is gathered from the region's part of the map, 23 kB
// for 13 x 13 cells, within the first-level cache.
//
// Gradient: gathered, not scattered. A block has a tile of 16 x 16 cells of an image and 8
// channels, a thread a cell. It lists the regions that take from the tile, in their order; for 8 of
// them at a time, threads turn taps about, from cells of a bin to bins of a cell, in shared memory;
// then each thread adds up what its cell gave, for 8 channels at once. Each number is written once,
// by the thread that summed it: no atomics, no zeros beforehand, and the same bits each time.
//
// Bytes, with R regions, C channels and P bins: value reads the map and writes 4 R C P; the
// gradient reads that, once for each tile that a region touches, and writes the map. 512 regions of
// [1,256,64,64] at 7 x 7: 26 MB and 4 MB each. Operations: R C P taps^2 multiplications and
// additions, 1e8, each with a read from the first-level cache; they are the limit, not the bytes.
// Prediction for an H200, measured by nobody: some 0.1 ms for the value, as much for the gradient.
#include <algorithm>

#include "common/roi_checks.h"
#include "device.h"
#include "launch.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kTapThreads = 64;
constexpr int kAlignThreads = 256, kAlignChannels = 32;
constexpr int kTile = 16;  // cells along each axis
constexpr int kLines = 2 * kTile;
constexpr int kGradientThreads = kTile * kTile, kGradientWarps = kGradientThreads / kWarp;
constexpr int kGradientChannels = 8;
constexpr int kAtOnce = kGradientThreads / kLines;  // regions whose taps are turned about at once
/// Blocks on a multiprocessor, as the registers allow.
constexpr int kAlignsAtOnce = 4, kGradientsAtOnce = 3;
constexpr int64_t kMostBins = 128;  // that shared memory has room for

/// The cells that a region takes from: rows [y0, y1), columns [x0, x1).
struct Extent {
  int y0, y1, x0, x1;
};

/// Regions and their taps: those of bins along y, then along x.
struct Taps {
  RoiPlacement place;
  int64_t count;      // of regions
  int most;           // taps of a bin that there is room for
  const float* rois;  // [count][5]
  RoiTap* taps;       // [count][bin_rows + bin_columns][most]
  int* counts;        // [count][bin_rows + bin_columns]
  Extent* extents;    // [count]

  __host__ __device__ int64_t lines() const { return place.bin_rows + place.bin_columns; }
  __host__ __device__ int64_t bins() const { return place.bin_rows * place.bin_columns; }
  __device__ int image(int64_t region) const { return static_cast<int>(rois[5 * region]); }
};

/// The taps of bin `bin`, where those along x follow those along y.
struct BinTaps {
  const RoiTap* taps;
  int count;

  __device__ BinTaps(const Taps& in, int64_t region, int64_t bin) {
    const int64_t line = region * in.lines() + bin;
    taps = in.taps + line * in.most;
    count = in.counts[line];
  }
};

/// A thread to each region and axis.
__global__ void __launch_bounds__(kTapThreads) taps_kernel(const Taps in) {
  const int64_t task = int64_t{blockIdx.x} * kTapThreads + threadIdx.x, region = task / 2;
  if (region >= in.count) return;
  const bool along_x = task % 2 != 0;
  const float* roi = in.rois + 5 * region;
  const RoiSamples samples = along_x ? in.place.columns(roi) : in.place.rows(roi);
  const int64_t bins = along_x ? in.place.bin_columns : in.place.bin_rows;
  const int64_t line = region * in.lines() + (along_x ? in.place.bin_rows : 0);
  int64_t first = samples.extent, last = 0;
  for (int64_t p = 0; p < bins; ++p) {
    RoiTap* taps = in.taps + (line + p) * in.most;
    int64_t count = 0;
    samples.for_taps(p, [&](int64_t cell, float weight) {
      count = add_tap(taps, count, cell, weight);
      first = min(first, cell);
      last = max(last, cell + 1);
    });
    in.counts[line + p] = static_cast<int>(count);
  }
  Extent& extent = in.extents[region];
  (along_x ? extent.x0 : extent.y0) = static_cast<int>(first);
  (along_x ? extent.x1 : extent.y1) = static_cast<int>(last);
}

__global__ void __launch_bounds__(kAlignThreads, kAlignsAtOnce)
    align_kernel(const Taps in, int64_t channels, int64_t chunks,
                 const float* __restrict__ features, float* __restrict__ out) {
  const int64_t region = blockIdx.x / chunks, first = blockIdx.x % chunks * kAlignChannels;
  const int64_t plane = in.place.height * in.place.width;
  const float* map = features + (in.image(region) * channels + first) * plane;
  float* to = out + (region * channels + first) * in.bins();
  const int bins = static_cast<int>(in.bins()), across = static_cast<int>(in.place.bin_columns);
  const int outputs = static_cast<int>(min(int64_t{kAlignChannels}, channels - first)) * bins;
  for (int i = threadIdx.x; i < outputs; i += kAlignThreads) {
    const int bin = i % bins;
    const BinTaps rows(in, region, bin / across);
    const BinTaps columns(in, region, in.place.bin_rows + bin % across);
    const float* from = map + i / bins * plane;
    float sum = 0.0f;
    for (int a = 0; a < rows.count; ++a) {
      const float* row = from + rows.taps[a].cell * in.place.width;
      float part = 0.0f;
      for (int b = 0; b < columns.count; ++b) {
        part = fmaf(columns.taps[b].weight, row[columns.taps[b].cell], part);
      }
      sum = fmaf(rows.taps[a].weight, part, sum);
    }
    to[i] = sum;
  }
}

/// A bin that takes from a cell, and the weight along one axis.
struct BinWeight {
  int bin;
  float weight;
};

/// The bins of the cells of a tile, for some regions: `most` at most for each of a tile's rows and
/// then columns. Those of a region are side by side for the lines, so that reads do not collide.
struct TileBins {
  BinWeight* bins;  // [regions][most][kLines]
  int* counts;      // [regions][kLines]
  int most;

  __device__ BinWeight& at(int region, int entry, int line) const {
    return bins[(region * most + entry) * kLines + line];
  }
};

/// Bytes of shared memory that TileBins of so many regions take.
size_t tile_bytes(int regions, int most) {
  return static_cast<size_t>(regions) * kLines * (most * sizeof(BinWeight) + sizeof(int));
}

/// Where a tile is.
struct Tile {
  int64_t image, channel;  // the first of its channels
  int y, x;                // of its first cell
};

/// Lists the bins of one row or column of a tile.
__device__ inline void turn_about(const Taps& in, int64_t region, const Tile& tile, int line,
                                  const TileBins& to, int slot) {
  const bool along_x = line >= kTile;
  const int cell = along_x ? tile.x + line - kTile : tile.y + line;
  const int bins = static_cast<int>(along_x ? in.place.bin_columns : in.place.bin_rows);
  const int64_t first = along_x ? in.place.bin_rows : 0;
  int count = 0;
  for (int p = 0; p < bins; ++p) {
    const BinTaps taps(in, region, first + p);
    float weight = 0.0f;
    bool takes = false;
    for (int k = 0; k < taps.count; ++k) {
      if (taps.taps[k].cell != cell) continue;
      weight += taps.taps[k].weight;
      takes = true;
    }
    if (takes) to.at(slot, count++, line) = {p, weight};
  }
  to.counts[slot * kLines + line] = count;
}

/// What a cell gave to the bins of a region, added for each channel.
__device__ inline void gather(const TileBins& of, int slot, int y, int x, int across,
                              const float* __restrict__ by_result, int bins, int channels,
                              float* sums) {
  const int rows = of.counts[slot * kLines + y], columns = of.counts[slot * kLines + kTile + x];
  if (columns == 0) return;
  for (int a = 0; a < rows; ++a) {
    const BinWeight row = of.at(slot, a, y);
    for (int b = 0; b < columns; ++b) {
      const BinWeight column = of.at(slot, b, kTile + x);
      const float weight = row.weight * column.weight;
      const float* from = by_result + row.bin * across + column.bin;
#pragma unroll
      for (int c = 0; c < kGradientChannels; ++c) {
        if (c < channels) sums[c] = fmaf(weight, from[c * bins], sums[c]);
      }
    }
  }
}

/// at_once: regions whose bins shared memory holds.
__global__ void __launch_bounds__(kGradientThreads, kGradientsAtOnce)
    gradient_kernel(const Taps in, int64_t channels, int at_once, int most,
                    const float* __restrict__ by_result, float* __restrict__ gradient) {
  __shared__ int listed[kGradientThreads];  // regions that take from the tile
  __shared__ unsigned found[kGradientWarps];
  const int64_t chunks = (channels + kGradientChannels - 1) / kGradientChannels;
  const int64_t across = (in.place.width + kTile - 1) / kTile;
  const int64_t down = (in.place.height + kTile - 1) / kTile;
  const int64_t place = blockIdx.x % (across * down), chunk = blockIdx.x / (across * down);
  const Tile tile = {chunk / chunks, chunk % chunks * kGradientChannels,
                     static_cast<int>(place / across) * kTile,
                     static_cast<int>(place % across) * kTile};
  const int here = static_cast<int>(min(int64_t{kGradientChannels}, channels - tile.channel));
  const int y = threadIdx.x / kTile, x = threadIdx.x % kTile;
  const int warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp;
  BinWeight* memory = dynamic_shared<BinWeight>();
  const TileBins bins = {memory, reinterpret_cast<int*>(memory + at_once * most * kLines), most};

  float sums[kGradientChannels] = {};
  for (int64_t base = 0; base < in.count; base += kGradientThreads) {
    const int64_t own = base + threadIdx.x;
    bool takes = own < in.count && in.image(own) == tile.image;
    if (takes) {
      const Extent extent = in.extents[own];
      takes = extent.y0 < tile.y + kTile && extent.y1 > tile.y && extent.x0 < tile.x + kTile &&
              extent.x1 > tile.x;
    }
    const unsigned lanes = __ballot_sync(kAllLanes, takes);
    if (lane == 0) found[warp] = __popc(lanes);
    __syncthreads();
    int before = 0, all = 0;
    for (int i = 0; i < kGradientWarps; ++i) {
      before += i < warp ? found[i] : 0;
      all += found[i];
    }
    if (takes) listed[before + __popc(lanes & ((1u << lane) - 1))] = static_cast<int>(own);
    __syncthreads();
    for (int from = 0; from < all; from += at_once) {
      const int count = min(at_once, all - from);
      const int slot = threadIdx.x / kLines;
      if (slot < count) {
        turn_about(in, listed[from + slot], tile, threadIdx.x % kLines, bins, slot);
      }
      __syncthreads();
      for (int k = 0; k < count; ++k) {
        const int64_t first = listed[from + k] * channels + tile.channel;
        gather(bins, k, y, x, static_cast<int>(in.place.bin_columns), by_result + first * in.bins(),
               static_cast<int>(in.bins()), here, sums);
      }
      __syncthreads();  // before the bins of others take their place
    }
  }

  const int64_t row = tile.y + y, column = tile.x + x;
  if (row >= in.place.height || column >= in.place.width) return;
  const int64_t plane = in.place.height * in.place.width;
  float* to =
      gradient + (tile.image * channels + tile.channel) * plane + row * in.place.width + column;
#pragma unroll
  for (int c = 0; c < kGradientChannels; ++c) {
    if (c < here) to[c * plane] = sums[c];
  }
}

// ---- launchers ---------------------------------------------------------------------------------

void check_grid(const Batch& map, const float* rois, int64_t count, const RoiGrid& grid) {
  check_regions(map, rois, count, grid);
  check_choice("logit_type", map.logit_type, LOGIT_FLOAT32, LOGIT_FLOAT32);
  if (grid.height > kMostBins || grid.width > kMostBins) {
    fail("grid", "at most 128 bins along each axis on a GPU",
         std::to_string(grid.height) + " x " + std::to_string(grid.width));
  }
}

/// The taps of all regions, in memory of the current device.
class RegionTaps {
 public:
  RegionTaps(const Batch& map, const float* rois, int64_t count, const RoiGrid& grid,
             cudaStream_t stream)
      : place_(RoiPlacement::of(map, grid)),
        count_(count),
        most_(most_taps(rois)),
        rois_(5 * count, stream),
        taps_(count * lines() * most_, stream),
        counts_(count * lines(), stream),
        extents_(count, stream) {
    if (count == 0) return;
    // from pageable memory: when the call returns, the numbers have been taken from there
    check(cudaMemcpyAsync(rois_.get(), rois, 5 * count * sizeof(float), cudaMemcpyHostToDevice,
                          stream),
          "copying regions");
    launch("taps of regions", taps_kernel, blocks_for(2 * count, kTapThreads), kTapThreads, 0,
           stream, get());
  }

  Taps get() const {
    return {place_,      count_,        static_cast<int>(most_), rois_.get(),
            taps_.get(), counts_.get(), extents_.get()};
  }

 private:
  int64_t lines() const { return place_.bin_rows + place_.bin_columns; }

  int64_t most_taps(const float* rois) const {
    int64_t most = 1;
    for (int64_t r = 0; r < count_; ++r) {
      const float* roi = rois + 5 * r;
      most = std::max({most, place_.rows(roi).most_taps(), place_.columns(roi).most_taps()});
    }
    return most;
  }

  RoiPlacement place_;
  int64_t count_, most_;
  Scratch<float> rois_;
  Scratch<RoiTap> taps_;
  Scratch<int> counts_;
  Scratch<Extent> extents_;
};

/// The number of blocks, which is that of tasks.
unsigned task_blocks(int64_t tasks) {
  if (tasks > int64_t{0x7fffffff}) fail("shape", "fewer than 2^31 blocks of work", "more");
  return static_cast<unsigned>(tasks);
}

}  // namespace

void roi_align(const Batch& features, const float* rois, int64_t count, const RoiGrid& grid,
               float* out) {
  check_grid(features, rois, count, grid);
  if (count == 0 || features.c == 0) return;
  if (pixels_of(features) > 0) check_pointer("logits", features.logits);
  check_pointer("out", out);
  const DeviceGuard guard("out", out, features);
  if (pixels_of(features) > 0) guard.expect("logits", features.logits);
  const auto queue = stream_of(features);
  const RegionTaps regions(features, rois, count, grid, queue);
  const int64_t chunks = (features.c + kAlignChannels - 1) / kAlignChannels;
  launch("RoIAlign", align_kernel, task_blocks(count * chunks), kAlignThreads, 0, queue,
         regions.get(), features.c, chunks, static_cast<const float*>(features.logits), out);
}

void roi_align_gradient(const Batch& features, const float* rois, int64_t count,
                        const RoiGrid& grid, const float* by_result, float* gradient) {
  check_grid(features, rois, count, grid);
  if (elements_of(features) == 0) return;
  if (count > 0) check_pointer("by_result", by_result);
  check_pointer("gradient", gradient);
  const DeviceGuard guard("gradient", gradient, features);
  if (count > 0) guard.expect("by_result", by_result);
  const auto queue = stream_of(features);
  const RegionTaps regions(features, rois, count, grid, queue);
  const int most = static_cast<int>(std::max(grid.height, grid.width));
  const int at_once = std::clamp(static_cast<int>(kMostBins) / most, 1, kAtOnce);
  const int64_t tiles = ((features.h + kTile - 1) / kTile) * ((features.w + kTile - 1) / kTile);
  const int64_t chunks = (features.c + kGradientChannels - 1) / kGradientChannels;
  launch("RoIAlign's gradient", gradient_kernel, task_blocks(features.n * chunks * tiles),
         kGradientThreads, tile_bytes(at_once, most), queue, regions.get(), features.c, at_once,
         most, by_result, gradient);
}

}  // namespace cuda
}  // namespace autoloss
