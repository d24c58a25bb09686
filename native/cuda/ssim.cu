// The structural similarity loss, value and gradient. Formula and papers: ssim_loss in ops.h.
//
// For a class, x = p and y = (label is c), both 0 in ignored pixels; blur() is the Gaussian window,
// with zeros outside the image, its own adjoint:
//   S from blur(x), blur(y), blur(x^2), blur(x y)   (ssim_math.h)
//   d sum S / d x = blur(dS/dblur(x)) + 2 x blur(dS/dblur(x^2)) + y blur(dS/dblur(x y))
//
// A block has a tile of 32 x 32 pixels of one plane. It loads the tile and a border of 5 to shared
// memory, blurs along the rows into another tile there, and along the columns into registers. A
// thread makes 8 neighbours of a row, or 4 of a column, from 18 or 14 numbers, so that it reads
// some 3 of them for a result, not 11.
//
// Passes, in bytes an element of float32 logits (of float16):
//   statistics   read 4 (2); writes 8 a pixel
//   similarity   reads the logits 4 (2), writes three maps of derivatives 12 (12)
//   by x         reads the maps 12 (12) and the logits 4 (2), writes d loss / d x 4 (4)
//   by logits    reads both 8 (6), the second time from the caches, writes the gradient 4 (4)
// together 52 (44), and 8 (4) for the value alone. Borders come from the caches: tiles read 1.7
// times what is theirs. The maps are made for some planes at a time, which bounds the memory, and
// is so chosen that much of them stays in the second-level cache of the larger GPUs: then up to 24
// of those bytes do not reach the memory. Seven blurs of 25 multiplications each, an element, are
// likely what bounds the time.
//
// Deterministic: sums are taken in a fixed order, tile by tile; only integers are added atomically.
#include <algorithm>

#include "common/ssim_math.h"
#include "counts.h"
#include "device.h"
#include "launch.h"
#include "operations.h"
#include "pixels.h"
#include "runtime.h"
#include "softmax.h"

namespace autoloss {
namespace cuda {
namespace {

/// Elements whose maps are made at once, unless a plane has more: 48 MiB.
constexpr int64_t kElementsAtOnce = int64_t{1} << 22;

constexpr int kThreads = 256;
constexpr int kTile = 32;
constexpr int kWide = kTile + 2 * kSsimRadius;
/// What a thread makes of a row and of a column at a time.
constexpr int kOfRow = 8, kOfColumn = kTile * kTile / kThreads;
/// Elements from row to row: odd, so that threads that each have a row meet in no memory bank.
constexpr int kWidePitch = kWide + 1, kPitch = kTile + 1;
constexpr int kFinishThreads = 1024;

/// A batch, labels narrowed to int16: -1 where ignored.
template <class Logit>
struct SsimBatch {
  const Logit* logits;
  const int16_t* labels;
  const Statistics* statistics;
  int64_t images, classes, height, width;

  __host__ __device__ int64_t plane() const { return height * width; }
  int64_t pixels() const { return images * plane(); }
  __host__ __device__ int64_t across() const { return (width + kTile - 1) / kTile; }
  __host__ __device__ int64_t tiles() const { return across() * ((height + kTile - 1) / kTile); }
};

/// Where a block's tile is; plane = image * classes + class.
struct Tile {
  int64_t plane, y, x;

  template <class Logit>
  static __device__ Tile of(const SsimBatch<Logit>& in, int64_t first_plane) {
    const int64_t within = blockIdx.x % in.tiles();
    return {first_plane + blockIdx.x / in.tiles(), within / in.across() * kTile,
            within % in.across() * kTile};
  }
};

/// One plane of a batch.
template <class Logit>
struct Plane {
  const Logit* logits;
  const int16_t* labels;
  const Statistics* statistics;
  int own;

  __device__ Plane(const SsimBatch<Logit>& in, int64_t plane)
      : logits(in.logits + plane * in.plane()),
        labels(in.labels + plane / in.classes * in.plane()),
        statistics(in.statistics + plane / in.classes * in.plane()),
        own(static_cast<int>(plane % in.classes)) {}

