// Region surrogates of Auto Seg-Loss (Li et al., ICLR 2021, section 3.2): mIoU, FWIoU, mAcc, gAcc;
// value and gradient fused. Formulas: region_surrogate in ops.h; shapes, what is fused and passes
// over memory: class_sums.h. inside(p) = fA(p), outside(p) = fO(p).
#include "class_sums.h"
#include "common/region_math.h"
#include "curve.h"
#include "device.h"
#include "operations.h"
#include "region.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

// What kernels are compiled for beside kMaxPieces, that of the published curves; each number more
// multiplies them by the types and architectures.
constexpr int kFewPieces = 2;

template <int Pieces>
struct CurveTerms {
  static constexpr bool kEverywhere = false;
  MaskedCurve<Pieces> soft_and, soft_or;

  __device__ float inside(float p) const { return soft_and.value(p); }
  __device__ float outside(float p) const { return soft_or.value(p); }
  __device__ float inside_slope(float p) const { return soft_and.slope(p); }
  __device__ float outside_slope(float p) const { return soft_or.slope(p); }
};

struct RegionRule {
  int metric, absent_classes;

  __device__ RegionTerm term(double overlap, double spill, double labelled,
                             const RegionTotals& totals) const {
    return region_term(metric, absent_classes, overlap, spill, labelled, totals);
  }
  __device__ double value(double surrogate, const RegionTotals& totals) const {
    return region_value(absent_classes, surrogate, totals);
  }
};

template <int Pieces>
CurveTerms<Pieces> terms_of(const RegionArguments& in) {
  return {MaskedCurve<Pieces>(in.soft_and), MaskedCurve<Pieces>(in.soft_or)};
}

}  // namespace

void region_loss(int metric, const RegionArguments& in, int absent_classes, float* value,
                 void* gradient, int device, cudaStream_t stream) {
  const RegionRule rule{metric, absent_classes};
  const ClassSumsLoss<RegionRule> loss(rule, in.batch, value, gradient, device, stream);
  const bool two = in.soft_and.count <= kFewPieces;  // soft_or has as many
  with_logits(in.batch.logit_type, in.batch.logits, [&](auto* logits) {
    if (metric != METRIC_MIOU && metric != METRIC_FWIOU) {
      loss.without_spills(logits, terms_of<kMaxPieces>(in));
    } else if (loss.fits_registers() && two) {
      loss.in_registers(logits, terms_of<kFewPieces>(in));
    } else if (!loss.fits_shared()) {
      loss.of_any_size(logits, terms_of<kMaxPieces>(in));
    } else if (two) {
      loss.in_shared(logits, terms_of<kFewPieces>(in));
    } else {
      loss.in_shared(logits, terms_of<kMaxPieces>(in));
    }
  });
}

void region_surrogate(int metric, const double* control_points, int64_t control_values,
                      int absent_classes, const Batch& batch, float* value, void* gradient) {
  check_choice("metric", metric, METRIC_MIOU, METRIC_GACC);
  check_choice("absent_classes", absent_classes, ABSENT_COUNT, ABSENT_SKIP);
  const int count = metric == METRIC_MIOU || metric == METRIC_FWIOU ? 2 : 1;
  Curve curves[2] = {};
  make_curves(control_points, control_values, count, curves);
  const LossDevice device(batch, value, gradient);
  const RegionArguments in = {{batch.logits, batch.logit_type, batch.labels, batch.label_type,
                               nullptr, batch.n, batch.c, batch.h * batch.w},
                              curves[0],
                              curves[count - 1]};
  region_loss(metric, in, absent_classes, value, gradient, device.number(), stream_of(batch));
}

}  // namespace cuda
}  // namespace autoloss
