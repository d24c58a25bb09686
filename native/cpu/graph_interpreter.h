// The interpreter of loss graphs: the forward and the backward pass over a tile, and over a batch.
//
//   p = softmax_c(logits); L = sum_c mean_{valid n,h,w} root(y, p, 1)
//   dL/dz = p (g - sum_c p g) with g = dL/dp
//
// How a graph is cut into levels and where its values live is told in graph_code.h. All loops run
// over the pixels of a tile, innermost and at unit stride. A pixel that is ignored has values like
// any other, possibly infinite; they are left out by selection, not by a product with 0, wherever
// pixels meet: in means, in pools, in sums for small nodes, and in the gradient.
//
// Sums over pixels are taken in float32 within a row of a tile and in float64 beyond. Tiles are
// dealt to chunks independent of the number of threads, so that results are, too.
//
// Passes over [N,C,H,W]: two reads and one write for a local graph, whose nodes stay in the cache;
// otherwise one write and some reads for each node and each adjoint.
//
// Included only by files that are compiled once per instruction set; all is in an unnamed
// namespace, for no two of those copies may be merged by the linker.
#ifndef AUTOLOSS_CPU_GRAPH_INTERPRETER_H_
#define AUTOLOSS_CPU_GRAPH_INTERPRETER_H_

#include <algorithm>
#include <cstdint>

#include "graph_kernels.h"
#include "graph_math.h"

namespace autoloss {
namespace {

constexpr int64_t kAlign = 64;
constexpr int64_t kMaxChunks = 64;
constexpr int32_t kNowhere = 255;  // a pool's window that takes no pixel

/// The smallest probability: a softmax is positive, and sign(p) must not become 0 by underflow.
constexpr float kLeastProbability = 1.17549435e-38f;

/// Pixels [begin, begin + count) of an image.
struct Tile {
  int64_t image, begin, count, chunk;
  int64_t full, space;  // where its first pixel lies in arrays [N,C,H,W] and [N,H,W]
};

/// The arrays of an evaluation.
struct Frame {
  GraphArguments in;
  int64_t plane, stride;  // pixels of an image; distance of two classes in full arrays
  int64_t full_size, space_size;
  float* full;
  float* space;
  uint8_t* windows;
  float* small_value;
  float* small_adjoint;
  double* partial;  // [reductions + 1][chunks][C]
  int64_t chunks;

  const Plan& plan() const { return *in.plan; }
  float* array(const PlanNode& node, int slot) const {
    return node.classes ? full + slot * full_size : space + slot * space_size;
  }
  int rows(const PlanNode& node) const { return node.classes ? static_cast<int>(in.classes) : 1; }
  double* sums(int reduction, int64_t chunk) const {
    return partial + (reduction * chunks + chunk) * in.classes;
  }
};

/// A row of a tile: an array, or one number for all of it.
struct Row {
  const float* data;
  float constant;
};

inline int64_t aligned(int64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

/// Lays the arrays of a frame out in memory, whose size it returns; memory may be null.
/// `full_size` and `space_size` are the sizes of an array; windows always cover all of the batch.
inline int64_t place(Frame& f, int64_t full_size, int64_t space_size, int64_t chunks,
                     char* memory) {
  const Plan& plan = f.plan();
  f.full_size = aligned(full_size * 4) / 4;
  f.space_size = aligned(space_size * 4) / 4;
  f.chunks = chunks;
  int64_t at = 0;
  const auto take = [&](int64_t bytes) {
    char* here = memory == nullptr ? nullptr : memory + at;
    at += aligned(bytes);
    return here;
  };
  f.full = reinterpret_cast<float*>(take(plan.full_slots * f.full_size * 4));
  f.space = reinterpret_cast<float*>(take(plan.space_slots * f.space_size * 4));
  f.windows = reinterpret_cast<uint8_t*>(take(plan.windows * f.full_size));
  f.small_value = reinterpret_cast<float*>(take(plan.nodes * f.in.classes * 4));
  f.small_adjoint = reinterpret_cast<float*>(take(plan.nodes * f.in.classes * 4));
  f.partial = reinterpret_cast<double*>(take((plan.reductions + 1) * chunks * f.in.classes * 8));
  return at;
}

// ---------------------------------------------------------------------------------------------
// Loops over a row

template <class Function>
void map(const float* x, float* out, int64_t count, Function function) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) out[i] = function(x[i]);
}

template <class Function>
void map(const float* x, const float* y, float* out, int64_t count, Function function) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) out[i] = function(x[i], y[i]);
}

