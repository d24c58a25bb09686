// The curves of Auto Seg-Loss (Li et al., ICLR 2021, section 3.3): piecewise quadratic Bezier
// curves from (0,0) to (1,1). A piece with control points (x0,y0), (x1,y1), (x2,y2) is, for x in
// [x0,x2],
//
//   x' = (x-x0)/(x2-x0),  a = (x1-x0)/(x2-x0),  r = sqrt(a^2 + (1-2a) x'),  t = x'/(a+r)
//   y  = y0 + 2(y1-y0) t + (y0-2 y1+y2) t^2
//   dy/dx = (2(y1-y0) + 2(y0-2 y1+y2) t) / (2 r (x2-x0))
//
// The textbook form of t divides by 2a-1 and loses all digits near a = 1/2; this one does not.
// Where the tangent is vertical (r = 0) the slope is cut off at kMinDiscriminant.
// A piece of no width is a jump; the curve is continuous from the right there, so that g(1) = 1.
#ifndef AUTOLOSS_COMMON_CURVE_H_
#define AUTOLOSS_COMMON_CURVE_H_

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "checks.h"
#include "inline.h"

namespace autoloss {

/// Most pieces that a curve may have.
constexpr int kMaxPieces = 8;

/// r^2 is at least this: below it float32 cannot tell r from 0, and the slope would be rounding
/// noise.
constexpr float kMinDiscriminant = 1e-9f;

/// One piece, as coefficients.
struct Piece {
  float x0;       // where it begins
  float inverse;  // 1/(x2-x0); 0 for a jump
  float a;
  float y0, y1, y2;  // coefficients of t^0, t^1, t^2
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
  float least;  // kMinDiscriminant

  AUTOLOSS_HD explicit LocalCurve(const Curve& curve) : least(hidden(kMinDiscriminant)) {
    for (int k = 0; k < Pieces; ++k) pieces[k] = curve.pieces[k];
  }
};

/// The piece that x falls in. Selections of scalars, so that a loop over x vectorises. The curve
/// comes by value: through a reference GCC selects between addresses instead, and the loop stays
/// scalar.
template <int Pieces>
AUTOLOSS_INLINE Piece piece_at(const LocalCurve<Pieces> curve, float x) {
  float x0 = curve.pieces[0].x0, inverse = curve.pieces[0].inverse, a = curve.pieces[0].a;
  float y0 = curve.pieces[0].y0, y1 = curve.pieces[0].y1, y2 = curve.pieces[0].y2;
#ifdef __CUDACC__
#pragma unroll
#else
#pragma GCC unroll 8
#endif
  for (int k = 1; k < Pieces; ++k) {
    const bool here = x >= curve.pieces[k].x0;
    x0 = here ? curve.pieces[k].x0 : x0;
    inverse = here ? curve.pieces[k].inverse : inverse;
    a = here ? curve.pieces[k].a : a;
    y0 = here ? curve.pieces[k].y0 : y0;
    y1 = here ? curve.pieces[k].y1 : y1;
    y2 = here ? curve.pieces[k].y2 : y2;
  }
  return {x0, inverse, a, y0, y1, y2};
}

/// r of the piece at x', of which the square is at least `least`.
AUTOLOSS_INLINE float curve_root(const Piece& q, float local, float least) {
  const float discriminant = q.a * q.a + (1.0f - 2.0f * q.a) * local;
  // In this order NaN goes through.
  return std::sqrt(discriminant < least ? least : discriminant);
}

template <int Pieces>
AUTOLOSS_INLINE float curve_value(const LocalCurve<Pieces> curve, float x) {
  const Piece q = piece_at(curve, x);
  const float local = (x - q.x0) * q.inverse;
  const float t = local / (q.a + curve_root(q, local, curve.least));
  return q.y0 + t * (q.y1 + t * q.y2);
}

/// With t put in, so that one division is enough: (y1 (a+r) + 2 y2 x') / (2 r (a+r) (x2-x0)).
template <int Pieces>
AUTOLOSS_INLINE float curve_slope(const LocalCurve<Pieces> curve, float x) {
  const Piece q = piece_at(curve, x);
  const float local = (x - q.x0) * q.inverse;
  const float r = curve_root(q, local, curve.least);
  const float divisor = q.a + r;
  return (q.y1 * divisor + 2.0f * local * q.y2) * q.inverse / (2.0f * r * divisor);
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
      piece = Piece{2.0f, 0.0f, 0.5f, 1.0f, 0.0f, 0.0f};
      continue;
    }
    const double x1 = points[4 * k], y1 = points[4 * k + 1];
    const bool last = k == pieces - 1;
    const double x2 = last ? 1.0 : points[4 * k + 2], y2 = last ? 1.0 : points[4 * k + 3];
    const double width = x2 - x0;
    if (width > 0) {
      piece = Piece{static_cast<float>(x0),
                    static_cast<float>(1 / width),
                    static_cast<float>((x1 - x0) / width),
                    static_cast<float>(y0),
                    static_cast<float>(2 * (y1 - y0)),
                    static_cast<float>(y0 - 2 * y1 + y2)};
    } else {
      piece = Piece{static_cast<float>(x0), 0.0f, 0.5f, static_cast<float>(y2), 0.0f, 0.0f};
    }
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
