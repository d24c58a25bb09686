// The boundary surrogates, value and gradient: BIoU is the mIoU surrogate in a band around the
// label edges; BF1 is the F measure of soft edges (Li et al., "Auto Seg-Loss: Searching Metric
// Surrogates for Semantic Segmentation", ICLR 2021, section 3.2).
//
//   p = softmax_c(z), e = minpool3(p) inside the image
//   E = O1(p) + O2(e) - O1(p) O2(e) - A1(p) A2(e)
//   F_c = 2PR / (P + R + eps), P = sum E dil(G) / (sum E + eps), R = sum dil(E) G / (sum G + eps)
//   d loss / d E = edge + matched dil(G) + found [times E is the maximum that an edge pixel found]
//
// What is sparse: E is stored, and the number of edge pixels that found it, only where it is within
// the tolerance of a label edge of its class, as the bit sets of edges.h say; a warp looks through
// the window of each edge pixel, in the edge's own class alone. What is not stored: p; a pixel's
// largest logit and the sum of its exponentials are, and p is recomputed from them.
//
// Passes over [N,C,H,W]: the statistics read the logits; the sums of E read them; the gradient
// reads them twice (the second time likely from the second-level cache), writes d loss / d p, and
// replaces that by the gradient. Everything else is in pixels: labels, edges (2 bytes), bit sets (8
// for each 64 classes, twice), statistics (8), and, where an edge is, its maximum (8). With 21
// classes in float32 that is 84 bytes a pixel and pass: 4 x 84 read, 84 written, and some 100 in
// pixels, 520 in all; float16 logits take 350. The sums and the gradient also read a border of 1
// and 2 pixels around each tile of 32 x 16, 20 % and 41 %, mostly from the caches. Instructions are
// likely what bounds the time: with curves of one piece some 155 an element for the sums of E and
// 305 for the gradient, a quarter to a third of them for the four curves.
//
// A pixel that is left out has p = infinity, as what is outside the image: no minimum sees it, and
// its own E counts nowhere.
//
// Deterministic: sums are taken in a fixed order, tile by tile; only integers are added atomically.
#include <algorithm>
#include <limits>

#include "counts.h"
#include "curve.h"
#include "edges.h"
#include "extremes.h"
#include "operations.h"
#include "pixels.h"
#include "region.h"
#include "runtime.h"
#include "softmax.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr double kEpsilon = 1e-8;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int32_t kNone = std::numeric_limits<int32_t>::max();

/// A block's tile of pixels, and its threads; each has two pixels of a column.
constexpr int kTileColumns = 32, kTileRows = 16;
constexpr int kTileThreads = 256;
constexpr int kPixelsOfThread = kTileColumns * kTileRows / kTileThreads;
constexpr int kWarps = kTileThreads / 32;
/// Blocks of a tile on a multiprocessor: with four, curves of several pieces would spill.
constexpr int kTileBlocks = 3;

template <int Pieces>
struct EdgeCurves {
  LocalCurve<Pieces> a1, a2, o1, o2;

  explicit EdgeCurves(const Curve* curves)
      : a1(curves[0]), a2(curves[1]), o1(curves[2]), o2(curves[3]) {}
};

/// Whether a pixel is as if outside the image.
struct IsOutside {
  const int16_t* edges;
  __device__ bool operator()(int64_t pixel) const { return edges[pixel] == kOutside; }
};

/// What the kernels of BF1 read.
template <class Logit>
struct Arguments {
  const Logit* logits;
  const Statistics* statistics;        // [N,H,W]
  const uint64_t* near;                // dil(G), [N,words,H,W]
  const unsigned long long* labelled;  // edge pixels of each class, [C]
  int64_t images, classes, height, width, words;
  int64_t across, down;  // tiles of an image

