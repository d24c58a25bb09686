#include "confusion.h"

#include "autoloss/ops.h"
#include "common/checks.h"
#include "runtime.h"

namespace autoloss {
namespace {

void count_pixels(const CountArguments& in, int64_t work, int64_t* counts) {
  check_pointer("counts", counts);
  if (in.images * in.plane == 0) return;
  check_labels("labels", in.labels, in.label_type);
  variant(baseline::count, avx2::count, avx512::count)(in, threads_for(work), counts);
}

}  // namespace

void count_logits(const float* logits, const void* labels, int label_type, int64_t n, int64_t c,
                  int64_t h, int64_t w, int64_t* counts) {
  check_shape(n, c, h, w);
  const int64_t plane = h * w;
  if (n * plane > 0) check_pointer("logits", logits);
  count_pixels({logits, nullptr, 0, labels, label_type, n, c, plane}, n * c * plane, counts);
}

void predict_classes(const float* logits, int64_t n, int64_t c, int64_t h, int64_t w,
                     int32_t* predictions) {
  check_shape(n, c, h, w);
  const int64_t plane = h * w;
  if (n * plane == 0) return;
  check_pointer("logits", logits);
  check_pointer("predictions", predictions);
  variant(baseline::predict, avx2::predict, avx512::predict)(
      {logits, nullptr, 0, nullptr, 0, n, c, plane}, threads_for(n * c * plane), predictions);
}

void count_predictions(const void* predictions, int prediction_type, const void* labels,
                       int label_type, int64_t n, int64_t c, int64_t h, int64_t w,
                       int64_t* counts) {
  check_shape(n, c, h, w);
  const int64_t plane = h * w;
  if (n * plane > 0) check_labels("predictions", predictions, prediction_type);
  count_pixels({nullptr, predictions, prediction_type, labels, label_type, n, c, plane}, n * plane,
               counts);
}

}  // namespace autoloss
