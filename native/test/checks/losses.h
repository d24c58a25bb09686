// Fused losses on the GPU against those of the CPU: what the checks of each share.
#ifndef AUTOLOSS_TEST_CHECKS_LOSSES_H_
#define AUTOLOSS_TEST_CHECKS_LOSSES_H_

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autoloss/ops.h"
#include "check.h"
#include "gradients.h"
#include "inputs.h"
#include "logits.h"
#include "memory.h"

namespace checks {

/// A loss, and how far its results on both sides may be apart.
struct FusedLoss {
  std::string name;
  std::function<double(const autoloss::Batch& batch, float* value, float* gradient)> call;
  // of the value, and of the gradient's norm; what most operations promise is half of it a side
  double value_tolerance = 2e-6, gradient_tolerance = 2e-5;
  bool narrow = false;  // whether the gradient of bfloat16 logits is bfloat16 on the GPU
};

/// The same loss, whose gradient of bfloat16 logits is bfloat16.
inline FusedLoss narrow(FusedLoss loss) {
  loss.narrow = true;
  return loss;
}

struct Images {
  Sizes shape;
  std::vector<float> logits;
  std::vector<int64_t> labels;

  static Images random(const Sizes& shape, uint64_t seed) {
    return {shape, random_values(shape.elements(), 4, seed), random_labels(shape, seed)};
  }

  /// The same logits, all pixels of one label.
  Images labelled(int64_t label) const {
    return {shape, logits, std::vector<int64_t>(labels.size(), label)};
  }

  /// Whether a pixel has a label among the classes.
  bool counts(int64_t pixel) const { return labels[pixel] >= 0 && labels[pixel] < shape.c; }

  /// Where the logit of a class is.
  int64_t element(int64_t pixel, int64_t c) const {
    const int64_t plane = shape.h * shape.w;
    return (pixel / plane * shape.c + c) * plane + pixel % plane;
  }
};

struct Types {
  int logits = autoloss::LOGIT_FLOAT32, labels = autoloss::LABEL_INT64;
};

struct Result {
  double value;
  std::vector<float> gradient;
};

inline Result on_cpu(const FusedLoss& loss, const Images& batch, const Types& types = {}) {
  const Logits logits(batch.logits, types.logits);
  Result result{0, std::vector<float>(batch.logits.size())};
  result.value =
      loss.call(host_batch(batch.shape, logits.host(), batch.labels.data(), autoloss::LABEL_INT64),
                nullptr, result.gradient.data());
  return result;
}

inline Result on_gpu(const FusedLoss& loss, const Images& batch, const Types& types = {}) {
  const DeviceArray<uint8_t> logits(Logits(batch.logits, types.logits).raw());
  const DeviceArray<uint8_t> labels(Labels(batch.labels, types.labels).raw());
  const DeviceArray<float> value(1);
  const DeviceGradient gradient(batch.logits.size(), gradient_type(loss.narrow, types.logits));
  loss.call(gpu_batch(batch.shape, logits.get(), types.logits, labels.get(), types.labels),
            value.get(), gradient.get());
  return {value.values()[0], gradient.values()};
}

/// |a - b| / max(|b|, least). Not finite if one of them has a NaN where the other has none.
inline double difference(const std::vector<float>& a, const std::vector<float>& b, double least) {
  double squares = 0, norm = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    squares += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
  }
  for (float value : b) norm += std::isnan(value) ? 0 : static_cast<double>(value) * value;
  return std::sqrt(squares) / std::max(std::sqrt(norm), least);
}

/// Throws unless both sides agree. A gradient's norm below `least_norm` is as good as that.
inline void compare(const FusedLoss& loss, const Images& batch, const Types& types = {},
                    double least_norm = 1e-30) {
  const std::string what = loss.name + " of " + batch.shape.text() + ", logits " +
                           std::to_string(types.logits) + ", labels " +
                           std::to_string(types.labels);
  const Result expected = on_cpu(loss, batch, types), got = on_gpu(loss, batch, types);
  expect_close(got.value, expected.value, loss.value_tolerance, what + ", value");
  const int type = gradient_type(loss.narrow, types.logits);
  expect_close(difference(got.gradient, rounded(expected.gradient, type), least_norm), 0,
               rounding_tolerance(loss.gradient_tolerance, type), what + ", gradient");
}

/// Throws unless all types of logits and labels agree with the CPU.
inline void compare_types(const FusedLoss& loss, const Images& batch) {
  for (int logits = autoloss::LOGIT_FLOAT32; logits <= autoloss::LOGIT_BFLOAT16; ++logits) {
    for (int labels = autoloss::LABEL_UINT8; labels <= autoloss::LABEL_INT64; ++labels) {
      compare(loss, batch, {logits, labels});
    }
  }
}

