// The machine that runs programs of loss graphs on a block of threads; see graph_program.h.
//
// A thread owns quads: four consecutive pixels, of all classes. It reads and writes 16 bytes at a
// time, and what it has written it reads without a barrier. Instructions are decoded once for all
// of a thread's quads and classes. A pixel that is ignored has values like any other, possibly
// infinite; they are left out by selection wherever pixels meet. Sums are taken in float32 over a
// thread and a warp, in float64 beyond, always in the same order.
//
// The frame lies in shared memory, where it costs no registers; loops keep what they need of it.
#ifndef AUTOLOSS_CUDA_GRAPH_MACHINE_H_
#define AUTOLOSS_CUDA_GRAPH_MACHINE_H_

#include <cstdint>

#include "common/graph_math.h"
#include "common/inline.h"
#include "device.h"
#include "graph_program.h"

namespace autoloss {
namespace cuda {

constexpr int kQuad = 4;

/// A pool's window that takes no pixel.
constexpr int kTakesNone = 255;

/// The smallest probability: a softmax is positive, and sign(p) must not become 0 by underflow.
constexpr float kLeast = 1.17549435e-38f;

struct alignas(8) QuadLabels {
  int16_t at[kQuad];
};

struct alignas(16) Quad {
  float at[kQuad];
};

/// Where a block's pixels and arrays are. Pixels are those of a tile: consecutive ones of an image
/// whose plane is padded to whole quads, with ignored pixels.
struct GraphFrame {
  const GraphInstruction* code;
  float* const* arrays;
  int classes, quads;
  int64_t class_step;       // between the classes of a full array
  int64_t full, space;      // where the tile begins in arrays of pixels
  int begin, plane, width;  // of the tile in its padded plane
  const int16_t* labels;    // of the tile; -1 where ignored
  const uint16_t* around;   // of the tile; see window_bits in cpu/graph_labels.h
  double* sums;             // [reductions][chunks][C]
  int first_chunk, chunks;  // that of the block's first warp, and how many there are
  bool first_tile;          // its sums begin anew
  float eps, class_share, pixel_share, root_share;
  double valid;  // how many pixels count
};

/// Whether a number is neither infinite nor NaN.
template <class T>
__device__ inline bool finite(T x) {
  return x - x == 0;
}

/// An operand as loops read it.
struct GraphView {
  float* data;
  int64_t step;
  int kind;
};

__device__ inline GraphView view_of(const GraphFrame& f, const GraphOperand operand) {
  if (operand.kind == kPixels) {
    float* data = f.arrays[operand.array];
    return operand.classes ? GraphView{data + f.full, f.class_step, kPixels}
                           : GraphView{data + f.space, 0, kPixels};
  }
  if (operand.kind == kNumber) return {f.arrays[operand.array], operand.classes, kNumber};
  return {nullptr, 0, operand.kind};
}

__device__ inline Quad splat(float x) { return {{x, x, x, x}}; }

__device__ inline const QuadLabels* labels_of(const GraphFrame& f) {
  return reinterpret_cast<const QuadLabels*>(f.labels);
}

__device__ inline Quad load(const GraphView& view, int c, int quad, QuadLabels y) {
  if (view.kind == kPixels) {
    return reinterpret_cast<const Quad*>(view.data + c * view.step)[quad];
  }
  if (view.kind == kNumber) return splat(view.data[c * view.step]);
  Quad out;
  for (int i = 0; i < kQuad; ++i) out.at[i] = y.at[i] == c ? 1.0f : 0.0f;
  return out;
}

__device__ inline void store(const GraphView& view, int c, int quad, Quad x) {
  reinterpret_cast<Quad*>(view.data + c * view.step)[quad] = x;
}

__device__ inline int rows_of(const GraphFrame& f, const GraphOperand operand) {
  return operand.classes ? f.classes : 1;
}

// ---------------------------------------------------------------------------------------------
// The memory of a program

AUTOLOSS_INLINE int64_t whole_words(int64_t bytes) { return (bytes + 15) / 16 * 16; }

/// Where the arrays of a program are, in bytes; four kinds, in the order of GraphHeader.
struct ArrayLayout {
  int64_t begin[4], size[4], end;
};

/// The table of pointers to arrays, in bytes.
AUTOLOSS_INLINE int64_t table_bytes(const GraphHeader& h) {
  return whole_words(8 * (h.numbers + h.full + h.space + h.windows));
}

/// Arrays from `begin` on, of `images` images of `pixels` pixels each.
AUTOLOSS_INLINE ArrayLayout arrays_from(int64_t begin, const GraphHeader& h, int64_t classes,
                                        int64_t images, int64_t pixels) {
  const int64_t sizes[4] = {4 * classes, 4 * images * classes * pixels, 4 * images * pixels,
                            images * classes * pixels};
  const int64_t counts[4] = {h.numbers, h.full, h.space, h.windows};
  ArrayLayout at = {};
  for (int kind = 0; kind < 4; ++kind) {
    at.begin[kind] = begin;
    at.size[kind] = whole_words(sizes[kind]);
    begin += counts[kind] * at.size[kind];
  }
  at.end = begin;
  return at;
}

/// The memory of a block: shared first, then a slab, each addressed by the same offsets.
struct BlockMemory {
  unsigned char *shared, *slab;
  int64_t limit;