  __host__ __device__ int64_t plane() const { return height * width; }
  __host__ __device__ int64_t tiles() const { return images * across * down; }
  __device__ int64_t element(int64_t image, int64_t c, int64_t pixel) const {
    return (image * classes + c) * plane() + pixel;
  }
  /// dil(G) at a pixel of the 32 classes from `first` on, a multiple of that; 0 for no pixel, -1.
  __device__ uint32_t near_of(int64_t image, int first, int pixel) const {
    if (pixel < 0) return 0;
    const uint64_t word = near[(image * words + first / 64) * plane() + pixel];
    return static_cast<uint32_t>(word >> (first % 64));
  }
};

/// p; infinite where the pixel is left out, as outside the image: no minimum is found there.
__device__ inline float probability(float logit, Statistics statistics) {
  return statistics.left_out() ? kInfinity : statistics.probability(logit);
}

/// Where a block's tile lies. Numbers of pixels within a plane are below 2^31.
struct Tile {
  int64_t image;
  int y, x, width;
  int rows_left, columns_left;  // of the image, from the tile's first pixel on

  template <class Logit>
  static __device__ Tile of(const Arguments<Logit>& in, int64_t index) {
    const int64_t per_image = in.across * in.down, within = index % per_image;
    const int64_t y = within / in.across * kTileRows, x = within % in.across * kTileColumns;
    return {index / per_image,
            static_cast<int>(y),
            static_cast<int>(x),
            static_cast<int>(in.width),
            static_cast<int>(in.height - y),
            static_cast<int>(in.width - x)};
  }

  /// The number in its plane of the pixel that is so far from the first; -1 outside the image.
  __device__ int pixel(int down, int across) const {
    const bool inside = down >= -y && down < rows_left && across >= -x && across < columns_left;
    return inside ? (y + down) * width + x + across : -1;
  }
};

/// What a thread loads of a tile and of `Border` pixels around it, class after class: where its
/// pixels are and their softmax stay in registers.
template <int Border>
struct Probabilities {
  static constexpr int kColumns = kTileColumns + 2 * Border, kRows = kTileRows + 2 * Border;
  static constexpr int kCount = kRows * kColumns;
  static constexpr int kOwn = (kCount + kTileThreads - 1) / kTileThreads;
  int pixels[kOwn];
  Statistics statistics[kOwn];  // left out where the pixel is outside the image

  template <class Logit>
  __device__ Probabilities(const Arguments<Logit>& in, const Tile& tile) {
    const Statistics* const of_image = in.statistics + tile.image * in.plane();
#pragma unroll
    for (int k = 0; k < kOwn; ++k) {
      const int i = threadIdx.x + k * kTileThreads;
      const int pixel = i < kCount ? tile.pixel(i / kColumns - Border, i % kColumns - Border) : -1;
      pixels[k] = max(pixel, 0);
      statistics[k] = pixel < 0 ? Statistics{0.0f, -1.0f} : of_image[pixel];
    }
  }

  /// p of a class, whose plane of logits z is, into p[kCount]; infinite outside the image.
  template <class Logit>
  __device__ void load(const Logit* __restrict__ z, float* p) const {
#pragma unroll
    for (int k = 0; k < kOwn; ++k) {
      const int i = threadIdx.x + k * kTileThreads;
      if (i < kCount) p[i] = probability(to_float(z[pixels[k]]), statistics[k]);
    }
  }
};

/// The minimum of the 3x3 neighbourhood around p[i] and its place there, 0 to 8: the first in
/// row-major order, of several NaN the last.
template <int Columns>
__device__ inline float minimum(const float* p, int i, int* place) {
  float low = p[i - Columns - 1];
  int where = 0;
#pragma unroll
  for (int k = 1; k < 9; ++k) {
    const float other = p[i + (k / 3 - 1) * Columns + k % 3 - 1];
    const bool lower = other < low || other != other;
    low = lower ? other : low;
    where = lower ? k : where;
  }
  *place = where;
  return low;
}

/// The predicted edge E.
template <int Pieces>
__device__ inline float soft_edge(const EdgeCurves<Pieces>& curves, float p, float low) {
  const float o1 = fast_value(curves.o1, p), o2 = fast_value(curves.o2, low);
  return o1 + o2 - o1 * o2 - fast_value(curves.a1, p) * fast_value(curves.a2, low);
}