/// Throws unless ignored pixels count for nothing and have no gradient, though their logits are
/// NaN.
inline void compare_ignored(const FusedLoss& loss, Images batch) {
  for (int64_t i = 0; i < batch.shape.pixels(); ++i) {
    for (int64_t c = 0; !batch.counts(i) && c < batch.shape.c; ++c) {
      batch.logits[batch.element(i, c)] = NAN;
    }
  }
  compare(loss, batch);
  const Result got = on_gpu(loss, batch);
  expect(std::isfinite(got.value), loss.name + ": a finite value");
  for (int64_t i = 0; i < batch.shape.pixels(); ++i) {
    for (int64_t c = 0; !batch.counts(i) && c < batch.shape.c; ++c) {
      expect(got.gradient[batch.element(i, c)] == 0, loss.name + ": no gradient");
    }
  }
}

/// Throws unless NaN and infinity in a pixel that counts make the value NaN on both sides.
inline void expect_nan(const FusedLoss& loss, Images batch) {
  batch.labels[3] = 0;
  for (float bad : {NAN, INFINITY}) {
    batch.logits[3] = bad;
    expect(std::isnan(on_cpu(loss, batch).value), loss.name + ": NaN on the CPU");
    expect(std::isnan(on_gpu(loss, batch).value), loss.name + ": NaN on the GPU");
  }
}

/// Throws unless the bits are the same in every order of threads, and without a gradient.
inline void expect_same_bits(const FusedLoss& loss, const Images& batch) {
  const Result first = on_gpu(loss, batch);
  for (uint64_t seed : {1, 2, 3}) {
    shuffle(seed);
    const Result again = on_gpu(loss, batch);
    shuffle(0);
    expect(again.value == first.value && again.gradient == first.gradient,
           loss.name + ": the same bits");
  }
  const DeviceArray<float> logits(batch.logits), value(1);
  const DeviceArray<int64_t> labels(batch.labels);
  loss.call(gpu_batch(batch.shape, logits.get(), autoloss::LOGIT_FLOAT32, labels.get(),
                      autoloss::LABEL_INT64),
            value.get(), nullptr);
  expect(value.values()[0] == first.value, loss.name + ": the value alone");
}

/// Throws unless memory and types that are not as they should be are refused.
inline void expect_refused(const FusedLoss& loss) {
  const Images batch = Images::random({1, 3, 4, 5}, 11);
  const DeviceArray<float> logits(batch.logits), value(1), gradient(batch.logits.size());
  const DeviceArray<int64_t> labels(batch.labels);
  std::vector<float> host(batch.logits.size());
  const auto call = [&](int logit_type, const void* z, const void* y, float* v, float* g) {
    return message_of(
        [&] { loss.call(gpu_batch(batch.shape, z, logit_type, y, autoloss::LABEL_INT64), v, g); });
  };
  expect_contains(call(3, logits.get(), labels.get(), value.get(), gradient.get()),
                  "logit_type: expected 0 to 2, got 3");
  expect_contains(call(0, host.data(), labels.get(), value.get(), gradient.get()),
                  "logits: expected memory of GPU 0, as value is, got memory of the host");
  expect_contains(call(0, logits.get(), batch.labels.data(), value.get(), gradient.get()),
                  "labels: expected memory of GPU 0");
  expect_contains(call(0, logits.get(), labels.get(), value.get(), host.data()),
                  "gradient: expected memory of GPU 0");
  expect_contains(call(0, nullptr, labels.get(), value.get(), gradient.get()),
                  "logits: expected data, got null");
  expect_contains(call(0, logits.get(), labels.get(), host.data(), gradient.get()),
                  "value: expected memory of a GPU, got memory of the host");
  expect_contains(call(0, logits.get(), labels.get(), nullptr, gradient.get()),
                  "value: expected data, got null");
}

/// Value and gradient at the benchmarks' sizes. What cannot be helped: two reads of logits and
/// labels, and one write.
inline Measured measured(const FusedLoss& loss, int logit_type) {
  const Sizes s = benchmark_sizes();
  const Images image = Images::random(benchmark_image(), 1);
  const auto z = repeated(Logits(image.logits, logit_type).raw(), s.n);
  const auto y = repeated(Labels(image.labels, autoloss::LABEL_UINT8).raw(), s.n);
  const auto value = std::make_shared<DeviceArray<float>>(1);
  const auto gradient = std::make_shared<DeviceGradient>(static_cast<size_t>(s.elements()),
                                                         gradient_type(loss.narrow, logit_type));
  const auto bytes = static_cast<int64_t>(2 * z->bytes() + 2 * y->bytes() + gradient->bytes());
  return {bytes, [=](cudaStream_t stream) {
            loss.call(gpu_batch(s, z->get(), logit_type, y->get(), autoloss::LABEL_UINT8, stream),
                      value->get(), gradient->get());
          }};
}

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_LOSSES_H_
