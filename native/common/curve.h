// The curves of Auto Seg-Loss (Li et al., ICLR 2021, section 3.3): piecewise quadratic Bezier
// curves from (0,0) to (1,1). A piece with control points (x0,y0), (x1,y1), (x2,y2) is, for x in
// [x0,x2] and with a = x1-x0,
//
//   r = sqrt(a^2 + bend (x-x0)),  bend = x0 - 2 x1 + x2,  t = (x-x0)/(a+r)
//   y = y0 + 2(y1-y0) t + (y0 - 2 y1 + y2) t^2
//   dy/dx = ((y1-y0) + (y0 - 2 y1 + y2) t) / r
//
// The textbook form of t divides by -bend and loses all digits near 0; this one does not. Nor is
// anything divided by the width x2-x0. From the piece's other end it is the same, with x2, y2,
// a = x2-x1 and y2-y1 for x0, y0, a and y1-y0, and t from -1 to 0; so the last of several pieces
// is written, for most probabilities are near 0 or 1, and there the curves are exact.
// Where the tangent is vertical (r = 0) the slope is cut off at kMinDiscriminant.
// A piece of no width is a jump; the curve is continuous from the right there, so that g(1) = 1.
#ifndef AUTOLOSS_COMMON_CURVE_H_
#define AUTOLOSS_COMMON_CURVE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "checks.h"
#include "inline.h"

namespace autoloss {

/// Most pieces that a curve may have.
constexpr int kMaxPieces = 8;

/// r^2 is at least this times the square of the piece's width: below it float32 cannot tell r from
/// 0, and the slope would be rounding noise.
constexpr double kMinDiscriminant = 1e-9;
/// And at least this, so that products of four r stay within float32.
constexpr double kMinSquare = 1e-18;

/// One piece, as coefficients, from one of its ends, the origin.
struct Piece {
  float begin;         // the piece holds from this x on
  float origin;        // x0 or x2
  float a;             // what x1 is away from it
  float square, bend;  // r^2 = square + bend (x - origin)
  float least;         // and at least this
  float y0;            // y at the origin
  float rise, linear;  // y1-y0, or y2-y1; and twice that
  float curvature;     // y0 - 2 y1 + y2
};

/// A curve: its pieces in order, padded to kMaxPieces with pieces that begin beyond 1.
struct Curve {
  Piece pieces[kMaxPieces];
  int count;
};

/// The pieces as a kernel holds them: a local copy, of which the compiler knows that no store
/// changes it.
template <int Pieces>
struct LocalCurve {
  Piece pieces[Pieces];