/// Adds the edge pixels of each class to labelled[C].
__global__ void labelled_kernel(const int16_t* __restrict__ edges, int64_t pixels, int64_t classes,
                                unsigned long long* __restrict__ labelled) {
  __shared__ unsigned mine[kMaxClasses];
  clear_counts(mine, classes);
  __syncthreads();
  for_elements(pixels, [&](int64_t i) {
    if (edges[i] >= 0) atomicAdd(&mine[edges[i]], 1u);
  });
  __syncthreads();
  add_counts(mine, classes, labelled);
}

/// The sums of E and of E dil(G) of each class and tile, into partial [2,C,tiles]; E into `soft`
/// [N,C,H,W] where dil(G) is 1.
template <class Logit, int Pieces>
__global__ void __launch_bounds__(kTileThreads, kTileBlocks)
    edge_sums_kernel(const Arguments<Logit> in, const EdgeCurves<Pieces> curves,
                     float* __restrict__ soft, double* __restrict__ partial) {
  using Around = Probabilities<1>;
  __shared__ float p[Around::kCount];
  __shared__ float warp_sums[kWarps][2];
  const Tile tile = Tile::of(in, blockIdx.x);
  const Around around(in, tile);
  const int column = threadIdx.x % 32, row = threadIdx.x / 32 * kPixelsOfThread;
  int pixels[kPixelsOfThread];
  uint32_t near[kPixelsOfThread] = {};
  for (int k = 0; k < kPixelsOfThread; ++k) pixels[k] = tile.pixel(row + k, column);
  const auto classes = static_cast<int>(in.classes);
  const int64_t first = in.element(tile.image, 0, 0);
  const Logit* z = in.logits + first;
  float* found = soft + first;
  for (int c = 0; c < classes; ++c, z += in.plane(), found += in.plane()) {
    if (c % 32 == 0) {
      for (int k = 0; k < kPixelsOfThread; ++k) near[k] = in.near_of(tile.image, c, pixels[k]);
    }
    if (in.labelled[c] == 0) continue;
    around.load(z, p);
    __syncthreads();
    // minima of the rows of three that the windows of the thread's pixels share
    const float* const corner = p + row * Around::kColumns + column;
    float rows[kPixelsOfThread + 2];
#pragma unroll
    for (int k = 0; k < kPixelsOfThread + 2; ++k) {
      const float* const at = corner + k * Around::kColumns;
      rows[k] = minimum_or_nan(minimum_or_nan(at[0], at[1]), at[2]);
    }
    float sum = 0.0f, near_sum = 0.0f;
#pragma unroll
    for (int k = 0; k < kPixelsOfThread; ++k) {
      const float own = corner[(k + 1) * Around::kColumns + 1];
      const float low = minimum_or_nan(minimum_or_nan(rows[k], rows[k + 1]), rows[k + 2]);
      const bool counts = own != kInfinity;
      const float e = counts ? soft_edge(curves, own, low) : 0.0f;
      sum += e;
      if (near[k] >> (c % 32) & 1) {
        near_sum += e;
        // the highest is looked for among the pixels that count
        found[pixels[k]] = counts ? e : -kInfinity;
      }
    }
    sum = warp_sum(sum);
    near_sum = warp_sum(near_sum);
    if (threadIdx.x % 32 == 0) {
      warp_sums[threadIdx.x / 32][0] = sum;
      warp_sums[threadIdx.x / 32][1] = near_sum;
    }
    __syncthreads();  // also: all have read `p`
    if (threadIdx.x < 2) {
      double total = 0;
      for (int warp = 0; warp < kWarps; ++warp) total += warp_sums[warp][threadIdx.x];
      partial[(threadIdx.x * in.classes + c) * in.tiles() + blockIdx.x] = total;
    }
  }
}

/// A value of E and its pixel.
struct Found {
  float value;
  int32_t pixel;
};

