// What descents move beside logits: maps, and boxes.
//
// A box moves relative to where it starts: its centre by shifts in units of its sides, its sides by
// the logarithms of their growth (Ren et al., "Faster R-CNN", NeurIPS 2015, equation 2, with the
// first prediction in the place of the anchor). The areas that graphs read, and their derivatives,
// are those of box_math.h, written for rows of boxes.
//
// Included only by files that are compiled once per instruction set; all is in an unnamed
// namespace, for no two of those copies may be merged by the linker.
#ifndef AUTOLOSS_CPU_GRAPH_MOVES_H_
#define AUTOLOSS_CPU_GRAPH_MOVES_H_

#include <cmath>
#include <cstdint>

#include "graph_interpreter.h"

namespace autoloss {
namespace {

/// The largest logarithm of a growth, ln(1000 / 16) as in torchvision: the exponential stays
/// finite.
constexpr float kMostGrowth = 4.1351666f;

/// How many boxes have their gradients at once.
constexpr int64_t kBoxBlock = 256;

AUTOLOSS_INLINE float larger(float a, float b) { return a > b ? a : b; }
AUTOLOSS_INLINE float smaller(float a, float b) { return a < b ? a : b; }

/// d max(a,b) / d a, see box_math.h.
AUTOLOSS_INLINE float share_of(float a, float b) { return a > b ? 1.0f : a == b ? 0.5f : 0.0f; }

/// Where `count` boxes are, from the box `begin` on; z and out have rows of their own. NaN shows in
/// the union.
inline void locate(const GraphArguments& in, int64_t begin, int64_t count, const Logits& z,
                   float* out, int64_t stride) {
  const int64_t all = in.height * in.width;
  const auto known = [&](int row) { return in.boxes + row * all + begin; };
  const float *x = known(kCentreX), *y = known(kCentreY), *w = known(kWidth), *h = known(kHeight);
  const float *tx1 = known(kTargetX1), *ty1 = known(kTargetY1);
  const float *tx2 = known(kTargetX2), *ty2 = known(kTargetY2), *target = known(kTargetArea);
  const float *dx = z.data, *dy = dx + z.stride, *dw = dy + z.stride, *dh = dw + z.stride;
  const auto row = [&](int k) { return out + k * stride; };
  float *i_area = row(kAreaIntersection), *u_area = row(kAreaUnion), *e_area = row(kAreaEnclosing);
  float *x1 = row(kX1), *y1 = row(kY1), *x2 = row(kX2), *y2 = row(kY2);
  float *half_w = row(kHalfWidth), *half_h = row(kHalfHeight);
#pragma omp simd
  for (int64_t k = 0; k < count; ++k) {
    const bool wide = dw[k] > kMostGrowth, high = dh[k] > kMostGrowth;
    const float hw = 0.5f * w[k] * full_exp(wide ? kMostGrowth : dw[k]);
    const float hh = 0.5f * h[k] * full_exp(high ? kMostGrowth : dh[k]);
    const float cx = x[k] + dx[k] * w[k], cy = y[k] + dy[k] * h[k];
    const float ax = cx - hw, ay = cy - hh, bx = cx + hw, by = cy + hh;
    const float iw = smaller(bx, tx2[k]) - larger(ax, tx1[k]);
    const float ih = smaller(by, ty2[k]) - larger(ay, ty1[k]);
    const float both = (iw >= 0.0f) & (ih >= 0.0f) ? iw * ih : 0.0f;
    i_area[k] = both;
    u_area[k] = (bx - ax) * (by - ay) + target[k] - both;
    e_area[k] =
        (larger(bx, tx2[k]) - smaller(ax, tx1[k])) * (larger(by, ty2[k]) - smaller(ay, ty1[k]));
    x1[k] = ax;
    y1[k] = ay;
    x2[k] = bx;
    y2[k] = by;
    half_w[k] = wide ? 0.0f : hw;
    half_h[k] = high ? 0.0f : hh;
  }
}

/// What a graph says of a block of boxes: gradients by what moves, and the sums of the absolute
/// values that they are made of.
struct BoxGradient {
  float by[4][kBoxBlock], made_of[4][kBoxBlock];
};

/// The gradients of n boxes from the box `begin` of the sample on; by_area has those by the areas.
inline void box_gradient(const GraphArguments& in, int64_t begin, int64_t n, const Logits& geometry,
                         const float* const* by_area, BoxGradient& out) {
  const int64_t all = in.height * in.width;
  const auto known = [&](int row) { return in.boxes + row * all + begin; };
  const auto at = [&](int row) { return geometry.data + row * geometry.stride; };
  const float *w = known(kWidth), *h = known(kHeight);
  const float *tx1 = known(kTargetX1), *ty1 = known(kTargetY1);
  const float *tx2 = known(kTargetX2), *ty2 = known(kTargetY2);
  const float *x1 = at(kX1), *y1 = at(kY1), *x2 = at(kX2), *y2 = at(kY2);
  const float *half_w = at(kHalfWidth), *half_h = at(kHalfHeight);
  const float *gi = by_area[0], *gu = by_area[1], *ge = by_area[2];
#pragma omp simd
  for (int64_t k = 0; k < n; ++k) {
    const float ax = x1[k], ay = y1[k], bx = x2[k], by = y2[k];
    const float iw = smaller(bx, tx2[k]) - larger(ax, tx1[k]);
    const float ih = smaller(by, ty2[k]) - larger(ay, ty1[k]);
    const bool meet = (iw >= 0.0f) & (ih >= 0.0f);
    const float inner_w = meet ? iw : 0.0f, inner_h = meet ? ih : 0.0f;
    const float own_w = bx - ax, own_h = by - ay;
    const float outer_w = larger(bx, tx2[k]) - smaller(ax, tx1[k]);
    const float outer_h = larger(by, ty2[k]) - smaller(ay, ty1[k]);
    const float i0 = -inner_h * share_of(ax, tx1[k]), i1 = -inner_w * share_of(ay, ty1[k]);
    const float i2 = inner_h * share_of(tx2[k], bx), i3 = inner_w * share_of(ty2[k], by);
    const float e0 = -outer_h * share_of(tx1[k], ax), e1 = -outer_w * share_of(ty1[k], ay);
    const float e2 = outer_h * share_of(bx, tx2[k]), e3 = outer_w * share_of(by, ty2[k]);
    const float pi = gi[k], pu = gu[k], pe = ge[k];
    const auto sum = [=](float i, float own, float e) { return pi * i + pu * (own - i) + pe * e; };
    const auto size = [=](float i, float own, float e) {
      return std::fabs(pi * i) + std::fabs(pu * (own - i)) + std::fabs(pe * e);
    };
    const float d0 = sum(i0, -own_h, e0), d1 = sum(i1, -own_w, e1);
    const float d2 = sum(i2, own_h, e2), d3 = sum(i3, own_w, e3);
    const float s0 = size(i0, -own_h, e0), s1 = size(i1, -own_w, e1);
    const float s2 = size(i2, own_h, e2), s3 = size(i3, own_w, e3);
    out.by[0][k] = (d0 + d2) * w[k];
    out.by[1][k] = (d1 + d3) * h[k];
    out.by[2][k] = (d2 - d0) * half_w[k];
    out.by[3][k] = (d3 - d1) * half_h[k];
    out.made_of[0][k] = (s0 + s2) * w[k];
    out.made_of[1][k] = (s1 + s3) * h[k];
    out.made_of[2][k] = (s0 + s2) * half_w[k];
    out.made_of[3][k] = (s1 + s3) * half_h[k];
  }
}

/// Calls row(variable, from, n, gradient, made_of) for all that moves in a tile of maps or boxes.
template <class Body>
void for_moving_rows(const Frame& f, const Tile& tile, const Logits& geometry, Body row) {
  if (f.in.moves == Moves::kMaps) {
    const PlanNode& p = f.plan().node[prediction(f.plan())];
    for (int64_t c = 0; c < f.in.classes; ++c) {
      const float* g = adjoint_row(f, p, tile, c);
      row(c, 0, tile.count, g, g);
    }
    return;
  }
  const float none[kBoxBlock] = {};
  BoxGradient block;
  for (int64_t from = 0; from < tile.count; from += kBoxBlock) {
    const int64_t n = std::min(kBoxBlock, tile.count - from);
    const float* by_area[] = {none, none, none};
    for (int i = 0; i < f.plan().nodes; ++i) {
      const PlanNode& node = f.plan().node[i];
      if (node.code < kIntersection) continue;
      by_area[node.code - kIntersection] = adjoint_row(f, node, tile, 0) + from;
    }
    box_gradient(f.in, tile.begin + from, n, geometry.at(from), by_area, block);
    for (int64_t v = 0; v < 4; ++v) row(v, from, n, block.by[v], block.made_of[v]);
  }
}

/// One step of a row of maps or boxes; returns the squared norm of its gradient.
template <bool Momentum>
float moving_row(const float* __restrict__ gradient, int64_t n, float rate, float momentum,
                 float* __restrict__ z, float* __restrict__ v) {
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) {
    float d = gradient[i];
    sum += d * d;
    if (Momentum) {
      d += momentum * v[i];
      v[i] = d;
    }
    z[i] -= rate * d;
  }
  return sum;
}

/// The same from where a row starts, with what the graph says about it.
template <bool Keep>
void moving_start(const float* __restrict__ gradient, const float* __restrict__ made_of,
                  const float* __restrict__ pull, const float* __restrict__ from, int64_t n,
                  float rate, float* __restrict__ z, float* __restrict__ v, GraphStart& start) {
  float norm = 0.0f, scale = 0.0f, alignment = 0.0f;
#pragma omp simd reduction(+ : norm, scale, alignment)
  for (int64_t i = 0; i < n; ++i) {
    const float d = gradient[i];
    norm += d * d;
    scale += made_of[i] * made_of[i];
    alignment += d * pull[i];
    if (Keep) v[i] = d;
    z[i] = from[i] - rate * d;
  }
  start.norm += norm;
  start.scale += scale;
  start.alignment += alignment;
}

/// The overlap of each box with its target; false if a box is not finite.
inline bool overlaps(const Logits& geometry, int64_t count, float* out) {
  const float* both = geometry.data + kAreaIntersection * geometry.stride;
  const float* all = geometry.data + kAreaUnion * geometry.stride;
  float spread = 0.0f;
#pragma omp simd reduction(+ : spread)
  for (int64_t i = 0; i < count; ++i) {
    spread += 0.0f * all[i];  // 0, or NaN if the union is not finite
    out[i] = both[i] / all[i];
  }
  return spread == 0.0f;
}

/// The place of the largest value of each map, the first among equals; false if one is not finite.
inline bool maxima(const float* maps, int64_t count, int64_t plane, int32_t* places) {
  float spread = 0.0f;
  for (int64_t c = 0; c < count; ++c) {
    const float* map = maps + c * plane;
    int64_t best = 0;
    for (int64_t i = 0; i < plane; ++i) {
      spread += 0.0f * map[i];
      best = map[i] > map[best] ? i : best;
    }
    places[c] = static_cast<int32_t>(best);
  }
  return spread == 0.0f;
}

}  // namespace
}  // namespace autoloss

#endif  // AUTOLOSS_CPU_GRAPH_MOVES_H_
