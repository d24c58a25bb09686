// Pixels predicted right, predicted, and labelled, per class; and predictions themselves.
//
//   prediction(i) = the first class with the largest logit; NaN is larger than anything
//   counts [3,C] += pixels with prediction = label, predicted, labelled; ignored ones do not count
//
// One pass over the logits, or over the predictions, and one over the labels: 4 C + 1, 4 or 8 bytes
// a pixel. Each block counts in its shared memory and adds its counts to the whole at the end.
#include "counts.h"
#include "device.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

/// The class of the largest of a pixel's logits, `plane` apart.
template <class Logit>
__device__ inline int largest(const Logit* __restrict__ logits, int64_t plane, int classes) {
  float top = to_float(logits[0]);
  int best = 0;
  for (int c = 1; c < classes; ++c) {
    const float other = to_float(logits[c * plane]);
    // the inverted comparison is true for NaN; once top is NaN nothing replaces it
    const bool better = !(other <= top) && top == top;
    top = better ? other : top;
    best = better ? c : best;
  }
  return best;
}

/// Predictions made from logits as they are read.
template <class Logit>
struct FromLogits {
  const Logit* logits;
  int64_t plane;
  int classes;

  __device__ int operator()(int64_t pixel) const {
    const int64_t image = pixel / plane;
    return largest(logits + image * classes * plane + pixel % plane, plane, classes);
  }
};

/// Predictions from memory; -1 for one of no class.
template <class Label>
struct Given {
  const Label* predictions;
  int classes;

  __device__ int operator()(int64_t pixel) const { return label_at(predictions, pixel, classes); }
};

template <class Predictions, class Label>
__global__ void count_kernel(const Predictions predicted, const Label* __restrict__ labels,
                             int64_t pixels, int classes, unsigned long long* __restrict__ counts) {
  __shared__ unsigned mine[3 * kMaxClasses];
  clear_counts(mine, 3 * classes);
  __syncthreads();
  for_elements(pixels, [&](int64_t i) {
    const int label = label_at(labels, i, classes);
    if (label < 0) return;
    atomicAdd(&mine[2 * classes + label], 1u);
    const int prediction = predicted(i);
    if (prediction < 0) return;
    atomicAdd(&mine[classes + prediction], 1u);
    if (prediction == label) atomicAdd(&mine[label], 1u);
  });
  __syncthreads();
  add_counts(mine, 3 * classes, counts);
}

template <class Logit>
__global__ void predict_kernel(const FromLogits<Logit> predicted, int64_t pixels,
                               int32_t* __restrict__ predictions) {
  for_elements(pixels, [&](int64_t i) { predictions[i] = predicted(i); });
}

template <class Predictions>
void count(const Predictions& predicted, const void* labels, int label_type, int64_t pixels,
           int classes, int device, int64_t* counts, cudaStream_t stream) {
  with_labels(label_type, labels, [&](auto* typed) {
    using Label = std::decay_t<decltype(*typed)>;
    launch("counting predictions", count_kernel<Predictions, Label>, count_blocks(pixels, device),
           kCountThreads, 0, stream, predicted, typed, pixels, classes,
           reinterpret_cast<unsigned long long*>(counts));
  });
}

}  // namespace

void count_logits(const Batch& batch, int64_t* counts) {
  check_batch(batch);
  check_pointer("counts", counts);
  const int64_t pixels = pixels_of(batch);
  if (pixels == 0) return;
  const DeviceGuard guard("logits", batch.logits, batch);
  guard.expect("labels", batch.labels);
  guard.expect("counts", counts);
  const int classes = static_cast<int>(batch.c);
  with_logits(batch.logit_type, batch.logits, [&](auto* typed) {
    using Logit = std::decay_t<decltype(*typed)>;
    count(FromLogits<Logit>{typed, batch.h * batch.w, classes}, batch.labels, batch.label_type,
          pixels, classes, guard.device(), counts, stream_of(batch));
  });
}

void predict_classes(const Batch& batch, int32_t* predictions) {
  check_shape(batch);
  check_logits(batch);
  const int64_t pixels = pixels_of(batch);
  if (pixels == 0) return;
  check_pointer("predictions", predictions);
  const DeviceGuard guard("logits", batch.logits, batch);
  guard.expect("predictions", predictions);
  with_logits(batch.logit_type, batch.logits, [&](auto* typed) {
    using Logit = std::decay_t<decltype(*typed)>;
    launch("predicting classes", predict_kernel<Logit>, count_blocks(pixels, guard.device()),
           kCountThreads, 0, stream_of(batch),
           FromLogits<Logit>{typed, batch.h * batch.w, static_cast<int>(batch.c)}, pixels,
           predictions);
  });
}

void count_predictions(const void* predictions, int prediction_type, const Batch& batch,
                       int64_t* counts) {
  check_shape(batch);
  check_pointer("counts", counts);
  const int64_t pixels = pixels_of(batch);
  if (pixels == 0) return;
  check_labels("predictions", predictions, prediction_type);
  check_labels(batch);
  const DeviceGuard guard("predictions", predictions, batch);
  guard.expect("labels", batch.labels);
  guard.expect("counts", counts);
  const int classes = static_cast<int>(batch.c);
  with_labels(prediction_type, predictions, [&](auto* typed) {
    using Label = std::decay_t<decltype(*typed)>;
    count(Given<Label>{typed, classes}, batch.labels, batch.label_type, pixels, classes,
          guard.device(), counts, stream_of(batch));
  });
}

}  // namespace cuda
}  // namespace autoloss
