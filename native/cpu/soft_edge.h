// The predicted edge of BF1 at a pixel, value and slopes:
//
//   E = O1(p) + O2(e) - O1(p) O2(e) - A1(p) A2(e)
//
// with four curves (common/curve.h), two of which share a division.
//
// Included only by files that are compiled once per instruction set; all is in an unnamed
// namespace, for no two of those copies may be merged by the linker.
#ifndef AUTOLOSS_CPU_SOFT_EDGE_H_
#define AUTOLOSS_CPU_SOFT_EDGE_H_

#include "common/curve.h"

namespace {

using autoloss::Curve;
using autoloss::LocalCurve;
using autoloss::Piece;

/// What a curve's value and slope at x are made of, as far as no division is needed.
struct CurvePlace {
  Piece piece;
  float distance;  // x - origin
  float root;      // r
};

template <int Pieces>
inline CurvePlace curve_place(const LocalCurve<Pieces> curve, float x) {
  const Piece piece = piece_at(curve, x);
  const float distance = x - piece.origin;
  return {piece, distance, curve_root(piece, distance)};
}

/// a + r, what t = (x - origin) / (a + r) divides by.
inline float divisor(const CurvePlace& at) { return at.piece.a + at.root; }

inline float value_at(const CurvePlace& at, float t) {
  return at.piece.y0 + t * (at.piece.linear + t * at.piece.curvature);
}

struct CurvePoint {
  float value, slope;
};

/// by_root: 1 / r
inline CurvePoint point_at(const CurvePlace& at, float t, float by_root) {
  const float part = at.piece.rise + t * at.piece.curvature;
  return {at.piece.y0 + t * (at.piece.rise + part), part * by_root};
}

/// Something for each of the curves A1, A2, O1, O2.
struct Four {
  float a1, a2, o1, o2;
};

/// 1/x of each, by a division for two: the product must neither be 0 nor infinite in float32.
inline Four reciprocals(const Four x) {
  const float by_a = 1.0f / (x.a1 * x.a2), by_o = 1.0f / (x.o1 * x.o2);
  return {by_a * x.a2, by_a * x.a1, by_o * x.o2, by_o * x.o1};
}

template <int Pieces>
struct EdgeCurves {
  LocalCurve<Pieces> a1, a2, o1, o2;

  explicit EdgeCurves(const Curve* curves)
      : a1(curves[0]), a2(curves[1]), o1(curves[2]), o2(curves[3]) {}
};

/// E
template <int Pieces>
inline float edge_value(const EdgeCurves<Pieces> curves, float p, float e) {
  const CurvePlace a1 = curve_place(curves.a1, p), a2 = curve_place(curves.a2, e);
  const CurvePlace o1 = curve_place(curves.o1, p), o2 = curve_place(curves.o2, e);
  const Four by = reciprocals({divisor(a1), divisor(a2), divisor(o1), divisor(o2)});
  const float first = value_at(o1, o1.distance * by.o1), second = value_at(o2, o2.distance * by.o2);
  const float both = value_at(a1, a1.distance * by.a1) * value_at(a2, a2.distance * by.a2);
  return first + second - first * second - both;
}

struct EdgeSlopes {
  float p, e;
};

/// dE/dp and dE/de
template <int Pieces>
inline EdgeSlopes edge_slopes(const EdgeCurves<Pieces> curves, float p, float e) {
  const CurvePlace a1 = curve_place(curves.a1, p), a2 = curve_place(curves.a2, e);
  const CurvePlace o1 = curve_place(curves.o1, p), o2 = curve_place(curves.o2, e);
  const Four over = {divisor(a1), divisor(a2), divisor(o1), divisor(o2)};
  // each product is 1e-18 or more (kMinSquare), that of two 1e-36
  const Four by =
      reciprocals({over.a1 * a1.root, over.a2 * a2.root, over.o1 * o1.root, over.o2 * o2.root});
  const float t_a1 = a1.distance * a1.root * by.a1, t_a2 = a2.distance * a2.root * by.a2;
  const float t_o1 = o1.distance * o1.root * by.o1, t_o2 = o2.distance * o2.root * by.o2;
  const CurvePoint at_a1 = point_at(a1, t_a1, over.a1 * by.a1);
  const CurvePoint at_a2 = point_at(a2, t_a2, over.a2 * by.a2);
  const CurvePoint at_o1 = point_at(o1, t_o1, over.o1 * by.o1);
  const CurvePoint at_o2 = point_at(o2, t_o2, over.o2 * by.o2);
  return {at_o1.slope * (1.0f - at_o2.value) - at_a1.slope * at_a2.value,
          at_o2.slope * (1.0f - at_o1.value) - at_a1.value * at_a2.slope};
}

}  // namespace

#endif  // AUTOLOSS_CPU_SOFT_EDGE_H_