/// The largest E within the tolerance of a pixel, the first in row-major order; sought by a warp.
__device__ inline Found find_highest(const float* __restrict__ soft, int32_t height, int32_t width,
                                     int32_t tolerance, int32_t pixel) {
  const int32_t y = pixel / width, x = pixel % width;
  const int32_t top = max(0, y - tolerance), left = max(0, x - tolerance);
  const unsigned columns = min(width - 1, x + tolerance) - left + 1;
  const unsigned count = (min(height - 1, y + tolerance) - top + 1) * columns;
  // 32 pixels on is so many rows and columns on: no division for each
  const unsigned rows_on = 32 / columns, columns_on = 32 % columns;
  unsigned row = threadIdx.x % 32 / columns, column = threadIdx.x % 32 % columns;
  Found best{-kInfinity, kNone};
  for (unsigned k = threadIdx.x % 32; k < count; k += 32) {
    const int32_t other =
        (top + static_cast<int32_t>(row)) * width + left + static_cast<int32_t>(column);
    if (soft[other] > best.value) best = {soft[other], other};
    row += rows_on;
    column += columns_on;
    if (column >= columns) {
      column -= columns;
      ++row;
    }
  }
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    const float value = __shfl_xor_sync(kAllLanes, best.value, lanes);
    const int32_t place = __shfl_xor_sync(kAllLanes, best.pixel, lanes);
    if (value > best.value || (value == best.value && place < best.pixel)) best = {value, place};
  }
  if (best.pixel == kNone) best.pixel = top * width + x;  // all of them NaN
  return best;
}

/// What each edge pixel finds, into highest [N,H,W], and the sum over the edge pixels of each
/// class, into partial [C,blocks].
template <class Logit>
__global__ void __launch_bounds__(kTileThreads)
    highest_kernel(const Arguments<Logit> in, const int16_t* __restrict__ edges,
                   const float* __restrict__ soft, int32_t tolerance, int32_t* __restrict__ highest,
                   double* __restrict__ partial) {
  __shared__ int16_t classes_found[kTileThreads];
  __shared__ float values_found[kTileThreads];
  __shared__ int warp_counts[kWarps];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int64_t pieces = (in.plane() + kTileThreads - 1) / kTileThreads;  // of an image
  for (int64_t c = threadIdx.x; c < in.classes; c += kTileThreads) {
    partial[c * gridDim.x + blockIdx.x] = 0;
  }
  for (int64_t piece = blockIdx.x; piece < in.images * pieces; piece += gridDim.x) {
    const int64_t image = piece / pieces, first = piece % pieces * kTileThreads;
    const int64_t mine = first + threadIdx.x;
    const int c = mine < in.plane() ? edges[image * in.plane() + mine] : -1;
    const unsigned here = __ballot_sync(kAllLanes, c >= 0);
    float value = 0.0f;
    for (unsigned left = here; left != 0; left &= left - 1) {
      const int source = __ffs(static_cast<int>(left)) - 1;
      const Found found =
          find_highest(soft + in.element(image, __shfl_sync(kAllLanes, c, source), 0),
                       static_cast<int32_t>(in.height), static_cast<int32_t>(in.width), tolerance,
                       static_cast<int32_t>(first) + warp * 32 + source);
      if (lane == source) {
        value = found.value;
        highest[image * in.plane() + mine] = found.pixel;
      }
    }
    // The values of the block's edges in the order of their pixels, so that their sum has one
    // order.
    if (lane == 0) warp_counts[warp] = __popc(here);
    __syncthreads();
    int before = 0, count = 0;
    for (int other = 0; other < kWarps; ++other) {
      if (other < warp) before += warp_counts[other];
      count += warp_counts[other];
    }
    if (c >= 0) {
      const int slot = before + __popc(here & ((1u << lane) - 1));
      classes_found[slot] = static_cast<int16_t>(c);
      values_found[slot] = value;
    }
    __syncthreads();
    for (int64_t own = threadIdx.x; count > 0 && own < in.classes; own += kTileThreads) {
      double sum = 0;
      for (int i = 0; i < count; ++i) sum += classes_found[i] == own ? values_found[i] : 0.0f;
      partial[own * gridDim.x + blockIdx.x] += sum;
    }
  }
}

