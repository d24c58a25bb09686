// The kernels behind the BF1 surrogate, one set per instruction set.
#ifndef AUTOLOSS_CPU_BOUNDARY_H_
#define AUTOLOSS_CPU_BOUNDARY_H_

#include <cstdint>

#include "batch.h"
#include "common/curve.h"

namespace autoloss {

/// Everything that a BF1 kernel reads.
struct BoundaryArguments {
  BatchArguments batch;
  bool skip_ignored;        // whether ignored pixels are as if outside the image
  int64_t tolerance;        // at most the larger side of the image
  const Curve* curves;      // A1, A2, O1, O2
  const uint64_t* dilated;  // [N, words, H, W], a bit per class
  int64_t words;
  const int64_t* starts;   // edge pixels of class c of image n: from starts[n C + c] on
  const int64_t* pixels;   // their place in the image
  const uint8_t* present;  // [C]: whether the class has a label edge anywhere
  // What sums leave for the gradient; or all NULL.
  float* kept;        // [N,H,W]: see for_softmax_tiles
  float* by_minimum;  // [N,C,H,W]: dE by the least probability around
  uint8_t* places;    // [N,C,H,W]: where that is, and dil(G)
};

/// Sums of each image and class, arrays of N C; only classes that are present are summed.
struct BoundarySums {
  double* edge;     // sum of E
  double* matched;  // sum of E dil(G)
  double* found;    // sum of dil(E) G
};

/// What one unit adds to the loss, arrays of C: d loss / d sum E, d loss / d sum E dil(G),
/// d loss / d sum dil(E) G.
struct BoundarySlopes {
  const float* edge;
  const float* matched;
  const float* found;
};

#define AUTOLOSS_DECLARE_BOUNDARY(isa)                                                            \
  namespace isa {                                                                                 \
  /* Writes softmax_c(logits) to p, or for a gradient dE / dp, and sums; highest[k] is where edge \
     pixel k found its maximum. */                                                                \
  void boundary_sums(const BoundaryArguments& in, int threads, float* p, int64_t* highest,        \
                     BoundarySums sums);                                                          \
  /* Replaces p by d loss / d logits. */                                                          \
  void boundary_gradient(const BoundaryArguments& in, int threads, const int64_t* highest,        \
                         BoundarySlopes slopes, float* p);                                        \
  }
AUTOLOSS_DECLARE_BOUNDARY(baseline)
AUTOLOSS_DECLARE_BOUNDARY(avx2)
AUTOLOSS_DECLARE_BOUNDARY(avx512)
#undef AUTOLOSS_DECLARE_BOUNDARY

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_BOUNDARY_H_
