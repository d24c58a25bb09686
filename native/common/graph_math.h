// The pointwise operators of loss graphs and their slopes in float32, written so that loops over
// them vectorise. The table is org.autoloss.graph.Operator; errors are some 2e-7 relative. Kernels
// for CUDA use the same functions.
//
// On the CPU included only by files that are compiled once per instruction set; all is in an
// unnamed namespace, for no two of those copies may be merged by the linker.
#ifndef AUTOLOSS_COMMON_GRAPH_MATH_H_
#define AUTOLOSS_COMMON_GRAPH_MATH_H_

#include <cmath>
#include <cstdint>

#include "common/exp.h"
#include "common/inline.h"

namespace {

using autoloss::from_bits;
using autoloss::to_bits;

/// exp over the whole range: infinite above 88.7, denormal and then 0 below -87.3; NaN goes
/// through.
AUTOLOSS_INLINE float full_exp(float x) {
  // 2^k is applied in two halves, so that neither overflows before the product does.
  const float shift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  const float k = (x * 1.44269504f + shift) - shift;
  const float p = autoloss::exp_over_power(x, k);
  const int32_t whole = static_cast<int32_t>(k), half = whole >> 1;
  return p * from_bits((half + 127) << 23) * from_bits((whole - half + 127) << 23);
}

/// Up to here exp needs no reduction: what small_exp and negative_exp say is the same.
constexpr float kSmallExponent = 0.34f;

/// exp of |x| <= kSmallExponent.
AUTOLOSS_INLINE float small_exp(float x) { return autoloss::exp_over_power(x, 0.0f); }

/// exp of x <= 0 within a factor: at least 1.2e-38, never 0. NaN goes through.
AUTOLOSS_INLINE float negative_exp(float x) { return autoloss::exp_from(x, -87.0f); }

/// log of a positive normal number; infinity and NaN go through.
AUTOLOSS_INLINE float positive_log(float x) {
  // x = m 2^k with m in [sqrt(1/2), sqrt(2)), and a polynomial in m - 1: exact zeros at 1.
  const int32_t bits = to_bits(x);
  const int32_t k = (bits - 0x3f3504f3) >> 23;
  const float m = from_bits(bits - k * (1 << 23)) - 1.0f, z = m * m, scale = static_cast<float>(k);
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  p = p * m * z - 2.12194440e-4f * scale - 0.5f * z;
  const float result = m + p + 0.693359375f * scale;
  return x <= 3.402823466e38f ? result : x;
}

/// value * sign(x); sign(0) = 0.
AUTOLOSS_INLINE float with_sign(float value, float x) {
  return x == 0.0f ? 0.0f : x < 0.0f ? -value : value;
}

AUTOLOSS_INLINE float inv_value(float x, float eps) { return 1.0f / (x + eps); }
AUTOLOSS_INLINE float inv_slope(float out) { return -out * out; }

AUTOLOSS_INLINE float log_value(float x, float eps) {
  // Where |x| + eps rounds to |x|, eps still shows if |x| is near 1 and the logarithm near 0: what
  // the sum lost is added, log(s + d) = log(s) + d / s, and d / s is d wherever it matters.
  const float magnitude = std::fabs(x), sum = magnitude + eps;
  return with_sign(positive_log(sum) + (eps - (sum - magnitude)), x);
}
AUTOLOSS_INLINE float log_slope(float x, float eps) {
  return x == 0.0f ? 0.0f : 1.0f / (std::fabs(x) + eps);
}

/// Below this magnitude tanh is a polynomial.
constexpr float kSmallTanh = 0.625f;

AUTOLOSS_INLINE float small_tanh(float x) {
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  return p * z * x + x;
}
AUTOLOSS_INLINE float tanh_value(float x) {
  const float magnitude = std::fabs(x);
  const float large = 1.0f - 2.0f / (full_exp(2.0f * magnitude) + 1.0f);
  return magnitude < kSmallTanh ? small_tanh(x) : std::copysign(large, x);
}

AUTOLOSS_INLINE float small_tanh_slope(float x) {
  const float out = small_tanh(x);
  return 1.0f - out * out;
}
AUTOLOSS_INLINE float tanh_slope(float x) {
  // 4 e / (1+e)^2 with e = exp(-2|x|): 1 - tanh^2 would cancel where tanh is near 1.
  const float e = full_exp(-2.0f * std::fabs(x)), sum = 1.0f + e;
  return std::fabs(x) < kSmallTanh ? small_tanh_slope(x) : 4.0f * e / (sum * sum);
}

AUTOLOSS_INLINE float sqrt_value(float x, float eps) {
  return with_sign(std::sqrt(std::fabs(x) + eps), x);
}
AUTOLOSS_INLINE float sqrt_slope(float out) { return out == 0.0f ? 0.0f : 0.5f / std::fabs(out); }

AUTOLOSS_INLINE float abs_slope(float x) { return with_sign(1.0f, x); }

}  // namespace

#endif  // AUTOLOSS_COMMON_GRAPH_MATH_H_