/// What one unit of a class's sums adds to the loss: d loss / d sum E, d loss / d sum E dil(G),
/// d loss / d sum dil(E) G.
struct Slopes {
  float edge, matched, found;
};

/// The sum of each row of numbers [rows,count]. A block a row.
__global__ void row_sums_kernel(const double* __restrict__ numbers, int64_t count,
                                double* __restrict__ sums) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kTileThreads) {
    sum += numbers[blockIdx.x * count + i];
  }
  sum = block_sum<kTileThreads>(sum);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/// 1 - mean over the classes with a label edge of F, 0 if there are none; sums [3,C]: of E, of
/// E dil(G), of dil(E) G. One block.
__global__ void f_measure_kernel(const double* __restrict__ sums,
                                 const unsigned long long* __restrict__ labelled, int64_t classes,
                                 Slopes* __restrict__ slopes, float* __restrict__ loss) {
  __shared__ double f[kMaxClasses];
  __shared__ int present;
  if (threadIdx.x == 0) present = 0;
  __syncthreads();
  for (int64_t c = threadIdx.x; c < classes; c += blockDim.x) {
    if (labelled[c] > 0) atomicAdd(&present, 1);
  }
  __syncthreads();
  for (int64_t c = threadIdx.x; c < classes; c += blockDim.x) {
    f[c] = 0;
    slopes[c] = {0.0f, 0.0f, 0.0f};
    if (labelled[c] == 0) continue;
    const double predicted = sums[c] + kEpsilon;
    const double truth = static_cast<double>(labelled[c]) + kEpsilon;
    const double precision = sums[classes + c] / predicted, recall = sums[2 * classes + c] / truth;
    const double both = precision + recall + kEpsilon, share = both * both * present;
    f[c] = 2 * precision * recall / both;
    const double by_precision = -2 * recall * (recall + kEpsilon) / share;
    const double by_recall = -2 * precision * (precision + kEpsilon) / share;
    slopes[c] = {static_cast<float>(-by_precision * precision / predicted),
                 static_cast<float>(by_precision / predicted),
                 static_cast<float>(by_recall / truth)};
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) sum += f[c];
  *loss = present == 0 ? 0.0f : static_cast<float>(1 - sum / present);
}

/// 0 wherever a maximum can be found.
template <class Logit>
__global__ void clear_hits_kernel(const Arguments<Logit> in, const Planes words,
                                  int32_t* __restrict__ hits) {
  for_pixels(words, [&](int64_t task, int64_t y, int64_t x) {
    const int64_t image = task / in.words, first = task % in.words * 64;
    const int64_t pixel = y * in.width + x;
    for (uint64_t left = in.near[task * in.plane() + pixel]; left != 0; left &= left - 1) {
      hits[in.element(image, first + __ffsll(static_cast<long long>(left)) - 1, pixel)] = 0;
    }
  });
}

/// How many edge pixels found each value of E.
template <class Logit>
__global__ void hits_kernel(const Arguments<Logit> in, const Planes planes,
                            const int16_t* __restrict__ edges, const int32_t* __restrict__ highest,
                            int32_t* __restrict__ hits) {
  for_pixels(planes, [&](int64_t image, int64_t y, int64_t x) {
    const int64_t i = image * in.plane() + y * in.width + x;
    if (edges[i] >= 0) atomicAdd(&hits[in.element(image, edges[i], highest[i])], 1);
  });
}