  template <class T>
  __device__ T* at(int64_t offset, int64_t bytes) const {
    return reinterpret_cast<T*>((offset + bytes <= limit ? shared : slab) + offset);
  }
};

/// Fills the table of arrays. All threads must come; a barrier follows before the first use.
__device__ inline void place_arrays(const GraphHeader& h, const ArrayLayout& layout,
                                    const BlockMemory& memory, float** table) {
  const int counts[] = {h.numbers, h.full, h.space, h.windows};
  int entry = 0;
#pragma unroll
  for (int kind = 0; kind < 4; ++kind) {
    for (int i = threadIdx.x; i < counts[kind]; i += blockDim.x) {
      table[entry + i] =
          memory.at<float>(layout.begin[kind] + i * layout.size[kind], layout.size[kind]);
    }
    entry += counts[kind];
  }
}

// ---------------------------------------------------------------------------------------------
// Instructions over pixels

/// out (+)= function(a), or function(a, b).
template <bool Two, class Function>
__device__ inline void each(const GraphFrame& f, const GraphInstruction in, Function function) {
  const GraphView a = view_of(f, in.a), b = view_of(f, in.b), out = view_of(f, in.out);
  const int rows = rows_of(f, in.out);
  const int quads = f.quads;
  const QuadLabels* labels = labels_of(f);
  for (int quad = threadIdx.x; quad < quads; quad += blockDim.x) {
    const QuadLabels y = labels[quad];
#pragma unroll 1
    for (int c = 0; c < rows; ++c) {
      const Quad x = load(a, c, quad, y);
      const Quad w = Two ? load(b, c, quad, y) : x;
      Quad result;
      for (int i = 0; i < kQuad; ++i) result.at[i] = function(x.at[i], w.at[i]);
      if (in.flag) {
        const Quad old = load(out, c, quad, y);
        for (int i = 0; i < kQuad; ++i) result.at[i] += old.at[i];
      }
      store(out, c, quad, result);
    }
  }
}

/// out (+)= a * scale.
__device__ inline void scale(const GraphFrame& f, const GraphInstruction in, float by) {
  each<false>(f, in, [=](float x, float) { return x * by; });
}

__device__ inline void pass(const GraphFrame& f, const GraphInstruction in) {
  if (in.b.kind == kNothing) {
    each<false>(f, in, [](float x, float) { return x; });
  } else {
    each<true>(f, in, [](float x, float y) { return x * y; });
  }
}

/// out (+)= sum over classes of a * b, or of a; divided by `shares`.
__device__ inline void sum_classes(const GraphFrame& f, const GraphInstruction in, float share) {
  const int classes = f.classes;
  const GraphView a = view_of(f, in.a), b = view_of(f, in.b), out = view_of(f, in.out);
  const int quads = f.quads;
  const QuadLabels* labels = labels_of(f);
  for (int quad = threadIdx.x; quad < quads; quad += blockDim.x) {
    const QuadLabels y = labels[quad];
    Quad sum = splat(0.0f);
#pragma unroll 1
    for (int c = 0; c < classes; ++c) {
      const Quad x = load(a, c, quad, y);
      const Quad w = b.kind == kNothing ? splat(1.0f) : load(b, c, quad, y);
      for (int i = 0; i < kQuad; ++i) sum.at[i] += x.at[i] * w.at[i];
    }
    for (int i = 0; i < kQuad; ++i) sum.at[i] *= share;
    if (in.flag) {
      const Quad old = load(out, 0, quad, y);
      for (int i = 0; i < kQuad; ++i) sum.at[i] += old.at[i];
    }
    store(out, 0, quad, sum);
  }
}

/// This thread's part of the sum over valid pixels of a * b, or of a, for the classes [from, to).
__device__ inline float valid_sum(const GraphFrame& f, const GraphView& a, const GraphView& b,
                                  int from, int to) {
  float sum = 0.0f;
  const int quads = f.quads;
  const QuadLabels* labels = labels_of(f);
  for (int quad = threadIdx.x; quad < quads; quad += blockDim.x) {
    const QuadLabels y = labels[quad];
#pragma unroll 1
    for (int c = from; c < to; ++c) {
      const Quad x = load(a, c, quad, y);
      const Quad w = b.kind == kNothing ? splat(1.0f) : load(b, c, quad, y);
      for (int i = 0; i < kQuad; ++i) sum += y.at[i] < 0 ? 0.0f : x.at[i] * w.at[i];
    }
  }
  return sum;
}

__device__ inline void sum_pixels(const GraphFrame& f, const GraphInstruction in) {
  const GraphView a = view_of(f, in.a), b = view_of(f, in.b);
  const int chunk = f.first_chunk + static_cast<int>(threadIdx.x) / kWarp;
  double* sums = f.sums + (static_cast<int64_t>(in.extra) * f.chunks + chunk) * f.classes;
  const int rows = rows_of(f, in.out);
#pragma unroll 1
  for (int c = 0; c < rows; ++c) {
    const float part = warp_sum(valid_sum(f, a, b, c, in.flag ? f.classes : c + 1));
    if (threadIdx.x % kWarp == 0) sums[c] = f.first_tile ? part : sums[c] + part;
  }
}

template <class Source>
__device__ inline void softmax(const GraphFrame& f, const GraphInstruction in,
                               const Source& source) {
  const Source logits = source;  // where it lies in shared memory, it is in registers only here
  const GraphView out = view_of(f, in.out);
  const int classes = f.classes;
  for (int quad = threadIdx.x, quads = f.quads; quad < quads; quad += blockDim.x) {
    Quad top = logits(0, quad);
#pragma unroll 1
    for (int c = 1; c < classes; ++c) {
      const Quad z = logits(c, quad);
      for (int i = 0; i < kQuad; ++i) top.at[i] = z.at[i] > top.at[i] ? z.at[i] : top.at[i];
    }
    Quad sum = splat(0.0f);
#pragma unroll 1
    for (int c = 0; c < classes; ++c) {
      Quad e = logits(c, quad);
      for (int i = 0; i < kQuad; ++i) {
        e.at[i] = full_exp(e.at[i] - top.at[i]);
        sum.at[i] += e.at[i];
      }
      store(out, c, quad, e);
    }
    for (int i = 0; i < kQuad; ++i) sum.at[i] = 1.0f / sum.at[i];
#pragma unroll 1
    for (int c = 0; c < classes; ++c) {
      Quad p = load(out, c, quad, QuadLabels{});
      for (int i = 0; i < kQuad; ++i) {
        // In this order NaN goes through.
        const float q = p.at[i] * sum.at[i];
        p.at[i] = q < kLeast ? kLeast : q;
      }
      store(out, c, quad, p);
    }
  }
}

/// The values of one class that a pool reads around its pixels; `at` counts from the tile's first.
struct Neighbours {
  const float* row;
  const int16_t* labels;
  int kind, c;

