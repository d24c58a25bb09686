// The kernels of class_sums.h, which says what they compute: the sums of each class by blocks,
// their value and slopes by one block, the gradient. Sums and gradient come twice, for classes that
// a thread keeps in registers and for any number of them; class_sums_shared.h has a third kind.
#ifndef AUTOLOSS_CUDA_CLASS_SUMS_KERNELS_H_
#define AUTOLOSS_CUDA_CLASS_SUMS_KERNELS_H_

#include <cmath>
#include <cstdint>

#include "class_tiles.h"
#include "common/checks.h"
#include "common/region_math.h"
#include "device.h"
#include "launch.h"

namespace autoloss {
namespace cuda {

/// The sums of the labels' classes, in shared memory: of each class a row of `columns`.
struct Table {
  float* overlap;  // of inside(p)
  int* labelled;   // pixels
  int columns;  // kSumThreads: one for each thread; kSumWarps: one for each warp; 1: of the first

  __device__ Table(float* memory, int classes, int columns)
      : overlap(memory),
        labelled(reinterpret_cast<int*>(memory + classes * columns)),
        columns(columns) {}

  __device__ void clear(int classes) {
    for (int i = threadIdx.x; i < classes * columns; i += kSumThreads) {
      overlap[i] = 0.0f;
      labelled[i] = 0;
    }
  }