/// out = f(x, y) where one of the two may be a constant.
template <class Function>
void combine(Row x, Row y, float* out, int64_t count, Function function) {
  if (x.data != nullptr && y.data != nullptr) {
    map(x.data, y.data, out, count, function);
  } else if (x.data != nullptr) {
    map(x.data, out, count, [=](float a) { return function(a, y.constant); });
  } else if (y.data != nullptr) {
    map(y.data, out, count, [=](float b) { return function(x.constant, b); });
  } else {
    std::fill(out, out + count, function(x.constant, y.constant));
  }
}

/// The sum of g * f over the valid pixels of a row. Here and below, what is selected is loaded
/// before it is selected: a load under a condition keeps a loop from being vectorised.
inline double valid_sum(const float* g, Row factor, const int32_t* labels, int64_t count) {
  float sum = 0.0f;
  if (factor.data != nullptr) {
    const float* f = factor.data;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; ++i) {
      const float part = g[i] * f[i];
      sum += labels[i] < 0 ? 0.0f : part;
    }
    return sum;
  }
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) {
    const float part = g[i];
    sum += labels[i] < 0 ? 0.0f : part;
  }
  return static_cast<double>(sum) * factor.constant;
}

inline void unary(int32_t code, float eps, const float* x, float* out, int64_t count) {
  switch (code) {
    case kNeg:
      return map(x, out, count, [](float a) { return -a; });
    case kAbs:
      return map(x, out, count, [](float a) { return std::fabs(a); });
    case kInv:
      return map(x, out, count, [=](float a) { return inv_value(a, eps); });
    case kLog:
      return map(x, out, count, [=](float a) { return log_value(a, eps); });
    case kExp:
      return map(x, out, count, [](float a) { return full_exp(a); });
    case kTanh:
      return map(x, out, count, [](float a) { return tanh_value(a); });
    case kSquare:
      return map(x, out, count, [](float a) { return a * a; });
    default:
      return map(x, out, count, [=](float a) { return sqrt_value(a, eps); });
  }
}

/// adjoint (+)= g * slope, where `at` is the operand or the result, whichever the slope is of.
template <class Slope>
void pass(const float* g, const float* at, bool first, float* adjoint, int64_t count, Slope slope) {
  if (first) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) adjoint[i] = g[i] * slope(at[i]);
  } else {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) adjoint[i] += g[i] * slope(at[i]);
  }
}

inline void unary_adjoint(int32_t code, float eps, const float* g, const float* x, const float* out,
                          bool first, float* adjoint, int64_t count) {
  switch (code) {
    case kNeg:
      return pass(g, g, first, adjoint, count, [](float) { return -1.0f; });
    case kAbs:
      return pass(g, x, first, adjoint, count, [](float a) { return abs_slope(a); });
    case kInv:
      return pass(g, out, first, adjoint, count, [](float a) { return inv_slope(a); });
    case kLog:
      return pass(g, x, first, adjoint, count, [=](float a) { return log_slope(a, eps); });
    case kExp:
      return pass(g, out, first, adjoint, count, [](float a) { return a; });
    case kTanh:
      return pass(g, x, first, adjoint, count, [](float a) { return tanh_slope(a); });
    case kSquare:
      return pass(g, x, first, adjoint, count, [](float a) { return 2.0f * a; });
    default:
      return pass(g, out, first, adjoint, count, [](float a) { return sqrt_slope(a); });
  }
}

/// adjoint (+)= g * factor.
inline void add_product(const float* g, Row factor, bool first, float* adjoint, int64_t count) {
  if (factor.data != nullptr) {
    const float* f = factor.data;
    if (first) {
      map(g, f, adjoint, count, [](float a, float b) { return a * b; });
    } else {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) adjoint[i] += g[i] * f[i];
    }
    return;
  }
  const float f = factor.constant;
  if (first && f == 1.0f) {
    if (adjoint != g) std::copy(g, g + count, adjoint);
  } else if (first) {
    map(g, adjoint, count, [=](float a) { return a * f; });
  } else {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) adjoint[i] += g[i] * f;
  }
}

// ---------------------------------------------------------------------------------------------
// Rows of nodes

inline float* value_row(const Frame& f, const PlanNode& node, const Tile& tile, int64_t c) {
  float* array = f.array(node, node.value);
  return node.classes ? array + tile.full + c * f.stride : array + tile.space;
}

inline float* adjoint_row(const Frame& f, const PlanNode& node, const Tile& tile, int64_t c) {
  float* array = f.array(node, node.adjoint);
  return node.classes ? array + tile.full + c * f.stride : array + tile.space;
}

