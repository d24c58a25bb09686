// The losses that are made of three sums of each class: what their kernels share.
//
//   p = softmax_c(z); over the pixels that count, for each class:
//   overlap = sum of inside(p) over its pixels,  labelled = its pixels,
//   spill = sum of outside(p) over the pixels of other classes, or over all of them
//
// A loss brings its Terms and its Rule. Terms has, for a kernel,
//   kEverywhere   whether spill is over all pixels
//   local()       what has inside(p), outside(p), and their derivatives inside_slope(p) and
//                 outside_slope(p): made within the kernel, for curves that come as parameters cost
//                 more registers
// and a Rule turns the sums of a class, in float64, into its share of the value and the two slopes:
//   term(overlap, spill, labelled, totals) -> RegionTerm,  value(sum of shares, totals)
//
// Shapes: logits and gradient [N,C,H,W], labels [N,H,W] as they are; no one-hot is built.
// Passes over [N,C,H,W]: the sums read the logits; the gradient reads them again, recomputes the
// softmax and writes float32. So 3 N C H W elements and twice the labels cross the memory bus; in
// between, one block adds up some 3 C sums of each block and turns them into the value and C
// slopes.
//
// A thread takes one pixel at a time. Up to 32 classes its exponentials and its spills stay in
// registers (register_sums, register_gradient). Beyond, and for losses without spills, which want
// one probability of a pixel only, the classes are read again, from the caches (any_sums,
// any_gradient).
//
// What a pixel adds to the sums of its label's class goes to a table in shared memory: a column for
// each thread up to 32 classes, else one for each warp. So nobody waits, whatever the labels look
// like, and sums have the same order each time.
//
// Compiled with -ftz=true: exponentials, roots and quotients are then one or two instructions. What
// is below 1.2e-38 counts as 0; the errors that ops.h promises hold all the same.
#ifndef AUTOLOSS_CUDA_CLASS_SUMS_H_
#define AUTOLOSS_CUDA_CLASS_SUMS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

#include "batch.h"
#include "common/checks.h"
#include "common/region_math.h"
#include "device.h"
#include "launch.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {

constexpr int kSumThreads = 128;
constexpr int kSumWarps = kSumThreads / kWarp;
/// Most classes that a thread keeps in registers; beyond, these would spill.
constexpr int kRegisterClasses = 32;
constexpr int kFinishThreads = 1024;

/// Blocks that a multiprocessor must hold at once, so that enough reads are on their way; as many
/// as the registers allow without spilling.
constexpr int resident_sums(int classes) { return classes <= 21 ? 6 : 4; }
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
// For Blackwell the compiler needs a few registers more, and would spill.
constexpr int resident_gradients(int classes) { return classes <= 21 ? 4 : 3; }
#else
constexpr int resident_gradients(int classes) { return classes <= 21 ? 5 : 3; }
#endif

constexpr float kLog2E = 1.44269504f;

/// A batch, cut into tiles of consecutive pixels of one image.
struct TiledBatch {
  const void* labels;
  int label_type;
  const uint8_t* mask;
  int classes;
  int64_t plane;
  unsigned tiles_per_image, tiles;  // of kSumThreads pixels

  /// The image that a tile is of.
  __device__ unsigned image(unsigned tile) const { return tile / tiles_per_image; }

  /// The first pixel of a tile within its image.
  __device__ int64_t begin(unsigned tile) const {
    return static_cast<int64_t>(tile % tiles_per_image) * kSumThreads;
  }

  /// The label of a pixel of the batch; -1 where it is ignored.
  __device__ int label(int64_t pixel) const {
    if (mask != nullptr && mask[pixel] == 0) return -1;
    switch (label_type) {
      case LABEL_UINT8:
        return label_at(static_cast<const uint8_t*>(labels), pixel, classes);
      case LABEL_INT32:
        return label_at(static_cast<const int32_t*>(labels), pixel, classes);
      default:
        return label_at(static_cast<const int64_t*>(labels), pixel, classes);
    }
  }
};

/// exp(x) for x <= 0.
__device__ __forceinline__ float exponential(float x) { return exp2f(x * kLog2E); }

