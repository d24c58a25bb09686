// U-Net's border term, for CPU and GPU: the two objects nearest to a pixel, and what they weigh.
#ifndef AUTOLOSS_COMMON_BORDER_MATH_H_
#define AUTOLOSS_COMMON_BORDER_MATH_H_

#include <cmath>
#include <cstdint>
#include <string>

#include "checks.h"
#include "inline.h"

namespace autoloss {

/// The two nearest objects of a pixel, -1 where there is none, and their squared distances. The
/// distances do not depend on the order in which objects are offered.
struct alignas(16) NearestObjects {
  int32_t object[2];
  int32_t squared[2];
};

/// Farther than any object that is looked at.
constexpr int32_t kNoObject = int32_t{1} << 30;

AUTOLOSS_INLINE NearestObjects no_objects() { return {{-1, -1}, {kNoObject, kNoObject}}; }

AUTOLOSS_INLINE void offer_object(NearestObjects& nearest, int32_t object, int32_t squared) {
  if (object < 0) return;
  if (object == nearest.object[0]) {
    nearest.squared[0] = squared < nearest.squared[0] ? squared : nearest.squared[0];
  } else if (squared < nearest.squared[0]) {
    nearest.object[1] = nearest.object[0];
    nearest.squared[1] = nearest.squared[0];
    nearest.object[0] = object;
    nearest.squared[0] = squared;
  } else if (object == nearest.object[1] || squared < nearest.squared[1]) {
    nearest.object[1] = object;
    nearest.squared[1] = squared < nearest.squared[1] ? squared : nearest.squared[1];
  }
}

inline void check_border(double strength, double sigma) {
  if (!(strength >= 0 && strength <= 1e6)) fail("strength", "0 to 1e6", std::to_string(strength));
  if (!(sigma > 0 && sigma <= 100)) fail("sigma", "above 0, to 100", std::to_string(sigma));
}

/// How many pixels to look up, down, left and right: 645 at most. Farther away exp() is below 1e-9,
/// and a float32 sum with any other weight does not see it.
inline int64_t border_reach(double sigma) {
  return static_cast<int64_t>(std::ceil(sigma * std::sqrt(2 * std::log(1e9))));
}

/// strength * exp(-(d1 + d2)^2 / (2 sigma^2))
AUTOLOSS_INLINE float border_weight(double strength, double sigma, const NearestObjects& nearest) {
  const double sum =
      sqrt(static_cast<double>(nearest.squared[0])) + sqrt(static_cast<double>(nearest.squared[1]));
  return static_cast<float>(strength * exp(-sum * sum / (2 * sigma * sigma)));
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_BORDER_MATH_H_