/// Where a small node keeps its number for class c.
inline int64_t small_at(const Frame& f, int node, int64_t c) {
  return node * f.in.classes + (f.plan().node[node].classes ? c : 0);
}

inline Row operand_row(const Frame& f, int index, const Tile& tile, int64_t c) {
  const PlanNode& node = f.plan().node[index];
  if (node.pixels) return {value_row(f, node, tile, c), 0.0f};
  return {nullptr, f.small_value[small_at(f, index, c)]};
}

inline const int32_t* label_row(const Frame& f, const Tile& tile) {
  return f.in.labels + tile.image * f.plane + tile.begin;
}

/// Where the rows of a tile follow each other without gaps, they are treated as one.
struct Rows {
  int64_t rows, count;
};

inline Rows joined(const Frame& f, const PlanNode& node, const Tile& tile) {
  const int64_t rows = f.rows(node);
  return f.stride == tile.count ? Rows{1, rows * tile.count} : Rows{rows, tile.count};
}

// ---------------------------------------------------------------------------------------------
// Forward

/// e = exp(z - top), and sum += e.
inline void exponential_row(const float* __restrict__ z, const float* __restrict__ top,
                            int64_t count, float* __restrict__ e, float* __restrict__ sum) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) {
    e[i] = full_exp(z[i] - top[i]);
    sum[i] += e[i];
  }
}

inline void softmax(const Frame& f, const PlanNode& node, const Tile& tile, const float* logits,
                    int64_t logits_stride) {
  const int64_t count = tile.count, classes = f.in.classes;
  constexpr int64_t kBlock = 256;
  float top[kBlock], sum[kBlock];
  for (int64_t from = 0; from < count; from += kBlock) {
    const int64_t n = std::min(kBlock, count - from);
    const float* z = logits + from;
    std::copy(z, z + n, top);
    for (int64_t c = 1; c < classes; ++c) {
      map(z + c * logits_stride, top, top, n, [](float a, float b) { return a > b ? a : b; });
    }
    std::fill(sum, sum + n, 0.0f);
    for (int64_t c = 0; c < classes; ++c) {
      exponential_row(z + c * logits_stride, top, n, value_row(f, node, tile, c) + from, sum);
    }
    map(sum, sum, n, [](float a) { return 1.0f / a; });
    for (int64_t c = 0; c < classes; ++c) {
      float* p = value_row(f, node, tile, c) + from;
      // In this order NaN goes through.
      map(p, sum, p, n, [](float a, float b) {
        const float q = a * b;
        return q < kLeastProbability ? kLeastProbability : q;
      });
    }
  }
}

inline void one_hot(const Frame& f, const PlanNode& node, const Tile& tile) {
  const int32_t* labels = label_row(f, tile);
  for (int64_t c = 0; c < f.in.classes; ++c) {
    float* out = value_row(f, node, tile, c);
    const int32_t own = static_cast<int32_t>(c);
#pragma omp simd
    for (int64_t i = 0; i < tile.count; ++i) out[i] = labels[i] == own ? 1.0f : 0.0f;
  }
}

inline void mean_of_classes(const Frame& f, const PlanNode& node, const Tile& tile) {
  const PlanNode& x = f.plan().node[node.a];
  float* out = value_row(f, node, tile, 0);
  const float share = 1.0f / static_cast<float>(f.in.classes);
  std::fill(out, out + tile.count, 0.0f);
  for (int64_t c = 0; c < f.in.classes; ++c) {
    map(out, value_row(f, x, tile, c), out, tile.count, [](float a, float b) { return a + b; });
  }
  map(out, out, tile.count, [=](float a) { return a * share; });
}

/// The distance, in a plane, of place k of a window from its centre.
inline int64_t window_shift(int k, int64_t width) { return (k / 3 - 1) * width + k % 3 - 1; }

