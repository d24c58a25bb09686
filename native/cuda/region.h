// The region surrogates over some of the pixels: what the boundary metrics build on.
#ifndef AUTOLOSS_CUDA_REGION_H_
#define AUTOLOSS_CUDA_REGION_H_

#include <cuda_runtime.h>

#include <cstdint>

#include "common/curve.h"

namespace autoloss {
namespace cuda {

/// Everything that a region kernel reads; memory of the current device.
struct RegionArguments {
  const void* logits;
  int logit_type;
  const void* labels;
  int label_type;
  const uint8_t* mask;  // [N,H,W]; a pixel with 0 is ignored; NULL where all count
  int64_t images, classes, plane;
  Curve soft_and, soft_or;
};

/// The surrogate of one of the four region metrics over the pixels that count; see region_surrogate
/// in ops.h. Puts its work on the stream and returns.
void region_loss(int metric, const RegionArguments& in, int absent_classes, float* value,
                 float* gradient, int device, cudaStream_t stream);

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_REGION_H_
