// Logits of every type, rounded to it, so that the CPU's operation sees the same numbers.
#ifndef AUTOLOSS_TEST_CHECKS_LOGITS_H_
#define AUTOLOSS_TEST_CHECKS_LOGITS_H_

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "autoloss/ops.h"

namespace checks {

/// Numbers as a logit type holds them.
class Logits {
 public:
  Logits(const std::vector<float>& values, int type) : type_(type) {
    for (float value : values) {
      if (type == autoloss::LOGIT_FLOAT16) append(__float2half_rn(value));
      if (type == autoloss::LOGIT_BFLOAT16) append(__float2bfloat16_rn(value));
      if (type == autoloss::LOGIT_FLOAT32) append(value);
    }
    rounded_ = to_floats(raw_, type);
  }

  /// The rounded numbers, in float32.
  const float* host() const { return rounded_.data(); }
  /// As bytes, for a DeviceArray.
  const std::vector<uint8_t>& raw() const { return raw_; }

  static std::vector<float> to_floats(const std::vector<uint8_t>& raw, int type) {
    std::vector<float> values;
    for (size_t at = 0; at < raw.size();) {
      if (type == autoloss::LOGIT_FLOAT16) values.push_back(__half2float(next<__half>(raw, &at)));
      if (type == autoloss::LOGIT_BFLOAT16) {
        values.push_back(__bfloat162float(next<__nv_bfloat16>(raw, &at)));
      }
      if (type == autoloss::LOGIT_FLOAT32) values.push_back(next<float>(raw, &at));
    }
    return values;
  }

 private:
  template <class T>
  void append(T value) {
    const size_t at = raw_.size();
    raw_.resize(at + sizeof value);
    std::memcpy(raw_.data() + at, &value, sizeof value);
  }

  template <class T>
  static T next(const std::vector<uint8_t>& raw, size_t* at) {
    T value;
    std::memcpy(&value, raw.data() + *at, sizeof value);
    *at += sizeof value;
    return value;
  }

  int type_;
  std::vector<uint8_t> raw_;
  std::vector<float> rounded_;
};

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_LOGITS_H_
