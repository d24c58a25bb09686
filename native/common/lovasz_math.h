// Errors as the Lovasz loss sorts them, for CPU and GPU: in fixed point, as multiples of 2^-24.
// Half of that is what rounding does to 1 - p anyway.
#ifndef AUTOLOSS_COMMON_LOVASZ_MATH_H_
#define AUTOLOSS_COMMON_LOVASZ_MATH_H_

#include <cstdint>

#include "inline.h"

namespace autoloss {

constexpr int kLovaszKeyBits = 24;
constexpr int32_t kLargestLovaszKey = (1 << kLovaszKeyBits) - 1;

/// Larger errors have smaller keys, from 0 to kLargestLovaszKey. A NaN has some key; what it does
/// to the loss is seen elsewhere.
AUTOLOSS_INLINE int32_t lovasz_key(float error) {
  const float bounded = error > 0.0f ? (error < 1.0f ? error : 1.0f) : 0.0f;
  // the sum is rounded too: without the limit, the key of 1 would be -1
  const int32_t rounded = static_cast<int32_t>(bounded * kLargestLovaszKey + 0.5f);
  return kLargestLovaszKey - (rounded < kLargestLovaszKey ? rounded : kLargestLovaszKey);
}

/// The error that a key stands for.
template <class Real>
AUTOLOSS_INLINE Real lovasz_error(int32_t key) {
  return static_cast<Real>(kLargestLovaszKey - key) * (Real{1} / kLargestLovaszKey);
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_LOVASZ_MATH_H_