/// The logits of a pixel; -infinity for classes that only round up their number.
template <int Classes, class Logit>
__device__ __forceinline__ void load(const Logit* image, int i, int plane, int classes, float* e) {
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    e[c] = c < classes ? to_float(image[c * plane + i]) : -INFINITY;
  }
}

/// Logits become exp(z - max); returns 1 / their sum.
template <int Classes>
__device__ __forceinline__ float exponentials(float* e) {
  float top = e[0];
#pragma unroll
  for (int c = 1; c < Classes; ++c) top = fmaxf(top, e[c]);
  float sum = 0.0f;
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    e[c] = exponential(e[c] - top);
    sum += e[c];
  }
  return __fdividef(1.0f, sum);
}

/// Softmax of a pixel that is not kept: p_c = exp(z_c - top) * inverse.
struct Softmax {
  float top = -INFINITY;
  float sum = 0.0f;

  /// One class more.
  __device__ __forceinline__ void add(float z) {
    if (z > top) {
      sum = sum * exponential(top - z) + 1.0f;
      top = z;
    } else if (z != -INFINITY) {  // which adds nothing; minus itself it would be NaN
      sum += exponential(z - top);
    }
  }

  __device__ __forceinline__ float probability(float z, float inverse) const {
    return exponential(z - top) * inverse;
  }
};

template <class Logit>
__device__ __forceinline__ Softmax softmax_of(const Logit* z, int64_t plane, int classes) {
  Softmax s;
#pragma unroll 4
  for (int c = 0; c < classes; ++c) s.add(to_float(z[c * plane]));
  return s;
}

/// The sums of the labels' classes, in shared memory: of each class a row of `columns`.
struct Table {
  float* overlap;  // of inside(p)
  int* labelled;   // pixels
  int columns;     // kSumThreads: one for each thread; kSumWarps: one for each warp

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
        const int i = next * kSumWarps + threadIdx.x / kWarp;
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

/// The three sums, up to `Classes` classes in registers. An image has fewer than 2^31 logits:
/// indices of 32 bits halve the registers of the addresses.
template <class Logit, int Classes, class Terms>
__global__ void __launch_bounds__(kSumThreads, resident_sums(Classes))
    register_sums(TiledBatch in, const Logit* __restrict__ logits, Terms parameters,
                  double* __restrict__ partial) {
  const auto terms = parameters.local();
  __shared__ float warp_spill[Classes * kSumWarps];
  Table table(dynamic_shared<float>(), in.classes, kSumThreads);
  table.clear(in.classes);
  __syncthreads();
  float spill[Classes];
#pragma unroll
  for (int c = 0; c < Classes; ++c) spill[c] = 0.0f;

  for (unsigned tile = blockIdx.x; tile < in.tiles; tile += gridDim.x) {
    const int64_t image = in.image(tile);
    const int plane = static_cast<int>(in.plane);
    const int i = static_cast<int>(in.begin(tile)) + threadIdx.x;
    if (i >= plane) continue;
    float e[Classes];
    // before the label, so that both are on their way at once
    load<Classes>(logits + image * in.classes * in.plane, i, plane, in.classes, e);
    const int label = in.label(image * in.plane + i);
    if (label < 0) continue;
    const float inverse = exponentials<Classes>(e);
    float own = 0.0f;
#pragma unroll
    for (int c = 0; c < Classes; ++c) {
      const float p = e[c] * inverse;
      const float value = terms.outside(p);
      if (c == label) own = p;
      if (Terms::kEverywhere || c != label) spill[c] += value;
    }
    table.add(label, terms.inside(own));
  }
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    const float sum = warp_sum(spill[c]);
    if (threadIdx.x % kWarp == 0) warp_spill[c * kSumWarps + threadIdx.x / kWarp] = sum;
  }
  write_sums(table, warp_spill, in.classes, partial);
}