  __device__ float operator()(int at) const {
    if (kind == kOneHot) return labels[at] == c ? 1.0f : 0.0f;
    return row[kind == kPixels ? at : 0];
  }
};

__device__ inline Neighbours neighbours_of(const GraphFrame& f, const GraphView& view, int c) {
  return {view.data + c * view.step, f.labels, view.kind, c};
}

/// Calls visit(j, pixel) for the pixels of a quad's neighbourhood in one row that are inside the
/// plane: four from `first`, and one more at each end.
template <class Visit>
__device__ inline void visit_row(const GraphFrame& f, int first, Visit visit) {
#pragma unroll
  for (int j = 0; j < kQuad + 2; ++j) {
    const int pixel = first - 1 + j;
    if (static_cast<unsigned>(pixel + f.begin) < static_cast<unsigned>(f.plane)) visit(j, pixel);
  }
}

/// The extremum of each window of 3x3 valid pixels: the first one of equals, and a NaN before any
/// number. Where it was taken, 0 to 8 in row-major order, is kept for the way back.
template <bool Max>
__device__ inline void pool_quad(const GraphFrame& f, const Neighbours& x, int pixel, Quad& best,
                                 int* place) {
  const QuadLabels around = *reinterpret_cast<const QuadLabels*>(f.around + pixel);
  for (int i = 0; i < kQuad; ++i) {
    best.at[i] = 0.0f;
    place[i] = kTakesNone;
  }
#pragma unroll 1
  for (int row = 0; row < 3; ++row) {
    visit_row(f, pixel + (row - 1) * f.width, [&](int j, int at) {
      const float v = x(at);
#pragma unroll
      for (int i = 0; i < kQuad; ++i) {
        const int column = j - i;  // of this value in the window of pixel i
        if (column < 0 || column > 2 || (around.at[i] >> (3 * row + column) & 1) == 0) continue;
        const bool better = Max ? v > best.at[i] : v < best.at[i];
        if (place[i] == kTakesNone || better || v != v) {
          best.at[i] = v;
          place[i] = 3 * row + column;
        }
      }
    });
  }
}

struct alignas(4) QuadWindows {
  uint8_t at[kQuad];
};

/// The windows of an instruction's pool, of the tile.
__device__ inline uint8_t* windows_of(const GraphFrame& f, const GraphInstruction in) {
  return reinterpret_cast<uint8_t*>(f.arrays[in.extra]) + (in.out.classes ? f.full : f.space);
}

template <bool Max>
__device__ inline void pool(const GraphFrame& f, const GraphInstruction in) {
  const GraphView a = view_of(f, in.a), out = view_of(f, in.out);
  const int rows = rows_of(f, in.out);
  const int64_t step = in.out.classes ? f.class_step : 0;
  for (int quad = threadIdx.x, quads = f.quads; quad < quads; quad += blockDim.x) {
#pragma unroll 1
    for (int c = 0; c < rows; ++c) {
      Quad best;
      int place[kQuad];
      pool_quad<Max>(f, neighbours_of(f, a, c), quad * kQuad, best, place);
      store(out, c, quad, best);
      if (in.extra < 0) continue;
      QuadWindows taken;
      for (int i = 0; i < kQuad; ++i) taken.at[i] = static_cast<uint8_t>(place[i]);
      reinterpret_cast<QuadWindows*>(windows_of(f, in) + c * step)[quad] = taken;
    }
  }
}

/// What the windows of a pool hand back to each pixel: gathered, so that no two threads write to
/// one place.
__device__ inline void pool_backward(const GraphFrame& f, const GraphInstruction in) {
  const GraphView a = view_of(f, in.a), out = view_of(f, in.out);
  const int rows = rows_of(f, in.out);
  const int64_t step = in.out.classes ? f.class_step : 0;
  for (int quad = threadIdx.x, quads = f.quads; quad < quads; quad += blockDim.x) {
#pragma unroll 1
    for (int c = 0; c < rows; ++c) {
      const uint8_t* windows = windows_of(f, in) + c * step;
      const Neighbours by_result = neighbours_of(f, a, c);
      Quad sum = in.flag ? load(out, c, quad, QuadLabels{}) : splat(0.0f);
#pragma unroll 1
      for (int row = 0; row < 3; ++row) {
        visit_row(f, quad * kQuad - (row - 1) * f.width, [&](int j, int at) {
          const int place = windows[at];
          if (place == kTakesNone) return;
          const float g = by_result(at);
#pragma unroll
          for (int i = 0; i < kQuad; ++i) {
            const int column = i + 2 - j;  // where pixel i is in the window around this one
            if (column >= 0 && column <= 2 && place == 3 * row + column) sum.at[i] += g;
          }
        });
      }
      store(out, c, quad, sum);
    }
  }
}

/// This thread's part of the sum over classes and valid pixels of a root over pixels.
__device__ inline double root_sum(const GraphFrame& f, const GraphOperand root) {
  if (root.kind == kNumber) return 0;
  const GraphView nothing = {nullptr, 0, kNothing};
  const float sum = valid_sum(f, view_of(f, root), nothing, 0, rows_of(f, root));
  return root.classes ? sum : static_cast<double>(sum) * f.classes;
}

/// For each pixel of a thread and each class calls body(c, quad, labels, p, g, dot), with the
/// prediction, its adjoint, and the sum over classes of their products: dL/dz = p (g - dot).
template <class Body>
__device__ inline void each_gradient(const GraphFrame& f, const GraphHeader& h, Body body) {
  const GraphView value = view_of(f, h.value), adjoint = view_of(f, h.adjoint);
  const int quads = f.quads, classes = f.classes;
  const QuadLabels* labels = labels_of(f);
  for (int quad = threadIdx.x; quad < quads; quad += blockDim.x) {
    const QuadLabels y = labels[quad];
    Quad dot = splat(0.0f);
#pragma unroll 1
    for (int c = 0; c < classes; ++c) {
      const Quad p = load(value, c, quad, y), g = load(adjoint, c, quad, y);
      for (int i = 0; i < kQuad; ++i) dot.at[i] += p.at[i] * g.at[i];
    }
#pragma unroll 1
    for (int c = 0; c < classes; ++c) {
      body(c, quad, y, load(value, c, quad, y), load(adjoint, c, quad, y), dot);
    }
  }
}

// ---------------------------------------------------------------------------------------------
// Unary operators, over pixels and numbers alike: loop(function of operand and slope's argument)

template <class Loop>
__device__ inline void unary_forward(int code, float eps, Loop loop) {
  switch (code) {
    case kNeg:
      return loop([](float x, float) { return -x; });
    case kAbs:
      return loop([](float x, float) { return fabsf(x); });
    case kInv:
      return loop([=](float x, float) { return inv_value(x, eps); });
    case kLog:
      return loop([=](float x, float) { return log_value(x, eps); });
    case kExp:
      return loop([](float x, float) { return full_exp(x); });
    case kTanh:
      return loop([](float x, float) { return tanh_value(x); });
    case kSquare:
      return loop([](float x, float) { return x * x; });
    default:
      return loop([=](float x, float) { return sqrt_value(x, eps); });
  }
}

template <class Loop>
__device__ inline void unary_backward(int code, float eps, Loop loop) {
  switch (code) {
    case kNeg:
      return loop([](float g, float) { return -g; });
    case kAbs:
      return loop([](float g, float x) { return g * abs_slope(x); });
    case kInv:
      return loop([](float g, float out) { return g * inv_slope(out); });
    case kLog:
      return loop([=](float g, float x) { return g * log_slope(x, eps); });
    case kExp:
      return loop([](float g, float out) { return g * out; });
    case kTanh:
      return loop([](float g, float x) { return g * tanh_slope(x); });
    case kSquare:
      return loop([](float g, float x) { return g * (2.0f * x); });
    default:
      return loop([](float g, float out) { return g * sqrt_slope(out); });
  }
}

// ---------------------------------------------------------------------------------------------
// Instructions over numbers, by the lanes of one warp

__device__ inline float number_at(const GraphFrame& f, const GraphOperand operand, int c) {
  return operand.kind == kNumber ? f.arrays[operand.array][operand.classes ? c : 0] : 1.0f;
}

/// The sum of a reduction's parts, in the order of the chunks, for class c.
__device__ inline double total(const GraphFrame& f, int reduction, int c) {
  double sum = 0;
  for (int chunk = 0; chunk < f.chunks; ++chunk) {
    sum += f.sums[(static_cast<int64_t>(reduction) * f.chunks + chunk) * f.classes + c];
  }
  return sum;
}

/// The loss from the sum of the root, or from the root itself where that is a number.
__device__ inline double loss_value(const GraphFrame& f, const GraphOperand root, double sum,
                                    double valid) {
  if (root.kind != kNumber) return valid > 0 ? sum / valid : 0;
  for (int c = 0; c < f.classes; ++c) sum += number_at(f, root, c);
  return valid > 0 ? sum : 0;
}

/// What depends on how many pixels count.
__device__ inline void set_shares(GraphFrame& f, const GraphOperand root, double valid) {
  const double repeats = root.classes ? 1.0 : f.classes;
  f.valid = valid;
  f.class_share = 1.0f / static_cast<float>(f.classes);
  f.pixel_share = static_cast<float>(1.0 / valid);
  f.root_share = static_cast<float>(root.kind == kNumber ? repeats : repeats / valid);
}

/// The number that an instruction gives for class c.
__device__ inline float number(const GraphFrame& f, const GraphInstruction in, int c) {
  const float a = number_at(f, in.a, c), b = number_at(f, in.b, c);
  float result = 0.0f;
  const auto take = [&](auto function) { result = function(a, b); };
  switch (in.operation) {
    case kAdd:
      return a + b;
    case kMul:
    case kPass:
      return a * b;
    case kPassRepeated:
      return a * b * static_cast<float>(f.valid);
    case kOne:
      return 1.0f;
    case kShareClasses:
      return a / static_cast<float>(f.classes);
    case kSharePixels:
      return a * f.pixel_share;
    case kFinishMean:
      return f.valid > 0 ? static_cast<float>(total(f, in.extra, c) / f.valid) : 0.0f;
    case kFinishSum:
      return static_cast<float>(total(f, in.extra, c));
    case kSeed:
      return f.root_share;
    default:
      break;
  }
  if (in.operation >= kBackward) {
    unary_backward(in.operation - kBackward, f.eps, take);
  } else {
    unary_forward(in.operation, f.eps, take);
  }
  return result;
}

/// An instruction over numbers. A sum over classes is the work of one lane, in their order.
__device__ inline void run_number(const GraphFrame& f, const GraphInstruction in, int lane) {
  float* out = f.arrays[in.out.array];
  if (in.out.classes) {
    for (int c = lane; c < f.classes; c += kWarp) {
      const float part = number(f, in, c);
      out[c] = in.flag ? out[c] + part : part;
    }
    return;
  }
  if (lane != 0) return;
  if (in.operation == kMeanClasses) {
    double sum = 0;
    for (int c = 0; c < f.classes; ++c) sum += number_at(f, in.a, c);
    out[0] = static_cast<float>(sum / f.classes);
    return;
  }
  const bool over_classes = in.a.classes || in.b.classes;
  float sum = in.flag ? out[0] : 0.0f;
  for (int c = 0; c < (over_classes ? f.classes : 1); ++c) {
    const float part = number(f, in, c);
    sum = !in.flag && c == 0 ? part : sum + part;
  }
  out[0] = sum;
}

/// Instructions [begin, end) over numbers. All threads of the block come here.
__device__ inline void run_numbers(const GraphFrame& f, int begin, int end) {
  if (threadIdx.x >= kWarp) return;
  for (int at = begin; at < end; ++at) {
    run_number(f, f.code[at], static_cast<int>(threadIdx.x));
    __syncwarp();
  }
}

/// One instruction over pixels.
template <class Source>
__device__ inline void run_pixels(const GraphFrame& f, const GraphInstruction in,
                                  const Source& logits) {
  switch (in.operation) {
    case kSoftmax:
      return softmax(f, in, logits);
    case kAdd:
      return each<true>(f, in, [](float x, float y) { return x + y; });
    case kMul:
    case kPass:
      return pass(f, in);
    case kMeanClasses:
      return sum_classes(f, in, f.class_share);
    case kPassClasses:
      return sum_classes(f, in, 1.0f);
    case kMaxPool:
      return pool<true>(f, in);
    case kMinPool:
      return pool<false>(f, in);
    case kShareClasses:
      return scale(f, in, f.class_share);
    case kSharePixels:
      return scale(f, in, f.pixel_share);
    case kSum:
      return sum_pixels(f, in);
    case kPoolBackward:
      return pool_backward(f, in);
    default:
      break;
  }
  if (in.operation >= kBackward) {
    return unary_backward(in.operation - kBackward, f.eps,
                          [&](auto function) { each<true>(f, in, function); });
  }
  unary_forward(in.operation, f.eps, [&](auto function) { each<false>(f, in, function); });
}

/// Instructions [begin, end), with their barriers, on one tile.
template <class Source>
__device__ inline void run(const GraphFrame& f, int begin, int end, const Source& logits) {
#pragma unroll 1
  for (int at = begin; at < end; ++at) {
    const GraphInstruction in = f.code[at];
    if (in.operation == kMeet) {
      __syncthreads();
    } else if (in.operation == kNumbers) {
      __syncthreads();
      run_numbers(f, at + 1, at + 1 + in.extra);
      __syncthreads();
      at += in.extra;
    } else {
      run_pixels(f, in, logits);
    }
  }
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_GRAPH_MACHINE_H_