  __device__ bool counts(int64_t pixel) const { return labels[pixel] >= 0; }
  __device__ float x(int64_t pixel) const {
    return counts(pixel) ? statistics[pixel].probability(to_float(logits[pixel])) : 0.0f;
  }
  __device__ float y(int64_t pixel) const { return labels[pixel] == own ? 1.0f : 0.0f; }
};

/// Labels in 16 bits, and how many pixels count.
template <class Label>
__global__ void __launch_bounds__(kCountThreads)
    narrow_kernel(const Label* __restrict__ labels, int64_t pixels, int classes,
                  int16_t* __restrict__ narrowed, unsigned long long* __restrict__ valid) {
  int mine = 0;
  for_elements(pixels, [&](int64_t i) {
    const int label = label_at(labels, i, classes);
    narrowed[i] = static_cast<int16_t>(label);
    mine += label >= 0 ? 1 : 0;
  });
  const int sum = block_sum<kCountThreads>(mine);
  if (threadIdx.x == 0) atomicAdd(valid, static_cast<unsigned long long>(sum));
}

struct IsIgnored {
  const int16_t* labels;
  __device__ bool operator()(int64_t pixel) const { return labels[pixel] < 0; }
};

/// Calls put(i, pixel) for each element i of the wide tile and its pixel in the plane; -1 outside.
template <class Logit, class Put>
__device__ __forceinline__ void for_wide_tile(const SsimBatch<Logit>& in, const Tile& tile,
                                              Put put) {
  for (int i = threadIdx.x; i < kWide * kWide; i += kThreads) {
    const int row = i / kWide, column = i % kWide;
    const int64_t y = tile.y + row - kSsimRadius, x = tile.x + column - kSsimRadius;
    const bool inside = y >= 0 && y < in.height && x >= 0 && x < in.width;
    put(row * kWidePitch + column, inside ? y * in.width + x : int64_t{-1});
  }
}

/// Calls body(k, pixel) for those of the calling thread's pixels, below each other, that are inside
/// the image.
template <class Logit, class Body>
__device__ __forceinline__ void for_column(const SsimBatch<Logit>& in, const Tile& tile,
                                           Body body) {
  const int64_t x = tile.x + threadIdx.x % kTile;
  const int64_t top = tile.y + threadIdx.x / kTile * kOfColumn;
#pragma unroll
  for (int k = 0; k < kOfColumn; ++k) {
    if (top + k < in.height && x < in.width) body(k, (top + k) * in.width + x);
  }
}

/// to[j] = sum over k of window[k] from(j + k)
template <int Count, class From>
__device__ __forceinline__ void blur_line(From from, float* to) {
  constexpr SsimWindow window;
#pragma unroll
  for (int j = 0; j < Count; ++j) to[j] = 0.0f;
#pragma unroll
  for (int i = 0; i < Count + kSsimTaps - 1; ++i) {
    const float value = from(i);
#pragma unroll
    for (int j = 0; j < Count; ++j) {
      const int k = i - j;
      if (k >= 0 && k < kSsimTaps) to[j] += window.taps[k] * value;
    }
  }
}

/// The blur of value(i), i an element of the wide tile, at the calling thread's pixels. All threads
/// call it, when what `value` reads is there; `rows` [kWide][kPitch] is shared memory.
template <class Value>
__device__ __forceinline__ void blur(Value value, float* rows, float* to) {
  for (int job = threadIdx.x; job < kWide * (kTile / kOfRow); job += kThreads) {
    // neighbouring threads have neighbouring rows: see kWidePitch
    const int row = job % kWide, first = job / kWide * kOfRow;
    float sums[kOfRow];
    blur_line<kOfRow>([&](int i) { return value(row * kWidePitch + first + i); }, sums);
#pragma unroll
    for (int j = 0; j < kOfRow; ++j) rows[row * kPitch + first + j] = sums[j];
  }
  __syncthreads();
  const int column = threadIdx.x % kTile, top = threadIdx.x / kTile * kOfColumn;
  blur_line<kOfColumn>([&](int i) { return rows[(top + i) * kPitch + column]; }, to);
  __syncthreads();  // before `rows` is written again
}

/// The derivatives of S, each [planes,H,W] of the planes that are at work.
struct Maps {
  float *by_mean, *by_square, *by_product;
};

/// The sum of S of each tile into partial, and where wanted its derivatives into maps, 0 in ignored
/// pixels.
template <class Logit, bool Slopes>
__global__ void __launch_bounds__(kThreads, 4)
    similarity_kernel(const SsimBatch<Logit> in, int64_t first_plane, const Maps maps,
                      double* __restrict__ partial) {
  __shared__ float x[kWide * kWidePitch], y[kWide * kWidePitch], rows[kWide * kPitch];
  const Tile tile = Tile::of(in, first_plane);
  const Plane<Logit> plane(in, tile.plane);
  for_wide_tile(in, tile, [&](int i, int64_t pixel) {
    x[i] = pixel < 0 ? 0.0f : plane.x(pixel);
    y[i] = pixel < 0 ? 0.0f : plane.y(pixel);
  });
  __syncthreads();
  float mx[kOfColumn], my[kOfColumn], xx[kOfColumn], xy[kOfColumn];
  blur([&](int i) { return x[i]; }, rows, mx);
  blur([&](int i) { return y[i]; }, rows, my);
  blur([&](int i) { return x[i] * x[i]; }, rows, xx);
  blur([&](int i) { return x[i] * y[i]; }, rows, xy);

  float sum = 0.0f;
  const int64_t offset = (tile.plane - first_plane) * in.plane();
  for_column(in, tile, [&](int k, int64_t pixel) {
    const float counts = plane.counts(pixel) ? 1.0f : 0.0f;
    const SsimPoint point = ssim_point(mx[k], my[k], xx[k], xy[k], counts);
    sum += point.value;
    if (!Slopes) return;
    maps.by_mean[offset + pixel] = point.by_mean;
    maps.by_square[offset + pixel] = point.by_square;
    maps.by_product[offset + pixel] = point.by_product;
  });
  sum = block_sum<kThreads>(sum);
  if (threadIdx.x == 0) partial[first_plane * in.tiles() + blockIdx.x] = sum;
}

/// d loss / d x, into gradient [N,C,H,W].
template <class Logit>
__global__ void __launch_bounds__(kThreads, 4)
    by_x_kernel(const SsimBatch<Logit> in, int64_t first_plane, const Maps maps,
                const unsigned long long* __restrict__ valid, float* __restrict__ gradient) {
  __shared__ float map[kWide * kWidePitch], rows[kWide * kPitch];
  const Tile tile = Tile::of(in, first_plane);
  const int64_t offset = (tile.plane - first_plane) * in.plane();
  const auto blurred = [&](const float* from, float* to) {
    for_wide_tile(in, tile,
                  [&](int i, int64_t pixel) { map[i] = pixel < 0 ? 0.0f : from[offset + pixel]; });
    __syncthreads();
    blur([&](int i) { return map[i]; }, rows, to);
  };
  float mean[kOfColumn], square[kOfColumn], product[kOfColumn];
  blurred(maps.by_mean, mean);
  blurred(maps.by_square, square);
  blurred(maps.by_product, product);

  const Plane<Logit> plane(in, tile.plane);
  // infinite where no pixel counts: then all are ignored, and the last pass writes 0
  const float weight = 1.0f / (static_cast<float>(*valid) * static_cast<float>(in.classes));
  for_column(in, tile, [&](int k, int64_t pixel) {
    const float by_x = mean[k] + 2.0f * plane.x(pixel) * square[k] + plane.y(pixel) * product[k];
    gradient[tile.plane * in.plane() + pixel] = -weight * by_x;
  });
}

/// d loss / d x becomes d loss / d logits = x (d loss / d x - sum over c of x d loss / d x).
template <class Logit>
__global__ void by_logits_kernel(const SsimBatch<Logit> in, const Planes images,
                                 float* __restrict__ gradient) {
  for_pixels(images, [&](int64_t image, int64_t y, int64_t x) {
    const int64_t pixel = y * in.width + x, first = image * in.classes * in.plane() + pixel;
    const Statistics statistics = in.statistics[image * in.plane() + pixel];
    float dot = 0.0f;
    for (int64_t c = 0; c < in.classes; ++c) {
      const int64_t i = first + c * in.plane();
      dot += statistics.probability(to_float(in.logits[i])) * gradient[i];
    }
    for (int64_t c = 0; c < in.classes; ++c) {
      const int64_t i = first + c * in.plane();
      const float p = statistics.probability(to_float(in.logits[i]));
      gradient[i] = statistics.left_out() ? 0.0f : p * (gradient[i] - dot);
    }
  });
}

/// 1 - the mean of S, from the sums of all tiles; 0 where no pixel counts. One block.
__global__ void __launch_bounds__(kFinishThreads)
    value_kernel(const double* __restrict__ partial, int64_t count, int64_t classes,
                 const unsigned long long* __restrict__ valid, float* __restrict__ value) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kFinishThreads) sum += partial[i];
  sum = block_sum<kFinishThreads>(sum);
  if (threadIdx.x != 0) return;
  const double elements = static_cast<double>(*valid) * static_cast<double>(classes);
  *value = *valid == 0 ? 0.0f : static_cast<float>(1 - sum / elements);
}

/// Value and gradient of a batch whose labels and statistics are ready or on the stream.
template <class Logit>
void ssim_planes(const SsimBatch<Logit>& in, const unsigned long long* valid, float* value,
                 float* gradient, cudaStream_t stream) {
  const int64_t planes = in.images * in.classes, plane = in.plane();
  const int64_t most = std::min(planes, std::max(int64_t{1}, kElementsAtOnce / plane));
  const bool slopes = gradient != nullptr;
  const Scratch<float> memory(slopes ? 3 * most * plane : 0, stream);
  const Scratch<double> partial(planes * in.tiles(), stream);
  const Maps maps{memory.get(), memory.get() + most * plane, memory.get() + 2 * most * plane};
  for (int64_t first = 0; first < planes; first += most) {
    const auto blocks = static_cast<unsigned>(std::min(most, planes - first) * in.tiles());
    launch("similarity", slopes ? similarity_kernel<Logit, true> : similarity_kernel<Logit, false>,
           blocks, kThreads, 0, stream, in, first, maps, partial.get());
    if (!slopes) continue;
    launch("similarity's gradient by probabilities", by_x_kernel<Logit>, blocks, kThreads, 0,
           stream, in, first, maps, valid, gradient);
  }
  launch("mean similarity", value_kernel, 1, kFinishThreads, 0, stream, partial.get(),
         planes * in.tiles(), in.classes, valid, value);
  if (!slopes) return;
  const Planes images{in.images, in.height, in.width};
  launch_pixels("similarity's gradient by logits", by_logits_kernel<Logit>, images, stream, in,
                images, gradient);
}

}  // namespace

