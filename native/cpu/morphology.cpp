// Entry points of pooling, label edges and their dilation.
#include "morphology.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "edges.h"
#include "runtime.h"

namespace autoloss {
namespace {

PoolArguments checked_pool(int kind, int64_t window, const float* from, int64_t n, int64_t c,
                           int64_t h, int64_t w) {
  check_choice("kind", kind, POOL_MAX, POOL_MIN);
  check_shape(n, c, h, w);
  if (window < 1 || window % 2 == 0) fail("window", "an odd number", std::to_string(window));
  if (h * w > std::numeric_limits<int32_t>::max()) {
    fail("shape", "planes of fewer than 2^31 pixels", std::to_string(h * w));
  }
  if (n * h * w > 0) check_pointer("from", from);
  return {kind == POOL_MAX, std::min(window / 2, std::max(h, w)), from, n * c, h, w};
}

LabelShape checked_labels(const void* labels, int label_type, int64_t n, int64_t c, int64_t h,
                          int64_t w) {
  check_shape(n, c, h, w);
  if (n * h * w > 0) check_labels("labels", labels, label_type);
  return {n, c, h, w};
}

}  // namespace

void pool(int kind, int64_t window, const float* from, int64_t n, int64_t c, int64_t h, int64_t w,
          float* out) {
  const PoolArguments in = checked_pool(kind, window, from, n, c, h, w);
  if (n * h * w == 0) return;
  check_pointer("out", out);
  if (out == from) fail("out", "other memory than the input", "the same");
  variant(baseline::pool, avx2::pool, avx512::pool)(in, threads_for(n * c * h * w), out);
}

void pool_gradient(int kind, int64_t window, const float* from, const float* by_result, int64_t n,
                   int64_t c, int64_t h, int64_t w, float* gradient) {
  const PoolArguments in = checked_pool(kind, window, from, n, c, h, w);
  if (n * h * w == 0) return;
  check_pointer("by_result", by_result);
  check_pointer("gradient", gradient);
  if (gradient == from || gradient == by_result) {
    fail("gradient", "other memory than the inputs", "the same");
  }
  variant(baseline::pool_gradient, avx2::pool_gradient, avx512::pool_gradient)(
      in, threads_for(n * c * h * w), by_result, gradient);
}

void pool_places(int kind, int64_t window, const float* from, int64_t n, int64_t c, int64_t h,
                 int64_t w, int64_t* places) {
  const PoolArguments in = checked_pool(kind, window, from, n, c, h, w);
  if (n * h * w == 0) return;
  check_pointer("places", places);
  variant(baseline::pool_places, avx2::pool_places, avx512::pool_places)(
      in, threads_for(n * c * h * w), places);
}

void find_label_edges(const void* labels, int label_type, int drop_background, int64_t n, int64_t c,
                      int64_t h, int64_t w, uint8_t* edges) {
  const LabelShape shape = checked_labels(labels, label_type, n, c, h, w);
  if (shape.pixels() == 0) return;
  check_pointer("edges", edges);
  const std::vector<uint8_t> found =
      label_edges(plain_labels(labels, label_type, shape), shape, drop_background ? 1 : 0);
  std::copy(found.begin(), found.end(), edges);
}

void dilate_label_edges(const void* labels, int label_type, int64_t tolerance, int drop_background,
                        int64_t n, int64_t c, int64_t h, int64_t w, int64_t* bits) {
  const LabelShape shape = checked_labels(labels, label_type, n, c, h, w);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  if (shape.pixels() == 0) return;
  check_pointer("bits", bits);
  const std::vector<int32_t> plain = plain_labels(labels, label_type, shape);
  const std::vector<uint64_t> dilated =
      dilated_edges(plain, label_edges(plain, shape, drop_background ? 1 : 0), shape, tolerance);
  std::copy(dilated.begin(), dilated.end(), bits);
}

}  // namespace autoloss