/// The pixels [begin, end) of a pool of a plane. `value` and `from` receive, for each, the extremum
/// and where in the window it was taken, 0 to 8; the first one of equals, and a NaN before any
/// number. `around` has bit k set where place k of the window is a valid pixel of the image, so
/// that the plane can be treated as one long row.
template <bool Max>
void pool_pixels(const float* plane, const int32_t* around, int64_t size, int64_t width,
                 int64_t begin, int64_t end, float* value, uint8_t* from) {
  constexpr int64_t kBlock = 512;
  int32_t place[kBlock];
  for (int64_t at = begin; at < end; at += kBlock) {
    const int64_t stop = std::min(end, at + kBlock);
    std::fill(place, place + (stop - at), kNowhere);
    std::fill(value + at, value + stop, 0.0f);
    for (int32_t k = 0; k < 9; ++k) {
      const int64_t shift = window_shift(k, width);
      const int64_t first = std::max(at, -shift), last = std::min(stop, size - shift);
      const float* x = plane + shift;
#pragma omp simd
      for (int64_t i = first; i < last; ++i) {
        const float v = x[i];
        const int32_t had = place[i - at];
        const bool better = Max ? v > value[i] : v < value[i];
        const bool take = ((around[i] >> k) & 1) & ((had == kNowhere) | better | (v != v));
        value[i] = take ? v : value[i];
        place[i - at] = take ? k : had;
      }
    }
    for (int64_t i = at; i < stop; ++i) from[i] = static_cast<uint8_t>(place[i - at]);
  }
}

inline uint8_t* window_row(const Frame& f, const PlanNode& node, int64_t image, int64_t c) {
  return f.windows + node.windows * f.full_size + (image * f.rows(node) + c) * f.plane;
}

inline void pool(const Frame& f, const PlanNode& node, const Tile& tile) {
  const PlanNode& x = f.plan().node[node.a];
  const int32_t* around = f.in.around + tile.image * f.plane;
  const auto run = node.code == kMaxPool ? pool_pixels<true> : pool_pixels<false>;
  for (int64_t c = 0; c < f.rows(node); ++c) {
    // The arrays of a graph with pools hold whole images.
    run(value_row(f, x, tile, c) - tile.begin, around, f.plane, f.in.width, tile.begin,
        tile.begin + tile.count, value_row(f, node, tile, c) - tile.begin,
        window_row(f, node, tile.image, c));
  }
}

inline void binary(const Frame& f, const PlanNode& node, const Tile& tile) {
  const PlanNode &a = f.plan().node[node.a], &b = f.plan().node[node.b];
  const bool same = a.pixels && b.pixels && a.classes == node.classes && b.classes == node.classes;
  const Rows rows = same ? joined(f, node, tile) : Rows{f.rows(node), tile.count};
  for (int64_t c = 0; c < rows.rows; ++c) {
    const Row x = operand_row(f, node.a, tile, c), y = operand_row(f, node.b, tile, c);
    float* out = value_row(f, node, tile, c);
    if (node.code == kAdd) {
      combine(x, y, out, rows.count, [](float p, float q) { return p + q; });
    } else {
      combine(x, y, out, rows.count, [](float p, float q) { return p * q; });
    }
  }
}

/// A tile's part of a mean over pixels.
inline void sum_of_pixels(const Frame& f, const PlanNode& node, const Tile& tile) {
  const PlanNode& x = f.plan().node[node.a];
  double* sums = f.sums(node.reduction, tile.chunk);
  for (int64_t c = 0; c < f.rows(x); ++c) {
    sums[c] += valid_sum(value_row(f, x, tile, c), {nullptr, 1.0f}, label_row(f, tile), tile.count);
  }
}

inline void forward(const Frame& f, int index, const Tile& tile, const float* logits,
                    int64_t logits_stride) {
  const PlanNode& node = f.plan().node[index];
  switch (node.code) {
    case kPrediction:
      return softmax(f, node, tile, logits, logits_stride);
    case kLabel:
      return one_hot(f, node, tile);
    case kAdd:
    case kMul:
      return binary(f, node, tile);
    case kMeanClasses:
      return mean_of_classes(f, node, tile);
    case kMeanPixels:
      return sum_of_pixels(f, node, tile);
    case kMaxPool:
    case kMinPool:
      return pool(f, node, tile);
    default:
      break;
  }
  const Rows rows = joined(f, node, tile);
  for (int64_t c = 0; c < rows.rows; ++c) {
    unary(node.code, f.in.eps, value_row(f, f.plan().node[node.a], tile, c),
          value_row(f, node, tile, c), rows.count);
  }
}

