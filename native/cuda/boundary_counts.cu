// What the boundary metrics are made of, counted: pixels in the band around the label edges, and
// edges that find one of their class within the tolerance.
//
//   counts [7,C] += right, predicted, labelled in the band; predicted edges, those near a label
//   edge of their class; label edges, those near a predicted edge of their class
//
// Passes, in bytes a pixel: labels and predictions are read three times each (edges, band or
// count); edges (2 each), the band (1) and its labels (4), and bit sets (8 for each 64 classes,
// four times) are written and read again. See edges.cu; the logits are not needed.
#include "counts.h"
#include "edges.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

/// The labels within the band, -1 elsewhere.
template <class Label>
__global__ void band_labels_kernel(const Label* __restrict__ labels,
                                   const uint8_t* __restrict__ band, int64_t pixels, int classes,
                                   int32_t* __restrict__ to) {
  for_elements(pixels, [&](int64_t i) { to[i] = band[i] ? label_at(labels, i, classes) : -1; });
}

/// Adds the edges of each class to all[C], and those that the other side's dilation covers to
/// near[C], which follows it.
__global__ void edge_counts_kernel(const int16_t* __restrict__ edges,
                                   const uint64_t* __restrict__ other, int64_t pixels,
                                   int64_t plane, int64_t words, int classes,
                                   unsigned long long* __restrict__ all) {
  __shared__ unsigned mine[2 * kMaxClasses];
  clear_counts(mine, 2 * classes);
  __syncthreads();
  for_elements(pixels, [&](int64_t i) {
    const int c = edges[i];
    if (c < 0) return;
    atomicAdd(&mine[c], 1u);
    const int64_t word = (i / plane * words + c / 64) * plane + i % plane;
    if (other[word] >> (c % 64) & 1) atomicAdd(&mine[classes + c], 1u);
  });
  __syncthreads();
  add_counts(mine, 2 * classes, all);
}

/// Adds to counts [2,C] the edges, and those within the tolerance of one of the other side.
void count_edges(const LabelImages& other, const int16_t* edges, const int16_t* other_edges,
                 int64_t tolerance, uint64_t* bits, uint64_t* spare, int device, int64_t* counts,
                 cudaStream_t stream) {
  dilate_edges(other, other_edges, tolerance, bits, spare, stream);
  launch("counting edges", edge_counts_kernel, count_blocks(other.pixels(), device), kCountThreads,
         0, stream, edges, bits, other.pixels(), other.plane(), other.words(),
         static_cast<int>(other.classes), reinterpret_cast<unsigned long long*>(counts));
}

}  // namespace

void count_boundaries(const void* predictions, int prediction_type, const Batch& batch,
                      int64_t tolerance, int drop_background, int ignored_edges, int64_t* counts) {
  check_shape(batch);
  check_pointer("counts", counts);
  check_choice("ignored_edges", ignored_edges, IGNORED_COUNT, IGNORED_SKIP);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  if (pixels_of(batch) == 0) return;
  check_labels("predictions", predictions, prediction_type);
  check_labels(batch);
  const DeviceGuard guard("predictions", predictions, batch);
  guard.expect("labels", batch.labels);
  guard.expect("counts", counts);
  const auto queue = stream_of(batch);
  const LabelImages truth = label_images(batch);
  const LabelImages predicted{predictions, prediction_type, batch.n, batch.c, batch.h, batch.w};
  const int64_t pixels = truth.pixels(), words = pixels * truth.words();
  const EdgeRule rule{drop_background ? 1 : 0, ignored_edges == IGNORED_SKIP};
  const Scratch<int16_t> truth_edges(pixels, queue), predicted_edges(pixels, queue);
  find_edges(truth, rule, truth_edges.get(), queue);
  // a prediction of no class is another label all the same
  find_edges(predicted, {rule.first_class, false, truth_edges.get()}, predicted_edges.get(), queue);

  const Scratch<uint8_t> band(pixels, queue), spare_band(pixels, queue);
  const Scratch<int32_t> band_labels(pixels, queue);
  trimap(truth, truth_edges.get(), tolerance, band.get(), spare_band.get(), queue);
  with_labels(batch.label_type, batch.labels, [&](auto* typed) {
    using Label = std::decay_t<decltype(*typed)>;
    launch("labels of the band", band_labels_kernel<Label>, count_blocks(pixels, guard.device()),
           kCountThreads, 0, queue, typed, band.get(), pixels, static_cast<int>(batch.c),
           band_labels.get());
  });
  Batch near = batch;
  near.labels = band_labels.get();
  near.label_type = LABEL_INT32;
  cuda::count_predictions(predictions, prediction_type, near, counts);

  const Scratch<uint64_t> bits(words, queue), spare(words, queue);
  count_edges(truth, predicted_edges.get(), truth_edges.get(), tolerance, bits.get(), spare.get(),
              guard.device(), counts + 3 * batch.c, queue);
  count_edges(predicted, truth_edges.get(), predicted_edges.get(), tolerance, bits.get(),
              spare.get(), guard.device(), counts + 5 * batch.c, queue);
}

}  // namespace cuda
}  // namespace autoloss
