// What every exponential of the kernels is made of.
#ifndef AUTOLOSS_COMMON_EXP_H_
#define AUTOLOSS_COMMON_EXP_H_

#include "inline.h"

namespace autoloss {

/// exp(x) / 2^k, where k is x log2 e, rounded to an integer. Relative error below 2e-7; NaN goes
/// through.
AUTOLOSS_INLINE float exp_over_power(float x, float k) {
  // Cody and Waite's reduction to r = x - k ln 2 in two steps, and a minimax polynomial on
  // |r| <= ln 2 / 2.
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * r * r + r + 1.0f;
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_EXP_H_
