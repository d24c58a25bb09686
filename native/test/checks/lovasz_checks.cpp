// The Lovasz-Softmax loss on the GPU against that of the CPU.
#include <cmath>
#include <memory>
#include <vector>

#include "inputs.h"
#include "logits.h"

namespace {

using namespace checks;

// Both sides promise 1e-7 of a value of at most 1.
constexpr double kValueTolerance = 3e-7;
// Two errors that differ by rounding alone may be sorted the other way round, which changes their
// slopes by some 1 / U^2, beside slopes of some 1 / U.
constexpr double kGradientTolerance = 1e-4;

struct Input {
  Sizes shape;
  std::vector<float> logits;
  std::vector<int64_t> labels;

  static Input random(const Sizes& shape, uint64_t seed) {
    return {shape, random_values(shape.elements(), 4, seed), random_labels(shape, seed)};
  }

  float& logit(int64_t pixel, int64_t c) {
    const int64_t plane = shape.h * shape.w;
    return logits[(pixel / plane * shape.c + c) * plane + pixel % plane];
  }

  bool counts(int64_t pixel) const { return labels[pixel] >= 0 && labels[pixel] < shape.c; }
};

struct Result {
  double value;
  std::vector<float> gradient;
};

Result on_cpu(bool per_image, const Input& in, int logit_type) {
  const Logits logits(in.logits, logit_type);
  Result result{0, std::vector<float>(in.logits.size())};
  result.value = autoloss::lovasz_loss(
      per_image, host_batch(in.shape, logits.host(), in.labels.data(), autoloss::LABEL_INT64),
      nullptr, result.gradient.data());
  return result;
}

Result on_gpu(bool per_image, const Input& in, int logit_type, int label_type) {
  const DeviceArray<uint8_t> logits(Logits(in.logits, logit_type).raw());
  const DeviceArray<uint8_t> labels(Labels(in.labels, label_type).raw());
  const DeviceArray<float> value(1), gradient(in.logits.size());
  autoloss::lovasz_loss(per_image,
                        gpu_batch(in.shape, logits.get(), logit_type, labels.get(), label_type),
                        value.get(), gradient.get());
  return {value.values()[0], gradient.values()};
}

void compare(bool per_image, const Input& in, int logit_type = autoloss::LOGIT_FLOAT32,
             int label_type = autoloss::LABEL_INT64) {
  const std::string what = in.shape.text() + ", logits " + std::to_string(logit_type) +
                           ", labels " + std::to_string(label_type) +
                           (per_image ? ", per image" : "");
  const Result expected = on_cpu(per_image, in, logit_type);
  const Result got = on_gpu(per_image, in, logit_type, label_type);
  expect_close(got.value, expected.value, kValueTolerance, what + ", value");
  expect_near(got.gradient, expected.gradient, kGradientTolerance, what + ", gradient");
}

void compare(const Input& in, int logit_type = autoloss::LOGIT_FLOAT32,
             int label_type = autoloss::LABEL_INT64) {
  for (bool per_image : {false, true}) compare(per_image, in, logit_type, label_type);
}

const Case kSizes("lovasz/awkward sizes", [] {
  for (const Sizes& shape : {Sizes{1, 1, 1, 1}, {2, 2, 1, 33}, {2, 3, 33, 7}, {1, 33, 8, 9}}) {
    compare(Input::random(shape, 1));
  }
  in_any_order([] { compare(Input::random({3, 5, 16, 16}, 1)); });
});

const Case kTiles("lovasz/several tiles of a class", [] {
  in_any_order([] { compare(Input::random({1, 3, 97, 131}, 2)); });
  compare(Input::random({2, 2, 64, 64}, 3));  // whole tiles
  compare(Input::random({3, 2, 65, 64}, 4));
});

const Case kTypes("lovasz/types of logits and labels", [] {
  const Input in = Input::random({2, 3, 9, 17}, 5);
  for (int type = 0; type < 3; ++type) {
    compare(in, type, type);
    compare(in, type, (type + 1) % 3);
  }
});

const Case kManyClasses("lovasz/1024 classes", [] {
  compare(false, Input::random({1, 1024, 3, 5}, 6));
});

/// A sort that is not stable would give other pixels of equal logits the larger slopes.
const Case kTies("lovasz/equal errors", [] {
  Input in = Input::random({1, 3, 70, 71}, 7);
  for (int64_t i = 0; i < in.shape.pixels(); ++i) {
    // few kinds of pixels, and no two classes with the same error
    for (int64_t c = 0; c < in.shape.c; ++c) in.logit(i, c) = static_cast<float>((i % 4) * c * c);
  }
  in_any_order([&] { compare(in); });
  for (float& z : in.logits) z = 0;
  in_any_order([&] { compare(in); });
});

const Case kSure("lovasz/errors of 0 and 1", [] {
  Input in = Input::random({2, 4, 20, 31}, 8);
  for (float& z : in.logits) z *= 2500;  // from -1e4 to 1e4
  in.logits[0] = -INFINITY;              // one class of a pixel impossible: p = 0, no NaN
  compare(in);
  // one pixel, surely wrong: an error of 1 in the only class that is there
  const Input wrong = {{1, 2, 1, 1}, {50, -50}, {1}};
  expect_close(on_cpu(false, wrong, 0).value, 1, kValueTolerance, "on the CPU");
  expect_close(on_gpu(false, wrong, 0, 2).value, 1, kValueTolerance, "on the GPU");
});

const Case kIgnored("lovasz/NaN where pixels are ignored", [] {
  Input in = Input::random({2, 5, 8, 9}, 9);
  for (int64_t i = 0; i < in.shape.pixels(); ++i) {
    for (int64_t c = 0; c < in.shape.c; ++c) {
      if (!in.counts(i)) in.logit(i, c) = NAN;
    }
  }
  compare(in);
  const Result got = on_gpu(false, in, 0, 2);
  expect(std::isfinite(got.value), "a finite value");
  for (float g : got.gradient) expect(std::isfinite(g), "a finite gradient");
});

const Case kNotFinite("lovasz/NaN and infinity where pixels count", [] {
  for (float bad : {NAN, INFINITY}) {
    Input in = Input::random({2, 3, 8, 9}, 10);
    in.labels[3] = 0;
    in.logit(3, 1) = bad;
    compare(in);
    const Result got = on_gpu(true, in, 0, 2);
    expect(std::isnan(got.value), "NaN on the GPU");
    for (size_t i = in.logits.size() / 2; i < in.logits.size(); ++i) {
      expect(std::isfinite(got.gradient[i]), "a finite gradient of the other image");
    }
  }
});

const Case kEmpty("lovasz/nothing to learn", [] {
  Input ignored = Input::random({2, 4, 5, 6}, 11);
  for (int64_t& y : ignored.labels) y = -1;
  compare(ignored);
  expect(on_gpu(false, ignored, 0, 2).value == 0, "the value of no pixel");
  Input one_class = ignored;
  for (int64_t& y : one_class.labels) y = 2;
  compare(one_class);
  Input one_image = Input::random({2, 4, 5, 6}, 11);
  for (int64_t i = 0; i < 30; ++i) one_image.labels[i] = -1;
  compare(one_image);
  compare({{0, 4, 5, 6}, {}, {}});
  compare({{3, 4, 0, 6}, {}, {}});
});

const Case kSameBits("lovasz/the same bits each time", [] {
  const Input in = Input::random({2, 5, 65, 66}, 12);
  for (bool per_image : {false, true}) {
    const Result first = on_gpu(per_image, in, 0, 2);
    for (uint64_t seed : {1, 2}) {
      shuffle(seed);
      const Result again = on_gpu(per_image, in, 0, 2);
      shuffle(0);
      expect(again.value == first.value && again.gradient == first.gradient, "the same bits");
    }
  }
});

const Case kValueOnly("lovasz/value without gradient", [] {
  const Input in = Input::random({2, 3, 50, 51}, 13);
  const DeviceArray<float> logits(in.logits), value(1);
  const DeviceArray<int64_t> labels(in.labels);
  for (bool per_image : {false, true}) {
    autoloss::lovasz_loss(per_image,
                          gpu_batch({2, 3, 50, 51}, logits.get(), autoloss::LOGIT_FLOAT32,
                                    labels.get(), autoloss::LABEL_INT64),
                          value.get(), nullptr);
    expect(value.values()[0] == static_cast<float>(on_gpu(per_image, in, 0, 2).value),
           "the value with a gradient");
  }
});

const Case kRefused("lovasz/bad arguments", [] {
  const Input in = Input::random({1, 3, 4, 5}, 14);
  const DeviceArray<float> logits(in.logits), value(1);
  const DeviceArray<int64_t> labels(in.labels);
  const auto call = [&](int logit_type, const void* z, float* v, int64_t n) {
    return message_of([&] {
      autoloss::lovasz_loss(
          0, gpu_batch({n, 3, 4, 5}, z, logit_type, labels.get(), autoloss::LABEL_INT64), v,
          nullptr);
    });
  };
  expect_contains(call(3, logits.get(), value.get(), 1), "logit_type: expected 0 to 2, got 3");
  expect_contains(call(0, in.logits.data(), value.get(), 1), "logits: expected memory of GPU 0");
  float host = 0;
  expect_contains(call(0, logits.get(), &host, 1), "value: expected memory of a GPU");
  expect_contains(call(0, logits.get(), value.get(), int64_t{1} << 30),
                  "labels: expected fewer than 2^31 pixels");
});

/// Value and gradient of a batch; the bytes are two reads and one write, and the labels twice, as
/// if nothing had to be sorted.
Measured fused(bool per_image, int logit_type) {
  const Sizes s = benchmark_sizes();
  const Input image = Input::random(benchmark_image(), 1);
  const auto z = repeated(Logits(image.logits, logit_type).raw(), s.n);
  const auto y = repeated(Labels(image.labels, autoloss::LABEL_UINT8).raw(), s.n);
  const auto value = std::make_shared<DeviceArray<float>>(1);
  const auto gradient = std::make_shared<DeviceArray<float>>(static_cast<size_t>(s.elements()));
  const auto bytes = static_cast<int64_t>(2 * z->bytes() + 2 * y->bytes() + gradient->bytes());
  return {bytes, [=](cudaStream_t stream) {
            autoloss::lovasz_loss(
                per_image,
                gpu_batch(s, z->get(), logit_type, y->get(), autoloss::LABEL_UINT8, stream),
                value->get(), gradient->get());
          }};
}

const Benchmark kBatch("Lovasz loss, float32", [] { return fused(false, 0); });
const Benchmark kHalf("Lovasz loss, float16", [] { return fused(false, 1); });
const Benchmark kPerImage("Lovasz loss per image, float32", [] { return fused(true, 0); });

}  // namespace
