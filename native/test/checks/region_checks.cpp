// The region surrogates on the GPU against those of the CPU.
#include <cmath>
#include <vector>

#include "losses.h"

namespace {

using namespace autoloss;
using namespace checks;

constexpr int kMetrics[] = {METRIC_MIOU, METRIC_FWIOU, METRIC_MACC, METRIC_GACC};

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

FusedLoss region(int metric, int absent = ABSENT_COUNT, int pieces = 2) {
  const std::vector<double> points = control_points(metric, pieces);
  const auto count = static_cast<int64_t>(points.size());
  return narrow({"metric " + std::to_string(metric) + ", pieces " + std::to_string(pieces),
                 [=](const autoloss::Batch& batch, float* value, float* gradient) {
                   return region_surrogate(metric, points.data(), count, absent, batch, value,
                                           gradient);
                 }});
}

const Case kSizes("region/awkward sizes", [] {
  for (const Sizes& shape :
       {Sizes{1, 1, 1, 1}, Sizes{2, 2, 1, 33}, Sizes{1, 3, 7, 129}, Sizes{3, 5, 16, 16},
        Sizes{2, 8, 33, 7}, Sizes{1, 9, 11, 13}, Sizes{2, 19, 11, 23}, Sizes{1, 20, 7, 19},
        Sizes{2, 21, 17, 31}, Sizes{1, 22, 5, 29}, Sizes{1, 32, 9, 20}, Sizes{1, 33, 8, 9},
        Sizes{3, 33, 7, 19}, Sizes{1, 70, 5, 31}, Sizes{2, 150, 9, 13}}) {
    const Images batch = Images::random(shape, 1);
    for (int metric : kMetrics) {
      compare(region(metric), batch);
      compare(region(metric, ABSENT_SKIP), batch);
    }
  }
});

const Case kTypes("region/types of logits and labels", [] {
  for (const Sizes& shape : {Sizes{2, 2, 5, 13}, Sizes{2, 7, 9, 17}, Sizes{1, 19, 6, 11},
                             Sizes{1, 21, 6, 11}, Sizes{1, 40, 6, 11}}) {
    for (int metric : {METRIC_MIOU, METRIC_MACC}) {
      compare_types(region(metric), Images::random(shape, 2));
    }
  }
});

const Case kPieces("region/curves of several pieces", [] {
  for (const Sizes& shape :
       {Sizes{1, 2, 9, 20}, Sizes{2, 21, 9, 20}, Sizes{1, 33, 7, 11}, Sizes{1, 900, 3, 5}}) {
    const Images batch = Images::random(shape, 3);
    for (int pieces = 1; pieces <= 8; ++pieces) {
      for (int metric : {METRIC_FWIOU, METRIC_GACC}) {
        compare(region(metric, ABSENT_COUNT, pieces), batch);
      }
    }
  }
});

/// mIoU with the same curve twice: pieces with vertical tangents at their ends, narrow ones, jumps.
FusedLoss steep(const std::vector<double>& curve) {
  std::vector<double> points = curve;
  points.insert(points.end(), curve.begin(), curve.end());
  return {"a steep curve from " + std::to_string(curve[0]),
          [=](const autoloss::Batch& batch, float* value, float* gradient) {
            return region_surrogate(METRIC_MIOU, points.data(), static_cast<int64_t>(points.size()),
                                    ABSENT_COUNT, batch, value, gradient);
          }};
}

const Case kSteep("region/steep curves", [] {
  const std::vector<double> curves[] = {{0, 1},
                                        {1, 0},
                                        {0, 0.5, 0.3, 0.6, 1, 0.7},
                                        {0.3, 0.2, 0.3, 0.4, 0.3, 0.9},
                                        {0.2, 0.3, 0.4999, 0.5, 0.5, 0.6, 0.5001, 0.7, 0.8, 0.8},
                                        {0, 0.1, 0, 0.2, 0.6, 0.4}};
  for (const Sizes& shape : {Sizes{1, 2, 9, 31}, Sizes{1, 19, 9, 11}, Sizes{1, 40, 7, 9}}) {
    Images batch = Images::random(shape, 10);
    for (const std::vector<double>& curve : curves) compare(steep(curve), batch);
    // probabilities of 0 and 1, to the last bit
    for (float& z : batch.logits) z *= 100;
    for (const std::vector<double>& curve : curves) compare(steep(curve), batch, {}, 1e-2);
  }
});

const Case kManyClasses("region/1024 classes", [] {
  for (int metric : {METRIC_MIOU, METRIC_MACC}) {
    for (int type : {LOGIT_FLOAT32, LOGIT_BFLOAT16}) {
      compare(region(metric), Images::random({1, 1024, 3, 5}, 4), {type, LABEL_INT32});
    }
  }
});

const Case kExtremes("region/large logits", [] {
  for (const Sizes& shape : {Sizes{1, 5, 8, 9}, Sizes{1, 35, 8, 9}}) {
    Images batch = Images::random(shape, 5);
    for (float& z : batch.logits) z *= 2500;  // from -1e4 to 1e4
    // one class of a pixel impossible: p = 0, no NaN
    batch.logits[0] = -INFINITY;
    // p is 0 or 1 almost everywhere: what is left of the gradient is rounding, beside slopes of
    // some 1e-3
    for (int metric : kMetrics) compare(region(metric), batch, {}, 1e-4);
  }
});

const Case kIgnored("region/NaN where pixels are ignored", [] {
  for (const Sizes& shape : {Sizes{2, 2, 4, 9}, Sizes{2, 5, 4, 9}, Sizes{1, 21, 4, 9},
                             Sizes{1, 35, 4, 9}, Sizes{1, 900, 4, 9}}) {
    for (int metric : kMetrics) compare_ignored(region(metric), Images::random(shape, 6));
  }
});

const Case kNotFinite("region/NaN and infinity where pixels count", [] {
  for (const Sizes& shape : {Sizes{1, 2, 4, 9}, Sizes{1, 5, 4, 9}, Sizes{1, 21, 4, 9},
                             Sizes{1, 35, 4, 9}, Sizes{1, 900, 4, 9}}) {
    for (int metric : {METRIC_MIOU, METRIC_GACC}) {
      expect_nan(region(metric), Images::random(shape, 7));
    }
  }
});

const Case kEmpty("region/nothing to learn", [] {
  const Images batch = Images::random({2, 4, 5, 6}, 8), ignored = batch.labelled(-1);
  for (int metric : kMetrics) {
    for (int absent : {ABSENT_COUNT, ABSENT_SKIP}) {
      const FusedLoss loss = region(metric, absent);
      compare(loss, ignored);
      compare(loss, batch.labelled(2));
      compare(loss, {{0, 4, 5, 6}, {}, {}});
      compare(loss, {{3, 4, 0, 6}, {}, {}});
      expect(on_gpu(loss, ignored).value == (absent == ABSENT_SKIP ? 0 : 1),
             "the value of no pixel");
    }
  }
});

const Case kSameBits("region/the same bits each time, with and without gradient", [] {
  for (const Sizes& shape : {Sizes{2, 2, 17, 31}, Sizes{2, 19, 17, 31}, Sizes{2, 21, 33, 40},
                             Sizes{3, 40, 20, 33}, Sizes{1, 900, 9, 13}}) {
    for (int metric : {METRIC_MIOU, METRIC_MACC}) {
      expect_same_bits(region(metric), Images::random(shape, 9));
    }
  }
});

const Case kRefused("region/bad arguments", [] { expect_refused(region(METRIC_MIOU)); });

const Benchmark kMiou("mIoU surrogate, float32",
                      [] { return measured(region(METRIC_MIOU), LOGIT_FLOAT32); });
const Benchmark kMiouHalf("mIoU surrogate, float16",
                          [] { return measured(region(METRIC_MIOU), LOGIT_FLOAT16); });
const Benchmark kMiouBfloat("mIoU surrogate, bfloat16",
                            [] { return measured(region(METRIC_MIOU), LOGIT_BFLOAT16); });
const Benchmark kMacc("mAcc surrogate, float32",
                      [] { return measured(region(METRIC_MACC), LOGIT_FLOAT32); });

}  // namespace
