// Boxes: their intersection, union and enclosing box, and what these change by.
#ifndef AUTOLOSS_COMMON_BOX_MATH_H_
#define AUTOLOSS_COMMON_BOX_MATH_H_

#include <cmath>
#include <cstdint>
#include <cstring>

#include "common/inline.h"

namespace autoloss {

/// The corners of a box; by x1, y1, x2, y2 in this order in memory.
template <class Number>
struct Corners {
  Number x1, y1, x2, y2;
};

using Box = Corners<float>;

/// How deltas become boxes, as in torchvision's BoxCoder: what they are divided by, and the largest
/// logarithm of a ratio of sides.
template <class Number>
struct BoxCoding {
  Number x, y, width, height, clip;
};

/// Areas, and their derivatives by the four numbers of the predicted box.
template <class Number>
struct BoxOverlap {
  Number intersection, union_, enclosing;
  Number by_intersection[4], by_union[4], by_enclosing[4];
};

/// A decoded box, and its derivatives: x1 and x2 by dx are the same, by dw they differ in sign.
template <class Number>
struct DecodedBox {
  Corners<Number> box;
  Number x_by_dx, y_by_dy, half_width_by_dw, half_height_by_dh;
};

/// Box number i of an array.
template <class Number>
AUTOLOSS_INLINE Corners<Number> box_at(const Number* boxes, int64_t i) {
  return {boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]};
}

template <class Number>
AUTOLOSS_INLINE Number larger(Number a, Number b) {
  return a > b ? a : b;
}

template <class Number>
AUTOLOSS_INLINE Number smaller(Number a, Number b) {
  return a < b ? a : b;
}

/// d max(a,b) / d a: one half where they are equal, as in libtorch.
template <class Number>
AUTOLOSS_INLINE Number share_of_larger(Number a, Number b) {
  return a > b ? Number{1} : a == b ? Number{0.5} : Number{0};
}

template <class Number>
AUTOLOSS_INLINE DecodedBox<Number> decode_box(const Number* deltas, const Corners<Number>& anchor,
                                              const BoxCoding<Number>& coding) {
  const Number half{0.5};
  const Number width = anchor.x2 - anchor.x1, height = anchor.y2 - anchor.y1;
  const Number x = anchor.x1 + half * width, y = anchor.y1 + half * height;
  const Number dw = deltas[2] / coding.width, dh = deltas[3] / coding.height;
  const Number half_width = half * (std::exp(dw > coding.clip ? coding.clip : dw) * width);
  const Number half_height = half * (std::exp(dh > coding.clip ? coding.clip : dh) * height);
  const Number centre_x = deltas[0] / coding.x * width + x;
  const Number centre_y = deltas[1] / coding.y * height + y;
  return {{centre_x - half_width, centre_y - half_height, centre_x + half_width,
           centre_y + half_height},
          width / coding.x,
          height / coding.y,
          dw > coding.clip ? Number{0} : half_width / coding.width,
          dh > coding.clip ? Number{0} : half_height / coding.height};
}

/// Sides below 0 are 0.
template <class Number>
AUTOLOSS_INLINE BoxOverlap<Number> overlap_of(const Corners<Number>& p, const Corners<Number>& t) {
  const Number zero{0};
  const Number own_w = larger(p.x2 - p.x1, zero), own_h = larger(p.y2 - p.y1, zero);
  const Number target = larger(t.x2 - t.x1, zero) * larger(t.y2 - t.y1, zero);
  const Number w = smaller(p.x2, t.x2) - larger(p.x1, t.x1);
  const Number h = smaller(p.y2, t.y2) - larger(p.y1, t.y1);
  const bool meet = w >= 0 && h >= 0;
  const Number outer_w = larger(p.x2, t.x2) - smaller(p.x1, t.x1);
  const Number outer_h = larger(p.y2, t.y2) - smaller(p.y1, t.y1);
  BoxOverlap<Number> out;
  out.intersection = meet ? w * h : zero;
  out.union_ = own_w * own_h + target - out.intersection;
  out.enclosing = outer_w * outer_h;
  const Number inner_w = meet ? w : zero, inner_h = meet ? h : zero;
  out.by_intersection[0] = -inner_h * share_of_larger(p.x1, t.x1);
  out.by_intersection[1] = -inner_w * share_of_larger(p.y1, t.y1);
  out.by_intersection[2] = inner_h * share_of_larger(t.x2, p.x2);
  out.by_intersection[3] = inner_w * share_of_larger(t.y2, p.y2);
  const Number by_w = p.x2 >= p.x1 ? own_h : zero, by_h = p.y2 >= p.y1 ? own_w : zero;
  const Number own[4] = {-by_w, -by_h, by_w, by_h};
  for (int i = 0; i < 4; ++i) out.by_union[i] = own[i] - out.by_intersection[i];
  out.by_enclosing[0] = -outer_h * share_of_larger(t.x1, p.x1);
  out.by_enclosing[1] = -outer_w * share_of_larger(t.y1, p.y1);
  out.by_enclosing[2] = outer_h * share_of_larger(p.x2, t.x2);
  out.by_enclosing[3] = outer_w * share_of_larger(p.y2, t.y2);
  return out;
}

