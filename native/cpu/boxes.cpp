// Entry points of the operations on boxes: overlaps, pairwise IoU, matching, suppression.
#include "boxes.h"

#include <algorithm>
#include <vector>

#include "autoloss/ops.h"
#include "common/box_checks.h"
#include "cuda/operations.h"
#include "parallel.h"
#include "runtime.h"

namespace autoloss {
namespace {

/// Indices by falling score, equal ones by index; NaN before all others, as in libtorch.
std::vector<int64_t> by_score(const float* scores, int64_t n) {
  std::vector<uint64_t> keys(n);
  for (int64_t i = 0; i < n; ++i) {
    keys[i] = uint64_t{falling_score(scores[i])} << 32 | static_cast<uint32_t>(i);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<int64_t> order(n);
  for (int64_t i = 0; i < n; ++i) order[i] = static_cast<int64_t>(keys[i] & 0xffffffffu);
  return order;
}

/// The boxes of each class in the order that is given; classes in the order of their numbers.
std::vector<std::vector<int64_t>> parted(const std::vector<int64_t>& order,
                                         const int64_t* classes) {
  if (classes == nullptr) return {order};
  std::vector<int64_t> sorted(order);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](int64_t a, int64_t b) { return classes[a] < classes[b]; });
  std::vector<std::vector<int64_t>> parts;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || classes[sorted[i]] != classes[sorted[i - 1]]) parts.emplace_back();
    parts.back().push_back(sorted[i]);
  }
  return parts;
}

template <class Number>
void overlaps_on_cpu(const BoxPairs<Number>& pairs, int64_t n) {
  const int threads = threads_for(32 * n);
  for_tasks(threads, threads, [&](int64_t part) {
    for (int64_t i = n * part / threads; i < n * (part + 1) / threads; ++i) write_overlap(pairs, i);
  });
}

template <class Number>
void overlaps(const Number* predicted, const Number* target, int64_t n, const Number* anchors,
              const double* coding, Number* overlaps, Number* derivatives, int device,
              void* stream) {
  if (device >= 0) {
    cuda::box_overlaps(predicted, target, n, anchors, coding, overlaps, derivatives, device,
                       stream);
    return;
  }
  overlaps_on_cpu(checked_pairs(predicted, target, n, anchors, coding, overlaps, derivatives), n);
}

}  // namespace

void box_overlaps(const float* predicted, const float* target, int64_t n, const float* anchors,
                  const double* coding, float* overlaps, float* derivatives, int device,
                  void* stream) {
  autoloss::overlaps(predicted, target, n, anchors, coding, overlaps, derivatives, device, stream);
}

void box_overlaps(const double* predicted, const double* target, int64_t n, const double* anchors,
                  const double* coding, double* overlaps, double* derivatives, int device,
                  void* stream) {
  autoloss::overlaps(predicted, target, n, anchors, coding, overlaps, derivatives, device, stream);
}

void pairwise_iou(const float* first, int64_t n, const float* second, int64_t m, float* iou,
                  int device, void* stream) {
  if (device >= 0) {
    cuda::pairwise_iou(first, n, second, m, iou, device, stream);
    return;
  }
  if (!check_pairwise(first, n, second, m, iou)) return;
  AUTOLOSS_VARIANT(pairwise_iou)(first, n, second, m, threads_for(4 * n * m), iou);
}

void match_boxes(const float* iou, int64_t targets, int64_t boxes, double low, double high,
                 int restore_best, int64_t* matches, int device, void* stream) {
  if (device >= 0) {
    cuda::match_boxes(iou, targets, boxes, low, high, restore_best, matches, device, stream);
    return;
  }
  if (!check_matching(iou, targets, boxes, low, high, matches)) return;
  std::vector<float> best(boxes, targets > 0 ? -1.0f : 0.0f);
  std::vector<int64_t> own(boxes, 0);
  std::vector<float> highest(targets, 0.0f);
  for (int64_t t = 0; t < targets; ++t) {
    const float* row = iou + t * boxes;
    float top = 0.0f;
    for (int64_t i = 0; i < boxes; ++i) {
      const float value = counted_overlap(row[i]);
      own[i] = value > best[i] ? t : own[i];
      best[i] = value > best[i] ? value : best[i];
      top = value > top ? value : top;
    }
    highest[t] = top;
  }
  const auto from = static_cast<float>(low), to = static_cast<float>(high);
  for (int64_t i = 0; i < boxes; ++i) {
    matches[i] = own[i];
    if (targets == 0 || best[i] < from) {
      matches[i] = MATCH_NONE;
    } else if (best[i] < to) {
      matches[i] = MATCH_IGNORED;
    }
  }
  for (int64_t t = 0; restore_best != 0 && t < targets; ++t) {
    const float* row = iou + t * boxes;
    for (int64_t i = 0; i < boxes; ++i) {
      if (counted_overlap(row[i]) == highest[t]) matches[i] = own[i];
    }
  }
}

int64_t suppress_boxes(const float* boxes, const float* scores, const int64_t* classes, int64_t n,
                       double threshold, int64_t* kept, int device, void* stream) {
  if (device >= 0) {
    return cuda::suppress_boxes(boxes, scores, classes, n, threshold, kept, device, stream);
  }
  if (!check_suppression(boxes, scores, n, threshold, kept)) return 0;
  const std::vector<int64_t> order = by_score(scores, n);
  const std::vector<std::vector<int64_t>> parts = parted(order, classes);
  std::vector<uint8_t> keep(n);
  const auto suppress = AUTOLOSS_VARIANT(suppress);
  const int threads = parts.size() > 1 ? threads_for(256 * n) : 1;
  for_tasks(threads, static_cast<int64_t>(parts.size()), [&](int64_t part) {
    suppress(boxes, parts[part].data(), static_cast<int64_t>(parts[part].size()),
             rounded_down(threshold), keep.data());
  });
  int64_t count = 0;
  for (int64_t i : order) {
    if (keep[i]) kept[count++] = i;
  }
  return count;
}

}  // namespace autoloss
