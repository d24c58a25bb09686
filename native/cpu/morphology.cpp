// Entry points of pooling, label edges and their dilation.
#include "morphology.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "edges.h"
#include "runtime.h"

namespace autoloss {
namespace {

PoolArguments checked_pool(int kind, int64_t window, const Batch& batch) {
  check_choice("kind", kind, POOL_MAX, POOL_MIN);
  check_shape(batch);
  check_logits(batch);
  if (window < 1 || window % 2 == 0) fail("window", "an odd number", std::to_string(window));
  const int64_t plane = batch.h * batch.w;
  if (plane > std::numeric_limits<int32_t>::max()) {
    fail("shape", "planes of fewer than 2^31 pixels", std::to_string(plane));
  }
  return {kind == POOL_MAX,
          std::min(window / 2, std::max(batch.h, batch.w)),
          static_cast<const float*>(batch.logits),
          batch.n * batch.c,
          batch.h,
          batch.w};
}

LabelShape checked_labels(const Batch& batch) {
  check_shape(batch);
  if (pixels_of(batch) > 0) check_labels(batch);
  return label_shape(batch);
}

}  // namespace

void pool(int kind, int64_t window, const Batch& batch, float* out) {
  if (on_gpu(batch)) {
    cuda::pool(kind, window, batch, out);
    return;
  }
  const PoolArguments in = checked_pool(kind, window, batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("out", out);
  if (out == batch.logits) fail("out", "other memory than the input", "the same");
  AUTOLOSS_VARIANT(pool)(in, threads_for(elements_of(batch)), out);
}

void pool_gradient(int kind, int64_t window, const Batch& batch, const float* by_result,
                   float* gradient) {
  if (on_gpu(batch)) {
    cuda::pool_gradient(kind, window, batch, by_result, gradient);
    return;
  }
  const PoolArguments in = checked_pool(kind, window, batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("by_result", by_result);
  check_pointer("gradient", gradient);
  if (gradient == batch.logits || gradient == by_result) {
    fail("gradient", "other memory than the inputs", "the same");
  }
  AUTOLOSS_VARIANT(pool_gradient)(in, threads_for(elements_of(batch)), by_result, gradient);
}

void pool_places(int kind, int64_t window, const Batch& batch, int64_t* places) {
  if (on_gpu(batch)) {
    cuda::pool_places(kind, window, batch, places);
    return;
  }
  const PoolArguments in = checked_pool(kind, window, batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("places", places);
  AUTOLOSS_VARIANT(pool_places)(in, threads_for(elements_of(batch)), places);
}

void find_label_edges(const Batch& batch, int drop_background, uint8_t* edges) {
  if (on_gpu(batch)) {
    cuda::find_label_edges(batch, drop_background, edges);
    return;
  }
  const LabelShape shape = checked_labels(batch);
  if (shape.pixels() == 0) return;
  check_pointer("edges", edges);
  const Room<uint8_t> found = label_edges(plain_labels(batch.labels, batch.label_type, shape),
                                          shape, drop_background ? 1 : 0);
  std::copy(found.begin(), found.end(), edges);
}

void dilate_label_edges(const Batch& batch, int64_t tolerance, int drop_background, int64_t* bits) {
  if (on_gpu(batch)) {
    cuda::dilate_label_edges(batch, tolerance, drop_background, bits);
    return;
  }
  const LabelShape shape = checked_labels(batch);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  if (shape.pixels() == 0) return;
  check_pointer("bits", bits);
  const Room<int32_t> plain = plain_labels(batch.labels, batch.label_type, shape);
  const Room<uint64_t> dilated =
      dilated_edges(plain, label_edges(plain, shape, drop_background ? 1 : 0), shape, tolerance);
  std::copy(dilated.begin(), dilated.end(), bits);
}

}  // namespace autoloss
