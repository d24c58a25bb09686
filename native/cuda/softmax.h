// The softmax of each pixel in two numbers, for kernels that come back to its probabilities: 8
// bytes a pixel instead of 4 an element.
#ifndef AUTOLOSS_CUDA_SOFTMAX_H_
#define AUTOLOSS_CUDA_SOFTMAX_H_

#include <cstdint>

#include "device.h"
#include "pixels.h"

namespace autoloss {
namespace cuda {

/// A pixel's softmax: p = exp(z - top) * inverse; inverse is negative where the pixel is left out.
struct Statistics {
  float top, inverse;

  __device__ bool left_out() const { return inverse < 0.0f; }
  __device__ float probability(float logit) const { return expf(logit - top) * inverse; }
};

/// LeftOut: whether the pixel of an index into [N,H,W] is left out. In a kernel started by
/// launch_pixels. Reads the logits, the second time from the caches.
template <class Logit, class LeftOut>
__global__ void statistics_kernel(const Logit* __restrict__ logits, const LeftOut left_out,
                                  const Planes planes, int64_t classes,
                                  Statistics* __restrict__ statistics) {
  for_pixels(planes, [&](int64_t image, int64_t y, int64_t x) {
    const int64_t plane = planes.plane(), pixel = y * planes.width + x;
    const Logit* const z = logits + image * classes * plane + pixel;
    float top = to_float(z[0]), sum = 0.0f;
    for (int64_t c = 1; c < classes; ++c) {
      const float other = to_float(z[c * plane]);
      top = other > top ? other : top;
    }
    for (int64_t c = 0; c < classes; ++c) sum += expf(to_float(z[c * plane]) - top);
    const bool outside = left_out(image * plane + pixel);
    statistics[image * plane + pixel] = {top, outside ? -1.0f : 1.0f / sum};
  });
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_SOFTMAX_H_