/// The sums for any number of classes; the third where there are `Spills`.
template <class Logit, class Terms, bool Spills>
__global__ void __launch_bounds__(kSumThreads)
    any_sums(TiledBatch in, const Logit* __restrict__ logits, Terms parameters, int columns,
             double* __restrict__ partial) {
  const auto terms = parameters.local();
  float* memory = dynamic_shared<float>();
  float* spill = Spills ? memory : nullptr;
  Table table(memory + (Spills ? in.classes * kSumWarps : 0), in.classes, columns);
  table.clear(in.classes);
  for (int i = threadIdx.x; Spills && i < in.classes * kSumWarps; i += kSumThreads) spill[i] = 0.0f;
  __syncthreads();

  for (unsigned tile = blockIdx.x; tile < in.tiles; tile += gridDim.x) {
    const int64_t image = in.image(tile), i = in.begin(tile) + threadIdx.x;
    const Logit* z = logits + image * in.classes * in.plane + i;
    const int label = i < in.plane ? in.label(image * in.plane + i) : -1;
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

/// The gradient, up to `Classes` classes in registers.
template <class Logit, int Classes, class Terms>
__global__ void __launch_bounds__(kSumThreads, resident_gradients(Classes))
    register_gradient(TiledBatch in, const Logit* __restrict__ logits, Terms parameters,
                      const float* __restrict__ slopes, float* __restrict__ gradient) {
  const auto terms = parameters.local();
  __shared__ float spill_slope[Classes];
  if (threadIdx.x < Classes) {
    spill_slope[threadIdx.x] =
        static_cast<int>(threadIdx.x) < in.classes ? slopes[in.classes + threadIdx.x] : 0.0f;
  }
  __syncthreads();
  for (unsigned t = blockIdx.x; t < in.tiles; t += gridDim.x) {
    // from the end: what the sums read last is still in the second-level cache
    const unsigned tile = in.tiles - 1 - t;
    const int64_t image = in.image(tile);
    const int plane = static_cast<int>(in.plane);
    const int i = static_cast<int>(in.begin(tile)) + threadIdx.x;
    if (i >= plane) continue;
    float e[Classes];
    load<Classes>(logits + image * in.classes * in.plane, i, plane, in.classes, e);
    const int label = in.label(image * in.plane + i);
    float* out = gradient + image * in.classes * in.plane;
    if (label < 0) {
#pragma unroll
      for (int c = 0; c < Classes; ++c) {
        if (c < in.classes) out[c * plane + i] = 0.0f;
      }
      continue;
    }
    const float inverse = exponentials<Classes>(e);
    float own = 0.0f;
#pragma unroll
    for (int c = 0; c < Classes; ++c) {
      e[c] *= inverse;
      own = c == label ? e[c] : own;
    }
    const float at_label = slopes[label] * terms.inside_slope(own);
    float scaled[Classes];  // p d loss / d p
    float dot = 0.0f;
#pragma unroll
    for (int c = 0; c < Classes; ++c) {
      const float other = spill_slope[c] * terms.outside_slope(e[c]);
      scaled[c] = e[c] * slope_of<Terms>(c == label, at_label, other);
      dot += scaled[c];
    }
#pragma unroll
    for (int c = 0; c < Classes; ++c) {
      if (c < in.classes) out[c * plane + i] = scaled[c] - e[c] * dot;
    }
  }
}

/// The gradient for any number of classes.
template <class Logit, class Terms, bool Spills>
__global__ void __launch_bounds__(kSumThreads)
    any_gradient(TiledBatch in, const Logit* __restrict__ logits, Terms parameters,
                 const float* __restrict__ slopes, float* __restrict__ gradient) {
  const auto terms = parameters.local();
  for (unsigned t = blockIdx.x; t < in.tiles; t += gridDim.x) {
    const unsigned tile = in.tiles - 1 - t;  // from the end, as above
    const int64_t image = in.image(tile), i = in.begin(tile) + threadIdx.x;
    if (i >= in.plane) continue;
    const int64_t offset = image * in.classes * in.plane + i;
    const Logit* z = logits + offset;
    float* out = gradient + offset;
    const int label = in.label(image * in.plane + i);
    if (label < 0) {
      for (int c = 0; c < in.classes; ++c) out[c * in.plane] = 0.0f;
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
      out[c * in.plane] = p * (slope_of<Terms>(c == label, at_label, other) - dot);
    }
  }
}

// ---- launchers ---------------------------------------------------------------------------------

/// As many blocks as run at once, for each takes tile after tile; at least one, which writes zeros
/// where there is no tile.
template <class... Parameters>
unsigned persistent_blocks(const char* name, void (*kernel)(Parameters...), size_t shared,
                           unsigned tiles, int device) {
  const int64_t resident =
      int64_t{multiprocessors(device)} * resident_blocks(name, kernel, kSumThreads, shared);
  return static_cast<unsigned>(std::max<int64_t>(1, std::min<int64_t>(resident, tiles)));
}

inline TiledBatch tiles_of(const BatchArguments& in) {
  const int64_t per_image = (in.plane + kSumThreads - 1) / kSumThreads;
  if (in.images * per_image > int64_t{0x7fffffff}) {
    fail("shape", "fewer than 2^31 tiles of " + std::to_string(kSumThreads) + " pixels", "more");
  }
  return {in.labels,
          in.label_type,
          in.mask,
          static_cast<int>(in.classes),
          in.plane,
          static_cast<unsigned>(std::max<int64_t>(per_image, 1)),
          static_cast<unsigned>(in.images * per_image)};
}

/// Calls body(std::integral_constant<int, N>) with the smallest instantiated N >= classes.
template <class Body>
void with_classes(int64_t classes, Body body) {
  if (classes <= 8) return body(std::integral_constant<int, 8>());
  if (classes <= 21) return body(std::integral_constant<int, 21>());  // PASCAL VOC
  return body(std::integral_constant<int, kRegisterClasses>());
}

/// One call of a loss: sums, value and slopes, gradient.
template <class Rule>
class ClassSumsLoss {
 public:
  /// `gradient`: NULL where only the value is wanted.
  ClassSumsLoss(const Rule& rule, const BatchArguments& in, float* value, float* gradient,
                int device, cudaStream_t stream)
      : rule_(rule),
        in_(in),
        value_(value),
        gradient_(gradient),
        device_(device),
        stream_(stream) {}

  /// Whether a thread can hold all classes, and 32 bits count the logits of an image.
  bool fits_registers() const {
    return in_.classes <= kRegisterClasses && in_.classes * in_.plane <= 0x7fffffff;
  }

  /// Puts the work on the stream, classes in registers.
  template <class Logit, class Terms>
  void in_registers(const Logit* logits, const Terms& terms) const {
    const size_t shared = 2 * sizeof(float) * in_.classes * kSumThreads;
    with_classes(in_.classes, [&](auto classes) {
      constexpr int kClasses = decltype(classes)::value;
      run(true, logits, terms, register_sums<Logit, kClasses, Terms>, shared,
          register_gradient<Logit, kClasses, Terms>);
    });
  }

  /// Puts the work on the stream, for any number of classes.
  template <bool Spills, class Logit, class Terms>
  void of_any_size(const Logit* logits, const Terms& terms) const {
    const int columns = in_.classes <= kRegisterClasses ? kSumThreads : kSumWarps;
    const size_t shared = sizeof(float) * in_.classes * (2 * columns + (Spills ? kSumWarps : 0));
    run(Spills, logits, terms, any_sums<Logit, Terms, Spills>, shared,
        any_gradient<Logit, Terms, Spills>, columns);
  }

 private:
  /// Starts `sums` (with the shared memory and what else it takes), the kernel of value and slopes,
  /// and `write`.
  template <class Logit, class Terms, class Sums, class Gradient, class... More>
  void run(bool spills, const Logit* logits, const Terms& terms, Sums sums, size_t shared,
           Gradient write, More... more) const {
    const TiledBatch batch = tiles_of(in_);
    const unsigned blocks = persistent_blocks("class sums", sums, shared, batch.tiles, device_);
    const Scratch<double> partial(3 * in_.classes * blocks, stream_);
    const Scratch<float> slopes(2 * in_.classes, stream_);
    launch("class sums", sums, blocks, kSumThreads, shared, stream_, batch, logits, terms, more...,
           partial.get());
    launch("value of class sums", finish<Rule>, 1, kFinishThreads, 0, stream_, rule_, batch.classes,
           static_cast<int>(blocks), spills, partial.get(), slopes.get(), value_);
    if (gradient_ == nullptr || batch.tiles == 0) return;
    launch("gradient of class sums", write,
           persistent_blocks("gradient of class sums", write, 0, batch.tiles, device_), kSumThreads,
           0, stream_, batch, logits, terms, slopes.get(), gradient_);
  }

  Rule rule_;
  const BatchArguments& in_;
  float* value_;
  float* gradient_;
  int device_;
  cudaStream_t stream_;
};

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CLASS_SUMS_H_
