// Random and awkward inputs, and the comparison of arrays.
#ifndef AUTOLOSS_TEST_CHECKS_INPUTS_H_
#define AUTOLOSS_TEST_CHECKS_INPUTS_H_

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "autoloss/ops.h"
#include "check.h"
#include "memory.h"

namespace checks {

struct Sizes {
  int64_t n, c, h, w;

  int64_t pixels() const { return n * h * w; }
  int64_t elements() const { return pixels() * c; }
  std::string text() const {
    return "[" + std::to_string(n) + "," + std::to_string(c) + "," + std::to_string(h) + "," +
           std::to_string(w) + "]";
  }
};

/// The sizes of all benchmarks: [16,21,512,512]; where kernels run on the CPU, which shows only
/// that they run, a few pixels.
inline Sizes benchmark_sizes() {
#ifdef AUTOLOSS_EMULATED
  return {1, 21, 9, 40};
#else
  return {16, 21, 512, 512};
#endif
}

/// One image of those.
inline Sizes benchmark_image() {
  Sizes sizes = benchmark_sizes();
  sizes.n = 1;
  return sizes;
}

/// A draw from [0,1) that is the same with every standard library.
inline double draw(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) / 9007199254740992.0;
}

/// Values in [-scale,scale), some of them equal to their neighbours.
inline std::vector<float> random_values(int64_t count, double scale, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    const bool tie = i > 0 && draw(random) < 0.2;
    values[i] = tie ? values[i - 1] : static_cast<float>((2 * draw(random) - 1) * scale);
  }
  return values;
}

/// Labels in patches of 4 x 4 pixels, a few pixels of their own, a few ignored (-1 and beyond C).
/// Not every class need be there.
inline std::vector<int64_t> random_labels(const Sizes& sizes, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto any = [&] {
    return static_cast<int64_t>(draw(random) * static_cast<double>(sizes.c));
  };
  const int64_t across = sizes.w / 4 + 1, down = sizes.h / 4 + 1;
  std::vector<int64_t> patches(static_cast<size_t>(sizes.n * down * across));
  for (int64_t& patch : patches) patch = draw(random) < 0.1 ? -1 : any();
  std::vector<int64_t> labels;
  for (int64_t n = 0; n < sizes.n; ++n) {
    for (int64_t y = 0; y < sizes.h; ++y) {
      for (int64_t x = 0; x < sizes.w; ++x) {
        const double what = draw(random);
        const int64_t patch = patches[(n * down + y / 4) * across + x / 4];
        labels.push_back(what < 0.02 ? sizes.c : what < 0.05 ? any() : patch);
      }
    }
  }
  return labels;
}

/// Labels as one of the label types holds them; a negative one becomes 255 in a byte.
class Labels {
 public:
  Labels(const std::vector<int64_t>& labels, int type) : type_(type) {
    for (int64_t label : labels) {
      bytes_.push_back(static_cast<uint8_t>(label));
      ints_.push_back(static_cast<int32_t>(label));
      longs_.push_back(label);
    }
  }

  int type() const { return type_; }
  const void* host() const {
    switch (type_) {
      case autoloss::LABEL_UINT8:
        return bytes_.data();
      case autoloss::LABEL_INT32:
        return ints_.data();
      default:
        return longs_.data();
    }
  }
  /// As bytes, for a DeviceArray.
  std::vector<uint8_t> raw() const {
    const size_t each = type_ == autoloss::LABEL_UINT8 ? 1 : type_ == autoloss::LABEL_INT32 ? 4 : 8;
    const auto* first = static_cast<const uint8_t*>(host());
    return std::vector<uint8_t>(first, first + each * longs_.size());
  }

 private:
  int type_;
  std::vector<uint8_t> bytes_;
  std::vector<int32_t> ints_;
  std::vector<int64_t> longs_;
};

/// A batch of the host's memory.
inline autoloss::Batch host_batch(const Sizes& s, const float* logits, const void* labels,
                                  int label_type) {
  return {logits, labels, s.n, s.c, s.h, s.w, autoloss::LOGIT_FLOAT32, label_type, -1, nullptr};
}

/// A batch of the first GPU's memory.
inline autoloss::Batch gpu_batch(const Sizes& s, const void* logits, int logit_type,
                                 const void* labels, int label_type, void* stream = nullptr) {
  return {logits, labels, s.n, s.c, s.h, s.w, logit_type, label_type, 0, stream};
}

/// Runs a check; where the kernels run on the CPU, in other orders of threads and blocks too.
inline void in_any_order(const std::function<void()>& body) {
  body();
#ifdef AUTOLOSS_TEST_EMULATION_CUDA_ON_CPU_H_
  for (uint64_t seed : {1, 2}) {
    cuda_on_cpu::Machine::get().shuffle(seed);
    body();
  }
  cuda_on_cpu::Machine::get().reset();
#endif
}

/// Throws unless the arrays are equal.
template <class T>
void expect_equal(const std::vector<T>& got, const std::vector<T>& expected,
                  const std::string& what) {
  expect(got.size() == expected.size(), what + ": as many values");
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i] != expected[i] && (got[i] == got[i] || expected[i] == expected[i])) {
      throw std::runtime_error(what + ": at " + std::to_string(i) + " expected " +
                               std::to_string(expected[i]) + ", got " + std::to_string(got[i]));
    }
  }
}

/// Throws unless |got - expected| <= share |expected| in the Euclidean norm, and NaN where NaN is.
inline void expect_near(const std::vector<float>& got, const std::vector<float>& expected,
                        double share, const std::string& what) {
  expect(got.size() == expected.size(), what + ": as many values");
  double difference = 0, norm = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i]) && std::isnan(got[i])) continue;
    difference += std::pow(static_cast<double>(got[i]) - expected[i], 2);
    norm += std::pow(static_cast<double>(expected[i]), 2);
  }
  if (!(std::sqrt(difference) <= share * std::sqrt(norm) + 1e-30)) {
    throw std::runtime_error(what + ": differs by " + std::to_string(std::sqrt(difference / norm)) +
                             " of the norm " + std::to_string(std::sqrt(norm)));
  }
}

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_INPUTS_H_
