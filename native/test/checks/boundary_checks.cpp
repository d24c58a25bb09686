// The boundary surrogates against the CPU's.
#include <limits>
#include <memory>

#include "gradients.h"
#include "inputs.h"
#include "logits.h"

namespace {

using namespace checks;

struct Setting {
  int metric, pieces, absent_classes;
  int64_t tolerance;
  int drop_background, ignored_edges, logit_type, label_type;
};

/// Control points of curves that differ from each other.
std::vector<double> control_points(int metric, int pieces) {
  std::vector<double> points;
  for (int curve = 0; curve < (metric == autoloss::METRIC_BIOU ? 2 : 4); ++curve) {
    for (int i = 1; i < 2 * pieces; ++i) {
      points.push_back(0.5 * i / pieces);
      points.push_back(std::pow(0.5 * i / pieces, 0.5 + 0.4 * curve));
    }
  }
  return points;
}

void compare(const Setting& setting, const Sizes& s, const std::vector<float>& values,
             const std::vector<int64_t>& plain) {
  const std::string what = (setting.metric == autoloss::METRIC_BIOU ? "BIoU of " : "BF1 of ") +
                           s.text() + ", logits of type " + std::to_string(setting.logit_type) +
                           ", " + std::to_string(setting.pieces) + " pieces";
  const std::vector<double> points = control_points(setting.metric, setting.pieces);
  const auto count = static_cast<int64_t>(points.size());
  const Logits logits(values, setting.logit_type);
  const Labels labels(plain, setting.label_type);
  std::vector<float> gradient(values.size());
  const double expected = autoloss::boundary_surrogate(
      setting.metric, points.data(), count, setting.absent_classes, setting.tolerance,
      setting.drop_background, setting.ignored_edges,
      host_batch(s, logits.host(), labels.host(), setting.label_type), nullptr, gradient.data());

  const DeviceArray<uint8_t> z(logits.raw()), y(labels.raw());
  const DeviceArray<float> value(1);
  const int type = gradient_type(setting.metric == autoloss::METRIC_BIOU, setting.logit_type);
  const DeviceGradient got(values.size(), type);
  const auto run = [&](float* by_logits) {
    autoloss::boundary_surrogate(
        setting.metric, points.data(), count, setting.absent_classes, setting.tolerance,
        setting.drop_background, setting.ignored_edges,
        gpu_batch(s, z.get(), setting.logit_type, y.get(), setting.label_type), value.get(),
        by_logits);
    return value.values()[0];
  };
  // both sides promise 1e-6 of the value and 1e-5 of the gradient's norm
  const float first = run(got.get());
  const std::vector<float> first_gradient = got.values();
  expect_close(first, expected, 2e-6, what);
  expect_near(first_gradient, rounded(gradient, type), rounding_tolerance(2e-5, type),
              what + ", gradient");
  for (uint64_t seed : {1, 2}) {
    checks::shuffle(seed);
    const float again = run(got.get());
    checks::shuffle(0);
    expect(again == first || (again != again && first != first),
           what + ": the same bits each time");
    expect_equal(got.values(), first_gradient, what + ", gradient, each time");
  }
  expect_close(run(nullptr), first, 0, what + ", value alone");
}

void compare_all(int metric) {
  int i = 0;
  for (const Sizes& s :
       {Sizes{1, 1, 1, 1}, {1, 21, 7, 33}, {2, 4, 33, 34}, {1, 70, 33, 7}, {1, 3, 1, 40}}) {
    for (int type : {0, 1, 2}) {
      const Setting setting{metric,    1 + i % 4,  i % 2, 1 + i % 7,
                            i / 2 % 2, i % 3 == 1, type,  (type + i) % 3};
      compare(setting, s, random_values(s.elements(), 3, 30 + i), random_labels(s, 60 + i));
      ++i;
    }
  }
}

const Case kF1("boundary/BF1", [] { compare_all(autoloss::METRIC_BF1); });

const Case kIoU("boundary/BIoU", [] { compare_all(autoloss::METRIC_BIOU); });

const Case kF1Awkward("boundary/BF1 of equal and extreme logits, and without edges", [] {
  for (int ignored_edges : {autoloss::IGNORED_COUNT, autoloss::IGNORED_SKIP}) {
    const Sizes s{1, 3, 17, 19};
    const std::vector<int64_t> labels = random_labels(s, 7);
    const Setting setting{autoloss::METRIC_BF1,    1, 0, 5, 0, ignored_edges,
                          autoloss::LOGIT_FLOAT32, 0};
    compare(setting, s, std::vector<float>(s.elements(), 0.5f), labels);
    std::vector<float> values = random_values(s.elements(), 1e4, 8);
    compare(setting, s, values, labels);
    compare(setting, s, values, std::vector<int64_t>(labels.size(), 1));
    compare(setting, s, values, std::vector<int64_t>(labels.size(), -1));
    values = random_values(s.elements(), 2, 9);
    values[100] = std::numeric_limits<float>::quiet_NaN();
    compare(setting, s, values, labels);
    values[100] = std::numeric_limits<float>::infinity();
    compare(setting, s, values, labels);
  }
});

const Case kEmpty("boundary/no pixels", [] {
  for (int metric : {autoloss::METRIC_BIOU, autoloss::METRIC_BF1}) {
    for (int absent : {autoloss::ABSENT_COUNT, autoloss::ABSENT_SKIP}) {
      compare({metric, 1, absent, 5, 0, 0, 0, 0}, {0, 3, 4, 5}, {}, {});
    }
  }
});

const Case kArguments("boundary/arguments are checked", [] {
  const std::vector<double> points = control_points(autoloss::METRIC_BF1, 1);
  const DeviceArray<float> z(12), value(1);
  const DeviceArray<uint8_t> y(4);
  const auto message = [&](int64_t tolerance, int ignored_edges, const void* logits) {
    return message_of([&] {
      autoloss::boundary_surrogate(autoloss::METRIC_BF1, points.data(), 8, 0, tolerance, 0,
                                   ignored_edges, gpu_batch({1, 3, 2, 2}, logits, 0, y.get(), 0),
                                   value.get(), nullptr);
    });
  };
  expect_contains(message(-1, 0, z.get()), "tolerance: expected 0 or more pixels, got -1");
  expect_contains(message(5, 2, z.get()), "ignored_edges: expected 0 to 1, got 2");
  const std::vector<float> host(12);
  expect_contains(message(5, 0, host.data()), "logits: expected memory of GPU 0");
});

Measured benchmark(int metric, int logit_type) {
  const Sizes s = checks::benchmark_sizes();
  const Sizes image = checks::benchmark_image();
  const Logits logits(random_values(image.elements(), 4, 1), logit_type);
  const Labels labels(random_labels(image, 3), autoloss::LABEL_UINT8);
  const auto z = repeated(logits.raw(), s.n);
  const auto y = repeated(labels.raw(), s.n);
  const auto value = std::make_shared<DeviceArray<float>>(1);
  const auto gradient = std::make_shared<DeviceArray<float>>(static_cast<size_t>(s.elements()));
  const std::vector<double> points = control_points(metric, 1);
  // two reads of the logits and a write of the gradient
  return {static_cast<int64_t>(2 * z->bytes() + gradient->bytes()), [=](cudaStream_t stream) {
            autoloss::boundary_surrogate(
                metric, points.data(), static_cast<int64_t>(points.size()), 0, 5, 0, 0,
                gpu_batch(s, z->get(), logit_type, y->get(), autoloss::LABEL_UINT8, stream),
                value->get(), gradient->get());
          }};
}

const Benchmark kBIoU("BIoU surrogate and gradient [16,21,512,512]",
                      [] { return benchmark(autoloss::METRIC_BIOU, autoloss::LOGIT_FLOAT32); });
const Benchmark kBF1("BF1 surrogate and gradient [16,21,512,512]",
                     [] { return benchmark(autoloss::METRIC_BF1, autoloss::LOGIT_FLOAT32); });
const Benchmark kBF1Half("BF1 surrogate and gradient, float16 [16,21,512,512]",
                         [] { return benchmark(autoloss::METRIC_BF1, autoloss::LOGIT_FLOAT16); });

}  // namespace
