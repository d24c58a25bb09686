// Counts of pixels and of boundaries against the CPU's.
#include <limits>
#include <memory>

#include "inputs.h"
#include "logits.h"

namespace {

using namespace checks;

void compare_counts(const Sizes& s, const std::vector<float>& values,
                    const std::vector<int64_t>& plain, int logit_type, int label_type) {
  const Logits logits(values, logit_type);
  const Labels labels(plain, label_type);
  const DeviceArray<uint8_t> z(logits.raw()), y(labels.raw());
  const std::string what = " of " + s.text() + ", logits of type " + std::to_string(logit_type);

  // what is there is added to
  std::vector<int64_t> counts(static_cast<size_t>(3 * s.c), 5);
  const DeviceArray<int64_t> got(counts);
  autoloss::count_logits(host_batch(s, logits.host(), labels.host(), label_type), counts.data());
  autoloss::count_logits(gpu_batch(s, z.get(), logit_type, y.get(), label_type), got.get());
  expect_equal(got.values(), counts, "counts" + what);

  std::vector<int32_t> predictions(plain.size());
  const DeviceArray<int32_t> got_predictions(plain.size());
  autoloss::predict_classes(host_batch(s, logits.host(), nullptr, 0), predictions.data());
  autoloss::predict_classes(gpu_batch(s, z.get(), logit_type, nullptr, 0), got_predictions.get());
  expect_equal(got_predictions.values(), predictions, "predictions" + what);
}

const Case kCounts("counts/of logits", [] {
  for (const Sizes& s : {Sizes{1, 1, 1, 1}, {2, 21, 7, 33}, {1, 70, 33, 7}}) {
    for (int type : {0, 1, 2}) {
      compare_counts(s, random_values(s.elements(), 3, 9), random_labels(s, 10), type, type);
    }
  }
});

const Case kCountsAwkward("counts/of equal, infinite and NaN logits, and ignored pixels", [] {
  const Sizes s{1, 5, 7, 9};
  std::vector<float> values = random_values(s.elements(), 2, 8);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::floor(values[i]);
    if (i % 11 == 0) values[i] = std::numeric_limits<float>::quiet_NaN();
    if (i % 11 == 5) values[i] = std::numeric_limits<float>::infinity();
    if (i % 11 == 7) values[i] = -std::numeric_limits<float>::infinity();
  }
  compare_counts(s, values, random_labels(s, 4), autoloss::LOGIT_FLOAT32, autoloss::LABEL_UINT8);
  compare_counts(s, values, std::vector<int64_t>(63, -1), autoloss::LOGIT_FLOAT16,
                 autoloss::LABEL_INT64);
});

void compare_predictions(const Sizes& s, int prediction_type, int label_type, int64_t tolerance,
                         int drop_background, int ignored_edges) {
  const Labels predictions(random_labels(s, 21), prediction_type);
  const Labels labels(random_labels(s, 22), label_type);
  const DeviceArray<uint8_t> x(predictions.raw()), y(labels.raw());
  std::vector<int64_t> counts(static_cast<size_t>(3 * s.c), 1);
  const DeviceArray<int64_t> got(counts);
  autoloss::count_predictions(predictions.host(), prediction_type,
                              host_batch(s, nullptr, labels.host(), label_type), counts.data());
  autoloss::count_predictions(x.get(), prediction_type,
                              gpu_batch(s, nullptr, 0, y.get(), label_type), got.get());
  expect_equal(got.values(), counts, "counts of predictions of " + s.text());

  std::vector<int64_t> boundaries(static_cast<size_t>(7 * s.c), 1);
  const std::vector<int64_t> before = boundaries;
  DeviceArray<int64_t> got_boundaries(boundaries);
  autoloss::count_boundaries(predictions.host(), prediction_type,
                             host_batch(s, nullptr, labels.host(), label_type), tolerance,
                             drop_background, ignored_edges, boundaries.data());
  in_any_order([&] {
    got_boundaries.put(before);
    autoloss::count_boundaries(x.get(), prediction_type,
                               gpu_batch(s, nullptr, 0, y.get(), label_type), tolerance,
                               drop_background, ignored_edges, got_boundaries.get());
    expect_equal(got_boundaries.values(), boundaries, "counts of boundaries of " + s.text());
  });
}

const Case kBoundaries("counts/of predictions and boundaries", [] {
  int type = 0;
  for (const Sizes& s : {Sizes{1, 1, 1, 1}, {2, 21, 7, 33}, {1, 70, 33, 7}, {3, 2, 17, 5}}) {
    for (int64_t tolerance : {0, 2, 9}) {
      compare_predictions(s, type % 3, (type + 1) % 3, tolerance, type % 2, type / 2 % 2);
      ++type;
    }
  }
});

const Benchmark kCounting("confusion counts [16,21,512,512]", [] {
  const Sizes s = checks::benchmark_sizes();
  const auto z = repeated(random_values(benchmark_image().elements(), 2, 1), s.n);
  const Labels labels(random_labels(benchmark_image(), 3), autoloss::LABEL_UINT8);
  const auto y = repeated(labels.raw(), s.n);
  const auto counts =
      std::make_shared<DeviceArray<int64_t>>(std::vector<int64_t>(static_cast<size_t>(3 * s.c)));
  return Measured{static_cast<int64_t>(z->bytes() + y->bytes()), [=](cudaStream_t stream) {
                    autoloss::count_logits(gpu_batch(s, z->get(), autoloss::LOGIT_FLOAT32, y->get(),
                                                     autoloss::LABEL_UINT8, stream),
                                           counts->get());
                  }};
});

}  // namespace
