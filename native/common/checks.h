// Argument checks of the native operations: each failure is one sentence that names the argument.
#ifndef AUTOLOSS_COMMON_CHECKS_H_
#define AUTOLOSS_COMMON_CHECKS_H_

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "autoloss/ops.h"

namespace autoloss {

/// The largest number of classes that the kernels are written for.
constexpr int64_t kMaxClasses = 1024;

[[noreturn]] inline void fail(const std::string& argument, const std::string& expected,
                              const std::string& got) {
  throw std::invalid_argument(argument + ": expected " + expected + ", got " + got);
}

inline void check_pointer(const char* argument, const void* pointer) {
  if (pointer == nullptr) fail(argument, "data", "null");
}

inline void check_choice(const char* argument, int value, int first, int last) {
  if (value < first || value > last) {
    fail(argument, std::to_string(first) + " to " + std::to_string(last), std::to_string(value));
  }
}

/// Sizes of a batch: C in [1,1024], the others 0 or more, and a product that int64_t holds.
inline void check_shape(int64_t n, int64_t c, int64_t h, int64_t w) {
  if (c < 1 || c > kMaxClasses) {
    fail("classes", "1 to " + std::to_string(kMaxClasses), std::to_string(c));
  }
  int64_t product = c;
  for (int64_t size : {n, h, w}) {
    if (size < 0) fail("shape", "sizes of 0 or more", std::to_string(size));
    if (size > 0 && product > std::numeric_limits<int64_t>::max() / size) {
      fail("shape", "at most 2^63-1 elements", "more");
    }
    product *= size;
  }
}

inline void check_labels(const char* argument, const void* labels, int label_type) {
  check_pointer(argument, labels);
  check_choice("label_type", label_type, LABEL_UINT8, LABEL_INT64);
}

inline bool on_gpu(const Batch& batch) { return batch.device >= 0; }

/// For operations that have no GPU's kernel.
inline void check_on_cpu(const Batch& batch) {
  if (on_gpu(batch)) fail("device", "the CPU", "a GPU");
}

inline int64_t pixels_of(const Batch& batch) { return batch.n * batch.h * batch.w; }

inline int64_t elements_of(const Batch& batch) { return pixels_of(batch) * batch.c; }

inline void check_shape(const Batch& batch) { check_shape(batch.n, batch.c, batch.h, batch.w); }

inline void check_labels(const Batch& batch) {
  check_labels("labels", batch.labels, batch.label_type);
}

/// Logits of any type on a GPU, of float32 on the CPU; NULL where there is no pixel.
inline void check_logits(const Batch& batch) {
  check_choice("logit_type", batch.logit_type, LOGIT_FLOAT32,
               on_gpu(batch) ? LOGIT_BFLOAT16 : LOGIT_FLOAT32);
  if (pixels_of(batch) > 0) check_pointer("logits", batch.logits);
}

/// What all operations on logits and labels check.
inline void check_batch(const Batch& batch) {
  check_shape(batch);
  check_logits(batch);
  if (pixels_of(batch) > 0) check_labels(batch);
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_CHECKS_H_
