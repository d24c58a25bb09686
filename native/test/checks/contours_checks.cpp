// The counts of the boundary measures of Cheng et al. and of Csurka et al. against the CPU's.
#include <limits>
#include <memory>
#include <vector>

#include "inputs.h"

namespace {

using namespace checks;

void compare_matches(const Sizes& s, const std::vector<int64_t>& predicted,
                     const std::vector<int64_t>& truth, int prediction_type, int label_type,
                     double distance) {
  const Labels predictions(predicted, prediction_type), labels(truth, label_type);
  std::vector<int64_t> expected(static_cast<size_t>(4 * s.n * s.c), 7);  // is overwritten
  autoloss::count_boundary_matches(predictions.host(), prediction_type,
                                   host_batch(s, nullptr, labels.host(), label_type), distance,
                                   expected.data());
  const DeviceArray<uint8_t> x(predictions.raw()), y(labels.raw());
  DeviceArray<int64_t> got(expected.size());
  in_any_order([&] {
    got.put(std::vector<int64_t>(expected.size(), 7));
    autoloss::count_boundary_matches(x.get(), prediction_type,
                                     gpu_batch(s, nullptr, 0, y.get(), label_type), distance,
                                     got.get());
    expect_equal(got.values(), expected,
                 "matches of " + s.text() + " within " + std::to_string(distance));
  });
}

const Case kMatches("contours/boundary matches", [] {
  int type = 0;
  for (const Sizes& s : {Sizes{1, 1, 1, 1}, {2, 3, 7, 33}, {1, 70, 33, 7}, {3, 2, 17, 5}}) {
    for (double distance : {0.5, 1.0, 1.5, 3.0, 4.3, 1e300}) {
      // predictions of no class among them
      compare_matches(s, random_labels(s, 31), random_labels(s, 32), type % 3, (type + 1) % 3,
                      distance);
      ++type;
    }
  }
});

/// One boundary pixel on each side, at a known distance: within the disc or just outside.
const Case kDisc("contours/distances at the rim of the disc", [] {
  const Sizes s{1, 3, 19, 19};
  for (int64_t dy : {0, 1, 3, -4}) {
    for (int64_t dx : {0, 2, -3, 4}) {
      std::vector<int64_t> truth(361, 0), predicted(361, 0);
      truth[9 * 19 + 9] = 1;
      predicted[(9 + dy) * 19 + 9 + dx] = 1;
      for (double distance : {3.0, 3.2, 5.0, 5.01}) {
        compare_matches(s, predicted, truth, autoloss::LABEL_UINT8, autoloss::LABEL_INT32,
                        distance);
      }
    }
  }
});

const Case kEmpty("contours/images without boundaries", [] {
  const Sizes s{2, 3, 6, 7};
  compare_matches(s, std::vector<int64_t>(84, 1), std::vector<int64_t>(84, 2), 0, 0, 3);
  compare_matches(s, random_labels(s, 5), std::vector<int64_t>(84, -1), 2, 2, 3);
  compare_matches({2, 3, 0, 7}, {}, {}, 0, 0, 3);
});

const Case kArguments("contours/arguments are checked", [] {
  const DeviceArray<uint8_t> labels(4);
  const DeviceArray<int64_t> counts(8);
  std::vector<int64_t> host(8);
  const auto call = [&](double distance, int64_t* to) {
    return message_of([&] {
      autoloss::count_boundary_matches(
          labels.get(), 0, gpu_batch({1, 2, 2, 2}, nullptr, 0, labels.get(), 0), distance, to);
    });
  };
  expect_contains(call(0, counts.get()), "distance: expected more than 0 pixels");
  expect_contains(call(std::numeric_limits<double>::quiet_NaN(), counts.get()),
                  "distance: expected more than 0 pixels");
  expect_contains(call(2, host.data()), "counts: expected memory of a GPU");
});

void compare_regions(const Sizes& s, const std::vector<int64_t>& predicted,
                     const std::vector<int64_t>& truth, int prediction_type, int label_type,
                     int64_t distance) {
  const Labels predictions(predicted, prediction_type), labels(truth, label_type);
  std::vector<int64_t> expected(static_cast<size_t>(3 * s.c), 7);  // is added to
  const std::vector<int64_t> before = expected;
  autoloss::count_boundary_regions(predictions.host(), prediction_type,
                                   host_batch(s, nullptr, labels.host(), label_type), distance,
                                   expected.data());
  const DeviceArray<uint8_t> x(predictions.raw()), y(labels.raw());
  DeviceArray<int64_t> got(expected.size());
  in_any_order([&] {
    got.put(before);
    autoloss::count_boundary_regions(x.get(), prediction_type,
                                     gpu_batch(s, nullptr, 0, y.get(), label_type), distance,
                                     got.get());
    expect_equal(got.values(), expected,
                 "regions of " + s.text() + " within " + std::to_string(distance));
  });
}

const Case kRegions("contours/boundary regions", [] {
  int type = 0;
  for (const Sizes& s :
       {Sizes{1, 1, 1, 1}, {2, 3, 7, 33}, {1, 70, 33, 7}, {1, 2, 40, 41}, {2, 3, 0, 7}}) {
    for (int64_t distance : {1, 2, 10, 1000}) {
      compare_regions(s, random_labels(s, 33), random_labels(s, 34), type % 3, (type + 1) % 3,
                      distance);
      ++type;
    }
  }
  const Sizes s{1, 3, 30, 31};
  compare_regions(s, std::vector<int64_t>(930, 2), std::vector<int64_t>(930, 2), 0, 0, 3);
  compare_regions(s, random_labels(s, 35), std::vector<int64_t>(930, -1), 2, 2, 3);
});

/// Labels and predictions are read once. Half of the predicted boundaries are those of the labels.
const Benchmark kCounting("boundary matches within 5.43 pixels [16,512,512]", [] {
  const Sizes s = benchmark_sizes();
  const Sizes image = benchmark_image();
  const std::vector<int64_t> truth = random_labels(image, 3), other = random_labels(image, 4);
  std::vector<int64_t> predicted = truth;
  for (size_t i = predicted.size() / 2; i < predicted.size(); ++i) predicted[i] = other[i];
  const auto x = repeated(Labels(predicted, 0).raw(), s.n);
  const auto y = repeated(Labels(truth, 0).raw(), s.n);
  const auto counts = std::make_shared<DeviceArray<int64_t>>(static_cast<size_t>(4 * s.n * s.c));
  return Measured{static_cast<int64_t>(x->bytes() + y->bytes()), [=](cudaStream_t stream) {
                    autoloss::count_boundary_matches(x->get(), 0,
                                                     gpu_batch(s, nullptr, 0, y->get(), 0, stream),
                                                     5.43, counts->get());
                  }};
});

const Benchmark kRegionCounting("boundary regions of 14 pixels [16,512,512]", [] {
  const Sizes s = benchmark_sizes();
  const auto x = repeated(Labels(random_labels(benchmark_image(), 4), 0).raw(), s.n);
  const auto y = repeated(Labels(random_labels(benchmark_image(), 3), 0).raw(), s.n);
  const auto counts =
      std::make_shared<DeviceArray<int64_t>>(std::vector<int64_t>(static_cast<size_t>(3 * s.c)));
  return Measured{static_cast<int64_t>(x->bytes() + y->bytes()), [=](cudaStream_t stream) {
                    autoloss::count_boundary_regions(x->get(), 0,
                                                     gpu_batch(s, nullptr, 0, y->get(), 0, stream),
                                                     14, counts->get());
                  }};
});

}  // namespace
