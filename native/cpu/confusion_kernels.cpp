// Pixels predicted right, predicted, and labelled, per class. One pass over the logits; the argmax
// of a tile is vectorised, the counting is not.
#include <vector>

#include "confusion.h"
#include "parallel.h"
#include "tile.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// The first class with the largest logit; NaN is larger than anything, the first NaN wins.
void argmax(const ClassRows z, int32_t* best) {
  float top[kMaxTile];
  const int64_t count = z.count;
  for (int64_t i = 0; i < count; ++i) {
    top[i] = z.first[i];
    best[i] = 0;
  }
  for (int64_t c = 1; c < z.classes; ++c) {
    const float* row = z.in_order(c);
    const int32_t own = static_cast<int32_t>(c);
    for (int64_t i = 0; i < count; ++i) {
      // the inverted comparison is true for NaN; once top is NaN nothing replaces it
      const bool better = !(row[i] <= top[i]) & (top[i] == top[i]);
      best[i] = better ? own : best[i];
      top[i] = better ? row[i] : top[i];
    }
  }
}

}  // namespace

void count(const CountArguments& in, int threads, int64_t* counts) {
  const int64_t classes = in.classes;
  const Tiling tiling(in.images, classes, in.plane);
  // apart from each other in memory, for each pixel is added
  std::vector<std::vector<int64_t>> of_threads(threads);
  const auto counts_of = [&](int thread) {
    of_threads[thread].resize(3 * classes);
    return of_threads[thread].data();
  };
  for_tasks(threads, tiling.total, counts_of, [&](int64_t* mine, int64_t tile) {
    int32_t label[kMaxTile], predicted[kMaxTile];
    const int64_t image = tiling.image(tile), begin = tiling.begin(tile);
    const int64_t pixels = tiling.count(tile), offset = image * in.plane + begin;
    load_labels(in.labels, in.label_type, nullptr, offset, pixels, classes, label);
    if (in.logits != nullptr) {
      argmax({in.logits + image * classes * in.plane + begin, in.plane, classes, pixels},
             predicted);
    } else {
      load_labels(in.predictions, in.prediction_type, nullptr, offset, pixels, classes, predicted);
    }
    for (int64_t i = 0; i < pixels; ++i) {
      if (label[i] < 0) continue;
      mine[2 * classes + label[i]] += 1;
      if (predicted[i] < 0) continue;
      mine[classes + predicted[i]] += 1;
      mine[label[i]] += predicted[i] == label[i];
    }
  });
  for (const std::vector<int64_t>& mine : of_threads) {
    for (size_t i = 0; i < mine.size(); ++i) counts[i] += mine[i];
  }
}

void predict(const CountArguments& in, int threads, int32_t* predicted) {
  const Tiling tiling(in.images, in.classes, in.plane);
  for_tasks(threads, tiling.total, [&](int64_t tile) {
    const int64_t image = tiling.image(tile), begin = tiling.begin(tile);
    argmax({in.logits + image * in.classes * in.plane + begin, in.plane, in.classes,
            tiling.count(tile)},
           predicted + image * in.plane + begin);
  });
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
