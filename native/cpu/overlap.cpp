// The overlap losses from their sums: ratio, weights, and what each sum contributes to the
// gradient.
#include "overlap.h"

#include <cmath>
#include <vector>

#include "autoloss/ops.h"
#include "runtime.h"

namespace autoloss {
namespace {

constexpr double kEpsilon = 1e-8;

void check_weight(const char* argument, double value) {
  if (!(value >= 0 && value <= 1e6)) fail(argument, "0 to 1e6", std::to_string(value));
}

}  // namespace

double overlap_loss(int squared, double alpha, double beta, int absent_classes, const float* logits,
                    const void* labels, int label_type, int64_t n, int64_t c, int64_t h, int64_t w,
                    float* gradient) {
  const BatchArguments in = checked_batch(logits, labels, label_type, n, c, h, w);
  check_weight("alpha", alpha);
  check_weight("beta", beta);
  check_choice("absent_classes", absent_classes, ABSENT_COUNT, ABSENT_SKIP);
  const size_t classes = static_cast<size_t>(c);
  const int threads = threads_for(in.elements());
  std::vector<double> overlap(classes), size(classes), labelled(classes);
  variant(baseline::overlap_sums, avx2::overlap_sums, avx512::overlap_sums)(
      in, squared != 0, threads, {overlap.data(), size.data(), labelled.data()});

  double present = 0;
  for (double count : labelled) present += count > 0;
  // the share of (1 - alpha - beta) I is what a squared sum does not have: I is not part of it
  const double own = squared ? 0 : 1 - alpha - beta;
  double similarity = 0;
  std::vector<float> overlap_slope(classes), size_slope(classes);
  for (size_t i = 0; i < classes; ++i) {
    const bool counts = absent_classes == ABSENT_COUNT || labelled[i] > 0;
    const double weight =
        !counts ? 0 : 1 / (absent_classes == ABSENT_COUNT ? static_cast<double>(classes) : present);
    const double whole = own * overlap[i] + alpha * size[i] + beta * labelled[i] + kEpsilon;
    similarity += counts ? weight * overlap[i] / whole : 0;
    overlap_slope[i] = static_cast<float>(-weight * (whole - own * overlap[i]) / (whole * whole));
    size_slope[i] = static_cast<float>(weight * alpha * overlap[i] / (whole * whole));
  }
  if (gradient != nullptr) {
    variant(baseline::overlap_gradient, avx2::overlap_gradient, avx512::overlap_gradient)(
        in, squared != 0, threads, overlap_slope.data(), size_slope.data(), gradient);
  }
  return absent_classes == ABSENT_SKIP && present == 0 ? 0 : 1 - similarity;
}

}  // namespace autoloss
