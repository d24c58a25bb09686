// Weighted cross entropy of pixels: with p = softmax(logits), y the label and l = -log p_y, the sum
// of w F(l), F(l) = (1 - p_y)^gamma l.
//
//   d F / d logit_c = F'(l) (p_c - y_c)
//   sum_k d^2 F / d logit_c d logit_k v_k = F'(l) p_c (v_c - v.p) + F''(l) (p_c - y_c) (v.p - v_y)
//   F'  = m^gamma + gamma m^(gamma-1) p l,  m = 1 - p
//   F'' = gamma m^(gamma-1) p (2 + l ((gamma-1) p / m - 1))
//
// One pass over [N,C,H,W]: what a pixel weighs is known before, so value and gradient are found
// together (read, write); a tile's exponentials stay in the caches. Per element one exponential.
#include <cmath>
#include <numeric>

#include "common/graph_math.h"
#include "common/scratch.h"
#include "pixel_loss.h"
#include "softmax_tiles.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// The slope of a power below 1 is infinite at 0; from here on it is 0 instead.
constexpr float kLeastMiss = 1e-7f;

/// From here on p is 0 in float32, and l may be infinite: their product is cut off.
constexpr float kMostEntropy = 200.0f;

struct EntropyTile : SoftmaxTile {
  float p[kMaxTile];          // of the label; 1 where ignored
  float weight[kMaxTile];     // 0 where ignored
  float value[kMaxTile];      // l, then w F
  float slope[kMaxTile];      // w F'
  float curvature[kMaxTile];  // w F''

  using SoftmaxTile::SoftmaxTile;
};

/// -log p of a class of one pixel, whatever the logits are.
float exact_entropy(const float* z, int64_t plane, int64_t classes, int64_t label) {
  double most = z[0], sum = 0;
  for (int64_t c = 1; c < classes; ++c) most = std::fmax(most, z[c * plane]);
  for (int64_t c = 0; c < classes; ++c) sum += std::exp(z[c * plane] - most);
  return static_cast<float>(std::log(sum) - (z[label * plane] - most));
}

/// p, l and the weight of a tile's pixels. z: its logits.
void load_pixels(const EntropyArguments& in, const float* z, int64_t pixel, int64_t count,
                 int64_t stride, EntropyTile& s) {
  const Softmax softmax;
  const float* e = s.e.data();
  for_labels(s.label, count, [&](int64_t i, int32_t label) {
    s.p[i] = label < 0 ? 1.0f : softmax.probability(e[label * stride + i], s.inverse[i]);
    s.weight[i] = label < 0 ? 0.0f : in.class_weights[label];
  });
  if (in.extra != nullptr) {
    const float* extra = in.extra + pixel;
    for (int64_t i = 0; i < count; ++i) s.weight[i] += s.label[i] < 0 ? 0.0f : extra[i];
  }
  int32_t any = 0;  // whose logarithm is found in another way
  for (int64_t i = 0; i < count; ++i) {
    s.value[i] = -positive_log(s.p[i]);
    any |= s.p[i] < kLeastProbability;
  }
  for (int64_t i = 0; any && i < count; ++i) {
    if (!(s.p[i] < kLeastProbability)) continue;
    s.value[i] = exact_entropy(z + i, in.batch.plane(), in.batch.classes, s.label[i]);
  }
}

/// w F and its derivatives by l, of gamma 0.
void weigh_plainly(int64_t count, EntropyTile& s) {
  for (int64_t i = 0; i < count; ++i) {
    s.value[i] *= s.weight[i];
    s.slope[i] = s.weight[i];
    s.curvature[i] = 0.0f;
  }
}

/// w F and its derivatives by l.
void weigh_by_power(float gamma, int64_t count, EntropyTile& s) {
  for (int64_t i = 0; i < count; ++i) {
    const float p = s.p[i], l = s.value[i], weight = s.weight[i];
    const float miss = 1.0f - p, m = miss < kLeastMiss ? kLeastMiss : miss;
    const float power = full_exp(gamma * positive_log(m));
    const float bounded = l > kMostEntropy ? kMostEntropy : l;
    const float by_m = miss < kLeastMiss ? 0.0f : gamma * power / m * p;
    s.value[i] = weight * (power * l);
    s.slope[i] = weight * (power + by_m * bounded);
    s.curvature[i] = weight * (by_m * (2.0f + bounded * ((gamma - 1.0f) * p / m - 1.0f)));
  }
}

