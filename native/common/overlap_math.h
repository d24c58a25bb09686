// From the class sums of an overlap loss to its value, and to what each sum contributes to the
// gradient; for CPU and GPU.
#ifndef AUTOLOSS_COMMON_OVERLAP_MATH_H_
#define AUTOLOSS_COMMON_OVERLAP_MATH_H_

#include <string>

#include "checks.h"
#include "inline.h"
#include "region_math.h"

namespace autoloss {

/// What tells Dice, Tversky and Jaccard apart; see overlap_loss in ops.h.
struct OverlapRule {
  bool squared;
  double alpha, beta;
  int absent_classes;
};

/// Throws std::invalid_argument where an argument is out of range.
inline OverlapRule checked_overlap(int squared, double alpha, double beta, int absent_classes) {
  const auto check_weight = [](const char* argument, double value) {
    if (!(value >= 0 && value <= 1e6)) fail(argument, "0 to 1e6", std::to_string(value));
  };
  check_weight("alpha", alpha);
  check_weight("beta", beta);
  check_choice("absent_classes", absent_classes, ABSENT_COUNT, ABSENT_SKIP);
  return {squared != 0, alpha, beta, absent_classes};
}

/// The term of a class, of which `overlap` is the sum of p over its pixels and `size` that of p, or
/// of p^2, over all: w I / (own I + alpha S + beta G + eps). The weights are those of mIoU, and so
/// is the value: region_value.
AUTOLOSS_INLINE RegionTerm overlap_term(const OverlapRule& rule, double overlap, double size,
                                        double labelled, const RegionTotals& totals) {
  // the share of (1 - alpha - beta) I is what a squared sum does not have: I is not part of it
  const double own = rule.squared ? 0 : 1 - rule.alpha - rule.beta;
  const double weight = region_weight(METRIC_MIOU, rule.absent_classes, labelled, totals);
  const double rest = rule.alpha * size + rule.beta * labelled + kRegionEpsilon;
  const double whole = own * overlap + rest;
  return {weight * overlap / whole, static_cast<float>(-weight * rest / (whole * whole)),
          static_cast<float>(weight * rule.alpha * overlap / (whole * whole))};
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_OVERLAP_MATH_H_
