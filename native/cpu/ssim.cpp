// Entry point of the structural similarity loss: checks, memory, dispatch.
#include "ssim.h"

#include "autoloss/ops.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "runtime.h"

namespace autoloss {

double ssim_loss(const Batch& batch, float* value, float* gradient) {
  if (on_gpu(batch)) {
    cuda::ssim_loss(batch, value, gradient);
    return 0;
  }
  const BatchArguments in = checked_batch(batch);
  // the probabilities lie where the gradient will be, or in memory of their own
  Room<float> own(gradient == nullptr ? in.elements() : 0);
  float* work = gradient == nullptr ? own.data() : gradient;
  return AUTOLOSS_VARIANT(ssim)(in, threads_for(in.elements()), work, gradient != nullptr);
}

}  // namespace autoloss
