// The curves of common/curve.h, evaluated with the GPU's approximate reciprocals: two operations of
// its special function unit a point, where correct rounding would take some twenty instructions.
// Relative error some 3e-7. PreparedCurve is for kernels that instructions bound, fast_point for
// those that hold many curves.
#ifndef AUTOLOSS_CUDA_CURVE_H_
#define AUTOLOSS_CUDA_CURVE_H_

#include <cuda_runtime.h>

#include "common/curve.h"

namespace autoloss {
namespace cuda {

struct CurvePoint {
  float value;
  float slope;
};

template <int Pieces>
__device__ __forceinline__ CurvePoint fast_point(const LocalCurve<Pieces>& curve, float x) {
  const Piece q = piece_at(curve, x);
  const float local = (x - q.x0) * q.inverse;
  // fmaxf takes the other one of a NaN; t below is NaN all the same
  const float square = fmaxf(q.a * q.a + (1.0f - 2.0f * q.a) * local, kMinDiscriminant);
  const float inverse_root = rsqrtf(square);
  const float t = __fdividef(local, q.a + square * inverse_root);
  return {q.y0 + t * (q.y1 + t * q.y2), (0.5f * q.y1 + t * q.y2) * q.inverse * inverse_root};
}

template <int Pieces>
__device__ __forceinline__ float fast_value(const LocalCurve<Pieces>& curve, float x) {
  return fast_point(curve, x).value;
}

template <int Pieces>
__device__ __forceinline__ float fast_slope(const LocalCurve<Pieces>& curve, float x) {
  return fast_point(curve, x).slope;
}

/// A piece, prepared on the host so that a point costs few operations:
///
///   x' = scale x + shift,  r^2 = square + bend x',  t = x'/(a+r)
///   y = y0 + t (y1 + t y2),  dy/dx = (slope1 + t slope2) / r
struct PreparedPiece {
  float begin;  // where it begins
  float scale, shift, bend, square, a;
  float y0, y1, y2;
  float slope1, slope2;

  PreparedPiece() = default;
  /// `last`: whether it ends at 1. Probabilities of 1 are common, and its tangent may be vertical
  /// there: scale + shift is 1 to the last bit.
  PreparedPiece(const Piece& q, bool last)
      : begin(q.x0),
        scale(q.inverse),
        shift(last && q.inverse > 0 ? 1.0f - q.inverse
                                    : static_cast<float>(-static_cast<double>(q.x0) * q.inverse)),
        bend(static_cast<float>(1 - 2.0 * q.a)),
        square(static_cast<float>(static_cast<double>(q.a) * q.a)),
        a(q.a),
        y0(q.y0),
        y1(q.y1),
        y2(q.y2),
        slope1(static_cast<float>(0.5 * q.y1 * q.inverse)),
        slope2(q.y2 * q.inverse) {}
};

/// The first where all bits of the mask are set, the second where none is. Of conditional
/// expressions, ten with one condition, the compiler would make a branch with two moves each.
__device__ __forceinline__ float chosen(int mask, float first, float second) {
  return __int_as_float((__float_as_int(first) & mask) | (__float_as_int(second) & ~mask));
}

/// The first pieces of a curve, of which `Pieces` are as many as it has or more.
template <int Pieces>
struct PreparedCurve {
  PreparedPiece pieces[Pieces];

  explicit PreparedCurve(const Curve& curve) {
    for (int k = 0; k < Pieces; ++k) {
      pieces[k] = PreparedPiece(curve.pieces[k], k == curve.count - 1);
    }
  }

  __device__ __forceinline__ float value(float x) const {
    const Place at = place(x);
    return at.piece.y0 + at.t * (at.piece.y1 + at.t * at.piece.y2);
  }

  __device__ __forceinline__ float slope(float x) const {
    const Place at = place(x);
    return (at.piece.slope1 + at.t * at.piece.slope2) * at.inverse_root;
  }

 private:
  struct Place {
    PreparedPiece piece;
    float t, inverse_root;
  };

  __device__ __forceinline__ Place place(float x) const {
    PreparedPiece q = pieces[0];
#pragma unroll
    for (int k = 1; k < Pieces; ++k) {
      const int here = -static_cast<int>(x >= pieces[k].begin);
      q.scale = chosen(here, pieces[k].scale, q.scale);
      q.shift = chosen(here, pieces[k].shift, q.shift);
      q.bend = chosen(here, pieces[k].bend, q.bend);
      q.square = chosen(here, pieces[k].square, q.square);
      q.a = chosen(here, pieces[k].a, q.a);
      q.y0 = chosen(here, pieces[k].y0, q.y0);
      q.y1 = chosen(here, pieces[k].y1, q.y1);
      q.y2 = chosen(here, pieces[k].y2, q.y2);
      q.slope1 = chosen(here, pieces[k].slope1, q.slope1);
      q.slope2 = chosen(here, pieces[k].slope2, q.slope2);
    }
    const float local = fmaf(q.scale, x, q.shift);
    // fmaxf takes the other one of a NaN; t is NaN all the same
    const float square = fmaxf(fmaf(q.bend, local, q.square), kMinDiscriminant);
    const float inverse_root = rsqrtf(square);
    return {q, __fdividef(local, fmaf(square, inverse_root, q.a)), inverse_root};
  }
};

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CURVE_H_
