// Areas, IoU, matching and suppression of boxes against the CPU's.
#include <algorithm>
#include <limits>
#include <memory>

#include "inputs.h"

namespace {

using namespace checks;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Boxes on a grid of quarters, so that some are equal, touch, or lie within others; a few have no
/// area, or sides below 0.
template <class Number = float>
std::vector<Number> random_boxes(int64_t n, double extent, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto place = [&](double most) {
    return static_cast<Number>(std::floor(draw(random) * most * 4) / 4);
  };
  std::vector<Number> boxes;
  for (int64_t i = 0; i < n; ++i) {
    const Number x = place(extent), y = place(extent);
    const Number shift = draw(random) < 0.05 ? -1 : 0;
    boxes.insert(boxes.end(), {x, y, x + place(8) + shift, y + place(8) + shift});
  }
  return boxes;
}

/// Of numbers that are sums of a few products each, up to `largest` in size.
template <class Number>
void expect_alike(const std::vector<Number>& got, const std::vector<Number>& expected,
                  const std::string& what) {
  expect(got.size() == expected.size(), what + ": as many values");
  const double share = sizeof(Number) == sizeof(float) ? 2e-6 : 4e-15;
  for (size_t i = 0; i < got.size(); ++i) {
    expect_close(got[i], expected[i], share * (1 + std::abs(static_cast<double>(expected[i]))),
                 what + ", at " + std::to_string(i));
  }
}

template <class Number>
void compare_overlaps(int64_t n, bool coded, bool derivatives) {
  std::vector<Number> predicted = random_boxes<Number>(n, 12, 1);
  const std::vector<Number> target = random_boxes<Number>(n, 12, 2);
  const std::vector<Number> anchors = random_boxes<Number>(n, 12, 3);
  if (coded) {
    const std::vector<float> deltas = random_values(4 * n, 3, 4);
    std::copy(deltas.begin(), deltas.end(), predicted.begin());
    predicted[2] = 50;  // beyond the limit
  }
  const double coding[] = {10, 10, 5, 5, std::log(1000.0 / 16)};
  const auto areas = static_cast<size_t>(3 * n), slopes = derivatives ? 4 * areas : 0;
  std::vector<Number> expected(areas), expected_slopes(slopes);
  autoloss::box_overlaps(predicted.data(), target.data(), n, coded ? anchors.data() : nullptr,
                         coding, expected.data(), derivatives ? expected_slopes.data() : nullptr);
  const DeviceArray<Number> p(predicted), t(target), a(anchors), out(areas), by(slopes);
  const std::string what = std::to_string(n) + (coded ? " deltas of " : " boxes of ") +
                           std::to_string(8 * sizeof(Number)) + " bits";
  in_any_order([&] {
    autoloss::box_overlaps(p.get(), t.get(), n, coded ? a.get() : nullptr, coding, out.get(),
                           derivatives ? by.get() : nullptr, 0);
    expect_alike(out.values(), expected, "areas of " + what);
    if (derivatives) expect_alike(by.values(), expected_slopes, "derivatives of " + what);
  });
}

const Case kOverlaps("boxes/areas and their derivatives", [] {
  for (int64_t n : {1, 33, 300}) {
    for (bool coded : {false, true}) {
      for (bool derivatives : {false, true}) {
        compare_overlaps<float>(n, coded, derivatives);
        compare_overlaps<double>(n, coded, derivatives);
      }
    }
  }
});

std::vector<float> iou_on_cpu(const std::vector<float>& first, const std::vector<float>& second) {
  const int64_t n = first.size() / 4, m = second.size() / 4;
  std::vector<float> iou(static_cast<size_t>(n * m));
  autoloss::pairwise_iou(first.data(), n, second.data(), m, iou.data());
  return iou;
}

const Case kIou("boxes/IoU of all pairs", [] {
  for (int64_t n : {1, 7, 40}) {
    for (int64_t m : {1, 33, 129}) {
      std::vector<float> first = random_boxes(n, 12, 5);
      const std::vector<float> second = random_boxes(m, 12, 6);
      first[0] = n > 1 ? kNaN : first[0];
      const std::vector<float> expected = iou_on_cpu(first, second);
      const DeviceArray<float> a(first), b(second), out(expected.size());
      in_any_order([&] {
        autoloss::pairwise_iou(a.get(), n, b.get(), m, out.get(), 0);
        expect_equal(out.values(), expected,
                     std::to_string(n) + " x " + std::to_string(m) + " overlaps");
      });
    }
  }
});

void compare_matches(const std::vector<float>& iou, int64_t targets, int64_t boxes) {
  for (bool restore : {false, true}) {
    for (double low : {0.0, 0.3, 0.5}) {
      std::vector<int64_t> expected(static_cast<size_t>(boxes));
      autoloss::match_boxes(iou.data(), targets, boxes, low, 0.5, restore, expected.data());
      const DeviceArray<float> overlaps(iou);
      const DeviceArray<int64_t> out(expected.size());
      in_any_order([&] {
        autoloss::match_boxes(overlaps.get(), targets, boxes, low, 0.5, restore, out.get(), 0);
        expect_equal(out.values(), expected,
                     std::to_string(targets) + " targets of " + std::to_string(boxes) +
                         " boxes, restored " + std::to_string(restore));
      });
    }
  }
}

const Case kMatches("boxes/targets of boxes, with ties and NaN", [] {
  for (int64_t targets : {0, 1, 5, 40}) {
    for (int64_t boxes : {1, 70, 2500}) {
      const std::vector<float> first = random_boxes(targets, 12, 7);
      compare_matches(iou_on_cpu(first, random_boxes(boxes, 12, 8)), targets, boxes);
    }
  }
});

/// Scores of which some are equal; some NaN, infinite, and zeros of both signs.
std::vector<float> random_scores(int64_t n, uint64_t seed) {
  std::vector<float> scores = random_values(n, 1, seed);
  for (int64_t i = 0; i < n; ++i) {
    if (i % 11 == 3) scores[i] = i % 2 == 0 ? 0.0f : -0.0f;
    if (i % 50 == 7) scores[i] = i % 100 == 7 ? kNaN : -kInfinity;
  }
  return scores;
}

void compare_suppression(const std::vector<float>& boxes, const std::vector<float>& scores,
                         int64_t classes, double threshold) {
  const int64_t n = scores.size();
  std::mt19937_64 random(9);
  std::vector<int64_t> own;
  for (int64_t i = 0; i < n; ++i) own.push_back(static_cast<int64_t>(draw(random) * classes) - 1);
  std::vector<int64_t> expected(static_cast<size_t>(n));
  expected.resize(autoloss::suppress_boxes(boxes.data(), scores.data(),
                                           classes > 0 ? own.data() : nullptr, n, threshold,
                                           expected.data()));
  const DeviceArray<float> b(boxes), s(scores);
  const DeviceArray<int64_t> c(own), kept(static_cast<size_t>(n));
  in_any_order([&] {
    const int64_t count = autoloss::suppress_boxes(
        b.get(), s.get(), classes > 0 ? c.get() : nullptr, n, threshold, kept.get(), 0);
    std::vector<int64_t> got = kept.values();
    got.resize(count);
    expect_equal(got, expected,
                 std::to_string(n) + " boxes of " + std::to_string(classes) + " classes above " +
                     std::to_string(threshold));
  });
}

const Case kSuppression("boxes/suppression, with ties, NaN and classes", [] {
  for (int64_t n : {1, 63, 64, 65, 700}) {
    for (int64_t classes : {0, 1, 5}) {
      for (double threshold : {0.0, 0.3, 0.5, 1.0}) {
        compare_suppression(random_boxes(n, 20, 10), random_scores(n, 11), classes, threshold);
      }
    }
  }
});

/// More than a strip, and boxes that have no place.
const Case kStrips("boxes/suppression of several strips", [] {
  std::vector<float> boxes = random_boxes(4500, 60, 12);
  boxes[40] = kNaN, boxes[85] = kInfinity, boxes[126] = -kInfinity;
  compare_suppression(boxes, random_scores(4500, 13), 3, 0.4);
});

/// A chain, in which each box would suppress the next: every other one stays.
const Case kChain("boxes/suppression of a chain", [] {
  std::vector<float> boxes, scores;
  for (int i = 0; i < 200; ++i) {
    const float x = static_cast<float>(i);
    boxes.insert(boxes.end(), {x, 0, x + 3, 1});
    scores.push_back(-x);
  }
  compare_suppression(boxes, scores, 0, 0.4);
  const DeviceArray<float> b(boxes), s(scores);
  const DeviceArray<int64_t> kept(200);
  expect(autoloss::suppress_boxes(b.get(), s.get(), nullptr, 200, 0.4, kept.get(), 0) == 100,
         "every other box of a chain");
});

const Case kArguments("boxes/arguments are checked", [] {
  const DeviceArray<float> boxes(8), out(6);
  const DeviceArray<int64_t> kept(2);
  std::vector<float> host(8);
  const double coding[] = {1, 1, 1, 1, 4};
  expect_contains(message_of([&] {
                    autoloss::box_overlaps(boxes.get(), host.data(), 2, nullptr, coding, out.get(),
                                           nullptr, 0);
                  }),
                  "target: expected memory of GPU 0, as overlaps is, got memory of the host");
  expect_contains(message_of([&] {
                    autoloss::box_overlaps(boxes.get(), boxes.get(), 2, nullptr, coding, out.get(),
                                           nullptr, 1);
                  }),
                  "overlaps: expected memory of GPU 1, the call's, got memory of GPU 0");
  expect_contains(
      message_of([&] { autoloss::pairwise_iou(boxes.get(), -1, boxes.get(), 2, out.get(), 0); }),
      "n: expected 0 to 2^31-1 boxes, got -1");
  expect_contains(
      message_of([&] { autoloss::match_boxes(out.get(), 1, 2, 0.7, 0.5, 0, kept.get(), 0); }),
      "low: expected at most the upper threshold");
  expect_contains(message_of([&] {
                    autoloss::suppress_boxes(boxes.get(), out.get(), nullptr, 2, -1, kept.get(), 0);
                  }),
                  "threshold: expected 0 or more");
  expect(autoloss::suppress_boxes(nullptr, nullptr, nullptr, 0, 0.5, nullptr, 0) == 0, "no box");
  autoloss::pairwise_iou(nullptr, 0, boxes.get(), 2, nullptr, 0);  // nothing to do
});

int64_t benchmark_boxes() {
#ifdef AUTOLOSS_EMULATED
  return 200;
#else
  return 20000;
#endif
}

const Benchmark kOverlapBenchmark("areas of boxes and their derivatives, 20,000 pairs", [] {
  const int64_t n = benchmark_boxes();
  const auto p = std::make_shared<DeviceArray<float>>(random_boxes(n, 1000, 1));
  const auto t = std::make_shared<DeviceArray<float>>(random_boxes(n, 1000, 2));
  const auto out = std::make_shared<DeviceArray<float>>(static_cast<size_t>(3 * n));
  const auto by = std::make_shared<DeviceArray<float>>(static_cast<size_t>(12 * n));
  return Measured{static_cast<int64_t>(p->bytes() + t->bytes() + out->bytes() + by->bytes()),
                  [=](cudaStream_t stream) {
                    autoloss::box_overlaps(p->get(), t->get(), n, nullptr, nullptr, out->get(),
                                           by->get(), 0, stream);
                  }};
});

/// The anchors of a feature pyramid, and the objects of an image.
const Benchmark kMatchBenchmark("IoU and targets of 200,000 anchors, 20 objects", [] {
  const int64_t n = 10 * benchmark_boxes(), targets = 20;
  const auto first = std::make_shared<DeviceArray<float>>(random_boxes(targets, 1000, 1));
  const auto second = std::make_shared<DeviceArray<float>>(random_boxes(n, 1000, 2));
  const auto iou = std::make_shared<DeviceArray<float>>(static_cast<size_t>(targets * n));
  const auto matches = std::make_shared<DeviceArray<int64_t>>(static_cast<size_t>(n));
  return Measured{
      static_cast<int64_t>(second->bytes() + 3 * iou->bytes() + matches->bytes()),
      [=](cudaStream_t stream) {
        autoloss::pairwise_iou(first->get(), targets, second->get(), n, iou->get(), 0, stream);
        autoloss::match_boxes(iou->get(), targets, n, 0.3, 0.7, 1, matches->get(), 0, stream);
      }};
});

/// As large as those of benchmarks/, and above the same threshold. Boxes, scores and the numbers of
/// those that stay cannot help crossing the bus.
const Benchmark kSuppressionBenchmark("suppression of 20,000 boxes", [] {
  const int64_t n = benchmark_boxes();
  std::mt19937_64 random(3);
  std::vector<float> boxes, scores;
  const auto number = [&](double least, double most) {
    return static_cast<float>(least + (most - least) * draw(random));
  };
  for (int64_t i = 0; i < n; ++i) {
    const float x = number(0, 1000), y = number(0, 1000);
    boxes.insert(boxes.end(), {x, y, x + number(20, 300), y + number(20, 300)});
    scores.push_back(number(0, 1));
  }
  const auto b = std::make_shared<DeviceArray<float>>(boxes);
  const auto s = std::make_shared<DeviceArray<float>>(scores);
  const auto kept = std::make_shared<DeviceArray<int64_t>>(static_cast<size_t>(n));
  return Measured{
      static_cast<int64_t>(b->bytes() + s->bytes() + kept->bytes()), [=](cudaStream_t stream) {
        autoloss::suppress_boxes(b->get(), s->get(), nullptr, n, 0.5, kept->get(), 0, stream);
      }};
});

}  // namespace
