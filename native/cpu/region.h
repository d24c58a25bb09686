// The kernels behind region_surrogate, one set per instruction set.
#ifndef AUTOLOSS_CPU_REGION_H_
#define AUTOLOSS_CPU_REGION_H_

#include <cstdint>

#include "batch.h"
#include "common/curve.h"

namespace autoloss {

/// Everything that a region kernel reads.
struct RegionArguments {
  BatchArguments batch;
  const Curve* curves;  // AND; OR where intersection over union is wanted
  float* kept;          // [N,H,W]: what sums leave for the gradient, see for_softmax_tiles; or NULL
};

/// Sums over the pixels that count, one of each per class: arrays of C.
struct RegionSums {
  double* overlap;   // sum of fA(p) over the pixels of the class
  double* spill;     // sum of fO(p) over the pixels of other classes; unused for accuracies
  double* labelled;  // pixels of the class
};

/// What one unit of a class's sums adds to the loss, arrays of C: d loss / d overlap, d loss / d
/// spill.
struct RegionSlopes {
  const float* overlap;
  const float* spill;
};

#define AUTOLOSS_DECLARE_REGION(isa)                                                          \
  namespace isa {                                                                             \
  void iou_sums(const RegionArguments& in, int threads, RegionSums sums);                     \
  void iou_gradient(const RegionArguments& in, int threads, RegionSlopes s, float* out);      \
  void accuracy_sums(const RegionArguments& in, int threads, RegionSums sums);                \
  void accuracy_gradient(const RegionArguments& in, int threads, RegionSlopes s, float* out); \
  }
AUTOLOSS_DECLARE_REGION(baseline)
AUTOLOSS_DECLARE_REGION(avx2)
AUTOLOSS_DECLARE_REGION(avx512)
#undef AUTOLOSS_DECLARE_REGION

/// The surrogate of one of the four region metrics over the pixels that count; see region_surrogate
/// in ops.h.
double region_loss(int metric, const BatchArguments& batch, const Curve* curves, int absent_classes,
                   float* gradient);

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_REGION_H_