  /// What one pixel adds; a label of -1 adds nothing. All lanes of a warp call it together.
  __device__ void add(int label, float value) {
    if (columns == kSumThreads) {
      if (label < 0) return;
      overlap[label * kSumThreads + threadIdx.x] += value;
      labelled[label * kSumThreads + threadIdx.x] += 1;
      return;
    }
    // one label after another: those of neighbours are mostly the same
    for (unsigned left = __ballot_sync(kAllLanes, label >= 0); left != 0;) {
      const int next = __shfl_sync(kAllLanes, label, __ffs(left) - 1);
      const unsigned same = __ballot_sync(kAllLanes, label == next);
      const float sum = warp_sum(label == next ? value : 0.0f);
      if (threadIdx.x % kWarp == 0) {
        const int i = next * columns + threadIdx.x / kWarp;
        overlap[i] += sum;
        labelled[i] += __popc(same);
      }
      left &= ~same;
    }
  }
};

/// The sum of a row, in all lanes of the calling warp.
template <class T>
__device__ inline T row_sum(const T* row, int columns) {
  T sum = 0;
  for (int i = threadIdx.x % kWarp; i < columns; i += kWarp) sum += row[i];
  return warp_sum(sum);
}

/// Writes a block's sums to partial[row][class][block]: overlap, labelled, and where there is one,
/// spill [classes][kSumWarps] of shared memory.
__device__ inline void write_sums(const Table& table, const float* spill, int classes,
                                  double* partial) {
  __syncthreads();
  const int64_t blocks = gridDim.x;
  double* mine = partial + blockIdx.x;
  for (int c = threadIdx.x / kWarp; c < classes; c += kSumWarps) {
    const float overlap = row_sum(table.overlap + c * table.columns, table.columns);
    const int labelled = row_sum(table.labelled + c * table.columns, table.columns);
    const float outside = spill == nullptr ? 0.0f : row_sum(spill + c * kSumWarps, kSumWarps);
    if (threadIdx.x % kWarp == 0) {
      mine[c * blocks] = overlap;
      mine[(classes + c) * blocks] = labelled;
      if (spill != nullptr) mine[(2 * classes + c) * blocks] = outside;
    }
  }
}

/// The three sums, up to `Classes` classes in registers, or `Exact`ly so many. A plane has fewer
/// than 2^31 pixels.
template <class Logit, int Classes, bool Exact, class Terms>
__global__ void __launch_bounds__(kSumThreads, resident_sums(Classes))
    register_sums(TiledBatch in, const Logit* __restrict__ logits, Terms terms,
                  double* __restrict__ partial) {
  const int classes = Exact ? Classes : in.classes;
  __shared__ float warp_spill[Classes * kSumWarps];
  Table table(dynamic_shared<float>(), classes, kSumThreads);
  table.clear(classes);
  __syncthreads();
  float spill[Classes];
#pragma unroll
  for (int c = 0; c < Classes; ++c) spill[c] = 0.0f;

  const int plane = static_cast<int>(in.plane);
  for (Walk<kSumThreads> walk(in); walk.goes_on(in); walk.step(in)) {
    const Tile tile = walk.tile();
    const int i = static_cast<int>(tile.begin) + threadIdx.x;
    if (i >= plane) continue;
    float e[Classes];
    // before the label, so that both are on their way at once
    const Logit* z = logits + tile.image * classes * in.plane + i;
    load<Classes, Exact>(z, plane, classes, e);
    const int label = in.label(tile.image * in.plane + i);
    if (label < 0) continue;
    const Scale scale = exponentials<Classes>(e);
#pragma unroll
    for (int c = 0; c < Classes; ++c) {
      const float value = terms.outside(e[c] * scale.inverse);
      if (Terms::kEverywhere || c != label) spill[c] += value;
    }
    // read again, from the cache: to select one of the registers takes two instructions a class
    const float own = scale.probability(to_float(z[int64_t{label} * plane]));
    table.add(label, terms.inside(own));
  }
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    const float sum = warp_sum(spill[c]);
    if (threadIdx.x % kWarp == 0) warp_spill[c * kSumWarps + threadIdx.x / kWarp] = sum;
  }
  write_sums(table, warp_spill, classes, partial);
}

/// The sums for any number of classes; the third where there are `Spills`.
template <class Logit, class Terms, bool Spills>
__global__ void __launch_bounds__(kSumThreads)
    any_sums(TiledBatch in, const Logit* __restrict__ logits, Terms terms, int columns,
             double* __restrict__ partial) {
  float* memory = dynamic_shared<float>();
  float* spill = Spills ? memory : nullptr;
  Table table(memory + (Spills ? in.classes * kSumWarps : 0), in.classes, columns);
  table.clear(in.classes);
  for (int i = threadIdx.x; Spills && i < in.classes * kSumWarps; i += kSumThreads) spill[i] = 0.0f;
  __syncthreads();

  for (Walk<kSumThreads> walk(in); walk.goes_on(in); walk.step(in)) {
    const Tile tile = walk.tile();
    const int64_t i = tile.begin + threadIdx.x;
    const Logit* z = logits + tile.image * in.classes * in.plane + i;
    const int label = i < in.plane ? in.label(tile.image * in.plane + i) : -1;
    Softmax s;
    float inverse = 0.0f, overlap = 0.0f;
    if (label >= 0) {
      s = softmax_of(z, in.plane, in.classes);
      inverse = __fdividef(1.0f, s.sum);
      overlap = terms.inside(s.probability(to_float(z[label * in.plane]), inverse));
    }
    table.add(label, overlap);
#pragma unroll 1
    for (int c = 0; Spills && c < in.classes; ++c) {
      float outside = 0.0f;
      if (label >= 0 && (Terms::kEverywhere || label != c)) {
        outside = terms.outside(s.probability(to_float(z[c * in.plane]), inverse));
      }
      outside = warp_sum(outside);
      if (threadIdx.x % kWarp == 0) spill[c * kSumWarps + threadIdx.x / kWarp] += outside;
    }
  }
  write_sums(table, spill, in.classes, partial);
}

/// Value and slopes from the sums of all blocks, by one block. slopes: [2][C], d loss / d overlap
/// and d loss / d spill.
template <class Rule>
__global__ void __launch_bounds__(kFinishThreads)
    finish(Rule rule, int classes, int blocks, bool spills, const double* __restrict__ partial,
           float* __restrict__ slopes, float* value) {
  __shared__ double sums[3][kMaxClasses];
  __shared__ double shares[kMaxClasses];
  __shared__ RegionTotals totals;
  const int lane = threadIdx.x % kWarp;
  for (int c = threadIdx.x / kWarp; c < classes; c += kFinishThreads / kWarp) {
    for (int row = 0; row < 3; ++row) {
      const double* from = partial + (static_cast<int64_t>(row) * classes + c) * blocks;
      const double sum = row < 2 || spills ? row_sum(from, blocks) : 0.0;
      if (lane == 0) sums[row][c] = sum;
    }
  }
  __syncthreads();
  if (threadIdx.x < kWarp) {
    double present = 0, pixels = 0;
    for (int c = lane; c < classes; c += kWarp) {
      present += sums[1][c] > 0 ? 1 : 0;
      pixels += sums[1][c];
    }
    present = warp_sum(present);
    pixels = warp_sum(pixels);
    if (lane == 0) totals = {static_cast<double>(classes), present, pixels};
  }
  __syncthreads();
  for (int c = threadIdx.x; c < classes; c += kFinishThreads) {
    const RegionTerm term = rule.term(sums[0][c], sums[2][c], sums[1][c], totals);
    shares[c] = term.surrogate;
    slopes[c] = term.overlap_slope;
    slopes[classes + c] = term.spill_slope;
  }
  __syncthreads();
  if (threadIdx.x < kWarp) {
    const double surrogate = row_sum(shares, classes);
    if (lane == 0) *value = static_cast<float>(rule.value(surrogate, totals));
  }
}

/// d loss / d p of a class, from the part that it has as the label's and that as any other.
template <class Terms>
__device__ __forceinline__ float slope_of(bool own, float at_label, float other) {
  if (!own) return other;
  return Terms::kEverywhere ? at_label + other : at_label;
}

/// The gradient, up to `Classes` classes in registers, or `Exact`ly so many.
template <class Logit, int Classes, bool Exact, class Terms>
__global__ void __launch_bounds__(kSumThreads, resident_gradients(Classes))
    register_gradient(TiledBatch in, const Logit* __restrict__ logits, Terms terms,
                      const float* __restrict__ slopes,
                      typename GradientBy<Logit>::Type* __restrict__ gradient) {
  const int classes = Exact ? Classes : in.classes;
  __shared__ float spill_slope[Classes];
  if (threadIdx.x < Classes) {
    spill_slope[threadIdx.x] =
        static_cast<int>(threadIdx.x) < classes ? slopes[classes + threadIdx.x] : 0.0f;
  }
  __syncthreads();
  const int plane = static_cast<int>(in.plane);
  for (Walk<kSumThreads> walk(in); walk.goes_on(in); walk.step(in)) {
    const Tile tile = walk.tile_from_end(in);
    const int i = static_cast<int>(tile.begin) + threadIdx.x;
    if (i >= plane) continue;
    const int64_t first = tile.image * classes * in.plane + i;
    float e[Classes];
    load<Classes, Exact>(logits + first, plane, classes, e);
    const int label = in.label(tile.image * in.plane + i);
    auto* out = gradient + first;
    if (label < 0) {
#pragma unroll 1
      for (int c = 0; c < classes; ++c) {
        put(out, 0.0f);
        out += plane;
      }
      continue;
    }
    const Scale scale = exponentials<Classes>(e);
    const float own = scale.probability(to_float(logits[first + int64_t{label} * plane]));
    const float at_label = slopes[label] * terms.inside_slope(own);
    float scaled[Classes];  // p d loss / d p
    float dot = 0.0f;
#pragma unroll
    for (int c = 0; c < Classes; ++c) {
      e[c] *= scale.inverse;
      const float other = spill_slope[c] * terms.outside_slope(e[c]);
      scaled[c] = e[c] * slope_of<Terms>(c == label, at_label, other);
      dot += scaled[c];
    }
#pragma unroll
    for (int c = 0; c < Classes; ++c) {
      if (!Exact && c >= classes) break;
      put(out, scaled[c] - e[c] * dot);
      out += plane;
    }
  }
}

/// The gradient for any number of classes.
template <class Logit, class Terms, bool Spills>
__global__ void __launch_bounds__(kSumThreads)
    any_gradient(TiledBatch in, const Logit* __restrict__ logits, Terms terms,
                 const float* __restrict__ slopes,
                 typename GradientBy<Logit>::Type* __restrict__ gradient) {
  for (Walk<kSumThreads> walk(in); walk.goes_on(in); walk.step(in)) {
    const Tile tile = walk.tile_from_end(in);
    const int64_t i = tile.begin + threadIdx.x;
    if (i >= in.plane) continue;
    const int64_t offset = tile.image * in.classes * in.plane + i;
    const Logit* z = logits + offset;
    auto* out = gradient + offset;
    const int label = in.label(tile.image * in.plane + i);
    if (label < 0) {
      for (int c = 0; c < in.classes; ++c) put(out + c * in.plane, 0.0f);
      continue;
    }
    const Softmax s = softmax_of(z, in.plane, in.classes);
    const float inverse = __fdividef(1.0f, s.sum);
    const float own = s.probability(to_float(z[label * in.plane]), inverse);
    const float at_label = slopes[label] * terms.inside_slope(own);
    float dot = own * at_label;
#pragma unroll 1
    for (int c = 0; Spills && c < in.classes; ++c) {
      if (!Terms::kEverywhere && c == label) continue;
      const float p = s.probability(to_float(z[c * in.plane]), inverse);
      dot += p * slopes[in.classes + c] * terms.outside_slope(p);
    }
#pragma unroll 1
    for (int c = 0; c < in.classes; ++c) {
      const float p = s.probability(to_float(z[c * in.plane]), inverse);
      const float other = Spills ? slopes[in.classes + c] * terms.outside_slope(p) : 0.0f;
      put(out + c * in.plane, p * (slope_of<Terms>(c == label, at_label, other) - dot));
    }
  }
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CLASS_SUMS_KERNELS_H_
