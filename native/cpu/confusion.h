// The kernels behind count_logits and predict_classes, one per instruction set.
#ifndef AUTOLOSS_CPU_CONFUSION_H_
#define AUTOLOSS_CPU_CONFUSION_H_

#include <cstdint>

namespace autoloss {

/// Everything that a counting kernel reads: either logits or predictions, the other is NULL.
struct CountArguments {
  const float* logits;
  const void* predictions;
  int prediction_type;
  const void* labels;
  int label_type;
  int64_t images, classes, plane;
};

#define AUTOLOSS_DECLARE_CONFUSION(isa)                                    \
  namespace isa {                                                          \
  void count(const CountArguments& in, int threads, int64_t* counts);      \
  void predict(const CountArguments& in, int threads, int32_t* predicted); \
  }
AUTOLOSS_DECLARE_CONFUSION(baseline)
AUTOLOSS_DECLARE_CONFUSION(avx2)
AUTOLOSS_DECLARE_CONFUSION(avx512)
#undef AUTOLOSS_DECLARE_CONFUSION

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_CONFUSION_H_
