// The curves of common/curve.h, evaluated with the GPU's approximate reciprocals: two operations of
// its special function unit a point, where correct rounding would take some twenty instructions.
// Relative error some 3e-7.
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

struct CurvePlace {
  float t, inverse_root;
};

__device__ __forceinline__ CurvePlace place_of(const Piece& q, float x) {
  const float distance = x - q.origin;
  // fmaxf takes the other one of a NaN; t below is NaN all the same
  const float square = fmaxf(fmaf(q.bend, distance, q.square), q.least);
  const float inverse_root = rsqrtf(square);
  return {__fdividef(distance, fmaf(square, inverse_root, q.a)), inverse_root};
}

template <int Pieces>
__device__ __forceinline__ CurvePoint fast_point(const LocalCurve<Pieces>& curve, float x) {
  const Piece q = piece_at(curve, x);
  const CurvePlace at = place_of(q, x);
  const float part = fmaf(at.t, q.curvature, q.rise);
  return {fmaf(at.t, q.rise + part, q.y0), part * at.inverse_root};
}

template <int Pieces>
__device__ __forceinline__ float fast_value(const LocalCurve<Pieces>& curve, float x) {
  return fast_point(curve, x).value;
}

template <int Pieces>
__device__ __forceinline__ float fast_slope(const LocalCurve<Pieces>& curve, float x) {
  return fast_point(curve, x).slope;
}

/// The first where all bits of the mask are set, the second where none is. Of conditional
/// expressions, several with one condition, the compiler would make a branch with two moves each.
__device__ __forceinline__ float chosen(int mask, float first, float second) {
  return __int_as_float((__float_as_int(first) & mask) | (__float_as_int(second) & ~mask));
}

/// A curve for kernels that instructions bound; fast_point is for those that hold many curves.
template <int Pieces>
struct MaskedCurve {
  Piece pieces[Pieces];

  explicit MaskedCurve(const Curve& curve) {
    for (int k = 0; k < Pieces; ++k) pieces[k] = curve.pieces[k];
  }

  __device__ __forceinline__ float value(float x) const {
    const Piece q = piece(x);
    const float t = place_of(q, x).t;
    return fmaf(t, fmaf(t, q.curvature, q.linear), q.y0);
  }

  __device__ __forceinline__ float slope(float x) const {
    const Piece q = piece(x);
    const CurvePlace at = place_of(q, x);
    return fmaf(at.t, q.curvature, q.rise) * at.inverse_root;
  }

 private:
  __device__ __forceinline__ Piece piece(float x) const {
    Piece q = pieces[0];
#pragma unroll
    for (int k = 1; k < Pieces; ++k) {
      const int here = -static_cast<int>(x >= pieces[k].begin);
      q.origin = chosen(here, pieces[k].origin, q.origin);
      q.a = chosen(here, pieces[k].a, q.a);
      q.square = chosen(here, pieces[k].square, q.square);
      q.bend = chosen(here, pieces[k].bend, q.bend);
      q.least = chosen(here, pieces[k].least, q.least);
      q.y0 = chosen(here, pieces[k].y0, q.y0);
      q.rise = chosen(here, pieces[k].rise, q.rise);
      q.linear = chosen(here, pieces[k].linear, q.linear);
      q.curvature = chosen(here, pieces[k].curvature, q.curvature);
    }
    return q;
  }
};

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CURVE_H_