inline void forward_small(const Frame& f, int index) {
  const PlanNode& node = f.plan().node[index];
  float* out = f.small_value + index * f.in.classes;
  for (int64_t c = 0; c < f.rows(node); ++c) {
    const float x = node.a < 0 ? 1.0f : f.small_value[small_at(f, node.a, c)];
    if (node.code == kOne) {
      out[c] = 1.0f;
    } else if (node.code == kAdd) {
      out[c] = x + f.small_value[small_at(f, node.b, c)];
    } else if (node.code == kMul) {
      out[c] = x * f.small_value[small_at(f, node.b, c)];
    } else if (node.code == kMeanClasses) {
      double sum = 0;
      for (int64_t k = 0; k < f.in.classes; ++k) sum += f.small_value[small_at(f, node.a, k)];
      out[c] = static_cast<float>(sum / static_cast<double>(f.in.classes));
    } else if (node.code == kMeanPixels) {
      out[c] = x / static_cast<float>(f.in.classes);
    } else {
      unary(node.code, f.in.eps, &x, out + c, 1);
    }
  }
}

/// What mean_nhw divides a sum over the valid pixels by.
inline double pixel_shares(const Frame& f) {
  return static_cast<double>(f.in.valid) * static_cast<double>(f.in.classes);
}

/// The sum of a reduction's parts, in the order of the chunks, for class c.
inline double total(const Frame& f, int reduction, int64_t c) {
  double sum = 0;
  for (int64_t chunk = 0; chunk < f.chunks; ++chunk) sum += f.sums(reduction, chunk)[c];
  return sum;
}

inline void finish_mean(const Frame& f, int index) {
  const PlanNode& node = f.plan().node[index];
  for (int64_t c = 0; c < f.rows(node); ++c) {
    const double mean = f.in.valid == 0 ? 0 : total(f, node.reduction, c) / pixel_shares(f);
    f.small_value[index * f.in.classes + c] = static_cast<float>(mean);
  }
}

/// A tile's part of the sum over classes and valid pixels of the root.
inline double root_sum(const Frame& f, const Tile& tile) {
  const PlanNode& root = f.plan().node[f.plan().root()];
  double sum = 0;
  for (int64_t c = 0; c < f.rows(root); ++c) {
    sum += valid_sum(value_row(f, root, tile, c), {nullptr, 1.0f}, label_row(f, tile), tile.count);
  }
  return root.classes ? sum : sum * static_cast<double>(f.in.classes);
}

/// The loss from the root's sum, or from the root itself where it is small.
inline double loss_value(const Frame& f, double sum) {
  const int index = f.plan().root();
  const PlanNode& root = f.plan().node[index];
  if (f.in.valid == 0) return 0;
  if (root.pixels) return sum / static_cast<double>(f.in.valid);
  for (int64_t c = 0; c < f.in.classes; ++c) sum += f.small_value[small_at(f, index, c)];
  return sum;
}

// ---------------------------------------------------------------------------------------------
// Backward

/// The adjoint of the root: what a unit of it adds to the loss.
inline float root_share(const Frame& f) {
  const PlanNode& root = f.plan().node[f.plan().root()];
  const double repeats = root.classes ? 1.0 : static_cast<double>(f.in.classes);
  return static_cast<float>(root.pixels ? repeats / static_cast<double>(f.in.valid) : repeats);
}

inline void seed(const Frame& f, const Tile& tile) {
  const PlanNode& root = f.plan().node[f.plan().root()];
  if (!root.pixels) return;
  for (int64_t c = 0; c < f.rows(root); ++c) {
    float* g = adjoint_row(f, root, tile, c);
    std::fill(g, g + tile.count, root_share(f));
  }
}

inline void seed_small(const Frame& f) {
  const int index = f.plan().root();
  float* g = f.small_adjoint + index * f.in.classes;
  std::fill(g, g + f.rows(f.plan().node[index]), root_share(f));
}

/// Passes a node's adjoint on to an operand of add or mul; `other` is mul's other operand, or -1.
inline void contribute(const Frame& f, const PlanNode& node, const Contribution& to, int other,
                       const Tile& tile) {
  const PlanNode& operand = f.plan().node[to.operand];
  const bool vector = other >= 0 && f.plan().node[other].pixels;
  const bool same = operand.pixels && operand.classes == node.classes &&
                    (other < 0 || (vector && f.plan().node[other].classes == node.classes));
  const Rows rows = same ? joined(f, node, tile) : Rows{f.rows(node), tile.count};
  for (int64_t c = 0; c < rows.rows; ++c) {
    const float* g = adjoint_row(f, node, tile, c);
    const Row factor = other < 0 ? Row{nullptr, 1.0f} : operand_row(f, other, tile, c);
    if (operand.pixels) {
      add_product(g, factor, to.first && (operand.classes || c == 0),
                  adjoint_row(f, operand, tile, c), rows.count);
    } else {
      f.sums(to.reduction, tile.chunk)[operand.classes ? c : 0] +=
          valid_sum(g, factor, label_row(f, tile), rows.count);
    }
  }
}

