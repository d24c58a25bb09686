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
#include <limits>
#include <utility>

#include "common/graph_math.h"
#include "graph_kernels.h"
#include "parallel.h"

namespace autoloss {
namespace {

constexpr int64_t kAlign = 64;
constexpr int64_t kMaxChunks = 64;
constexpr int64_t kPoolBuffer = 2048;

/// The smallest probability: a softmax is positive, and sign(p) must not become 0 by underflow.
constexpr float kLeastProbability = 1.17549435e-38f;

/// What predictions are made of: logits, or probabilities, maps or areas of boxes where these are
/// known; a row each.
struct Logits {
  const float* data;
  int64_t stride;  // distance of two classes
  bool known;

  Logits at(int64_t offset) const { return {data + offset, stride, known}; }
};

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
  int32_t* windows;
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
  f.windows = reinterpret_cast<int32_t*>(take(plan.windows * f.full_size * 4));
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

/// The sum over the valid pixels of a row. Here and below, what is selected is loaded before it is
/// selected: a load under a condition keeps a loop from being vectorised.
inline double valid_sum(const float* x, const int32_t* labels, int64_t count) {
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) {
    const float part = x[i];
    sum += labels[i] < 0 ? 0.0f : part;
  }
  return sum;
}

/// The sum of x * y over the valid pixels of a row; one of the two may be a constant.
inline double valid_sum(Row x, Row y, const int32_t* labels, int64_t count) {
  if (x.data == nullptr) return valid_sum(y.data, labels, count) * x.constant;
  if (y.data == nullptr) return valid_sum(x.data, labels, count) * y.constant;
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) {
    const float part = x.data[i] * y.data[i];
    sum += labels[i] < 0 ? 0.0f : part;
  }
  return sum;
}

/// Whether tanh is a polynomial for all of a row. NaN does not matter: all ways lead to NaN.
inline bool small_for_tanh(const float* x, int64_t count) {
  float largest = 0.0f;
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < count; ++i) {
    const float magnitude = std::fabs(x[i]);
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest < kSmallTanh;
}

/// tanh of a row, at the price of a polynomial where all is small: probabilities mostly are.
inline void tanh_row(const float* x, float* out, int64_t count) {
  constexpr int64_t kBlock = 512;
  for (int64_t from = 0; from < count; from += kBlock) {
    const int64_t n = std::min(kBlock, count - from);
    if (small_for_tanh(x + from, n)) {
      map(x + from, out + from, n, [](float a) { return small_tanh(a); });
    } else {
      map(x + from, out + from, n, [](float a) { return tanh_value(a); });
    }
  }
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
      return tanh_row(x, out, count);
    case kSquare:
      return map(x, out, count, [](float a) { return a * a; });
    default:
      return map(x, out, count, [=](float a) { return sqrt_value(a, eps); });
  }
}

/// out (+)= part(i) for each pixel of a row.
template <class Part>
void put(bool first, float* out, int64_t count, Part part) {
  if (first) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) out[i] = part(i);
  } else {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) out[i] += part(i);
  }
}

/// adjoint (+)= g * slope, where `at` is the operand or the result, whichever the slope is of.
template <class Slope>
void pass(Row g, const float* at, bool first, float* adjoint, int64_t count, Slope slope) {
  if (g.data != nullptr) {
    const float* data = g.data;
    put(first, adjoint, count, [=](int64_t i) { return data[i] * slope(at[i]); });
  } else {
    const float constant = g.constant;
    put(first, adjoint, count, [=](int64_t i) { return constant * slope(at[i]); });
  }
}

inline void unary_adjoint(int32_t code, float eps, Row g, const float* x, const float* out,
                          bool first, float* adjoint, int64_t count) {
  switch (code) {
    case kAbs:
      return pass(g, x, first, adjoint, count, [](float a) { return abs_slope(a); });
    case kInv:
      return pass(g, out, first, adjoint, count, [](float a) { return inv_slope(a); });
    case kLog:
      return pass(g, x, first, adjoint, count, [=](float a) { return log_slope(a, eps); });
    case kExp:
      return pass(g, out, first, adjoint, count, [](float a) { return a; });
    case kTanh:
      return small_for_tanh(x, count)
                 ? pass(g, x, first, adjoint, count, [](float a) { return small_tanh_slope(a); })
                 : pass(g, x, first, adjoint, count, [](float a) { return tanh_slope(a); });
    case kSquare:
      return pass(g, x, first, adjoint, count, [](float a) { return 2.0f * a; });
    default:
      return pass(g, out, first, adjoint, count, [](float a) { return sqrt_slope(a); });
  }
}

