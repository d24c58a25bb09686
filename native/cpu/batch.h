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
  const uint8_t* mask;  // [N,H,W]; a pixel with 0 is ignored; NULL where all count

  int64_t plane() const { return height * width; }
  int64_t pixels() const { return images * height * width; }
  int64_t elements() const { return images * classes * height * width; }
};

/// The batch that a caller describes; throws std::invalid_argument where it is none.
inline BatchArguments checked_batch(const Batch& batch) {
  check_batch(batch);
  return {static_cast<const float*>(batch.logits),
          batch.labels,
          batch.label_type,
          batch.n,
          batch.c,
          batch.h,
          batch.w,
          nullptr};
}

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_BATCH_H_
