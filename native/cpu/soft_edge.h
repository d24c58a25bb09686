// The predicted edge of BF1 at a pixel, value and slopes:
//
//   E = O1(p) + O2(e) - O1(p) O2(e) - A1(p) A2(e)
//
// with four curves (common/curve.h). The two of p share divisions, and so do the two of e. Loops
// do first the one side, then the other: a chain of all four is more than a processor can overlap.
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

struct CurvePoint {
  float value, slope;
};

/// by_root: 1 / r
inline CurvePoint point_at(const CurvePlace& at, float t, float by_root) {
  const float part = at.piece.rise + t * at.piece.curvature;
  return {at.piece.y0 + t * (at.piece.rise + part), part * by_root};
}

template <int Pieces>
struct EdgeCurves {
  LocalCurve<Pieces> a1, a2, o1, o2;

  explicit EdgeCurves(const Curve* curves)
      : a1(curves[0]), a2(curves[1]), o1(curves[2]), o2(curves[3]) {}
};

/// What two curves, A and O, of one argument give.
struct SideValues {
  float a, o;
};

/// Their values and slopes. They share divisions: the products of what they divide by are neither
/// 0 nor infinite in float32 (kMinSquare).
struct SidePoints {
  CurvePoint a, o;

  SideValues values() const { return {a.value, o.value}; }
};

template <int Pieces>
inline SidePoints points_of(const LocalCurve<Pieces> curve_a, const LocalCurve<Pieces> curve_o,
                            float x) {
  const CurvePlace a = curve_place(curve_a, x), o = curve_place(curve_o, x);
  const float by_divisors = 1.0f / (divisor(a) * divisor(o)), by_roots = 1.0f / (a.root * o.root);
  return {point_at(a, a.distance * (by_divisors * divisor(o)), by_roots * o.root),
          point_at(o, o.distance * (by_divisors * divisor(a)), by_roots * a.root)};
}

/// E
inline float edge_of(const SideValues p, const SideValues e) {
  return p.o + e.o - p.o * e.o - p.a * e.a;
}

/// dE by one side's argument: that side's slopes, the other side's values.
inline float edge_slope(float a, float o, const SideValues other) {
  return o * (1.0f - other.o) - a * other.a;
}

}  // namespace

#endif  // AUTOLOSS_CPU_SOFT_EDGE_H_
