#include "confusion.h"

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/labels.h"
#include "cuda/operations.h"
#include "runtime.h"

namespace autoloss {
namespace {

CountArguments arguments_of(const Batch& batch) {
  return {static_cast<const float*>(batch.logits),
          nullptr,
          0,
          batch.labels,
          batch.label_type,
          batch.n,
          batch.c,
          batch.h * batch.w};
}

void count_pixels(const CountArguments& in, int64_t work, int64_t* counts) {
  AUTOLOSS_VARIANT(count)(in, threads_for(work), counts);
}

}  // namespace

void count_logits(const Batch& batch, int64_t* counts) {
  if (on_gpu(batch)) {
    cuda::count_logits(batch, counts);
    return;
  }
  check_batch(batch);
  check_pointer("counts", counts);
  if (pixels_of(batch) == 0) return;
  count_pixels(arguments_of(batch), elements_of(batch), counts);
}

int64_t count_labelled(const Batch& batch) {
  check_on_cpu(batch);
  check_shape(batch);
  const int64_t pixels = pixels_of(batch);
  if (pixels == 0) return 0;
  check_labels(batch);
  return with_labels(batch.label_type, batch.labels, [&](const auto* typed) {
    int64_t sum = 0;
    for (int64_t i = 0; i < pixels; ++i) {
      const int64_t label = typed[i];
      sum += label >= 0 && label < batch.c;
    }
    return sum;
  });
}

void predict_classes(const Batch& batch, int32_t* predictions) {
  if (on_gpu(batch)) {
    cuda::predict_classes(batch, predictions);
    return;
  }
  check_shape(batch);
  check_logits(batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("predictions", predictions);
  AUTOLOSS_VARIANT(predict)(arguments_of(batch), threads_for(elements_of(batch)), predictions);
}

void count_predictions(const void* predictions, int prediction_type, const Batch& batch,
                       int64_t* counts) {
  if (on_gpu(batch)) {
    cuda::count_predictions(predictions, prediction_type, batch, counts);
    return;
  }
  check_shape(batch);
  check_pointer("counts", counts);
  if (pixels_of(batch) == 0) return;
  check_labels("predictions", predictions, prediction_type);
  check_labels(batch);
  CountArguments in = arguments_of(batch);
  in.logits = nullptr;
  in.predictions = predictions;
  in.prediction_type = prediction_type;
  count_pixels(in, pixels_of(batch), counts);
}

}  // namespace autoloss
