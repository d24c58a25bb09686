// The curves of common/curve.h, evaluated with the GPU's approximate reciprocals: two operations of
// its special function unit a point, where correct rounding would take some twenty instructions.
// Relative error some 3e-7.
#ifndef AUTOLOSS_CUDA_CURVE_H_
#define AUTOLOSS_CUDA_CURVE_H_

#include <cuda_runtime.h>

#include "common/curve.h"

namespace autoloss {
namespace cuda {

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

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CURVE_H_
