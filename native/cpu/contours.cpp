// Boundary IoU of Cheng et al. and the boundary F measure of Csurka et al., counted.
//
// The boundary region of a class holds its pixels within a distance of another class: those whose
// window holds two different classes. So the smallest and the largest class of each window tell the
// regions of all classes at once; both are separable, at a cost that does not grow with the window.
//
// Boundaries are matched within a disc, whose offsets are tried nearest first: a boundary that is
// found at once, as most are, costs one look, and memory does not depend on the number of classes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/scratch.h"
#include "common/windows.h"
#include "cuda/operations.h"
#include "edges.h"
#include "parallel.h"
#include "runtime.h"

namespace autoloss {
namespace {

constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
constexpr int32_t kHighest = std::numeric_limits<int32_t>::max();

struct Smaller {
  int32_t operator()(int32_t a, int32_t b) const { return a < b ? a : b; }
};

struct Larger {
  int32_t operator()(int32_t a, int32_t b) const { return a > b ? a : b; }
};

/// Predictions and labels, kOutside in both where the label is ignored.
struct Maps {
  LabelShape shape;
  Room<int32_t> truth, predicted;

  Maps(const void* predictions, int prediction_type, const Batch& batch)
      : shape(label_shape(batch)),
        truth(plain_labels(batch.labels, batch.label_type, shape)),
        predicted(plain_labels(predictions, prediction_type, shape)) {
    leave_out_ignored(truth, predicted);
    leave_out_ignored(truth, truth);
  }
};

LabelShape checked_maps(const void* predictions, int prediction_type, const Batch& batch,
                        const int64_t* counts) {
  check_shape(batch);
  check_pointer("counts", counts);
  if (pixels_of(batch) > 0) {
    check_labels("predictions", predictions, prediction_type);
    check_labels(batch);
  }
  return label_shape(batch);
}

/// 1 at the pixels that are in the boundary region of their class, else 0.
Room<uint8_t> boundary_regions(const Room<int32_t>& map, const LabelShape& shape,
                               int64_t distance) {
  const int64_t plane = shape.plane(), height = shape.height, width = shape.width;
  Room<uint8_t> region(shape.pixels());
  const int threads = threads_for(shape.pixels());
  const SquareWindows<int32_t, Smaller> lowest(height, width, distance, kHighest);
  const SquareWindows<int32_t, Larger> highest(height, width, distance, kLowest);
  struct Planes {
    Room<int32_t> low, high, buffer;
  };
  const auto planes = [&](int) {
    return Planes{Room<int32_t>(plane), Room<int32_t>(plane), Room<int32_t>(lowest.workspace())};
  };
  for_tasks(threads, shape.images, planes, [&](Planes& s, int64_t n) {
    const int32_t* label = map.data() + n * plane;
    for (int64_t i = 0; i < plane; ++i) {
      s.low[i] = label[i] == kOutside ? kHighest : label[i];
      s.high[i] = label[i] == kOutside ? kLowest : label[i];
    }
    lowest.run(s.low.data(), s.buffer.data());
    highest.run(s.high.data(), s.buffer.data());
    for (int64_t i = 0; i < plane; ++i) {
      const int64_t y = i / width, x = i % width;
      const int64_t inside = std::min({x, y, width - 1 - x, height - 1 - y});
      region[n * plane + i] = label[i] >= 0 && (s.low[i] != s.high[i] || inside < distance);
    }
  });
  return region;
}

struct Offset {
  int64_t y, x;
  int64_t squared() const { return y * y + x * x; }
};

/// The offsets in an image that are nearer than the distance, nearest first.
std::vector<Offset> disc(double distance, const LabelShape& shape) {
  std::vector<Offset> offsets;
  const double square = distance * distance;
  for (int64_t y = 1 - shape.height; y < shape.height; ++y) {
    if (static_cast<double>(y * y) >= square) continue;
    for (int64_t x = 1 - shape.width; x < shape.width; ++x) {
      const Offset offset{y, x};
      if (static_cast<double>(offset.squared()) < square) offsets.push_back(offset);
    }
  }
  std::stable_sort(offsets.begin(), offsets.end(),
                   [](const Offset& a, const Offset& b) { return a.squared() < b.squared(); });
  return offsets;
}

/// Adds the boundary pixels of each class of one image to `all`, and to `near` those that have one
/// of their class in the other map within the disc.
void match(const int32_t* map, const uint8_t* edge, const int32_t* other_map,
           const uint8_t* other_edge, const LabelShape& shape, const std::vector<Offset>& disc,
           int64_t* all, int64_t* near) {
  for (int64_t i = 0; i < shape.plane(); ++i) {
    if (!edge[i]) continue;
    const int32_t c = map[i];
    const int64_t y = i / shape.width, x = i % shape.width;
    const auto found = [&](const Offset& offset) {
      const int64_t row = y + offset.y, column = x + offset.x;
      if (row < 0 || row >= shape.height || column < 0 || column >= shape.width) return false;
      const int64_t j = row * shape.width + column;
      return other_edge[j] && other_map[j] == c;
    };
    all[c] += 1;
    near[c] += std::any_of(disc.begin(), disc.end(), found);
  }
}

}  // namespace

void count_boundary_regions(const void* predictions, int prediction_type, const Batch& batch,
                            int64_t distance, int64_t* counts) {
  if (on_gpu(batch)) {
    cuda::count_boundary_regions(predictions, prediction_type, batch, distance, counts);
    return;
  }
  const LabelShape shape = checked_maps(predictions, prediction_type, batch, counts);
  if (distance < 1) fail("distance", "1 or more pixels", std::to_string(distance));
  if (shape.pixels() == 0) return;
  const Maps maps(predictions, prediction_type, batch);
  const Room<uint8_t> truth = boundary_regions(maps.truth, shape, distance);
  const Room<uint8_t> predicted = boundary_regions(maps.predicted, shape, distance);
  for (int64_t i = 0; i < shape.pixels(); ++i) {
    const bool same = maps.predicted[i] == maps.truth[i];
    if (predicted[i] && truth[i] && same) ++counts[maps.truth[i]];
    if (predicted[i]) ++counts[batch.c + maps.predicted[i]];
    if (truth[i]) ++counts[2 * batch.c + maps.truth[i]];
  }
}

void count_boundary_matches(const void* predictions, int prediction_type, const Batch& batch,
                            double distance, int64_t* counts) {
  if (on_gpu(batch)) {
    cuda::count_boundary_matches(predictions, prediction_type, batch, distance, counts);
    return;
  }
  const LabelShape shape = checked_maps(predictions, prediction_type, batch, counts);
  if (!(distance > 0)) fail("distance", "more than 0 pixels", std::to_string(distance));
  std::fill(counts, counts + 4 * batch.n * batch.c, int64_t{0});
  if (shape.pixels() == 0) return;
  const Maps maps(predictions, prediction_type, batch);
  const Room<uint8_t> truth = label_edges(maps.truth, shape, 0);
  const Room<uint8_t> predicted = label_edges(maps.predicted, shape, 0);
  const std::vector<Offset> offsets = disc(distance, shape);
  const int threads = threads_for(shape.pixels());
  for_tasks(threads, batch.n, [&](int64_t image) {
    const int64_t offset = image * shape.plane();
    const int32_t *y = maps.truth.data() + offset, *p = maps.predicted.data() + offset;
    const uint8_t *label = truth.data() + offset, *edge = predicted.data() + offset;
    int64_t* out = counts + 4 * image * batch.c;
    match(p, edge, y, label, shape, offsets, out, out + batch.c);
    match(y, label, p, edge, shape, offsets, out + 2 * batch.c, out + 3 * batch.c);
  });
}

}  // namespace autoloss
