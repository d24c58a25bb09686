// Distances between probabilities and one-hot labels, and what is linear in probabilities: with p =
// softmax(logits), the sum over classes and pixels of f_c(p_c).
//
//   d / d logit_c = p_c (h_c - S),  h = f', S = sum_k p_k h_k
//   and its change along v, with q_c = p_c (v_c - p.v) the change of p and g_c = f''_c q_c that of
//   h: q_c (h_c - S) + p_c (g_c - sum_k (q_k h_k + p_k g_k))
//
// One pass over [N,C,H,W], value and gradient together (read, write); a tile's exponentials stay in
// the caches. Per element one exponential.
#include <cmath>
#include <limits>
#include <numeric>

#include "common/scratch.h"
#include "pixel_loss.h"
#include "softmax_tiles.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

struct ProbabilityTile : SoftmaxTile {
  Room<float> slope;          // h, a row of Tiling::size per class
  float value[kMaxTile];      // the sum over classes
  float change[kMaxTile];     // p.v
  float by_change[kMaxTile];  // sum of q h + p g

  ProbabilityTile(int64_t classes, int64_t size)
      : SoftmaxTile(classes, size), slope(classes * size) {}
};

/// f and its derivatives.
struct Term {
  float value, slope, bend;
};

/// f(d) without a weight. Limits come by value, so that loops vectorise.
struct SmoothDistance {
  float beta, half, inverse;  // inverse: 1 / beta, or 0

  explicit SmoothDistance(float width)
      : beta(width < std::numeric_limits<float>::min() ? 0.0f : width),
        half(beta / 2),
        inverse(beta > 0.0f ? 1 / beta : 0.0f) {}

  Term at(float d) const {
    const float size = std::fabs(d);
    const bool near = size < beta;
    const float sign = d > 0.0f ? 1.0f : d < 0.0f ? -1.0f : 0.0f;
    // where d is NaN the value is
    return {near ? 0.5f * d * d * inverse : size - half, near ? d * inverse : sign,
            near ? inverse : 0.0f};
  }
};

/// Rows of one class of a tile.
struct ClassOfTile {
  const int32_t* label;
  int32_t own;
  const float* map;  // or NULL
};

/// Replaces exponentials by p, puts h into slopes, and adds up values and S. Ignored pixels add
/// nothing.
void add_class(const ProbabilityArguments& in, const ClassOfTile row, int64_t count,
               const float* __restrict__ inverse, float* __restrict__ p, float* __restrict__ slope,
               float* __restrict__ value, float* __restrict__ dot) {
  const Softmax softmax;
  const float weight = in.weight;
  if (row.map != nullptr) {
    for (int64_t i = 0; i < count; ++i) {
      p[i] = softmax.probability(p[i], inverse[i]);
      slope[i] = weight * row.map[i];
      const float product = slope[i] * p[i];
      value[i] += row.label[i] < 0 ? 0.0f : product;
      dot[i] += product;
    }
    return;
  }
  const SmoothDistance distance(in.beta);
  for (int64_t i = 0; i < count; ++i) {
    p[i] = softmax.probability(p[i], inverse[i]);
    const Term term = distance.at(p[i] - (row.label[i] == row.own ? 1.0f : 0.0f));
    slope[i] = weight * term.slope;
    value[i] += row.label[i] < 0 ? 0.0f : weight * term.value;
    dot[i] += slope[i] * p[i];
  }
}

/// Runs body(tile, s, chunk) on all tiles, with p in s.e, h in s.slope and S in s.dot.
template <class Body>
void for_sloped_tiles(const ProbabilityArguments& in, const Tiling& tiling, int threads,
                      Body body) {
  const int64_t classes = in.batch.classes, plane = in.batch.plane();
  for_softmax_tiles<ProbabilityTile>(
      in.batch, tiling, threads, nullptr, [&](int64_t tile, ProbabilityTile& s, int64_t chunk) {
        const int64_t count = tiling.count(tile), first = tiling.element(tile, classes);
        for (int64_t i = 0; i < count; ++i) s.value[i] = s.dot[i] = 0.0f;
        for (int64_t c = 0; c < classes; ++c) {
          const float* map = in.map == nullptr ? nullptr : in.map + first + c * plane;
          add_class(in, {s.label, static_cast<int32_t>(c), map}, count, s.inverse,
                    s.e.data() + c * tiling.size, s.slope.data() + c * tiling.size, s.value, s.dot);
        }
        body(tile, s, chunk);
      });
}