/// What the windows of a pool hand back to each pixel: gathered, so that tiles do not meet.
inline void pool_adjoint(const Frame& f, const PlanNode& node, const Contribution& to,
                         const Tile& tile) {
  const PlanNode& x = f.plan().node[to.operand];
  for (int64_t c = 0; c < f.rows(node); ++c) {
    const float* g = adjoint_row(f, node, tile, c) - tile.begin;
    const uint8_t* from = window_row(f, node, tile.image, c);
    float* out = adjoint_row(f, x, tile, c) - tile.begin;
    if (to.first) std::fill(out + tile.begin, out + tile.begin + tile.count, 0.0f);
    for (int k = 0; k < 9; ++k) {
      // The window of the pixel at i - shift took its place k, which is i.
      const int64_t shift = window_shift(k, f.in.width);
      const int64_t first = std::max(tile.begin, shift);
      const int64_t last = std::min(tile.begin + tile.count, f.plane + shift);
#pragma omp simd
      for (int64_t i = first; i < last; ++i) {
        const float part = g[i - shift];
        out[i] += from[i - shift] == k ? part : 0.0f;
      }
    }
  }
}

inline void mean_adjoint(const Frame& f, int index, const Contribution& to, const Tile& tile) {
  const PlanNode &node = f.plan().node[index], &x = f.plan().node[to.operand];
  const bool over_pixels = node.code == kMeanPixels;
  const double shares = over_pixels ? pixel_shares(f) : static_cast<double>(f.in.classes);
  const float share = static_cast<float>(1.0 / shares);
  for (int64_t c = 0; c < f.rows(x); ++c) {
    float* out = adjoint_row(f, x, tile, c);
    if (over_pixels) {
      const float g = f.small_adjoint[small_at(f, index, c)] * share;
      if (to.first) {
        std::fill(out, out + tile.count, g);
      } else {
        map(out, out, tile.count, [=](float a) { return a + g; });
      }
    } else {
      add_product(adjoint_row(f, node, tile, 0), {nullptr, share}, to.first, out, tile.count);
    }
  }
}

inline void backward(const Frame& f, int index, const Tile& tile) {
  const PlanNode& node = f.plan().node[index];
  const Contribution& to = f.plan().contribution[index][0];
  switch (node.code) {
    case kPrediction:
      return;  // its adjoint is complete; what becomes of it is the caller's
    case kAdd:
    case kMul:
      for (int side = 0; side < 2; ++side) {
        const Contribution& one = f.plan().contribution[index][side];
        const int other = node.code == kAdd ? -1 : side == 0 ? node.b : node.a;
        if (one.operand >= 0) contribute(f, node, one, other, tile);
      }
      return;
    case kMeanPixels:
    case kMeanClasses:
      return mean_adjoint(f, index, to, tile);
    case kMaxPool:
    case kMinPool:
      return pool_adjoint(f, node, to, tile);
    default:
      break;
  }
  const PlanNode& x = f.plan().node[to.operand];
  const Rows rows = joined(f, node, tile);
  for (int64_t c = 0; c < rows.rows; ++c) {
    unary_adjoint(node.code, f.in.eps, adjoint_row(f, node, tile, c), value_row(f, x, tile, c),
                  value_row(f, node, tile, c), to.first, adjoint_row(f, x, tile, c), rows.count);
  }
}

inline void backward_small(const Frame& f, int index) {
  const PlanNode& node = f.plan().node[index];
  for (int side = 0; side < 2; ++side) {
    const Contribution& to = f.plan().contribution[index][side];
    if (to.operand < 0) continue;
    const PlanNode& operand = f.plan().node[to.operand];
    float* adjoint = f.small_adjoint + to.operand * f.in.classes;
    const int64_t rows = std::max(f.rows(node), f.rows(operand));
    for (int64_t c = 0; c < rows; ++c) {
      const float g = f.small_adjoint[small_at(f, index, c)];
      const float x = f.small_value[small_at(f, to.operand, c)];
      float part = g;
      if (node.code == kMul) {
        part = g * f.small_value[small_at(f, side == 0 ? node.b : node.a, c)];
      } else if (node.code == kMeanClasses || node.code == kMeanPixels) {
        part = g / static_cast<float>(f.in.classes);
      } else if (node.code != kAdd) {
        const float out = f.small_value[small_at(f, index, c)];
        unary_adjoint(node.code, f.in.eps, &g, &x, &out, true, &part, 1);
      }
      float& at = adjoint[operand.classes ? c : 0];
      at = to.first && (operand.classes || c == 0) ? part : at + part;
    }
  }
}