/// Runs body(tile, s, chunk) on all tiles, with all that a pixel adds.
template <class Body>
void for_weighed_tiles(const EntropyArguments& in, const Tiling& tiling, int threads, Body body) {
  for_softmax_tiles<EntropyTile>(
      in.batch, tiling, threads, nullptr, [&](int64_t tile, EntropyTile& s, int64_t chunk) {
        const int64_t count = tiling.count(tile);
        load_pixels(in, in.batch.logits + tiling.element(tile, in.batch.classes),
                    tiling.pixel(tile), count, tiling.size, s);
        if (in.gamma == 0.0f) {
          weigh_plainly(count, s);
        } else {
          weigh_by_power(in.gamma, count, s);
        }
        body(tile, s, chunk);
      });
}

void put_gradient(const EntropyArguments& in, int64_t count, int64_t stride, const EntropyTile& s,
                  const GradientSum& gradient, int64_t first) {
  const Softmax softmax;
  const int32_t* label = s.label;
  const float *inverse = s.inverse, *slope = s.slope;
  for (int64_t c = 0; c < in.batch.classes; ++c) {
    const float* e = s.e.data() + c * stride;
    const int32_t own = static_cast<int32_t>(c);
    gradient.put(first + c * in.batch.plane(), count, label, [=](int64_t i) {
      const float p = softmax.probability(e[i], inverse[i]);
      return slope[i] * (p - (label[i] == own ? 1.0f : 0.0f));
    });
  }
}

}  // namespace

double entropy_sum(const EntropyArguments& in, int threads, const GradientSum& gradient) {
  const Tiling tiling(in.batch.images, in.batch.classes, in.batch.plane());
  Zeros<double> partial(tiling.chunks);
  for_weighed_tiles(in, tiling, threads, [&](int64_t tile, EntropyTile& s, int64_t chunk) {
    const int64_t count = tiling.count(tile);
    partial[chunk] += sum_of(s.value, count);
    if (gradient.memory == nullptr) return;
    put_gradient(in, count, tiling.size, s, gradient, tiling.element(tile, in.batch.classes));
  });
  return std::accumulate(partial.begin(), partial.end(), 0.0);
}

void entropy_curvature(const EntropyArguments& in, int threads, const float* direction,
                       float* product) {
  const int64_t classes = in.batch.classes, plane = in.batch.plane();
  const Tiling tiling(in.batch.images, classes, plane);
  for_weighed_tiles(in, tiling, threads, [&](int64_t tile, EntropyTile& s, int64_t) {
    const Softmax softmax;
    const int64_t count = tiling.count(tile), first = tiling.element(tile, classes);
    for (int64_t i = 0; i < count; ++i) s.dot[i] = 0.0f;
    for (int64_t c = 0; c < classes; ++c) {
      float* __restrict__ p = s.e.data() + c * tiling.size;
      const float* v = direction + first + c * plane;
      for (int64_t i = 0; i < count; ++i) {
        p[i] = softmax.probability(p[i], s.inverse[i]);
        s.dot[i] += p[i] * v[i];
      }
    }
    for_labels(s.label, count, [&](int64_t i, int32_t label) {
      const float own = label < 0 ? 0.0f : direction[first + label * plane + i];
      s.curvature[i] *= s.dot[i] - own;
    });
    for (int64_t c = 0; c < classes; ++c) {
      const float* __restrict__ p = s.e.data() + c * tiling.size;
      const float* v = direction + first + c * plane;
      float* __restrict__ row = product + first + c * plane;
      const int32_t own = static_cast<int32_t>(c);
      for (int64_t i = 0; i < count; ++i) {
        const float value = s.slope[i] * p[i] * (v[i] - s.dot[i]) +
                            s.curvature[i] * (p[i] - (s.label[i] == own ? 1.0f : 0.0f));
        row[i] = s.label[i] < 0 ? 0.0f : value;
      }
    }
  });
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
