// From the class sums of a region surrogate to its value, and to what each sum contributes to the
// gradient; for CPU and GPU.
#ifndef AUTOLOSS_COMMON_REGION_MATH_H_
#define AUTOLOSS_COMMON_REGION_MATH_H_

#include "autoloss/ops.h"
#include "inline.h"

namespace autoloss {

constexpr double kRegionEpsilon = 1e-8;

/// What holds for all classes.
struct RegionTotals {
  double classes;  // how many there are
  double present;  // how many have a labelled pixel
  double pixels;   // how many pixels are labelled
};

/// A class's share of the surrogate, and d loss / d overlap, d loss / d spill.
struct RegionTerm {
  double surrogate;
  float overlap_slope, spill_slope;
};

/// The weight of a class in the mean: 1/C, 1/(classes present), or its frequency.
AUTOLOSS_INLINE double region_weight(int metric, int absent_classes, double labelled,
                                     const RegionTotals& totals) {
  if (metric == METRIC_FWIOU) return labelled / (totals.pixels + kRegionEpsilon);
  if (absent_classes == ABSENT_COUNT) return 1.0 / totals.classes;
  return labelled > 0 ? 1.0 / totals.present : 0.0;
}

/// The term of a class, of which `overlap` is the sum of fA(p) over its pixels and `spill` that of
/// fO(p) over the others: w I / U with U = spill + labelled + eps for intersection over union,
/// w A / (G + eps) for mAcc, and A / (sum over all classes of G + eps) for gAcc.
AUTOLOSS_INLINE RegionTerm region_term(int metric, int absent_classes, double overlap, double spill,
                                       double labelled, const RegionTotals& totals) {
  const double weight = region_weight(metric, absent_classes, labelled, totals);
  if (metric == METRIC_MIOU || metric == METRIC_FWIOU) {
    const double whole = spill + labelled + kRegionEpsilon;
    return {weight * overlap / whole, static_cast<float>(-weight / whole),
            static_cast<float>(weight * overlap / (whole * whole))};
  }
  const double share = metric == METRIC_GACC ? 1 / (totals.pixels + kRegionEpsilon)
                                             : weight / (labelled + kRegionEpsilon);
  return {share * overlap, static_cast<float>(-share), 0.0f};
}

/// The loss; the mean over no class is 0, for there is nothing to learn.
AUTOLOSS_INLINE double region_value(int absent_classes, double surrogate,
                                    const RegionTotals& totals) {
  return absent_classes == ABSENT_SKIP && totals.present == 0 ? 0.0 : 1.0 - surrogate;
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_REGION_MATH_H_
