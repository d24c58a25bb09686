// Entry point of the structural similarity loss: checks, memory, dispatch.
#include "ssim.h"

#include <memory>

#include "autoloss/ops.h"
#include "runtime.h"

namespace autoloss {

double ssim_loss(const float* logits, const void* labels, int label_type, int64_t n, int64_t c,
                 int64_t h, int64_t w, float* gradient) {
  const BatchArguments in = checked_batch(logits, labels, label_type, n, c, h, w);
  // the probabilities lie where the gradient will be, or in memory of their own
  std::unique_ptr<float[]> own;
  if (gradient == nullptr) own.reset(new float[in.elements()]);
  float* work = gradient == nullptr ? own.get() : gradient;
  return variant(baseline::ssim, avx2::ssim, avx512::ssim)(in, threads_for(in.elements()), work,
                                                           gradient != nullptr);
}

}  // namespace autoloss
