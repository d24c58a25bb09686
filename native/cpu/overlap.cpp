// The overlap losses: checks, sums, and what each sum contributes to the gradient.
#include "overlap.h"

#include "autoloss/ops.h"
#include "common/overlap_math.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "runtime.h"

namespace autoloss {

double overlap_loss(int squared, double alpha, double beta, int absent_classes, const Batch& batch,
                    float* value, void* gradient) {
  if (on_gpu(batch)) {
    cuda::overlap_loss(squared, alpha, beta, absent_classes, batch, value, gradient);
    return 0;
  }
  const BatchArguments in = checked_batch(batch);
  const OverlapRule rule = checked_overlap(squared, alpha, beta, absent_classes);
  const size_t classes = static_cast<size_t>(batch.c);
  const int threads = threads_for(in.elements());
  Room<double> overlap(classes), size(classes), labelled(classes);
  Room<float> kept(gradient == nullptr ? 0 : in.pixels());
  const auto sums = AUTOLOSS_VARIANT(overlap_sums);
  sums(in, rule.squared, threads, kept.data(), {overlap.data(), size.data(), labelled.data()});

  RegionTotals totals = {static_cast<double>(batch.c), 0, 0};
  for (double count : labelled) {
    totals.present += count > 0;
    totals.pixels += count;
  }
  double similarity = 0;
  Room<float> overlap_slope(classes), size_slope(classes);
  for (size_t i = 0; i < classes; ++i) {
    const RegionTerm term = overlap_term(rule, overlap[i], size[i], labelled[i], totals);
    similarity += term.surrogate;
    overlap_slope[i] = term.overlap_slope;
    size_slope[i] = term.spill_slope;
  }
  if (gradient != nullptr) {
    const auto write = AUTOLOSS_VARIANT(overlap_gradient);
    write(in, rule.squared, threads, kept.data(), overlap_slope.data(), size_slope.data(),
          static_cast<float*>(gradient));
  }
  return region_value(absent_classes, similarity, totals);
}

}  // namespace autoloss
