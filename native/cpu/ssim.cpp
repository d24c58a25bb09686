// Entry point of the structural similarity loss: checks, the Gaussian window, memory, dispatch.
#include "ssim.h"

#include <cmath>
#include <memory>

#include "autoloss/ops.h"
#include "runtime.h"

namespace autoloss {
namespace {

/// One dimension of the window; the window is their product, and sums to 1 as they do.
std::vector<float> gaussian(int64_t window, double sigma) {
  std::vector<double> taps(window);
  double sum = 0;
  for (int64_t i = 0; i < window; ++i) {
    const double x = static_cast<double>(i - window / 2);
    sum += taps[i] = std::exp(-x * x / (2 * sigma * sigma));
  }
  std::vector<float> result(window);
  for (int64_t i = 0; i < window; ++i) result[i] = static_cast<float>(taps[i] / sum);
  return result;
}

}  // namespace

double ssim_loss(int64_t window, double sigma, const float* logits, const void* labels,
                 int label_type, int64_t n, int64_t c, int64_t h, int64_t w, float* gradient) {
  const BatchArguments in = checked_batch(logits, labels, label_type, n, c, h, w);
  if (window < 1 || window > 99 || window % 2 == 0) {
    fail("window", "an odd number, 1 to 99", std::to_string(window));
  }
  if (!(sigma > 0 && sigma <= 1e3)) fail("sigma", "above 0, to 1000", std::to_string(sigma));
  std::unique_ptr<float[]> own;
  if (gradient == nullptr) own.reset(new float[in.elements()]);
  float* work = gradient == nullptr ? own.get() : gradient;
  return variant(baseline::ssim, avx2::ssim, avx512::ssim)(
      in, gaussian(window, sigma), threads_for(in.elements()), work, gradient != nullptr);
}

}  // namespace autoloss
