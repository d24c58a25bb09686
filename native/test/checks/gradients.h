// Gradients on the device, float32 or bfloat16.
#ifndef AUTOLOSS_TEST_CHECKS_GRADIENTS_H_
#define AUTOLOSS_TEST_CHECKS_GRADIENTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "autoloss/ops.h"
#include "logits.h"
#include "memory.h"

namespace checks {

/// The type of a gradient, where that of bfloat16 logits is `narrow` or not.
inline int gradient_type(bool narrow, int logit_type) {
  return narrow && logit_type == autoloss::LOGIT_BFLOAT16 ? autoloss::LOGIT_BFLOAT16
                                                          : autoloss::LOGIT_FLOAT32;
}

/// Numbers as a gradient of that type has them.
inline std::vector<float> rounded(const std::vector<float>& gradient, int type) {
  const Logits narrow(gradient, type);
  return {narrow.host(), narrow.host() + gradient.size()};
}

/// How far a gradient may be from the rounded one, of its norm: where it is narrow both are rounded
/// alike but for the few that lie between two of its numbers. Cut off they would be 2e-3 apart.
inline double rounding_tolerance(double tolerance, int type) {
  return type == autoloss::LOGIT_FLOAT32 ? tolerance : 1e-3;
}

/// Memory for a gradient, after `before` numbers that are not its own.
class DeviceGradient {
 public:
  DeviceGradient(size_t count, int type, size_t before = 0)
      : type_(type),
        count_(count),
        size_(type == autoloss::LOGIT_FLOAT32 ? sizeof(float) : sizeof(float) / 2),
        before_(before),
        raw_((before + count) * size_) {}

  /// Of its type, whatever the pointer's is.
  float* get() const { return reinterpret_cast<float*>(raw_.get() + before_ * size_); }
  size_t bytes() const { return count_ * size_; }

  std::vector<float> values() const { return last(count_); }
  std::vector<float> last(size_t count) const {
    return Logits::to_floats(raw_.last(count * size_), type_);
  }

 private:
  int type_;
  size_t count_, size_, before_;
  DeviceArray<uint8_t> raw_;
};

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_GRADIENTS_H_
