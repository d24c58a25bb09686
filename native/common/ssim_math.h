// The window of structural similarity, and what it makes of windowed means; for CPU and GPU.
#ifndef AUTOLOSS_COMMON_SSIM_MATH_H_
#define AUTOLOSS_COMMON_SSIM_MATH_H_

#include "inline.h"

namespace autoloss {

constexpr int kSsimRadius = 5;
constexpr int kSsimTaps = 2 * kSsimRadius + 1;

/// exp(-k^2 / (2 1.5^2)) for k from -5 to 5, over their sum: the window is the product of two.
struct SsimWindow {
  float taps[kSsimTaps] = {0.00102838f, 0.00759876f, 0.03600077f, 0.10936069f,
                           0.21300554f, 0.26601173f, 0.21300554f, 0.10936069f,
                           0.03600077f, 0.00759876f, 0.00102838f};
};

/// The similarity at a pixel, and its derivatives by the blurs of x, x^2 and x y.
struct SsimPoint {
  float value, by_mean, by_square, by_product;
};

/// From the blurs of x, y, x^2 and x y, where y is 0 or 1, so that blur(y^2) = blur(y); all 0 where
/// `counts` is 0 rather than 1.
AUTOLOSS_INLINE SsimPoint ssim_point(float mx, float my, float xx, float xy, float counts) {
  constexpr float kC1 = 0.01f * 0.01f, kC2 = 0.03f * 0.03f;
  const float a = 2 * mx * my + kC1, b = 2 * (xy - mx * my) + kC2;
  const float d = mx * mx + my * my + kC1, v = xx - mx * mx + my - my * my + kC2;
  const float scale = counts / (d * v);
  const float value = a * b * scale;
  const float by_d = value / d, by_v = value / v;
  return {value, 2 * my * (b - a) * scale + 2 * mx * (by_v - by_d), -by_v, 2 * a * scale};
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_SSIM_MATH_H_
