// The loss from the sums: which ratio, which weights, and what each sum contributes to the
// gradient.
#include "region.h"

#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "runtime.h"

namespace autoloss {
namespace {

constexpr double kEpsilon = 1e-8;

struct Slopes {
  std::vector<float> overlap, spill;

  explicit Slopes(size_t classes) : overlap(classes), spill(classes) {}
};

/// The share of each class in the surrogate: 1/C, 1/(classes present), or its frequency.
std::vector<double> class_weights(int metric, int absent_classes,
                                  const std::vector<double>& labelled) {
  double present = 0, pixels = 0;
  for (double count : labelled) {
    present += count > 0;
    pixels += count;
  }
  std::vector<double> weights(labelled.size());
  for (size_t c = 0; c < weights.size(); ++c) {
    if (metric == METRIC_FWIOU) {
      weights[c] = labelled[c] / (pixels + kEpsilon);
    } else if (absent_classes == ABSENT_COUNT) {
      weights[c] = 1.0 / static_cast<double>(weights.size());
    } else {
      weights[c] = labelled[c] > 0 ? 1.0 / present : 0.0;
    }
  }
  return weights;
}

/// 1 - sum_c w_c I_c / U_c with U = spill + labelled + eps.
double iou_loss(const std::vector<double>& weights, const std::vector<double>& overlap,
                const std::vector<double>& spill, const std::vector<double>& labelled,
                Slopes& slopes) {
  double surrogate = 0;
  for (size_t c = 0; c < weights.size(); ++c) {
    const double whole = spill[c] + labelled[c] + kEpsilon;
    surrogate += weights[c] * overlap[c] / whole;
    slopes.overlap[c] = static_cast<float>(-weights[c] / whole);
    slopes.spill[c] = static_cast<float>(weights[c] * overlap[c] / (whole * whole));
  }
  return 1 - surrogate;
}

/// 1 - sum_c w_c A_c / (G_c + eps); for the global accuracy 1 - sum A / (sum G + eps).
double accuracy_loss(int metric, const std::vector<double>& weights,
                     const std::vector<double>& overlap, const std::vector<double>& labelled,
                     Slopes& slopes) {
  double pixels = 0;
  for (double count : labelled) pixels += count;
  double surrogate = 0;
  for (size_t c = 0; c < weights.size(); ++c) {
    const double share =
        metric == METRIC_GACC ? 1 / (pixels + kEpsilon) : weights[c] / (labelled[c] + kEpsilon);
    surrogate += share * overlap[c];
    slopes.overlap[c] = static_cast<float>(-share);
  }
  return 1 - surrogate;
}

}  // namespace

double region_loss(int metric, const RegionArguments& in, int absent_classes, float* gradient) {
  const size_t classes = static_cast<size_t>(in.classes);
  const int threads = threads_for(in.images * in.classes * in.plane);
  const bool iou = metric == METRIC_MIOU || metric == METRIC_FWIOU;
  std::vector<double> overlap(classes), spill(classes), labelled(classes);
  const auto sums =
      iou ? variant(baseline::iou_sums, avx2::iou_sums, avx512::iou_sums)
          : variant(baseline::accuracy_sums, avx2::accuracy_sums, avx512::accuracy_sums);
  sums(in, threads, {overlap.data(), spill.data(), labelled.data()});

  const std::vector<double> weights = class_weights(metric, absent_classes, labelled);
  Slopes slopes(classes);
  double loss = iou ? iou_loss(weights, overlap, spill, labelled, slopes)
                    : accuracy_loss(metric, weights, overlap, labelled, slopes);
  if (absent_classes == ABSENT_SKIP) {
    bool empty = true;
    for (double count : labelled) empty &= count == 0;
    if (empty) loss = 0;  // the mean over no class: nothing to learn
  }
  if (gradient != nullptr) {
    const auto write =
        iou ? variant(baseline::iou_gradient, avx2::iou_gradient, avx512::iou_gradient)
            : variant(baseline::accuracy_gradient, avx2::accuracy_gradient,
                      avx512::accuracy_gradient);
    write(in, threads, {slopes.overlap.data(), slopes.spill.data()}, gradient);
  }
  return loss;
}

double region_surrogate(int metric, const double* control_points, int64_t control_values,
                        int absent_classes, const float* logits, const void* labels, int label_type,
                        int64_t n, int64_t c, int64_t h, int64_t w, float* gradient) {
  check_choice("metric", metric, METRIC_MIOU, METRIC_GACC);
  check_choice("absent_classes", absent_classes, ABSENT_COUNT, ABSENT_SKIP);
  check_shape(n, c, h, w);
  if (n * h * w > 0) {
    check_pointer("logits", logits);
    check_labels("labels", labels, label_type);
  }
  const int count = metric == METRIC_MIOU || metric == METRIC_FWIOU ? 2 : 1;
  Curve curves[2];
  make_curves(control_points, control_values, count, curves);
  return region_loss(metric, {logits, labels, label_type, nullptr, n, c, h * w, curves},
                     absent_classes, gradient);
}

}  // namespace autoloss
