// What every exponential of the kernels is made of.
#ifndef AUTOLOSS_COMMON_EXP_H_
#define AUTOLOSS_COMMON_EXP_H_

#include <cstdint>
#include <cstring>

#include "inline.h"

namespace autoloss {

AUTOLOSS_INLINE float from_bits(int32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

AUTOLOSS_INLINE int32_t to_bits(float value) {
  int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// exp(x) / 2^k, where k is x log2 e, rounded to an integer. Relative error below 1e-7; NaN goes
/// through.
AUTOLOSS_INLINE float exp_over_power(float x, float k) {
  // Cody and Waite's reduction to r = x - k ln 2 in two steps, and of the polynomials 1 + r + ...
  // of degree 6 the one of least relative error on |r| <= ln 2 / 2, 3e-9.
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.38131046e-3f;
  p = p * r + 8.36875211e-3f;
  p = p * r + 4.16684134e-2f;
  p = p * r + 1.66665203e-1f;
  p = p * r + 4.99999934e-1f;
  p = p * r + 1.0f;
  return p * r + 1.0f;
}

/// exp(x) for x <= 88, relative error below 1e-7; below `lowest`, which is at least -87, it is that
/// of `lowest`, never 0. NaN goes through.
AUTOLOSS_INLINE float exp_from(float x, float lowest) {
  x = x < lowest ? lowest : x;
  // A number of this size has no digits after the point, so the sum is rounded to an integer; its
  // last bits are k + 127, the exponent of 2^k.
  constexpr float kShift = 12582912.0f + 127.0f;
  const float shifted = x * 1.44269504f + kShift;
  const uint32_t power = static_cast<uint32_t>(to_bits(shifted)) << 23;
  return exp_over_power(x, shifted - kShift) * from_bits(static_cast<int32_t>(power));
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_EXP_H_
