// The region surrogates on the GPU against those of the CPU.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "autoloss/ops.h"
#include "check.h"
#include "inputs.h"
#include "logits.h"
#include "memory.h"

namespace {

using namespace autoloss;
using checks::Benchmark;
using checks::Case;
using checks::DeviceArray;
using checks::expect;
using checks::expect_close;
using checks::expect_contains;
using checks::Labels;
using checks::Logits;
using checks::Measured;
using checks::Sizes;

// Both sides promise 1e-6 of the value and 1e-5 of the gradient's norm.
constexpr double kValueTolerance = 2e-6, kGradientTolerance = 2e-5;

struct Settings {
  int metric = METRIC_MIOU;
  int absent = ABSENT_COUNT;
  int logit_type = LOGIT_FLOAT32;
  int label_type = LABEL_INT64;
  int pieces = 2;
};

struct Batch {
  Sizes shape;
  std::vector<float> logits;
  std::vector<int64_t> labels;

  static Batch random(const Sizes& shape, uint64_t seed) {
    return {shape, checks::random_values(shape.elements(), 4, seed),
            checks::random_labels(shape, seed)};
  }

  /// Whether a pixel has a label among the classes.
  bool counts(int64_t pixel) const { return labels[pixel] >= 0 && labels[pixel] < shape.c; }
};

struct Result {
  double value;
  std::vector<float> gradient;
};

std::vector<double> control_points(int metric, int pieces) {
  const int curves = metric <= METRIC_FWIOU ? 2 : 1;
  std::vector<double> points;
  for (int curve = 0; curve < curves; ++curve) {
    for (int i = 1; i < 2 * pieces; ++i) {
      const double x = static_cast<double>(i) / (2 * pieces);
      points.push_back(std::pow(x, curve == 0 ? 1.3 : 0.8));
      points.push_back(std::pow(x, curve == 0 ? 0.6 : 1.7));
    }
  }
  return points;
}

Result on_cpu(const Settings& s, const Batch& batch) {
  const Logits logits(batch.logits, s.logit_type);
  const std::vector<double> points = control_points(s.metric, s.pieces);
  const Sizes& shape = batch.shape;
  Result result{0, std::vector<float>(batch.logits.size())};
  result.value = region_surrogate(s.metric, points.data(), static_cast<int64_t>(points.size()),
                                  s.absent, logits.host(), batch.labels.data(), LABEL_INT64,
                                  shape.n, shape.c, shape.h, shape.w, result.gradient.data());
  return result;
}

Result on_gpu(const Settings& s, const Batch& batch) {
  const std::vector<double> points = control_points(s.metric, s.pieces);
  const Sizes& shape = batch.shape;
  const DeviceArray<uint8_t> logits(Logits(batch.logits, s.logit_type).raw());
  const DeviceArray<uint8_t> labels(Labels(batch.labels, s.label_type).raw());
  const DeviceArray<float> value(1), gradient(batch.logits.size());
  region_surrogate(s.metric, points.data(), static_cast<int64_t>(points.size()), s.absent,
                   logits.get(), s.logit_type, labels.get(), s.label_type, shape.n, shape.c,
                   shape.h, shape.w, value.get(), gradient.get(), nullptr);
  return {value.values()[0], gradient.values()};
}

/// |a - b| / max(|b|, least). Not finite if one of them has a NaN where the other has none.
double difference(const std::vector<float>& a, const std::vector<float>& b, double least) {
  double squares = 0, norm = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    squares += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
  }
  for (float value : b) norm += std::isnan(value) ? 0 : static_cast<double>(value) * value;
  return std::sqrt(squares) / std::max(std::sqrt(norm), least);
}

void compare(const Settings& s, const Batch& batch, double least_norm = 1e-30) {
  const std::string what = "metric " + std::to_string(s.metric) + ", " + batch.shape.text() +
                           ", logits " + std::to_string(s.logit_type) + ", pieces " +
                           std::to_string(s.pieces);
  const Result expected = on_cpu(s, batch), got = on_gpu(s, batch);
  expect_close(got.value, expected.value, kValueTolerance, what + ", value");
  expect_close(difference(got.gradient, expected.gradient, least_norm), 0, kGradientTolerance,
               what + ", gradient");
}

const Case kSizes("region/awkward sizes", [] {
  for (const Sizes& shape :
       {Sizes{1, 1, 1, 1}, Sizes{2, 2, 1, 33}, Sizes{1, 3, 7, 129}, Sizes{3, 5, 16, 16},
        Sizes{2, 8, 33, 7}, Sizes{1, 9, 11, 13}, Sizes{2, 21, 17, 31}, Sizes{1, 32, 9, 20},
        Sizes{1, 33, 8, 9}, Sizes{1, 70, 5, 31}}) {
    const Batch batch = Batch::random(shape, 1);
    for (int metric = METRIC_MIOU; metric <= METRIC_GACC; ++metric) {
      Settings s;
      s.metric = metric;
      compare(s, batch);
      s.absent = ABSENT_SKIP;
      compare(s, batch);
    }
  }
});

