// The kernels behind pixel_loss, one set per instruction set.
#ifndef AUTOLOSS_CPU_PIXEL_LOSS_H_
#define AUTOLOSS_CPU_PIXEL_LOSS_H_

#include "batch.h"

namespace autoloss {

/// Everything that a kernel of cross entropy reads. A pixel weighs what its class does and its
/// extra.
struct EntropyArguments {
  BatchArguments batch;
  float gamma;                 // 0 or more
  const float* class_weights;  // [C]
  const float* extra;          // [N,H,W]; NULL where there is none
};

/// Everything that a kernel of probabilities reads: weight f(p, y), with f(p, y) = map p where
/// there is a map, else f(d) = d^2 / (2 beta) where |d| is below beta, else |d| - beta / 2, of d =
/// p - y.
struct ProbabilityArguments {
  BatchArguments batch;
  float weight;      // of each class of a pixel that counts
  float beta;        // 0 or more
  const float* map;  // [N,C,H,W], or NULL
};

/// Where a gradient goes: memory = own memory + weight gradient; where own is 0 the memory may hold
/// anything.
struct GradientSum {
  float* memory;  // [N,C,H,W]; NULL where only the value is wanted
  float own, weight;

  /// Puts value(i) of some pixels of one class in their places, from `first` on; 0 where the label
  /// is negative.
  template <class Value>
  void put(int64_t first, int64_t count, const int32_t* label, Value value) const {
    if (own == 0.0f) {
      put<false>(first, count, label, value);
    } else {
      put<true>(first, count, label, value);
    }
  }

 private:
  template <bool Adds, class Value>
  void put(int64_t first, int64_t count, const int32_t* label, Value value) const {
    float* __restrict__ row = memory + first;
    const float before = own, by = weight;
    for (int64_t i = 0; i < count; ++i) {
      const float unweighed = value(i);
      const float added = by * (label[i] < 0 ? 0.0f : unweighed);
      row[i] = Adds ? before * row[i] + added : added;
    }
  }
};

#define AUTOLOSS_DECLARE_PIXEL_LOSS(isa)                                                          \
  namespace isa {                                                                                 \
  /* The sum over the pixels that count, and where wanted its gradient. */                        \
  double entropy_sum(const EntropyArguments& in, int threads, const GradientSum& gradient);       \
  double probability_sum(const ProbabilityArguments& in, int threads,                             \
                         const GradientSum& gradient);                                            \
  /* The product of its second derivative and a direction, both [N,C,H,W]. */                     \
  void entropy_curvature(const EntropyArguments& in, int threads, const float* direction,         \
                         float* product);                                                         \
  void probability_curvature(const ProbabilityArguments& in, int threads, const float* direction, \
                             float* product);                                                     \
  }
AUTOLOSS_DECLARE_PIXEL_LOSS(baseline)
AUTOLOSS_DECLARE_PIXEL_LOSS(avx2)
AUTOLOSS_DECLARE_PIXEL_LOSS(avx512)
#undef AUTOLOSS_DECLARE_PIXEL_LOSS

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_PIXEL_LOSS_H_
