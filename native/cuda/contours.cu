// What Boundary IoU of Cheng et al. and the boundary F measure of Csurka et al. are made of,
// counted.
//
//   regions: counts [3,C] += pixels in the boundary region of their class in prediction and label
//   both, in the prediction, in the label
//   matches: counts [N,4,C] = predicted boundary pixels, those nearer than the distance to a
//   labelled one of their class, labelled boundary pixels, those nearer than that to a predicted
//   one
//
// The boundary region of a class holds its pixels whose window holds another class: so the smallest
// and the largest class of each window tell the regions of all classes at once (windows.h).
// Boundaries are matched within a disc, ring by ring from the pixel outwards: a boundary that is
// found at once, as most are, costs one look or a few, and memory does not depend on the number of
// classes. One that matches none looks at 4 distance^2 pixels, from the caches.
//
// Passes, in bytes a pixel. Both read labels and predictions once (1, 4 or 8 each). Regions write
// and read their classes (2 each) and, for either map, ranges of classes (4) in two steps or, for
// distances above 8, in four; then both are read. Matches write their edges (2 each), and read
// them once as those that look and, near boundaries, as those that are looked at.
#include <algorithm>
#include <cmath>

#include "counts.h"
#include "edges.h"
#include "operations.h"
#include "runtime.h"
#include "windows.h"

namespace autoloss {
namespace cuda {
namespace {

/// The class of each pixel, -1 if it has none; kOutside where the label is ignored: where
/// `left_out` says so, or, without it, where there is no class.
template <class Label>
__global__ void plain_classes(const Label* __restrict__ labels, const int16_t* left_out,
                              int64_t pixels, int classes, int16_t* to) {
  for_elements(pixels, [&](int64_t i) {
    const int c = label_at(labels, i, classes);
    const bool outside = left_out == nullptr ? c < 0 : left_out[i] == kOutside;
    to[i] = static_cast<int16_t>(outside ? kOutside : c);
  });
}

/// The smallest and the largest class of a window; no class at all has a smallest one above the
/// largest.
struct alignas(4) ClassRange {
  int16_t least, most;
};

struct Widen {
  using Type = ClassRange;
  static __device__ ClassRange combine(ClassRange a, ClassRange b) {
    return {a.least < b.least ? a.least : b.least, a.most > b.most ? a.most : b.most};
  }
};

/// Classes as they lie in memory, each a range of its own.
struct SingleClasses {
  const int16_t* classes;
  int64_t plane;

  struct Plane {
    const int16_t* classes;
    __device__ ClassRange operator()(int64_t pixel, int64_t /*position*/) const {
      const int16_t c = classes[pixel];
      if (c == kOutside) return {INT16_MAX, INT16_MIN};
      return {c, c};
    }
  };
  __device__ Plane of(int64_t image) const { return {classes + image * plane}; }
};

/// A map and the ranges of its windows.
struct RegionMap {
  const int16_t* classes;
  const ClassRange* ranges;

  /// The class of a pixel in its boundary region, -1 outside of it. `border`: whether the outside
  /// of the image is within the distance.
  __device__ int region(int64_t i, bool border) const {
    const int c = classes[i];
    const ClassRange range = ranges[i];
    return c >= 0 && (border || range.least != range.most) ? c : -1;
  }
};

/// Counts the regions of both maps; those of `planes` within `distance` of the border of the image
/// are in one.
__global__ void __launch_bounds__(kCountThreads)
    count_regions(const RegionMap predicted, const RegionMap truth, const Planes planes,
                  int64_t distance, int classes, unsigned long long* __restrict__ counts) {
  __shared__ unsigned mine[3 * kMaxClasses];
  clear_counts(mine, 3 * classes);
  __syncthreads();
  for_elements(planes.count * planes.plane(), [&](int64_t i) {
    const int64_t y = i % planes.plane() / planes.width, x = i % planes.width;
    const int64_t inside = min(min(x, planes.width - 1 - x), min(y, planes.height - 1 - y));
    const int p = predicted.region(i, inside < distance), t = truth.region(i, inside < distance);
    if (p >= 0 && p == t) atomicAdd(&mine[p], 1u);
    if (p >= 0) atomicAdd(&mine[classes + p], 1u);
    if (t >= 0) atomicAdd(&mine[2 * classes + t], 1u);
  });
  __syncthreads();
  add_counts(mine, 3 * classes, counts);
}

/// Blocks for an image, at most.
constexpr int64_t kLinesAtOnce = int64_t{1} << 16;

/// Places beside an image must fit into 32 bits.
constexpr int64_t kLargestSide = int64_t{1} << 28;

/// Edges of one image, as find_edges gives them.
struct EdgeImage {
  const int16_t* edges;
  int height, width;

