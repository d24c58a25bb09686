// Entry points of the operations on boxes: overlaps, pairwise IoU, matching, suppression.
#include "boxes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "autoloss/ops.h"
#include "common/box_math.h"
#include "common/checks.h"
#include "runtime.h"

namespace autoloss {
namespace {

void check_count(const char* argument, int64_t count) {
  if (count < 0 || count > std::numeric_limits<int32_t>::max()) {
    fail(argument, "0 to 2^31-1 boxes", std::to_string(count));
  }
}

/// The largest float that is not above a threshold: a float is above one just if it is above the
/// other.
float rounded_down(double threshold) {
  const auto nearest = static_cast<float>(threshold);
  return nearest > threshold ? std::nextafterf(nearest, -INFINITY) : nearest;
}

/// Indices by falling score, equal ones by index; NaN before all others, as in libtorch.
std::vector<int64_t> by_score(const float* scores, int64_t n) {
  std::vector<uint64_t> keys(n);
  for (int64_t i = 0; i < n; ++i) {
    const float score = scores[i] + 0.0f;  // -0 is 0
    uint32_t bits;
    std::memcpy(&bits, &score, sizeof bits);
    const uint32_t ascending = bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
    const uint32_t descending = std::isnan(score) ? 0 : ~ascending;
    keys[i] = uint64_t{descending} << 32 | static_cast<uint32_t>(i);
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

}  // namespace

void box_overlaps(const float* predicted, const float* target, int64_t n, const float* anchors,
                  const double* coding, float* overlaps, float* derivatives) {
  check_count("n", n);
  if (n == 0) return;
  check_pointer("predicted", predicted);
  check_pointer("target", target);
  check_pointer("overlaps", overlaps);
  if (anchors != nullptr) check_pointer("coding", coding);
  BoxCoding code{};
  if (anchors != nullptr) {
    code = {static_cast<float>(coding[0]), static_cast<float>(coding[1]),
            static_cast<float>(coding[2]), static_cast<float>(coding[3]),
            static_cast<float>(coding[4])};
  }
  const auto box_at = [](const float* boxes, int64_t i) {
    return Box{boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]};
  };
  const int threads = threads_for(32 * n);
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int64_t i = 0; i < n; ++i) {
    DecodedBox decoded{};
    if (anchors != nullptr) decoded = decode_box(predicted + 4 * i, box_at(anchors, i), code);
    BoxOverlap overlap =
        overlap_of(anchors == nullptr ? box_at(predicted, i) : decoded.box, box_at(target, i));
    overlaps[3 * i] = overlap.intersection;
    overlaps[3 * i + 1] = overlap.union_;
    overlaps[3 * i + 2] = overlap.enclosing;
    if (derivatives == nullptr) continue;
    float* rows[] = {overlap.by_intersection, overlap.by_union, overlap.by_enclosing};
    for (int k = 0; k < 3; ++k) {
      if (anchors != nullptr) through_decoding(decoded, rows[k]);
      std::copy(rows[k], rows[k] + 4, derivatives + 12 * i + 4 * k);
    }
  }
}

void pairwise_iou(const float* first, int64_t n, const float* second, int64_t m, float* iou) {
  check_count("n", n);
  check_count("m", m);
  if (n == 0 || m == 0) return;
  check_pointer("first", first);
  check_pointer("second", second);
  check_pointer("iou", iou);
  variant(baseline::pairwise_iou, avx2::pairwise_iou, avx512::pairwise_iou)(
      first, n, second, m, threads_for(4 * n * m), iou);
}

void match_boxes(const float* iou, int64_t targets, int64_t boxes, double low, double high,
                 int restore_best, int64_t* matches) {
  check_count("targets", targets);
  check_count("boxes", boxes);
  if (!(low <= high)) fail("low", "at most the upper threshold", std::to_string(low));
  if (boxes == 0) return;
  check_pointer("matches", matches);
  if (targets > 0) check_pointer("iou", iou);
  std::vector<float> best(boxes, targets > 0 ? -1.0f : 0.0f);
  std::vector<int64_t> own(boxes, 0);
  std::vector<float> highest(targets, 0.0f);
  for (int64_t t = 0; t < targets; ++t) {
    const float* row = iou + t * boxes;
    float top = 0.0f;
    for (int64_t i = 0; i < boxes; ++i) {
      const float value = row[i] >= 0 ? row[i] : 0.0f;  // NaN, of boxes without area: no overlap
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
      if ((row[i] >= 0 ? row[i] : 0.0f) == highest[t]) matches[i] = own[i];
    }
  }
}

int64_t suppress_boxes(const float* boxes, const float* scores, const int64_t* classes, int64_t n,
                       double threshold, int64_t* kept) {
  check_count("n", n);
  if (!(threshold >= 0)) fail("threshold", "0 or more", std::to_string(threshold));
  if (n == 0) return 0;
  check_pointer("boxes", boxes);
  check_pointer("scores", scores);
  check_pointer("kept", kept);
  const std::vector<int64_t> order = by_score(scores, n);
  const std::vector<std::vector<int64_t>> parts = parted(order, classes);
  std::vector<uint8_t> keep(n);
  const auto suppress = variant(baseline::suppress, avx2::suppress, avx512::suppress);
  const int threads = parts.size() > 1 ? threads_for(256 * n) : 1;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
  for (size_t part = 0; part < parts.size(); ++part) {
    suppress(boxes, parts[part].data(), static_cast<int64_t>(parts[part].size()),
             rounded_down(threshold), keep.data());
  }
  int64_t count = 0;
  for (int64_t i : order) {
    if (keep[i]) kept[count++] = i;
  }
  return count;
}

}  // namespace autoloss