const Case kTypes("region/types of logits and labels", [] {
  for (const Sizes& shape : {Sizes{2, 7, 9, 17}, Sizes{1, 40, 6, 11}}) {
    const Batch batch = Batch::random(shape, 2);
    for (int logits = LOGIT_FLOAT32; logits <= LOGIT_BFLOAT16; ++logits) {
      for (int labels = LABEL_UINT8; labels <= LABEL_INT64; ++labels) {
        for (int metric : {METRIC_MIOU, METRIC_MACC}) {
          Settings s;
          s.metric = metric;
          s.logit_type = logits;
          s.label_type = labels;
          compare(s, batch);
        }
      }
    }
  }
});

const Case kPieces("region/curves of several pieces", [] {
  const Batch batch = Batch::random({1, 21, 9, 20}, 3);
  for (int pieces : {1, 2, 3, 8}) {
    for (int metric : {METRIC_FWIOU, METRIC_GACC}) {
      Settings s;
      s.metric = metric;
      s.pieces = pieces;
      compare(s, batch);
    }
  }
});

const Case kManyClasses("region/1024 classes", [] {
  Settings s;
  compare(s, Batch::random({1, 1024, 3, 5}, 4));
  s.metric = METRIC_MACC;
  compare(s, Batch::random({1, 1024, 3, 5}, 4));
});

const Case kExtremes("region/large logits", [] {
  for (const Sizes& shape : {Sizes{1, 5, 8, 9}, Sizes{1, 35, 8, 9}}) {
    Batch batch = Batch::random(shape, 5);
    for (float& z : batch.logits) z *= 2500;  // from -1e4 to 1e4
    // one class of a pixel impossible: p = 0, no NaN
    batch.logits[0] = -INFINITY;
    for (int metric = METRIC_MIOU; metric <= METRIC_GACC; ++metric) {
      Settings s;
      s.metric = metric;
      // p is 0 or 1 almost everywhere: what is left of the gradient is rounding, beside slopes of
      // some 1e-3
      compare(s, batch, 1e-4);
    }
  }
});

const Case kIgnored("region/NaN where pixels are ignored", [] {
  for (const Sizes& shape : {Sizes{2, 5, 4, 9}, Sizes{1, 35, 4, 9}}) {
    Batch batch = Batch::random(shape, 6);
    const int64_t plane = shape.h * shape.w;
    for (int64_t i = 0; i < shape.pixels(); ++i) {
      if (batch.counts(i)) continue;
      for (int64_t c = 0; c < shape.c; ++c) {
        batch.logits[(i / plane * shape.c + c) * plane + i % plane] = NAN;
      }
    }
    for (int metric = METRIC_MIOU; metric <= METRIC_GACC; ++metric) {
      Settings s;
      s.metric = metric;
      compare(s, batch);
      const Result got = on_gpu(s, batch);
      expect(std::isfinite(got.value), "a finite value");
      for (int64_t i = 0; i < shape.pixels(); ++i) {
        if (batch.counts(i)) continue;
        expect(got.gradient[(i / plane * shape.c) * plane + i % plane] == 0, "no gradient");
      }
    }
  }
});

const Case kNotFinite("region/NaN and infinity where pixels count", [] {
  for (float bad : {NAN, INFINITY}) {
    for (const Sizes& shape : {Sizes{1, 5, 4, 9}, Sizes{1, 35, 4, 9}}) {
      Batch batch = Batch::random(shape, 7);
      batch.labels[3] = 0;
      batch.logits[3] = bad;
      for (int metric : {METRIC_MIOU, METRIC_GACC}) {
        Settings s;
        s.metric = metric;
        expect(std::isnan(on_cpu(s, batch).value), "NaN on the CPU");
        expect(std::isnan(on_gpu(s, batch).value), "NaN on the GPU");
      }
    }
  }
});

const Case kEmpty("region/nothing to learn", [] {
  Batch ignored = Batch::random({2, 4, 5, 6}, 8);
  for (int64_t& y : ignored.labels) y = -1;
  Batch one_class = Batch::random({2, 4, 5, 6}, 8);
  for (int64_t& y : one_class.labels) y = 2;
  for (int metric = METRIC_MIOU; metric <= METRIC_GACC; ++metric) {
    for (int absent : {ABSENT_COUNT, ABSENT_SKIP}) {
      Settings s;
      s.metric = metric;
      s.absent = absent;
      compare(s, ignored);
      compare(s, one_class);
      compare(s, {{0, 4, 5, 6}, {}, {}});
      compare(s, {{3, 4, 0, 6}, {}, {}});
      expect(on_gpu(s, ignored).value == (absent == ABSENT_SKIP ? 0 : 1), "the value of no pixel");
    }
  }
});