/// d loss / d p, which then becomes d loss / d logits.
template <class Logit, int Pieces>
__global__ void __launch_bounds__(kTileThreads, kTileBlocks)
    gradient_kernel(const Arguments<Logit> in, const EdgeCurves<Pieces> curves,
                    const Slopes* __restrict__ slopes, const int32_t* __restrict__ hits,
                    float* __restrict__ gradient) {
  using Around = Probabilities<2>;
  constexpr int kColumns = kTileColumns + 2, kCount = (kTileRows + 2) * kColumns;
  constexpr int kEdges = (kCount + kTileThreads - 1) / kTileThreads;  // of a thread
  __shared__ float p[Around::kCount];
  __shared__ float by_pixel[kCount];    // d loss / d p but for the part of e
  __shared__ float by_minimum[kCount];  // d loss / d e
  __shared__ int8_t places[kCount];     // of e in its window; -1 where nothing counts
  const Tile tile = Tile::of(in, blockIdx.x);
  const Around around(in, tile);
  int edge_pixels[kEdges];
  uint32_t near[kEdges] = {};
#pragma unroll
  for (int k = 0; k < kEdges; ++k) {
    const int i = threadIdx.x + k * kTileThreads;
    edge_pixels[k] = i < kCount ? tile.pixel(i / kColumns - 1, i % kColumns - 1) : -1;
  }
  const int column = threadIdx.x % 32, row = threadIdx.x / 32 * kPixelsOfThread;
  int pixels[kPixelsOfThread];
  for (int k = 0; k < kPixelsOfThread; ++k) pixels[k] = tile.pixel(row + k, column);
  float dot[kPixelsOfThread] = {};  // sum over c of p d loss / d p
  const auto classes = static_cast<int>(in.classes);
  const int64_t first = in.element(tile.image, 0, 0);
  const Logit* z = in.logits + first;
  const int32_t* found = hits + first;
  float* to = gradient + first;
  for (int c = 0; c < classes; ++c, z += in.plane(), found += in.plane(), to += in.plane()) {
    if (c % 32 == 0) {
      for (int k = 0; k < kEdges; ++k) near[k] = in.near_of(tile.image, c, edge_pixels[k]);
    }
    if (in.labelled[c] == 0) continue;
    around.load(z, p);
    __syncthreads();
    const Slopes slope = slopes[c];
#pragma unroll
    for (int k = 0; k < kEdges; ++k) {
      const int i = threadIdx.x + k * kTileThreads;
      if (i >= kCount) break;
      const int at = i + i / kColumns * (Around::kColumns - kColumns) + Around::kColumns + 1;
      const float own = p[at];
      if (own == kInfinity) {
        places[i] = -1;
        by_pixel[i] = 0.0f;
        by_minimum[i] = 0.0f;
        continue;
      }
      float by_edge = slope.edge;
      if (near[k] >> (c % 32) & 1) {
        by_edge += slope.matched + slope.found * static_cast<float>(found[edge_pixels[k]]);
      }
      int place;
      const float low = minimum<Around::kColumns>(p, at, &place);
      const CurvePoint o1 = fast_point(curves.o1, own), o2 = fast_point(curves.o2, low);
      const CurvePoint a1 = fast_point(curves.a1, own), a2 = fast_point(curves.a2, low);
      by_pixel[i] = by_edge * (o1.slope * (1.0f - o2.value) - a1.slope * a2.value);
      by_minimum[i] = by_edge * (o2.slope * (1.0f - o1.value) - a1.value * a2.slope);
      places[i] = static_cast<int8_t>(place);
    }
    __syncthreads();
    float sums[kPixelsOfThread];
    const int corner = row * kColumns + column;
#pragma unroll
    for (int k = 0; k < kPixelsOfThread; ++k) sums[k] = by_pixel[corner + (k + 1) * kColumns + 1];
      // what arrives from the minima of the pixels around: each is looked at once for all of the
      // thread's pixels, which are the j-th of its window
#pragma unroll
    for (int around_row = 0; around_row < kPixelsOfThread + 2; ++around_row) {
#pragma unroll
      for (int around_column = 0; around_column < 3; ++around_column) {
        const int other = corner + around_row * kColumns + around_column;
        const int place = places[other];
        const float by = by_minimum[other];
#pragma unroll
        for (int k = 0; k < kPixelsOfThread; ++k) {
          const int j = (k + 2 - around_row) * 3 + 2 - around_column;
          const bool neighbour = around_row >= k && around_row <= k + 2;
          if (neighbour && place == j) sums[k] += by;
        }
      }
    }
#pragma unroll
    for (int k = 0; k < kPixelsOfThread; ++k) {
      if (pixels[k] < 0) continue;
      dot[k] += sums[k] * p[(row + k + 2) * Around::kColumns + column + 2];
      to[pixels[k]] = sums[k];
    }
    __syncthreads();  // before the next class takes the place of this one
  }
  Statistics statistics[kPixelsOfThread];
#pragma unroll
  for (int k = 0; k < kPixelsOfThread; ++k) {
    if (pixels[k] >= 0) statistics[k] = in.statistics[tile.image * in.plane() + pixels[k]];
  }
  z = in.logits + first;
  to = gradient + first;
  for (int c = 0; c < classes; ++c, z += in.plane(), to += in.plane()) {
    const bool present = in.labelled[c] != 0;
#pragma unroll
    for (int k = 0; k < kPixelsOfThread; ++k) {
      if (pixels[k] < 0) continue;
      const float own = present ? to[pixels[k]] : 0.0f;
      const float by_logit = statistics[k].probability(to_float(z[pixels[k]])) * (own - dot[k]);
      to[pixels[k]] = statistics[k].left_out() ? 0.0f : by_logit;
    }
  }
}

