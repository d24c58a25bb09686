// The kernels of class_sums.h for classes that no thread can keep in registers: a block keeps the
// exponentials of a tile in shared memory, so that each logit is read once. Its four warps take
// every fourth class of the same 32 pixels.
//
// Sums of spills need no exchange between lanes: a lane takes a class, and goes through the pixels.
#ifndef AUTOLOSS_CUDA_CLASS_SUMS_SHARED_H_
#define AUTOLOSS_CUDA_CLASS_SUMS_SHARED_H_

#include <cmath>
#include <cstdint>

#include "class_sums_kernels.h"
#include "class_tiles.h"
#include "device.h"

namespace autoloss {
namespace cuda {

/// Pixels of a tile, one for each lane.
constexpr int kSharedPixels = kWarp;
/// Numbers from a class's row to the next. Odd: lanes that take a class each, and lanes that take a
/// pixel each, both read from 32 banks.
constexpr int kSharedRow = kSharedPixels + 1;
/// What each warp sums in a tile.
constexpr int kPixelsOfWarp = kSharedPixels / kSumWarps;
/// Blocks of a multiprocessor, as far as shared memory allows; with more, curves of eight pieces
/// would not fit the registers. Curves of two take so few that up to eight run at once. On an H100
/// shared memory allows them 8 and 5 blocks for 150 classes.
constexpr int kResidentSharedSums = 7, kResidentSharedGradients = 5;

/// Shared memory of the two kernels.
inline size_t shared_sums_bytes(int64_t classes) {
  return sizeof(float) * classes * (kSharedRow + 2 + kSumWarps);
}
inline size_t shared_gradient_bytes(int64_t classes, bool spills) {
  return sizeof(float) * classes * kSharedRow * (spills ? 2 : 1);
}

/// What one number of each warp makes for each pixel, in the order of the warps. All threads of the
/// block call it; between two calls with the same memory there is another barrier.
template <class Fold>
__device__ __forceinline__ float over_warps(float (*memory)[kSharedPixels], float mine, Fold fold) {
  const int lane = threadIdx.x % kWarp;
  memory[threadIdx.x / kWarp][lane] = mine;
  __syncthreads();
  float result = memory[0][lane];
#pragma unroll
  for (int warp = 1; warp < kSumWarps; ++warp) result = fold(result, memory[warp][lane]);
  return result;
}

/// A tile's logits become exponentials in `rows`, [classes][kSharedRow]; the lane's pixel is that
/// of `z`, and is not read unless it is `inside` the image. All threads of the block call it, and
/// see all rows afterwards.
template <class Logit>
__device__ __forceinline__ Scale shared_exponentials(const Logit* z, bool inside, int64_t plane,
                                                     int classes, float* rows) {
  __shared__ float tops[kSumWarps][kSharedPixels], sums[kSumWarps][kSharedPixels];
  const int warp = threadIdx.x / kWarp;
  float* mine = rows + threadIdx.x % kWarp;
  float top = -INFINITY;
  z += warp * plane;
#pragma unroll 8
  for (int c = warp; c < classes; c += kSumWarps) {
    const float logit = inside ? to_float(*z) : 0.0f;
    z += kSumWarps * plane;
    mine[c * kSharedRow] = logit;
    top = fmaxf(top, logit);
  }
  top = over_warps(tops, top, [](float a, float b) { return fmaxf(a, b); });
  const float shift = Scale::shift_of(top);
  float sum = 0.0f;
#pragma unroll 4
  for (int c = warp; c < classes; c += kSumWarps) {
    const float e = Scale::exponential(mine[c * kSharedRow], shift);
    mine[c * kSharedRow] = e;
    sum += e;
  }
  sum = over_warps(sums, sum, [](float a, float b) { return a + b; });
  return {shift, __fdividef(1.0f, sum)};
}

/// The three sums.
template <class Logit, class Terms>
__global__ void __launch_bounds__(kSumThreads, kResidentSharedSums)
    shared_sums(TiledBatch in, const Logit* __restrict__ logits, Terms terms,
                double* __restrict__ partial) {
  const int classes = in.classes, lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  float* rows = dynamic_shared<float>();
  float* spill = rows + classes * kSharedRow;  // [classes][kSumWarps]
  Table table(spill + classes * kSumWarps, classes, 1);
  table.clear(classes);
  for (int i = threadIdx.x; i < classes * kSumWarps; i += kSumThreads) spill[i] = 0.0f;

  for (Walk<kSharedPixels> walk(in); walk.goes_on(in); walk.step(in)) {
    const Tile tile = walk.tile();
    const int64_t i = tile.begin + lane;
    const bool inside = i < in.plane;
    const int label = inside ? in.label(tile.image * in.plane + i) : -1;
    const float inverse = shared_exponentials(logits + tile.image * classes * in.plane + i, inside,
                                              in.plane, classes, rows)
                              .inverse;
    if (warp == 0) {
      const float own = label < 0 ? 0.0f : rows[label * kSharedRow + lane] * inverse;
      table.add(label, terms.inside(own));
    }
    int labels[kPixelsOfWarp];
    float inverses[kPixelsOfWarp];
#pragma unroll
    for (int k = 0; k < kPixelsOfWarp; ++k) {
      labels[k] = __shfl_sync(kAllLanes, label, warp * kPixelsOfWarp + k);
      inverses[k] = __shfl_sync(kAllLanes, inverse, warp * kPixelsOfWarp + k);
    }
    for (int c = lane; c < classes; c += kWarp) {
      const float* e = rows + c * kSharedRow + warp * kPixelsOfWarp;
      float sum = 0.0f;
#pragma unroll
      for (int k = 0; k < kPixelsOfWarp; ++k) {
        const float outside = terms.outside(e[k] * inverses[k]);
        if (labels[k] >= 0 && (Terms::kEverywhere || labels[k] != c)) sum += outside;
      }
      spill[c * kSumWarps + warp] += sum;
    }
    __syncthreads();  // the rows are read before those of the next tile are written
  }
  write_sums(table, spill, classes, partial);
}

/// The gradient. Without `Spills` d loss / d p is 0 but for the label's class.
template <class Logit, class Terms, bool Spills>
__global__ void __launch_bounds__(kSumThreads, kResidentSharedGradients)
    shared_gradient(TiledBatch in, const Logit* __restrict__ logits, Terms terms,
                    const float* __restrict__ slopes,
                    typename GradientBy<Logit>::Type* __restrict__ gradient) {
  __shared__ float dots[kSumWarps][kSharedPixels];
  const int classes = in.classes, lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  float* rows = dynamic_shared<float>();
  float* mine = rows + lane;
  float* slope = mine + classes * kSharedRow;  // d loss / d p, where there are spills
  for (Walk<kSharedPixels> walk(in); walk.goes_on(in); walk.step(in)) {
    const Tile tile = walk.tile_from_end(in);
    const int64_t i = tile.begin + lane, first = tile.image * classes * in.plane + i;
    const bool inside = i < in.plane;
    const int label = inside ? in.label(tile.image * in.plane + i) : -1;
    const float inverse =
        shared_exponentials(logits + first, inside, in.plane, classes, rows).inverse;
    float at_label = 0.0f, dot = 0.0f;
    if (label >= 0) {
      const float own = mine[label * kSharedRow] * inverse;
      at_label = slopes[label] * terms.inside_slope(own);
      dot = own * at_label;
    }
    if (Spills) {
      dot = 0.0f;
#pragma unroll 4
      for (int c = warp; c < classes; c += kSumWarps) {
        const float p = mine[c * kSharedRow] * inverse;
        const float other = slopes[classes + c] * terms.outside_slope(p);
        const float whole = slope_of<Terms>(c == label, at_label, other);
        slope[c * kSharedRow] = whole;
        dot += p * whole;
      }
      dot = over_warps(dots, dot, [](float a, float b) { return a + b; });
    } else {
      __syncthreads();  // the label's row is read before that of the next tile is written
    }
    if (inside) {
      auto* out = gradient + first + warp * in.plane;
#pragma unroll 4
      for (int c = warp; c < classes; c += kSumWarps) {
        const float p = mine[c * kSharedRow] * inverse;
        const float whole = Spills ? slope[c * kSharedRow] : c == label ? at_label : 0.0f;
        put(out, label < 0 ? 0.0f : p * (whole - dot));
        out += kSumWarps * in.plane;
      }
    }
  }
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CLASS_SUMS_SHARED_H_