/// Sums over pixels for small operands of a node are complete: adds them.
inline void finish_contributions(const Frame& f, int index) {
  for (const Contribution& to : f.plan().contribution[index]) {
    if (to.operand < 0 || to.reduction < 0) continue;
    for (int64_t c = 0; c < f.rows(f.plan().node[to.operand]); ++c) {
      float& at = f.small_adjoint[to.operand * f.in.classes + c];
      const float part = static_cast<float>(total(f, to.reduction, c));
      at = to.first ? part : at + part;
    }
  }
}

// ---------------------------------------------------------------------------------------------
// Whole batches

/// How a batch that is not empty is cut into tiles, and tiles are dealt to chunks.
struct Tiling {
  int64_t images, plane, classes, size, per_image, total, chunks;

  Tiling(const GraphArguments& in, int64_t pixels)
      : images(in.images), plane(in.height * in.width), classes(in.classes) {
    size = std::min(pixels, plane);
    per_image = (plane + size - 1) / size;
    total = images * per_image;
    chunks = std::max<int64_t>(1, std::min(total, kMaxChunks));
  }

  /// The first tile of a chunk.
  int64_t first(int64_t chunk) const { return total * chunk / chunks; }

  Tile tile(int64_t index, int64_t chunk) const {
    const int64_t image = index / per_image, begin = index % per_image * size;
    return {image,
            begin,
            std::min(size, plane - begin),
            chunk,
            image * classes * plane + begin,
            image * plane + begin};
  }
};

/// Runs body(tile) over all tiles, chunk by chunk.
template <class Body>
void for_tiles(const Tiling& tiling, int threads, Body body) {
#pragma omp parallel for num_threads(threads) if (threads > 1) schedule(dynamic, 1)
  for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
    for (int64_t index = tiling.first(chunk); index < tiling.first(chunk + 1); ++index) {
      body(tiling.tile(index, chunk));
    }
  }
}

inline void clear(const Frame& f, int reduction) {
  std::fill(f.sums(reduction, 0), f.sums(reduction, 0) + f.chunks * f.in.classes, 0.0);
}

inline void run_forward(const Frame& f, const Schedule& schedule, const Tiling& tiling, int threads,
                        const float* logits) {
  int begin = 0;
  for (int level = 0; level < schedule.levels; ++level) {
    const int small_end = schedule.small_end[level], end = schedule.end[level];
    for (int k = begin; k < small_end; ++k) forward_small(f, schedule.order[k]);
    for (int k = small_end; k < end; ++k) {
      const int reduction = f.plan().node[schedule.order[k]].reduction;
      if (reduction >= 0) clear(f, reduction);
    }
    if (small_end < end) {
      for_tiles(tiling, threads, [&](const Tile& tile) {
        for (int k = small_end; k < end; ++k) {
          forward(f, schedule.order[k], tile, logits + tile.full, f.plane);
        }
      });
    }
    for (int k = small_end; k < end; ++k) {
      if (f.plan().node[schedule.order[k]].reduction >= 0) finish_mean(f, schedule.order[k]);
    }
    begin = end;
  }
}

inline double run_value(const Frame& f, const Tiling& tiling, int threads) {
  if (!f.plan().node[f.plan().root()].pixels) return loss_value(f, 0);
  const int reduction = f.plan().reductions;
  clear(f, reduction);
  for_tiles(tiling, threads,
            [&](const Tile& tile) { f.sums(reduction, tile.chunk)[0] += root_sum(f, tile); });
  return loss_value(f, total(f, reduction, 0));
}

/// The backward pass; finish(tile) takes over when the adjoint of the prediction is complete.
template <class Finish>
void run_backward(const Frame& f, const Tiling& tiling, int threads, Finish finish) {
  const Schedule& schedule = f.plan().backward;
  if (!f.plan().node[f.plan().root()].pixels) seed_small(f);
  int begin = 0;
  for (int level = 0; level < schedule.levels; ++level) {
    const int small_end = schedule.small_end[level], end = schedule.end[level];
    const bool last = level == schedule.levels - 1;
    for (int k = begin; k < small_end; ++k) backward_small(f, schedule.order[k]);
    for (int k = small_end; k < end; ++k) {
      for (const Contribution& to : f.plan().contribution[schedule.order[k]]) {
        if (to.operand >= 0 && to.reduction >= 0) clear(f, to.reduction);
      }
    }
    for_tiles(tiling, threads, [&](const Tile& tile) {
      if (level == 0) seed(f, tile);
      for (int k = small_end; k < end; ++k) backward(f, schedule.order[k], tile);
      if (last) finish(tile);
    });
    for (int k = small_end; k < end; ++k) finish_contributions(f, schedule.order[k]);
    begin = end;
  }
}