/// adjoint (+)= x * y, each of which may be a constant.
inline void add_product(Row x, Row y, bool first, float* adjoint, int64_t count) {
  if (x.data == nullptr) std::swap(x, y);
  const float *a = x.data, *b = y.data;
  const float constant = y.constant;
  if (a == nullptr) {
    put(first, adjoint, count, [=](int64_t) { return x.constant * constant; });
  } else if (b != nullptr) {
    put(first, adjoint, count, [=](int64_t i) { return a[i] * b[i]; });
  } else if (!first || constant != 1.0f) {
    put(first, adjoint, count, [=](int64_t i) { return a[i] * constant; });
  } else if (adjoint != a) {
    std::copy(a, a + count, adjoint);
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

/// A node's adjoint in a tile: an array where it spreads, one number of its class elsewhere.
inline Row adjoint_of(const Frame& f, int index, const Tile& tile, int64_t c) {
  const PlanNode& node = f.plan().node[index];
  if (node.pixels && node.spreads) return {adjoint_row(f, node, tile, c), 0.0f};
  return {nullptr, f.small_adjoint[small_at(f, index, c)]};
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

/// e = exp(z - top) where z <= top.
inline void exponential_row(const float* __restrict__ z, const float* __restrict__ top,
                            int64_t count, float* __restrict__ e) {
  float farthest = 0.0f;
  // Near uniform predictions, where descents start and mostly end, need less than half of exp.
#pragma omp simd reduction(min : farthest)
  for (int64_t i = 0; i < count; ++i) {
    const float x = z[i] - top[i];
    farthest = x < farthest ? x : farthest;
    e[i] = small_exp(x);
  }
  if (farthest > -kSmallExponent) return;
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) e[i] = negative_exp(z[i] - top[i]);
}

/// The softmax of the classes of `count` pixels.
inline void softmax(const float* logits, int64_t logits_stride, int64_t classes, int64_t count,
                    float* out, int64_t stride) {
  constexpr int64_t kBlock = 256;
  float top[kBlock], sum[kBlock];
  for (int64_t from = 0; from < count; from += kBlock) {
    const int64_t n = std::min(kBlock, count - from);
    const float* z = logits + from;
    std::copy(z, z + n, top);
    for (int64_t c = 1; c < classes; ++c) {
      map(z + c * logits_stride, top, top, n, [](float a, float b) { return a > b ? a : b; });
    }
    for (int64_t c = 0; c < classes; ++c) {
      float* e = out + c * stride + from;
      exponential_row(z + c * logits_stride, top, n, e);
      put(c == 0, sum, n, [=](int64_t i) { return e[i]; });
    }
    map(sum, sum, n, [](float a) { return 1.0f / a; });
    for (int64_t c = 0; c < classes; ++c) {
      float* p = out + c * stride + from;
      // In this order NaN goes through.
      map(p, sum, p, n, [](float a, float b) {
        const float q = a * b;
        return q < kLeastProbability ? kLeastProbability : q;
      });
    }
  }
}

/// The prediction, from the logits or as it is known.
inline void predict(const Frame& f, const PlanNode& node, const Tile& tile, const Logits& from) {
  float* out = value_row(f, node, tile, 0);
  if (!from.known) return softmax(from.data, from.stride, f.in.classes, tile.count, out, f.stride);
  for (int64_t c = 0; c < f.in.classes; ++c) {
    const float* row = from.data + c * from.stride;
    std::copy(row, row + tile.count, out + c * f.stride);
  }
}

/// The label, as it is given or one-hot.
inline void label(const Frame& f, const PlanNode& node, const Tile& tile) {
  const int32_t* labels = label_row(f, tile);
  for (int64_t c = 0; c < f.in.classes; ++c) {
    float* out = value_row(f, node, tile, c);
    if (f.in.target != nullptr) {
      const float* row = f.in.target + (tile.image * f.in.classes + c) * f.plane + tile.begin;
      std::copy(row, row + tile.count, out);
      continue;
    }
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

// A pool takes the extremum of each row of a window first, then that of the three rows: of equals
// the first one in row-major order, of NaN the last, which goes before any number. `across` has
// bits 0 to 2 set where the pixels left of a pixel, itself and right of it are valid pixels of its
// row, so that a plane can be treated as one long row. What does not count is the worst of values.
// For each pixel is kept which place of its own row was taken, 1 to 3 (bits 0 and 1), and, where
// the pixel is valid, which row (from bit 2).

template <bool Max>
constexpr float kWorst = Max ? -std::numeric_limits<float>::infinity()
                             : std::numeric_limits<float>::infinity();

/// The extremum of three values, and which one it is, 1 to 3.
template <bool Max>
inline float extremum(float a, float b, float c, int32_t& taken) {
  const bool second = (Max ? b > a : b < a) | (b != b);
  const float best = second ? b : a;
  const int32_t first = second ? 2 : 1;
  const bool third = (Max ? c > best : c < best) | (c != c);
  taken = third ? 3 : first;
  return third ? c : best;
}

/// A value that counts if bit k of `valid` is set. By bits, as a choice would become a load under a
/// condition.
template <bool Max>
inline float counted(float v, int32_t valid, int k) {
  const int32_t mask = -((valid >> k) & 1);
  return from_bits((to_bits(v) & mask) | (to_bits(kWorst<Max>) & ~mask));
}

/// The extremum of each pixel's row of the window, for the pixels [begin, end) of a plane.
template <bool Max>
void pool_across(const float* __restrict__ plane, const int32_t* __restrict__ across, int64_t size,
                 int64_t begin, int64_t end, float* __restrict__ value,
                 int32_t* __restrict__ place) {
  const auto pixel = [=](int64_t i, int64_t left, int64_t right) {
    const float a = counted<Max>(plane[left], across[i], 0);
    const float b = counted<Max>(plane[i], across[i], 1);
    const float c = counted<Max>(plane[right], across[i], 2);
    int32_t taken;
    value[i - begin] = extremum<Max>(a, b, c, taken);
    place[i - begin] = taken;
  };
  // What lies outside the plane does not count, whatever is read in its stead.
  const int64_t inner = std::max<int64_t>(begin, 1), last = std::min(end, size - 1);
  if (begin < std::min(end, inner)) pixel(begin, begin, std::min(begin + 1, size - 1));
#pragma omp simd
  for (int64_t i = inner; i < last; ++i) pixel(i, i - 1, i + 1);
  if (std::max(last, inner) < end) pixel(end - 1, std::max<int64_t>(end - 2, 0), end - 1);
}

/// The same where part of [begin, end) may lie outside the plane.
template <bool Max>
void pool_across_inside(const float* plane, const int32_t* across, int64_t size, int64_t begin,
                        int64_t end, float* value, int32_t* place) {
  const int64_t first = std::clamp<int64_t>(0, begin, end), last = std::clamp(size, first, end);
  std::fill(value, value + (first - begin), kWorst<Max>);
  std::fill(value + (last - begin), value + (end - begin), kWorst<Max>);
  pool_across<Max>(plane, across, size, first, last, value + (first - begin),
                   place + (first - begin));
}

/// The pixels [begin, end) of a pool of a plane.
template <bool Max>
void pool_pixels(const float* plane, const int32_t* across, int64_t size, int64_t width,
                 int64_t begin, int64_t end, float* value, int32_t* window) {
  float rows[kPoolBuffer];
  int32_t place[kPoolBuffer];
  // Narrow images: the rows above and below are part of one stretch. Wide ones: three stretches.
  const bool narrow = 4 * width <= kPoolBuffer;
  const int64_t block = narrow ? kPoolBuffer - 2 * width : kPoolBuffer / 3;
  for (int64_t at = begin; at < end; at += block) {
    const int64_t n = std::min(block, end - at), apart = narrow ? width : n;
    if (narrow) {
      pool_across_inside<Max>(plane, across, size, at - width, at + n + width, rows, place);
    } else {
      for (int64_t k = 0; k < 3; ++k) {
        const int64_t from = at + (k - 1) * width;
        pool_across_inside<Max>(plane, across, size, from, from + n, rows + k * n, place + k * n);
      }
    }
    const float *above = rows, *own = rows + apart, *below = rows + 2 * apart;
    const int32_t *own_place = place + apart, *valid = across + at;
    float* out = value + at;
    int32_t* taken = window + at;
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) {
      int32_t row;
      const float best = extremum<Max>(above[i], own[i], below[i], row);
      const bool counts = (valid[i] & 2) != 0;
      out[i] = counts ? best : 0.0f;
      taken[i] = own_place[i] | (counts ? row << 2 : 0);
    }
  }
}

inline int32_t* window_row(const Frame& f, const PlanNode& node, int64_t image, int64_t c) {
  return f.windows + node.windows * f.full_size + (image * f.rows(node) + c) * f.plane;
}

inline void pool(const Frame& f, const PlanNode& node, const Tile& tile) {
  const PlanNode& x = f.plan().node[node.a];
  const int32_t* across = f.in.across + tile.image * f.plane;
  const auto run = node.code == kMaxPool ? pool_pixels<true> : pool_pixels<false>;
  for (int64_t c = 0; c < f.rows(node); ++c) {
    // The arrays of a graph with pools hold whole images.
    run(value_row(f, x, tile, c) - tile.begin, across, f.plane, f.in.width, tile.begin,
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
    sums[c] += valid_sum(value_row(f, x, tile, c), label_row(f, tile), tile.count);
  }
}

inline void forward(const Frame& f, int index, const Tile& tile, const Logits& logits) {
  const PlanNode& node = f.plan().node[index];
  switch (node.code) {
    case kPrediction:
      return predict(f, node, tile, logits);
    case kLabel:
      return label(f, node, tile);
    case kIntersection:
    case kUnion:
    case kEnclosing: {
      const float* area = logits.data + (node.code - kIntersection) * logits.stride;
      std::copy(area, area + tile.count, value_row(f, node, tile, 0));
      return;
    }
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
    } else {
      unary(node.code, f.in.eps, &x, out + c, 1);
    }
  }
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
    const double sum = total(f, node.reduction, c);
    const double mean = f.in.valid == 0 ? 0 : sum / static_cast<double>(f.in.valid);
    f.small_value[index * f.in.classes + c] = static_cast<float>(mean);
  }
}

/// A tile's part of the sum over classes and valid pixels of the root.
inline double root_sum(const Frame& f, const Tile& tile) {
  const PlanNode& root = f.plan().node[f.plan().root()];
  double sum = 0;
  for (int64_t c = 0; c < f.rows(root); ++c) {
    sum += valid_sum(value_row(f, root, tile, c), label_row(f, tile), tile.count);
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

/// The root's adjoint, the same for all pixels, where it is no array.
inline void seed(const Frame& f) {
  const int index = f.plan().root();
  float* g = f.small_adjoint + index * f.in.classes;
  std::fill(g, g + f.rows(f.plan().node[index]), root_share(f));
}

/// The root's adjoint where the root is the prediction itself.
inline void seed(const Frame& f, const Tile& tile) {
  const PlanNode& root = f.plan().node[f.plan().root()];
  if (!root.spreads) return;
  for (int64_t c = 0; c < f.rows(root); ++c) {
    float* g = adjoint_row(f, root, tile, c);
    std::fill(g, g + tile.count, root_share(f));
  }
}

/// Passes a node's adjoint, times a factor, on to an operand: `other` is mul's other operand, or
/// -1, and then the factor is `share`.
inline void contribute(const Frame& f, int index, const Contribution& to, int other, float share,
                       const Tile& tile) {
  const PlanNode &node = f.plan().node[index], &operand = f.plan().node[to.operand];
  const bool vector = other >= 0 && f.plan().node[other].pixels;
  const bool same = node.spreads && operand.pixels && operand.classes == node.classes &&
                    (other < 0 || (vector && f.plan().node[other].classes == node.classes));
  const Rows rows = same ? joined(f, node, tile) : Rows{f.rows(node), tile.count};
  for (int64_t c = 0; c < rows.rows; ++c) {
    const Row g = adjoint_of(f, index, tile, c);
    const Row factor = other < 0 ? Row{nullptr, share} : operand_row(f, other, tile, c);
    if (operand.pixels) {
      add_product(g, factor, to.first && (operand.classes || c == 0),
                  adjoint_row(f, operand, tile, c), rows.count);
    } else {
      f.sums(to.reduction, tile.chunk)[operand.classes ? c : 0] +=
          valid_sum(g, factor, label_row(f, tile), rows.count);
    }
  }
}

/// hands[i - begin] = what the windows around the pixels [begin, end) of a plane hand to the row
/// extremum of each.
inline void hand_down(Row g, const int32_t* window, int64_t size, int64_t width, int64_t begin,
                      int64_t end, float* hands) {
  std::fill(hands, hands + (end - begin), 0.0f);
  for (int32_t row = 1; row <= 3; ++row) {
    // The pixel at i is in row `row` of the window around i - shift.
    const int64_t shift = (row - 2) * width;
    const int64_t first = std::max(begin, shift), last = std::min(end, size + shift);
    const int32_t* taken = window - shift;
    if (g.data == nullptr) {
#pragma omp simd
      for (int64_t i = first; i < last; ++i) {
        hands[i - begin] += taken[i] >> 2 == row ? g.constant : 0.0f;
      }
      continue;
    }
    const float* data = g.data - shift;
#pragma omp simd
    for (int64_t i = first; i < last; ++i) {
      const float part = data[i];
      hands[i - begin] += taken[i] >> 2 == row ? part : 0.0f;
    }
  }
}

/// What the windows of a pool hand back to each pixel: gathered, so that tiles do not meet.
inline void pool_adjoint(const Frame& f, int index, const Contribution& to, const Tile& tile) {
  const PlanNode &node = f.plan().node[index], &x = f.plan().node[to.operand];
  constexpr int64_t kBlock = 1024;
  float hands[kBlock + 2];
  const int64_t end = tile.begin + tile.count;
  for (int64_t c = 0; c < f.rows(node); ++c) {
    Row g = adjoint_of(f, index, tile, c);
    if (g.data != nullptr) g.data -= tile.begin;
    const int32_t* window = window_row(f, node, tile.image, c);
    float* out = adjoint_row(f, x, tile, c) - tile.begin;
    if (to.first) std::fill(out + tile.begin, out + end, 0.0f);
    for (int64_t at = tile.begin; at < end; at += kBlock) {
      const int64_t stop = std::min(end, at + kBlock);
      const int64_t from = std::max<int64_t>(at - 1, 0), to_pixel = std::min(stop + 1, f.plane);
      hand_down(g, window, f.plane, f.in.width, from, to_pixel, hands);
      for (int32_t place = 1; place <= 3; ++place) {
        const int64_t shift = place - 2;
        const int64_t first = std::max(at, from + shift), last = std::min(stop, to_pixel + shift);
#pragma omp simd
        for (int64_t i = first; i < last; ++i) {
          const float part = hands[i - shift - from];
          out[i] += (window[i - shift] & 3) == place ? part : 0.0f;
        }
      }
    }
  }
}

/// What a mean over pixels multiplies an adjoint by.
inline float pixel_share(const Frame& f) {
  return static_cast<float>(1.0 / static_cast<double>(f.in.valid));
}

/// A mean hands the same to all that it is over.
inline void mean_adjoint(const Frame& f, int index, const Contribution& to, const Tile& tile) {
  const PlanNode &node = f.plan().node[index], &x = f.plan().node[to.operand];
  const bool over_pixels = node.code == kMeanPixels;
  const float share = over_pixels ? pixel_share(f) : 1.0f / static_cast<float>(f.in.classes);
  for (int64_t c = 0; c < f.rows(x); ++c) {
    add_product(adjoint_of(f, index, tile, c), {nullptr, share}, to.first,
                adjoint_row(f, x, tile, c), tile.count);
  }
}

inline void backward(const Frame& f, int index, const Tile& tile) {
  const PlanNode& node = f.plan().node[index];
  for (int side = 0; side < 2; ++side) {
    const Contribution& to = f.plan().contribution[index][side];
    if (to.operand < 0 || !to.tiled) continue;
    switch (node.code) {
      case kAdd:
        contribute(f, index, to, -1, 1.0f, tile);
        continue;
      case kNeg:
        contribute(f, index, to, -1, -1.0f, tile);
        continue;
      case kMul:
        contribute(f, index, to, side == 0 ? node.b : node.a, 1.0f, tile);
        continue;
      case kMeanPixels:
      case kMeanClasses:
        mean_adjoint(f, index, to, tile);
        continue;
      case kMaxPool:
      case kMinPool:
        pool_adjoint(f, index, to, tile);
        continue;
      default:
        break;
    }
    const PlanNode& x = f.plan().node[to.operand];
    const Rows rows = node.spreads ? joined(f, node, tile) : Rows{f.rows(node), tile.count};
    for (int64_t c = 0; c < rows.rows; ++c) {
      unary_adjoint(node.code, f.in.eps, adjoint_of(f, index, tile, c), value_row(f, x, tile, c),
                    value_row(f, node, tile, c), to.first, adjoint_row(f, x, tile, c), rows.count);
    }
  }
}

/// Passes on what is the same for all pixels.
inline void backward_small(const Frame& f, int index) {
  const PlanNode& node = f.plan().node[index];
  for (int side = 0; side < 2; ++side) {
    const Contribution& to = f.plan().contribution[index][side];
    if (to.operand < 0 || to.tiled) continue;
    const PlanNode& operand = f.plan().node[to.operand];
    float* adjoint = f.small_adjoint + to.operand * f.in.classes;
    const int64_t rows = std::max(f.rows(node), f.rows(operand));
    // Each valid pixel gives the same to what is one number for all of them.
    const float repeats = node.pixels && !operand.pixels ? static_cast<float>(f.in.valid) : 1.0f;
    for (int64_t c = 0; c < rows; ++c) {
      const float g = f.small_adjoint[small_at(f, index, c)];
      float part = g;
      if (node.code == kMul) {
        part = g * f.small_value[small_at(f, side == 0 ? node.b : node.a, c)];
      } else if (node.code == kNeg) {
        part = -g;
      } else if (node.code == kMeanPixels) {
        part = g * pixel_share(f);
      } else if (node.code == kMeanClasses) {
        part = g / static_cast<float>(f.in.classes);
      } else if (node.code != kAdd) {
        const float x = f.small_value[small_at(f, to.operand, c)];
        const float out = f.small_value[small_at(f, index, c)];
        unary_adjoint(node.code, f.in.eps, {nullptr, g}, &x, &out, true, &part, 1);
      }
      part *= repeats;
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
  for_tasks(threads, tiling.chunks, [&](int64_t chunk) {
    for (int64_t index = tiling.first(chunk); index < tiling.first(chunk + 1); ++index) {
      body(tiling.tile(index, chunk));
    }
  });
}

inline void clear(const Frame& f, int reduction) {
  std::fill(f.sums(reduction, 0), f.sums(reduction, 0) + f.chunks * f.in.classes, 0.0);
}

inline void run_forward(const Frame& f, const Schedule& schedule, const Tiling& tiling, int threads,
                        const Logits& logits) {
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
          forward(f, schedule.order[k], tile, logits.at(tile.full));
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
  seed(f);
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
    if (small_end < end) {
      for_tiles(tiling, threads, [&](const Tile& tile) {
        if (level == 0) seed(f, tile);
        for (int k = small_end; k < end; ++k) backward(f, schedule.order[k], tile);
        if (last) finish(tile);
      });
    }
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

/// sum += x * y, element by element; the first time sum = x * y.
inline void add_products(bool first, const float* __restrict__ x, const float* __restrict__ y,
                         int64_t count, float* __restrict__ sum) {
  put(first, sum, count, [=](int64_t i) { return x[i] * y[i]; });
}

/// sum_c p_c g_c for each pixel of a block.
inline void dots(const Frame& f, const PlanNode& p, const Tile& tile, int64_t from, int64_t n,
                 float* dot) {
  for (int64_t c = 0; c < f.in.classes; ++c) {
    add_products(c == 0, value_row(f, p, tile, c) + from, adjoint_row(f, p, tile, c) + from, n,
                 dot);
  }
}

/// Calls row(c, from, n, p, g, dot) for each class that moves and block of pixels of a tile.
template <class Body>
void for_gradient_rows(const Frame& f, const PlanNode& p, const Tile& tile, Body row) {
  constexpr int64_t kBlock = 256;
  float dot[kBlock];
  for (int64_t from = 0; from < tile.count; from += kBlock) {
    const int64_t n = std::min(kBlock, tile.count - from);
    dots(f, p, tile, from, n, dot);
    for (int64_t c = f.in.moves == Moves::kLogit ? 1 : 0; c < f.in.classes; ++c) {
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
inline void forward_local(const Frame& f, const Schedule& schedule, const Tile& tile,
                          const Logits& logits) {
  if (schedule.levels == 0) return;
  for (int k = 0; k < schedule.small_end[0]; ++k) forward_small(f, schedule.order[k]);
  for (int k = schedule.small_end[0]; k < schedule.end[0]; ++k) {
    forward(f, schedule.order[k], tile, logits);
  }
}

inline void backward_local(const Frame& f, const Tile& tile) {
  const Schedule& schedule = f.plan().backward;
  seed(f);
  seed(f, tile);
  for (int k = 0; k < schedule.small_end[0]; ++k) backward_small(f, schedule.order[k]);
  for (int k = schedule.small_end[0]; k < schedule.end[0]; ++k) {
    backward(f, schedule.order[k], tile);
  }
}

/// Nodes of a local graph that do not depend on the prediction.
inline void set_up_local(const Frame& f, const Tile& tile) {
  forward_local(f, f.plan().setup, tile, {});
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
