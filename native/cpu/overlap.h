// The kernels behind overlap_loss, one set per instruction set.
#ifndef AUTOLOSS_CPU_OVERLAP_H_
#define AUTOLOSS_CPU_OVERLAP_H_

#include "batch.h"

namespace autoloss {

/// Sums over the pixels that count, one of each per class: arrays of C.
struct OverlapSums {
  double* overlap;   // sum of p over the pixels of the class
  double* size;      // sum of p, or of p^2, over all pixels
  double* labelled;  // pixels of the class
};

#define AUTOLOSS_DECLARE_OVERLAP(isa)                                                           \
  namespace isa {                                                                               \
  /* kept [N,H,W]: what the first leaves for the second, see for_softmax_tiles; else NULL. */   \
  void overlap_sums(const BatchArguments& in, bool squared, int threads, float* kept,           \
                    OverlapSums sums);                                                          \
  void overlap_gradient(const BatchArguments& in, bool squared, int threads, const float* kept, \
                        const float* overlap_slope, const float* size_slope, float* gradient);  \
  }
AUTOLOSS_DECLARE_OVERLAP(baseline)
AUTOLOSS_DECLARE_OVERLAP(avx2)
AUTOLOSS_DECLARE_OVERLAP(avx512)
#undef AUTOLOSS_DECLARE_OVERLAP

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_OVERLAP_H_