void ssim_loss(const Batch& batch, float* value, float* gradient) {
  const LossDevice device(batch, value, gradient);
  const auto stream = stream_of(batch);
  const int64_t pixels = pixels_of(batch);
  if (pixels == 0) {
    check(cudaMemsetAsync(value, 0, sizeof *value, stream), "writing the value of an empty batch");
    return;
  }
  const Scratch<int16_t> narrowed(pixels, stream);
  const Scratch<unsigned long long> valid(1, stream);
  const Scratch<Statistics> statistics(pixels, stream);
  valid.clear();
  with_labels(batch.label_type, batch.labels, [&](auto* typed) {
    using Label = std::decay_t<decltype(*typed)>;
    launch("labels", narrow_kernel<Label>, count_blocks(pixels, device.number()), kCountThreads, 0,
           stream, typed, pixels, static_cast<int>(batch.c), narrowed.get(), valid.get());
  });
  with_logits(batch.logit_type, batch.logits, [&](auto* typed) {
    using Logit = std::decay_t<decltype(*typed)>;
    const Planes images{batch.n, batch.h, batch.w};
    launch_pixels("softmax", statistics_kernel<Logit, IsIgnored>, images, stream, typed,
                  IsIgnored{narrowed.get()}, images, batch.c, statistics.get());
    const SsimBatch<Logit> in{typed,   narrowed.get(), statistics.get(), batch.n,
                              batch.c, batch.h,        batch.w};
    ssim_planes(in, valid.get(), value, gradient, stream);
  });
}

}  // namespace cuda
}  // namespace autoloss