const Case kSameBits("region/the same bits each time", [] {
  for (const Sizes& shape : {Sizes{2, 21, 33, 40}, Sizes{1, 40, 20, 33}}) {
    const Batch batch = Batch::random(shape, 9);
    for (int metric : {METRIC_MIOU, METRIC_MACC}) {
      Settings s;
      s.metric = metric;
      const Result first = on_gpu(s, batch);
      for (uint64_t seed : {1, 2, 3}) {
        checks::shuffle(seed);
        const Result again = on_gpu(s, batch);
        checks::shuffle(0);
        expect(again.value == first.value && again.gradient == first.gradient, "the same bits");
      }
    }
  }
});

const Case kValueOnly("region/value without gradient", [] {
  const Batch batch = Batch::random({1, 21, 9, 20}, 10);
  const std::vector<double> points = control_points(METRIC_MIOU, 2);
  const DeviceArray<float> logits(batch.logits), value(1);
  const DeviceArray<int64_t> labels(batch.labels);
  region_surrogate(METRIC_MIOU, points.data(), 12, ABSENT_COUNT, logits.get(), LOGIT_FLOAT32,
                   labels.get(), LABEL_INT64, 1, 21, 9, 20, value.get(), nullptr, nullptr);
  expect_close(value.values()[0], on_cpu({}, batch).value, kValueTolerance, "value");
});

const Case kRefused("region/bad arguments", [] {
  const Batch batch = Batch::random({1, 3, 4, 5}, 11);
  const std::vector<double> points = control_points(METRIC_MIOU, 2);
  const DeviceArray<float> logits(batch.logits), value(1);
  const DeviceArray<int64_t> labels(batch.labels);
  const auto call = [&](int logit_type, const void* z, const void* y, float* v) {
    return checks::message_of([&] {
      region_surrogate(METRIC_MIOU, points.data(), 12, ABSENT_COUNT, z, logit_type, y, LABEL_INT64,
                       1, 3, 4, 5, v, nullptr, nullptr);
    });
  };
  expect_contains(call(3, logits.get(), labels.get(), value.get()),
                  "logit_type: expected 0 to 2, got 3");
  expect_contains(call(0, batch.logits.data(), labels.get(), value.get()),
                  "logits: expected memory of GPU 0, as value is, got memory of the host");
  expect_contains(call(0, logits.get(), batch.labels.data(), value.get()),
                  "labels: expected memory of GPU 0");
  expect_contains(call(0, nullptr, labels.get(), value.get()), "logits: expected data, got null");
  float host = 0;
  expect_contains(call(0, logits.get(), labels.get(), &host),
                  "value: expected memory of a GPU, got memory of the host");
});

/// Value and gradient of a batch; the bytes are two reads and one write, and the labels twice.
Measured fused(int metric, int logit_type) {
  const Sizes s = checks::benchmark_sizes();
  const Batch batch = Batch::random(s, 1);
  const auto z = std::make_shared<DeviceArray<uint8_t>>(Logits(batch.logits, logit_type).raw());
  const auto y = std::make_shared<DeviceArray<uint8_t>>(Labels(batch.labels, LABEL_UINT8).raw());
  const auto value = std::make_shared<DeviceArray<float>>(1);
  const auto gradient = std::make_shared<DeviceArray<float>>(batch.logits.size());
  const std::vector<double> points = control_points(metric, 2);
  const auto bytes = static_cast<int64_t>(2 * z->bytes() + 2 * y->bytes() + gradient->bytes());
  return {bytes, [=](cudaStream_t stream) {
            region_surrogate(metric, points.data(), static_cast<int64_t>(points.size()),
                             ABSENT_COUNT, z->get(), logit_type, y->get(), LABEL_UINT8, s.n, s.c,
                             s.h, s.w, value->get(), gradient->get(), stream);
          }};
}

const Benchmark kMiou("mIoU surrogate, float32", [] { return fused(METRIC_MIOU, LOGIT_FLOAT32); });
const Benchmark kMiouHalf("mIoU surrogate, float16",
                          [] { return fused(METRIC_MIOU, LOGIT_FLOAT16); });
const Benchmark kMiouBfloat("mIoU surrogate, bfloat16",
                            [] { return fused(METRIC_MIOU, LOGIT_BFLOAT16); });
const Benchmark kMacc("mAcc surrogate, float32", [] { return fused(METRIC_MACC, LOGIT_FLOAT32); });

}  // namespace
