// The region surrogates over some of the pixels: what the boundary metrics build on.
#ifndef AUTOLOSS_CUDA_REGION_H_
#define AUTOLOSS_CUDA_REGION_H_

#include <cuda_runtime.h>

#include <cstdint>

#include "batch.h"
#include "common/curve.h"

namespace autoloss {
namespace cuda {

/// Everything that a region kernel reads.
struct RegionArguments {
  BatchArguments batch;
  Curve soft_and, soft_or;
};

/// The surrogate of one of the four region metrics over the pixels that count; see region_surrogate
/// in ops.h, of the type of the gradient too. Puts its work on the stream and returns.
void region_loss(int metric, const RegionArguments& in, int absent_classes, float* value,
                 void* gradient, int device, cudaStream_t stream);

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_REGION_H_
