// The overlap losses, Dice, Tversky and Jaccard; value and gradient fused. Formulas: overlap_loss
// in ops.h; shapes, what is fused and passes over memory: class_sums.h. inside(p) = p, outside(p) =
// p or p^2, over the pixels of all classes.
//
// At [16,21,512,512] with labels in uint8 that is 1,065 MB in float32, 713 MB in float16.
#include "class_sums.h"
#include "common/overlap_math.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

/// outside(p) = p (linear + square p): numbers rather than a parameter of the template, which would
/// double the kernels for one operation an element.
struct OverlapTerms {
  static constexpr bool kEverywhere = true;
  float linear, square;

  __device__ float inside(float p) const { return p; }
  __device__ float outside(float p) const { return p * (linear + square * p); }
  __device__ float inside_slope(float /*p*/) const { return 1.0f; }
  __device__ float outside_slope(float p) const { return linear + 2.0f * square * p; }
};

/// An OverlapRule, as kernels call it.
struct DeviceRule {
  OverlapRule rule;

  __device__ RegionTerm term(double overlap, double size, double labelled,
                             const RegionTotals& totals) const {
    return overlap_term(rule, overlap, size, labelled, totals);
  }
  __device__ double value(double similarity, const RegionTotals& totals) const {
    return region_value(rule.absent_classes, similarity, totals);
  }
};

}  // namespace

void overlap_loss(int squared, double alpha, double beta, int absent_classes, const Batch& batch,
                  float* value, void* gradient) {
  const DeviceRule rule{checked_overlap(squared, alpha, beta, absent_classes)};
  const LossDevice device(batch, value, gradient);
  const BatchArguments in = {batch.logits, batch.logit_type, batch.labels, batch.label_type,
                             nullptr,      batch.n,          batch.c,      batch.h * batch.w};
  const ClassSumsLoss<DeviceRule> loss(rule, in, value, gradient, device.number(),
                                       stream_of(batch));
  const OverlapTerms terms =
      rule.rule.squared ? OverlapTerms{0.0f, 1.0f} : OverlapTerms{1.0f, 0.0f};
  with_logits(batch.logit_type, batch.logits, [&](auto* typed) {
    if (loss.fits_registers()) {
      loss.in_registers(typed, terms);
    } else if (loss.fits_shared()) {
      loss.in_shared(typed, terms);
    } else {
      loss.of_any_size(typed, terms);
    }
  });
}

}  // namespace cuda
}  // namespace autoloss
