// A batch of logits and labels, as the kernels of losses receive it.
#ifndef AUTOLOSS_CUDA_BATCH_H_
#define AUTOLOSS_CUDA_BATCH_H_

#include <cstdint>

namespace autoloss {
namespace cuda {

/// Memory of the current device.
struct BatchArguments {
  const void* logits;
  int logit_type;
  const void* labels;
  int label_type;
  const uint8_t* mask;  // [N,H,W]; a pixel with 0 is ignored; NULL where all count
  int64_t images, classes, plane;
};

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_BATCH_H_
