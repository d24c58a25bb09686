// What the boundary metrics are made of, counted: pixels in the band around the label edges, and
// edges that find one of their class within the tolerance.
#include <algorithm>
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "edges.h"

namespace autoloss {
namespace {

/// Adds the edges of each class to `all`, and those that the other side's dilation covers to
/// `near`.
void count_edges(const Room<int32_t>& classes, const Room<uint8_t>& edges,
                 const Room<uint64_t>& other, const LabelShape& shape, int64_t* all,
                 int64_t* near) {
  const int64_t plane = shape.plane();
  for (int64_t i = 0; i < shape.pixels(); ++i) {
    if (!edges[i]) continue;
    const int32_t c = classes[i];
    const int64_t word = (i / plane * shape.words() + c / 64) * plane + i % plane;
    all[c] += 1;
    near[c] += (other[word] >> (c % 64)) & 1;
  }
}

}  // namespace

void count_boundaries(const void* predictions, int prediction_type, const Batch& batch,
                      int64_t tolerance, int drop_background, int ignored_edges, int64_t* counts) {
  if (on_gpu(batch)) {
    cuda::count_boundaries(predictions, prediction_type, batch, tolerance, drop_background,
                           ignored_edges, counts);
    return;
  }
  check_shape(batch);
  check_pointer("counts", counts);
  check_choice("ignored_edges", ignored_edges, IGNORED_COUNT, IGNORED_SKIP);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  const LabelShape shape = label_shape(batch);
  if (shape.pixels() == 0) return;
  check_labels("predictions", predictions, prediction_type);
  check_labels(batch);
  const int32_t first_class = drop_background ? 1 : 0;
  Room<int32_t> truth = plain_labels(batch.labels, batch.label_type, shape);
  Room<int32_t> predicted = plain_labels(predictions, prediction_type, shape);
  if (ignored_edges == IGNORED_SKIP) {
    leave_out_ignored(truth, predicted);
    leave_out_ignored(truth, truth);
  }
  const Room<uint8_t> truth_edges = label_edges(truth, shape, first_class);
  const Room<uint8_t> predicted_edges = label_edges(predicted, shape, first_class);

  const Room<uint8_t> band = trimap(truth_edges, shape, tolerance);
  Room<int32_t> in_band(truth);
  for (size_t i = 0; i < band.size(); ++i) in_band[i] = band[i] ? truth[i] : -1;
  Batch near = batch;
  near.labels = in_band.data();
  near.label_type = LABEL_INT32;
  count_predictions(predicted.data(), LABEL_INT32, near, counts);

  count_edges(predicted, predicted_edges, dilated_edges(truth, truth_edges, shape, tolerance),
              shape, counts + 3 * batch.c, counts + 4 * batch.c);
  count_edges(truth, truth_edges, dilated_edges(predicted, predicted_edges, shape, tolerance),
              shape, counts + 5 * batch.c, counts + 6 * batch.c);
}

}  // namespace autoloss
