// Entry point of the Lovasz-Softmax loss: checks, memory, dispatch.
#include "lovasz.h"

#include "autoloss/ops.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "runtime.h"

namespace autoloss {

double lovasz_loss(int per_image, const Batch& batch, float* value, float* gradient) {
  if (on_gpu(batch)) {
    cuda::lovasz_loss(per_image, batch, value, gradient);
    return 0;
  }
  const BatchArguments in = checked_batch(batch);
  if (in.pixels() >= int64_t{1} << 31) {
    fail("labels", "fewer than 2^31 pixels", std::to_string(in.pixels()));
  }
  // the probabilities lie where the gradient will be, or in memory of their own
  Room<float> own(gradient == nullptr ? in.elements() : 0);
  float* work = gradient == nullptr ? own.data() : gradient;
  return AUTOLOSS_VARIANT(lovasz)(in, per_image != 0, threads_for(in.elements()), work,
                                  gradient != nullptr);
}

}  // namespace autoloss
