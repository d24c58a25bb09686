// A checked batch of logits and labels, as kernels receive it.
#ifndef AUTOLOSS_CPU_BATCH_H_
#define AUTOLOSS_CPU_BATCH_H_

#include <cstdint>

#include "common/checks.h"

namespace autoloss {

struct BatchArguments {
  const float* logits;
  const void* labels;
  int label_type;
  int64_t images, classes, height, width;

  int64_t plane() const { return height * width; }
  int64_t pixels() const { return images * height * width; }
  int64_t elements() const { return images * classes * height * width; }
};

/// The batch that a caller describes; throws std::invalid_argument where it is none.
inline BatchArguments checked_batch(const float* logits, const void* labels, int label_type,
                                    int64_t n, int64_t c, int64_t h, int64_t w) {
  check_shape(n, c, h, w);
  if (n * h * w > 0) {
    check_pointer("logits", logits);
    check_labels("labels", labels, label_type);
  }
  return {logits, labels, label_type, n, c, h, w};
}

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_BATCH_H_
