// Entry point and order of the region surrogates: sums, value and slopes, gradient.
#include "region.h"

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/region_math.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "runtime.h"

namespace autoloss {

double region_loss(int metric, const BatchArguments& batch, const Curve* curves, int absent_classes,
                   float* gradient) {
  const size_t classes = static_cast<size_t>(batch.classes);
  const int threads = threads_for(batch.elements());
  Room<float> kept(gradient == nullptr ? 0 : batch.pixels());
  const RegionArguments in{batch, curves, kept.data()};
  const bool iou = metric == METRIC_MIOU || metric == METRIC_FWIOU;
  Zeros<double> overlap(classes), spill(classes), labelled(classes);
  const auto sums = iou ? AUTOLOSS_VARIANT(iou_sums) : AUTOLOSS_VARIANT(accuracy_sums);
  sums(in, threads, {overlap.data(), spill.data(), labelled.data()});

  RegionTotals totals = {static_cast<double>(classes), 0, 0};
  for (double count : labelled) {
    totals.present += count > 0;
    totals.pixels += count;
  }
  double surrogate = 0;
  Room<float> overlap_slopes(classes), spill_slopes(classes);
  for (size_t c = 0; c < classes; ++c) {
    const RegionTerm term =
        region_term(metric, absent_classes, overlap[c], spill[c], labelled[c], totals);
    surrogate += term.surrogate;
    overlap_slopes[c] = term.overlap_slope;
    spill_slopes[c] = term.spill_slope;
  }
  if (gradient != nullptr) {
    const auto write = iou ? AUTOLOSS_VARIANT(iou_gradient) : AUTOLOSS_VARIANT(accuracy_gradient);
    write(in, threads, {overlap_slopes.data(), spill_slopes.data()}, gradient);
  }
  return region_value(absent_classes, surrogate, totals);
}

double region_surrogate(int metric, const double* control_points, int64_t control_values,
                        int absent_classes, const Batch& batch, float* value, void* gradient) {
  if (on_gpu(batch)) {
    cuda::region_surrogate(metric, control_points, control_values, absent_classes, batch, value,
                           gradient);
    return 0;
  }
  check_choice("metric", metric, METRIC_MIOU, METRIC_GACC);
  check_choice("absent_classes", absent_classes, ABSENT_COUNT, ABSENT_SKIP);
  const BatchArguments in = checked_batch(batch);
  const int count = metric == METRIC_MIOU || metric == METRIC_FWIOU ? 2 : 1;
  Curve curves[2];
  make_curves(control_points, control_values, count, curves);
  return region_loss(metric, in, curves, absent_classes, static_cast<float*>(gradient));
}

}  // namespace autoloss