void put_gradient(const ProbabilityArguments& in, int64_t count, int64_t stride,
                  const ProbabilityTile& s, const GradientSum& gradient, int64_t first) {
  const float* dot = s.dot;
  for (int64_t c = 0; c < in.batch.classes; ++c) {
    const float *p = s.e.data() + c * stride, *slope = s.slope.data() + c * stride;
    gradient.put(first + c * in.batch.plane(), count, s.label,
                 [=](int64_t i) { return p[i] * (slope[i] - dot[i]); });
  }
}

}  // namespace

double probability_sum(const ProbabilityArguments& in, int threads, const GradientSum& gradient) {
  const Tiling tiling(in.batch.images, in.batch.classes, in.batch.plane());
  Zeros<double> partial(tiling.chunks);
  for_sloped_tiles(in, tiling, threads, [&](int64_t tile, ProbabilityTile& s, int64_t chunk) {
    const int64_t count = tiling.count(tile);
    partial[chunk] += sum_of(s.value, count);
    if (gradient.memory == nullptr) return;
    put_gradient(in, count, tiling.size, s, gradient, tiling.element(tile, in.batch.classes));
  });
  return std::accumulate(partial.begin(), partial.end(), 0.0);
}

void probability_curvature(const ProbabilityArguments& in, int threads, const float* direction,
                           float* product) {
  const int64_t classes = in.batch.classes, plane = in.batch.plane();
  const Tiling tiling(in.batch.images, classes, plane);
  for_sloped_tiles(in, tiling, threads, [&](int64_t tile, ProbabilityTile& s, int64_t) {
    const int64_t count = tiling.count(tile), first = tiling.element(tile, classes);
    const SmoothDistance distance(in.beta);
    const float weight = in.map == nullptr ? in.weight : 0.0f;
    const auto bend = [&](float p, int32_t label, int64_t c) {
      return weight * distance.at(p - (label == static_cast<int32_t>(c) ? 1.0f : 0.0f)).bend;
    };
    for (int64_t i = 0; i < count; ++i) s.change[i] = s.by_change[i] = 0.0f;
    for (int64_t c = 0; c < classes; ++c) {
      const float* p = s.e.data() + c * tiling.size;
      const float* v = direction + first + c * plane;
      for (int64_t i = 0; i < count; ++i) s.change[i] += p[i] * v[i];
    }
    for (int64_t c = 0; c < classes; ++c) {
      const float* p = s.e.data() + c * tiling.size;
      const float* slope = s.slope.data() + c * tiling.size;
      const float* v = direction + first + c * plane;
      for (int64_t i = 0; i < count; ++i) {
        const float q = p[i] * (v[i] - s.change[i]);
        s.by_change[i] += q * (slope[i] + p[i] * bend(p[i], s.label[i], c));
      }
    }
    for (int64_t c = 0; c < classes; ++c) {
      const float* p = s.e.data() + c * tiling.size;
      const float* slope = s.slope.data() + c * tiling.size;
      const float* v = direction + first + c * plane;
      float* row = product + first + c * plane;
      for (int64_t i = 0; i < count; ++i) {
        const float q = p[i] * (v[i] - s.change[i]);
        const float value =
            q * (slope[i] - s.dot[i]) + p[i] * (bend(p[i], s.label[i], c) * q - s.by_change[i]);
        row[i] = s.label[i] < 0 ? 0.0f : value;
      }
    }
  });
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
