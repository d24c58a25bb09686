// What the boundary F measure of Csurka et al. is made of, counted.
//
//   counts [N,4,C] = predicted boundary pixels, those nearer than the distance to a labelled one of
//   their class, labelled boundary pixels, those nearer than that to a predicted one
//
// Boundaries are matched within a disc, ring by ring from the pixel outwards: a boundary that is
// found at once, as most are, costs one look or a few, and memory does not depend on the number of
// classes. One that matches none looks at 4 distance^2 pixels, from the caches.
//
// Passes, in bytes a pixel: labels and predictions are read once (1, 4 or 8 each), their edges
// written (2 each), read once as those that look and, near boundaries, as those that are looked at.
#include <algorithm>
#include <cmath>

#include "autoloss/ops.h"
#include "counts.h"
#include "edges.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

/// Edges of one image, as find_edges gives them.
struct EdgeImage {
  const int16_t* edges;
  int64_t height, width;

  /// Whether an edge of class c is at a place, which may be outside.
  __device__ bool has(int c, int64_t y, int64_t x) const {
    return y >= 0 && y < height && x >= 0 && x < width && edges[y * width + x] == c;
  }

  /// Whether an edge of class c is `ring` rows or columns away (the larger of both), at a squared
  /// distance of `most` or less.
  __device__ bool has_in_ring(int c, int64_t y, int64_t x, int64_t ring, int64_t most) const {
    if (ring == 0) return has(c, y, x);
    // from the middle of the four sides to the corners: the nearest first
    for (int64_t k = 0; k <= ring && ring * ring + k * k <= most; ++k) {
      for (const int64_t side : {k, -k}) {
        if (has(c, y - ring, x + side) || has(c, y + ring, x + side) ||
            has(c, y + side, x - ring) || has(c, y + side, x + ring)) {
          return true;
        }
      }
    }
    return false;
  }
};

/// Adds the edges of each class to counts [N,4,C] from `row` on, and those that have one of their
/// class in the other map, at a squared distance of `most` or less, to the row after it. Blocks of
/// one row of the grid share the images that they take.
__global__ void __launch_bounds__(kCountThreads)
    match_edges(const int16_t* __restrict__ edges, const int16_t* __restrict__ others,
                int64_t images, int64_t height, int64_t width, int64_t most, int classes, int row,
                unsigned long long* __restrict__ counts) {
  __shared__ unsigned mine[2 * kMaxClasses];
  const int64_t plane = height * width;
  for (int64_t image = blockIdx.y; image < images; image += gridDim.y) {
    clear_counts(mine, 2 * classes);
    __syncthreads();
    const EdgeImage other = {others + image * plane, height, width};
    for_elements(plane, [&](int64_t i) {
      const int c = edges[image * plane + i];
      if (c < 0) return;
      atomicAdd(&mine[c], 1u);
      for (int64_t ring = 0; ring * ring <= most; ++ring) {
        if (!other.has_in_ring(c, i / width, i % width, ring, most)) continue;
        atomicAdd(&mine[classes + c], 1u);
        return;
      }
    });
    __syncthreads();
    add_counts(mine, 2 * classes, counts + (4 * image + row) * classes);
    __syncthreads();  // before the counts of the next image
  }
}

/// The largest squared distance between pixels of an image that is below distance^2.
int64_t largest_square(double distance, int64_t height, int64_t width) {
  const int64_t whole = height * height + width * width;
  const double square = distance * distance;
  if (!(square < static_cast<double>(whole))) return whole;
  return static_cast<int64_t>(std::ceil(square)) - 1;
}

}  // namespace
}  // namespace cuda

void count_boundary_matches(const void* predictions, int prediction_type, const void* labels,
                            int label_type, double distance, int64_t n, int64_t c, int64_t h,
                            int64_t w, int64_t* counts, void* stream) {
  using namespace cuda;
  check_shape(n, c, h, w);
  check_pointer("counts", counts);
  if (!(distance > 0)) fail("distance", "more than 0 pixels", std::to_string(distance));
  const LabelImages truth{labels, label_type, n, c, h, w};
  const LabelImages predicted{predictions, prediction_type, n, c, h, w};
  if (n == 0) return;
  const auto queue = static_cast<cudaStream_t>(stream);
  const DeviceGuard guard("counts", counts);
  check(cudaMemsetAsync(counts, 0, static_cast<size_t>(4 * n * c) * sizeof *counts, queue),
        "clearing counts");
  const int64_t pixels = truth.pixels();
  if (pixels == 0) return;
  check_labels("predictions", predictions, prediction_type);
  check_labels("labels", labels, label_type);
  guard.expect("predictions", predictions);
  guard.expect("labels", labels);
  const Scratch<int16_t> truth_edges(pixels, queue), predicted_edges(pixels, queue);
  find_edges(truth, {0, true}, truth_edges.get(), queue);
  // a prediction of no class is another label all the same
  find_edges(predicted, {0, false, truth_edges.get()}, predicted_edges.get(), queue);

  const int64_t most = largest_square(distance, h, w);
  const dim3 grid(count_blocks(h * w, guard.device()),
                  static_cast<unsigned>(std::min<int64_t>(n, 65535)));
  const auto match = [&](const int16_t* edges, const int16_t* others, int row) {
    launch("matching boundaries", match_edges, grid, kCountThreads, 0, queue, edges, others, n, h,
           w, most, static_cast<int>(c), row, reinterpret_cast<unsigned long long*>(counts));
  };
  match(predicted_edges.get(), truth_edges.get(), 0);
  match(truth_edges.get(), predicted_edges.get(), 2);
}

}  // namespace autoloss