/// Derivatives by a box's numbers become those by its deltas.
template <class Number>
AUTOLOSS_INLINE void through_decoding(const DecodedBox<Number>& decoded, Number* by) {
  const Number x1 = by[0], y1 = by[1], x2 = by[2], y2 = by[3];
  by[0] = (x1 + x2) * decoded.x_by_dx;
  by[1] = (y1 + y2) * decoded.y_by_dy;
  by[2] = (x2 - x1) * decoded.half_width_by_dw;
  by[3] = (y2 - y1) * decoded.half_height_by_dh;
}

/// Pairs of boxes, as box_overlaps has them.
template <class Number>
struct BoxPairs {
  const Number* predicted;
  const Number* target;
  const Number* anchors;  // NULL where `predicted` holds boxes
  BoxCoding<Number> coding;
  Number* overlaps;
  Number* derivatives;  // NULL where they are not wanted
};

/// The areas of pair i, and where wanted their derivatives.
template <class Number>
AUTOLOSS_INLINE void write_overlap(const BoxPairs<Number>& pairs, int64_t i) {
  const bool coded = pairs.anchors != nullptr;
  DecodedBox<Number> decoded{};
  if (coded) {
    decoded = decode_box(pairs.predicted + 4 * i, box_at(pairs.anchors, i), pairs.coding);
  } else {
    decoded.box = box_at(pairs.predicted, i);
  }
  BoxOverlap<Number> overlap = overlap_of(decoded.box, box_at(pairs.target, i));
  pairs.overlaps[3 * i] = overlap.intersection;
  pairs.overlaps[3 * i + 1] = overlap.union_;
  pairs.overlaps[3 * i + 2] = overlap.enclosing;
  if (pairs.derivatives == nullptr) return;
  if (coded) {
    through_decoding(decoded, overlap.by_intersection);
    through_decoding(decoded, overlap.by_union);
    through_decoding(decoded, overlap.by_enclosing);
  }
  Number* to = pairs.derivatives + 12 * i;
  for (int k = 0; k < 4; ++k) {
    to[k] = overlap.by_intersection[k];
    to[4 + k] = overlap.by_union[k];
    to[8 + k] = overlap.by_enclosing[k];
  }
}

/// Intersection over union; areas are products of sides whatever their sign, as in torchvision. NaN
/// for two boxes without area.
AUTOLOSS_INLINE float iou_of(const Box& a, const Box& b) {
  const float left = larger(a.x1, b.x1), right = smaller(a.x2, b.x2);
  const float top = larger(a.y1, b.y1), bottom = smaller(a.y2, b.y2);
  const float w = right > left ? right - left : 0.0f, h = bottom > top ? bottom - top : 0.0f;
  const float area = (a.x2 - a.x1) * (a.y2 - a.y1), other = (b.x2 - b.x1) * (b.y2 - b.y1);
  const float both = w * h;
  return both / (area + other - both);
}

/// An overlap as the matcher counts it: NaN, of boxes without area, is none. Never -0, so that its
/// bits have the order of integers.
AUTOLOSS_INLINE float counted_overlap(float iou) { return iou > 0 ? iou : 0.0f; }

/// A number that rises where scores fall; NaN has the least, and -0 is 0.
AUTOLOSS_INLINE uint32_t falling_score(float score) {
  const float plain = score + 0.0f;
  uint32_t bits;
  std::memcpy(&bits, &plain, sizeof bits);
  const uint32_t ascending = bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
  return plain == plain ? ~ascending : 0;
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_BOX_MATH_H_
