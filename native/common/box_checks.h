// Argument checks of the operations on boxes, for the CPU and for GPUs. Each says whether there is
// anything to do.
#ifndef AUTOLOSS_COMMON_BOX_CHECKS_H_
#define AUTOLOSS_COMMON_BOX_CHECKS_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "common/box_math.h"
#include "common/checks.h"

namespace autoloss {

inline void check_count(const char* argument, int64_t count) {
  if (count < 0 || count > std::numeric_limits<int32_t>::max()) {
    fail(argument, "0 to 2^31-1 boxes", std::to_string(count));
  }
}

/// The arguments of box_overlaps, checked; those of no pair may be NULL.
template <class Number>
BoxPairs<Number> checked_pairs(const Number* predicted, const Number* target, int64_t n,
                               const Number* anchors, const double* coding, Number* overlaps,
                               Number* derivatives) {
  check_count("n", n);
  BoxPairs<Number> pairs{predicted, target, anchors, {}, overlaps, derivatives};
  if (n == 0) return pairs;
  check_pointer("predicted", predicted);
  check_pointer("target", target);
  check_pointer("overlaps", overlaps);
  if (anchors == nullptr) return pairs;
  check_pointer("coding", coding);
  const auto number = [&](int i) { return static_cast<Number>(coding[i]); };
  pairs.coding = {number(0), number(1), number(2), number(3), number(4)};
  return pairs;
}

inline bool check_pairwise(const float* first, int64_t n, const float* second, int64_t m,
                           const float* iou) {
  check_count("n", n);
  check_count("m", m);
  if (n == 0 || m == 0) return false;
  check_pointer("first", first);
  check_pointer("second", second);
  check_pointer("iou", iou);
  return true;
}

inline bool check_matching(const float* iou, int64_t targets, int64_t boxes, double low,
                           double high, const int64_t* matches) {
  check_count("targets", targets);
  check_count("boxes", boxes);
  if (!(low <= high)) fail("low", "at most the upper threshold", std::to_string(low));
  if (boxes == 0) return false;
  check_pointer("matches", matches);
  if (targets > 0) check_pointer("iou", iou);
  return true;
}

inline bool check_suppression(const float* boxes, const float* scores, int64_t n, double threshold,
                              const int64_t* kept) {
  check_count("n", n);
  if (!(threshold >= 0)) fail("threshold", "0 or more", std::to_string(threshold));
  if (n == 0) return false;
  check_pointer("boxes", boxes);
  check_pointer("scores", scores);
  check_pointer("kept", kept);
  return true;
}

/// The largest float that is not above a threshold: a float is above one just if it is above the
/// other.
inline float rounded_down(double threshold) {
  const auto nearest = static_cast<float>(threshold);
  return nearest > threshold ? std::nextafterf(nearest, -INFINITY) : nearest;
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_BOX_CHECKS_H_