/// Blocks that look for maxima: as few as fill the device, for each has a sum of its own.
unsigned seeking_blocks(int64_t pixels, int device) {
  return static_cast<unsigned>(
      std::min((pixels + kTileThreads - 1) / kTileThreads, int64_t{multiprocessors(device)} * 8));
}

/// What a call of boundary_surrogate is about, checked.
struct Call {
  LabelImages images;
  const Curve* curves;
  int64_t tolerance;
  EdgeRule rule;
  int device;
  cudaStream_t stream;
};

template <class Logit>
void f_measure_surrogate(const Call& call, const Logit* logits, float* value, float* gradient) {
  const LabelImages& images = call.images;
  const cudaStream_t stream = call.stream;
  const int64_t pixels = images.pixels(), classes = images.classes, elements = pixels * classes;
  if (pixels == 0) {
    check(cudaMemsetAsync(value, 0, sizeof *value, stream), "writing the value of an empty batch");
    return;
  }
  const Scratch<int16_t> edges(pixels, stream);
  const Scratch<uint64_t> near(pixels * images.words(), stream);
  const Scratch<unsigned long long> labelled(classes, stream);
  find_edges(images, call.rule, edges.get(), stream);
  labelled.clear();
  launch("counting edges", labelled_kernel, count_blocks(pixels, call.device), kCountThreads, 0,
         stream, edges.get(), pixels, classes, labelled.get());
  {
    const Scratch<uint64_t> spare(pixels * images.words(), stream);
    dilate_edges(images, edges.get(), call.tolerance, near.get(), spare.get(), stream);
  }
  const Scratch<Statistics> statistics(pixels, stream);
  launch_pixels("softmax", statistics_kernel<Logit, IsOutside>, images.planes(), stream, logits,
                IsOutside{edges.get()}, images.planes(), classes, statistics.get());

  const Arguments<Logit> in{logits,
                            statistics.get(),
                            near.get(),
                            labelled.get(),
                            images.images,
                            classes,
                            images.height,
                            images.width,
                            images.words(),
                            blocks_for(images.width, kTileColumns),
                            blocks_for(images.height, kTileRows)};
  const auto tiles = static_cast<unsigned>(in.tiles());
  const unsigned seekers = seeking_blocks(pixels, call.device);
  const Scratch<float> soft(elements, stream);
  const Scratch<int32_t> highest(pixels, stream);
  const Scratch<double> tile_sums(2 * classes * tiles, stream),
      found_sums(classes * seekers, stream);
  const Scratch<double> sums(3 * classes, stream);
  const Scratch<Slopes> slopes(classes, stream);
  with_pieces(call.curves[0].count, [&](auto pieces) {
    constexpr int kPieces = decltype(pieces)::value;
    launch("sums of predicted edges", edge_sums_kernel<Logit, kPieces>, tiles, kTileThreads, 0,
           stream, in, EdgeCurves<kPieces>(call.curves), soft.get(), tile_sums.get());
  });
  launch("maxima of predicted edges", highest_kernel<Logit>, seekers, kTileThreads, 0, stream, in,
         edges.get(), soft.get(), static_cast<int32_t>(call.tolerance), highest.get(),
         found_sums.get());
  const auto rows = static_cast<unsigned>(classes);
  launch("sums over tiles", row_sums_kernel, 2 * rows, kTileThreads, 0, stream, tile_sums.get(),
         int64_t{tiles}, sums.get());
  launch("sums over blocks", row_sums_kernel, rows, kTileThreads, 0, stream, found_sums.get(),
         int64_t{seekers}, sums.get() + 2 * classes);
  launch("F measure", f_measure_kernel, 1, kTileThreads, 0, stream, sums.get(), labelled.get(),
         classes, slopes.get(), value);
  if (gradient == nullptr) return;

  // The sums are done: from here on the memory of E counts who found it.
  int32_t* const hits = reinterpret_cast<int32_t*>(soft.get());
  const Planes words{images.images * images.words(), images.height, images.width};
  launch_pixels("clearing counts", clear_hits_kernel<Logit>, words, stream, in, words, hits);
  launch_pixels("counting maxima", hits_kernel<Logit>, images.planes(), stream, in, images.planes(),
                edges.get(), highest.get(), hits);
  with_pieces(call.curves[0].count, [&](auto pieces) {
    constexpr int kPieces = decltype(pieces)::value;
    launch("gradient of predicted edges", gradient_kernel<Logit, kPieces>, tiles, kTileThreads, 0,
           stream, in, EdgeCurves<kPieces>(call.curves), slopes.get(), hits, gradient);
  });
}