  /// Whether an edge of class c is at a place, which may be outside.
  __device__ bool has(int c, int y, int x) const {
    return y >= 0 && y < height && x >= 0 && x < width && edges[int64_t{y} * width + x] == c;
  }

  /// Whether an edge of class c is `ring` rows up or down and `k` columns left or right, or the
  /// other way round.
  __device__ bool has_around(int c, int y, int x, int ring, int k) const {
    return has(c, y - ring, x + k) || has(c, y + ring, x + k) || has(c, y + k, x - ring) ||
           has(c, y + k, x + ring) || has(c, y - ring, x - k) || has(c, y + ring, x - k) ||
           has(c, y - k, x - ring) || has(c, y - k, x + ring);
  }

  /// Whether an edge of class c is at a squared distance of `most` or less.
  __device__ bool has_within(int c, int y, int x, int64_t most) const {
    // each ring from the middle of its four sides to its corners: the nearest first
    bool found = false;
    for (int ring = 0, k = 0; !found && int64_t{ring} * ring <= most;) {
      found = has_around(c, y, x, ring, k);
      const bool more = k < ring && int64_t{ring} * ring + int64_t{k + 1} * (k + 1) <= most;
      ring += more ? 0 : 1;
      k = more ? k + 1 : 0;
    }
    return found;
  }
};

/// Adds the edges of each class to counts [N,4,C] from `row` on, and those that have one of their
/// class in the other map, at a squared distance of `most` or less, to the row after it. A block
/// takes lines of images, an image for each row of the grid.
__global__ void __launch_bounds__(kCountThreads)
    match_edges(const int16_t* __restrict__ edges, const int16_t* __restrict__ others,
                int64_t images, int height, int width, int64_t most, int classes, int row,
                unsigned long long* __restrict__ counts) {
  __shared__ unsigned mine[2 * kMaxClasses];
  for (int64_t image = blockIdx.y; image < images; image += gridDim.y) {
    const int64_t first = image * height * width;
    const EdgeImage other = {others + first, height, width};
    clear_counts(mine, 2 * classes);
    __syncthreads();
    for (int y = blockIdx.x; y < height; y += gridDim.x) {
      const int16_t* line = edges + first + int64_t{y} * width;
      for (int x = threadIdx.x; x < width; x += kCountThreads) {
        const int c = line[x];
        if (c < 0) continue;
        atomicAdd(&mine[c], 1u);
        if (other.has_within(c, y, x, most)) atomicAdd(&mine[classes + c], 1u);
      }
    }
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

/// Starts plain_classes.
void make_plain(const LabelImages& in, const int16_t* left_out, int device, int16_t* to,
                cudaStream_t stream) {
  with_labels(in.label_type, in.labels, [&](auto* labels) {
    using Label = std::decay_t<decltype(*labels)>;
    launch("reading classes", plain_classes<Label>, count_blocks(in.pixels(), device),
           kCountThreads, 0, stream, labels, left_out, in.pixels(), static_cast<int>(in.classes),
           to);
  });
}

}  // namespace

void count_boundary_regions(const void* predictions, int prediction_type, const Batch& batch,
                            int64_t distance, int64_t* counts) {
  check_shape(batch);
  check_pointer("counts", counts);
  if (distance < 1) fail("distance", "1 or more pixels", std::to_string(distance));
  if (pixels_of(batch) == 0) return;
  check_labels("predictions", predictions, prediction_type);
  check_labels(batch);
  const DeviceGuard guard("predictions", predictions, batch);
  guard.expect("labels", batch.labels);
  guard.expect("counts", counts);
  const auto queue = stream_of(batch);
  const LabelImages truth = label_images(batch);
  const LabelImages predicted{predictions, prediction_type, batch.n, batch.c, batch.h, batch.w};
  const int64_t pixels = truth.pixels();
  const Scratch<int16_t> truth_classes(pixels, queue), predicted_classes(pixels, queue);
  make_plain(truth, nullptr, guard.device(), truth_classes.get(), queue);
  make_plain(predicted, truth_classes.get(), guard.device(), predicted_classes.get(), queue);

  const Scratch<ClassRange> truth_ranges(pixels, queue), predicted_ranges(pixels, queue),
      spare(pixels, queue);
  const auto widen = [&](const int16_t* classes, ClassRange* ranges) {
    combine_squares<Widen>(SingleClasses{classes, truth.plane()}, truth.planes(), distance, ranges,
                           spare.get(), queue);
  };
  widen(truth_classes.get(), truth_ranges.get());
  widen(predicted_classes.get(), predicted_ranges.get());
  launch("counting boundary regions", count_regions, count_blocks(pixels, guard.device()),
         kCountThreads, 0, queue, RegionMap{predicted_classes.get(), predicted_ranges.get()},
         RegionMap{truth_classes.get(), truth_ranges.get()}, truth.planes(), distance,
         static_cast<int>(batch.c), reinterpret_cast<unsigned long long*>(counts));
}

void count_boundary_matches(const void* predictions, int prediction_type, const Batch& batch,
                            double distance, int64_t* counts) {
  check_shape(batch);
  check_pointer("counts", counts);
  if (!(distance > 0)) fail("distance", "more than 0 pixels", std::to_string(distance));
  if (std::max(batch.h, batch.w) > kLargestSide) {
    fail("shape", "sides of at most 2^28", std::to_string(std::max(batch.h, batch.w)));
  }
  const LabelImages truth = label_images(batch);
  const LabelImages predicted{predictions, prediction_type, batch.n, batch.c, batch.h, batch.w};
  if (batch.n == 0) return;
  const auto queue = stream_of(batch);
  const DeviceGuard guard("counts", counts, batch);
  check(cudaMemsetAsync(counts, 0, static_cast<size_t>(4 * batch.n * batch.c) * sizeof *counts,
                        queue),
        "clearing counts");
  const int64_t pixels = truth.pixels();
  if (pixels == 0) return;
  check_labels("predictions", predictions, prediction_type);
  check_labels(batch);
  guard.expect("predictions", predictions);
  guard.expect("labels", batch.labels);
  const Scratch<int16_t> truth_edges(pixels, queue), predicted_edges(pixels, queue);
  find_edges(truth, {0, true}, truth_edges.get(), queue);
  // a prediction of no class is another label all the same
  find_edges(predicted, {0, false, truth_edges.get()}, predicted_edges.get(), queue);

  const int64_t most = largest_square(distance, batch.h, batch.w);
  const dim3 grid(static_cast<unsigned>(std::min<int64_t>(batch.h, kLinesAtOnce)),
                  static_cast<unsigned>(std::min<int64_t>(batch.n, 65535)));
  const auto match = [&](const int16_t* edges, const int16_t* others, int row) {
    launch("matching boundaries", match_edges, grid, kCountThreads, 0, queue, edges, others,
           batch.n, static_cast<int>(batch.h), static_cast<int>(batch.w), most,
           static_cast<int>(batch.c), row, reinterpret_cast<unsigned long long*>(counts));
  };
  match(predicted_edges.get(), truth_edges.get(), 0);
  match(truth_edges.get(), predicted_edges.get(), 2);
}

}  // namespace cuda
}  // namespace autoloss