  AUTOLOSS_HD explicit LocalCurve(const Curve& curve) {
    for (int k = 0; k < Pieces; ++k) pieces[k] = curve.pieces[k];
  }
};

/// The piece that x falls in. Selections of scalars, so that a loop over x vectorises. The curve
/// comes by value: through a reference GCC selects between addresses instead, and the loop stays
/// scalar.
template <int Pieces>
AUTOLOSS_INLINE Piece piece_at(const LocalCurve<Pieces> curve, float x) {
  float begin = curve.pieces[0].begin, origin = curve.pieces[0].origin, a = curve.pieces[0].a;
  float square = curve.pieces[0].square, bend = curve.pieces[0].bend;
  float least = curve.pieces[0].least;
  float y0 = curve.pieces[0].y0, rise = curve.pieces[0].rise, linear = curve.pieces[0].linear;
  float curvature = curve.pieces[0].curvature;
#ifdef __CUDACC__
#pragma unroll
#else
#pragma GCC unroll 8
#endif
  for (int k = 1; k < Pieces; ++k) {
    const bool here = x >= curve.pieces[k].begin;
    begin = here ? curve.pieces[k].begin : begin;
    origin = here ? curve.pieces[k].origin : origin;
    a = here ? curve.pieces[k].a : a;
    square = here ? curve.pieces[k].square : square;
    bend = here ? curve.pieces[k].bend : bend;
    least = here ? curve.pieces[k].least : least;
    y0 = here ? curve.pieces[k].y0 : y0;
    rise = here ? curve.pieces[k].rise : rise;
    linear = here ? curve.pieces[k].linear : linear;
    curvature = here ? curve.pieces[k].curvature : curvature;
  }
  return {begin, origin, a, square, bend, least, y0, rise, linear, curvature};
}

/// r of the piece at a distance from its origin.
AUTOLOSS_INLINE float curve_root(const Piece& q, float distance) {
  const float discriminant = q.square + q.bend * distance;
  // In this order NaN goes through.
  return std::sqrt(discriminant < q.least ? q.least : discriminant);
}

template <int Pieces>
AUTOLOSS_INLINE float curve_value(const LocalCurve<Pieces> curve, float x) {
  const Piece q = piece_at(curve, x);
  const float distance = x - q.origin;
  const float t = distance / (q.a + curve_root(q, distance));
  return q.y0 + t * (q.linear + t * q.curvature);
}

/// With t put in, so that one division is enough: (rise (a+r) + curvature (x-x0)) / (r (a+r)).
template <int Pieces>
AUTOLOSS_INLINE float curve_slope(const LocalCurve<Pieces> curve, float x) {
  const Piece q = piece_at(curve, x);
  const float distance = x - q.origin;
  const float r = curve_root(q, distance);
  const float divisor = q.a + r;
  return (q.rise * divisor + q.curvature * distance) / (r * divisor);
}

/// The coefficients of a curve from its control points, x and y interleaved, without (0,0) and
/// (1,1).
inline Curve make_curve(const double* points, int pieces) {
  Curve curve;
  curve.count = pieces;
  double x0 = 0, y0 = 0;
  for (int k = 0; k < kMaxPieces; ++k) {
    Piece& piece = curve.pieces[k];
    if (k >= pieces) {
      piece = Piece{2.0f, 2.0f, 0.0f, 0.0f, 0.0f, 1.0f, 1.0f, 0.0f, 0.0f, 0.0f};
      continue;
    }
    const double x1 = points[4 * k], y1 = points[4 * k + 1];
    const bool last = k == pieces - 1;
    const double x2 = last ? 1.0 : points[4 * k + 2], y2 = last ? 1.0 : points[4 * k + 3];
    const bool jump = x2 == x0, from_end = jump || (last && k > 0);
    const double width = x2 - x0, a = from_end ? x2 - x1 : x1 - x0;
    const double rise = jump ? 0 : from_end ? y2 - y1 : y1 - y0;
    piece = Piece{static_cast<float>(x0),
                  static_cast<float>(from_end ? x2 : x0),
                  static_cast<float>(a),
                  static_cast<float>(a * a),
                  static_cast<float>(x0 - 2 * x1 + x2),
                  static_cast<float>(std::max(kMinDiscriminant * width * width, kMinSquare)),
                  static_cast<float>(from_end ? y2 : y0),
                  static_cast<float>(rise),
                  static_cast<float>(2 * rise),
                  jump ? 0.0f : static_cast<float>(y0 - 2 * y1 + y2)};
    x0 = x2;
    y0 = y2;
  }
  return curve;
}

/// Reads `curves` curves of equally many pieces. Each has an odd number of points in [0,1], x in
/// order.
inline void make_curves(const double* control_points, int64_t values, int curves, Curve* out) {
  check_pointer("control_points", control_points);
  const int64_t per_curve = values / curves;
  const int64_t pieces = (per_curve / 2 + 1) / 2;
  if (values <= 0 || values % (2 * curves) != 0 || per_curve / 2 % 2 == 0 || pieces > kMaxPieces) {
    fail("control_points",
         std::to_string(curves) + " curves of 1, 3, ... or " + std::to_string(2 * kMaxPieces - 1) +
             " points, x and y interleaved",
         std::to_string(values) + " values");
  }
  for (int curve = 0; curve < curves; ++curve) {
    const double* points = control_points + curve * per_curve;
    double before = 0;
    for (int64_t i = 0; i < per_curve; ++i) {
      if (!(points[i] >= 0 && points[i] <= 1)) {
        fail("control_points", "values in [0,1]", std::to_string(points[i]));
      }
      if (i % 2 == 0) {
        if (points[i] < before) fail("control_points", "x in ascending order", "a smaller one");
        before = points[i];
      }
    }
    out[curve] = make_curve(points, static_cast<int>(pieces));
  }
}

/// Calls body(std::integral_constant<int, P>) with the smallest instantiated P >= pieces.
template <class Body>
inline void with_pieces(int pieces, Body body) {
  switch (pieces) {
    case 1:
      return body(std::integral_constant<int, 1>());
    case 2:
      return body(std::integral_constant<int, 2>());
    case 3:
      return body(std::integral_constant<int, 3>());
    default:
      return body(std::integral_constant<int, kMaxPieces>());
  }
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_CURVE_H_