void band_surrogate(const Call& call, const void* logits, int logit_type, int absent_classes,
                    float* value, void* gradient) {
  const LabelImages& images = call.images;
  const int64_t pixels = images.pixels();
  const Scratch<uint8_t> band(pixels, call.stream);
  if (pixels > 0) {
    const Scratch<int16_t> edges(pixels, call.stream);
    const Scratch<uint8_t> spare(pixels, call.stream);
    find_edges(images, call.rule, edges.get(), call.stream);
    trimap(images, edges.get(), call.tolerance, band.get(), spare.get(), call.stream);
  }
  const RegionArguments in{{logits, logit_type, images.labels, images.label_type, band.get(),
                            images.images, images.classes, images.plane()},
                           call.curves[0],
                           call.curves[1]};
  region_loss(METRIC_MIOU, in, absent_classes, value, gradient, call.device, call.stream);
}

}  // namespace

void boundary_surrogate(int metric, const double* control_points, int64_t control_values,
                        int absent_classes, int64_t tolerance, int drop_background,
                        int ignored_edges, const Batch& batch, float* value, void* gradient) {
  check_choice("metric", metric, METRIC_BIOU, METRIC_BF1);
  check_choice("absent_classes", absent_classes, ABSENT_COUNT, ABSENT_SKIP);
  check_choice("ignored_edges", ignored_edges, IGNORED_COUNT, IGNORED_SKIP);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  const LossDevice device(batch, value, gradient);
  if (batch.h * batch.w > std::numeric_limits<int32_t>::max()) {
    fail("shape", "planes of fewer than 2^31 pixels", std::to_string(batch.h * batch.w));
  }
  Curve curves[4];
  make_curves(control_points, control_values, metric == METRIC_BIOU ? 2 : 4, curves);
  const Call call{label_images(batch),
                  curves,
                  std::min(tolerance, std::max(batch.h, batch.w)),  // no pixel is farther than that
                  {drop_background ? 1 : 0, ignored_edges == IGNORED_SKIP},
                  device.number(),
                  stream_of(batch)};
  if (metric == METRIC_BIOU) {
    band_surrogate(call, batch.logits, batch.logit_type, absent_classes, value, gradient);
    return;
  }
  with_logits(batch.logit_type, batch.logits, [&](auto* typed) {
    f_measure_surrogate(call, typed, value, static_cast<float*>(gradient));
  });
}

}  // namespace cuda
}  // namespace autoloss