/// The node of the prediction; -1 if the graph does not read it.
inline int prediction(const Plan& plan) {
  for (int i = 0; i < plan.nodes; ++i) {
    if (plan.node[i].code == kPrediction) return i;
  }
  return -1;
}

/// sum += x * y, element by element.
inline void add_products(const float* __restrict__ x, const float* __restrict__ y, int64_t count,
                         float* __restrict__ sum) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) sum[i] += x[i] * y[i];
}

/// sum_c p_c g_c for each pixel of a block.
inline void dots(const Frame& f, const PlanNode& p, const Tile& tile, int64_t from, int64_t n,
                 float* dot) {
  std::fill(dot, dot + n, 0.0f);
  for (int64_t c = 0; c < f.in.classes; ++c) {
    add_products(value_row(f, p, tile, c) + from, adjoint_row(f, p, tile, c) + from, n, dot);
  }
}

/// Calls row(c, from, n, p, g, dot) for each class and block of pixels of a tile.
template <class Body>
void for_gradient_rows(const Frame& f, const PlanNode& p, const Tile& tile, Body row) {
  constexpr int64_t kBlock = 256;
  float dot[kBlock];
  for (int64_t from = 0; from < tile.count; from += kBlock) {
    const int64_t n = std::min(kBlock, tile.count - from);
    dots(f, p, tile, from, n, dot);
    for (int64_t c = 0; c < f.in.classes; ++c) {
      row(c, from, n, value_row(f, p, tile, c) + from, adjoint_row(f, p, tile, c) + from, dot);
    }
  }
}

inline void write_gradient(const Frame& f, const PlanNode& p, const Tile& tile, float* gradient) {
  const int32_t* labels = label_row(f, tile);
  for_gradient_rows(f, p, tile,
                    [&](int64_t c, int64_t from, int64_t n, const float* value, const float* g,
                        const float* dot) {
                      float* out = gradient + c * f.plane + from;
                      const int32_t* label = labels + from;
#pragma omp simd
                      for (int64_t i = 0; i < n; ++i) {
                        const float d = value[i] * (g[i] - dot[i]);
                        out[i] = label[i] < 0 ? 0.0f : d;
                      }
                    });
}

/// The passes over one tile of a local graph, in arrays of a tile's size.
inline void forward_local(const Frame& f, const Tile& tile, const float* logits,
                          int64_t logits_stride) {
  const Schedule& schedule = f.plan().forward;
  for (int k = 0; k < schedule.end[0]; ++k) {
    forward(f, schedule.order[k], tile, logits, logits_stride);
  }
}

inline void backward_local(const Frame& f, const Tile& tile) {
  const Schedule& schedule = f.plan().backward;
  seed(f, tile);
  for (int k = 0; k < schedule.end[0]; ++k) backward(f, schedule.order[k], tile);
}

/// Nodes of a local graph that do not depend on the prediction.
inline void set_up_local(const Frame& f, const Tile& tile) {
  const Schedule& schedule = f.plan().setup;
  if (schedule.levels == 0) return;
  for (int k = 0; k < schedule.small_end[0]; ++k) forward_small(f, schedule.order[k]);
  for (int k = schedule.small_end[0]; k < schedule.end[0]; ++k) {
    forward(f, schedule.order[k], tile, nullptr, 0);
  }
}

/// Pixels of a tile, such that the arrays of a graph stay in the nearer caches.
inline int64_t tile_pixels(const Plan& plan, int64_t classes) {
  const int64_t floats = (plan.full_slots + 2) * classes + plan.space_slots + 1;
  return std::clamp<int64_t>(32768 / floats / 16 * 16, 64, 1024);
}

inline Frame frame_of(const GraphArguments& in) {
  Frame f = {};
  f.in = in;
  f.plane = in.height * in.width;
  f.stride = f.plane;
  return f;
}

/// A tile whose arrays begin at its own first pixel.
inline Tile in_own_arrays(Tile tile) {
  tile.full = tile.space = 0;
  return tile;
}

}  // namespace
}  // namespace autoloss

#endif  // AUTOLOSS_CPU_GRAPH_INTERPRETER_H_
