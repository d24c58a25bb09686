// Boxes: their intersection, union and enclosing box, and what these change by.
#ifndef AUTOLOSS_COMMON_BOX_MATH_H_
#define AUTOLOSS_COMMON_BOX_MATH_H_

#include <cmath>

namespace autoloss {

/// A box; by x1, y1, x2, y2 in this order in memory.
struct Box {
  float x1, y1, x2, y2;
};

/// How deltas become boxes, as in torchvision's BoxCoder: what they are divided by, and the largest
/// logarithm of a ratio of sides.
struct BoxCoding {
  float x, y, width, height, clip;
};

/// Areas, and their derivatives by the four numbers of the predicted box.
struct BoxOverlap {
  float intersection, union_, enclosing;
  float by_intersection[4], by_union[4], by_enclosing[4];
};

/// A decoded box, and its derivatives: x1 and x2 by dx are the same, by dw they differ in sign.
struct DecodedBox {
  Box box;
  float x_by_dx, y_by_dy, half_width_by_dw, half_height_by_dh;
};

/// d max(a,b) / d a: one half where they are equal, as in libtorch.
inline float share_of_larger(float a, float b) { return a > b ? 1.0f : a == b ? 0.5f : 0.0f; }

inline DecodedBox decode_box(const float* deltas, const Box& anchor, const BoxCoding& coding) {
  const float width = anchor.x2 - anchor.x1, height = anchor.y2 - anchor.y1;
  const float x = anchor.x1 + 0.5f * width, y = anchor.y1 + 0.5f * height;
  const float dw = deltas[2] / coding.width, dh = deltas[3] / coding.height;
  const float half_width = 0.5f * (std::exp(dw > coding.clip ? coding.clip : dw) * width);
  const float half_height = 0.5f * (std::exp(dh > coding.clip ? coding.clip : dh) * height);
  const float centre_x = deltas[0] / coding.x * width + x;
  const float centre_y = deltas[1] / coding.y * height + y;
  return {{centre_x - half_width, centre_y - half_height, centre_x + half_width,
           centre_y + half_height},
          width / coding.x,
          height / coding.y,
          dw > coding.clip ? 0.0f : half_width / coding.width,
          dh > coding.clip ? 0.0f : half_height / coding.height};
}

/// Sides below 0 are 0.
inline BoxOverlap overlap_of(const Box& p, const Box& t) {
  const auto larger = [](float a, float b) { return a > b ? a : b; };
  const auto smaller = [](float a, float b) { return a < b ? a : b; };
  const float own_w = larger(p.x2 - p.x1, 0.0f), own_h = larger(p.y2 - p.y1, 0.0f);
  const float target = larger(t.x2 - t.x1, 0.0f) * larger(t.y2 - t.y1, 0.0f);
  const float w = smaller(p.x2, t.x2) - larger(p.x1, t.x1);
  const float h = smaller(p.y2, t.y2) - larger(p.y1, t.y1);
  const bool meet = w >= 0 && h >= 0;
  const float outer_w = larger(p.x2, t.x2) - smaller(p.x1, t.x1);
  const float outer_h = larger(p.y2, t.y2) - smaller(p.y1, t.y1);
  BoxOverlap out;
  out.intersection = meet ? w * h : 0.0f;
  out.union_ = own_w * own_h + target - out.intersection;
  out.enclosing = outer_w * outer_h;
  const float inner_w = meet ? w : 0.0f, inner_h = meet ? h : 0.0f;
  out.by_intersection[0] = -inner_h * share_of_larger(p.x1, t.x1);
  out.by_intersection[1] = -inner_w * share_of_larger(p.y1, t.y1);
  out.by_intersection[2] = inner_h * share_of_larger(t.x2, p.x2);
  out.by_intersection[3] = inner_w * share_of_larger(t.y2, p.y2);
  const float by_w = p.x2 >= p.x1 ? own_h : 0.0f, by_h = p.y2 >= p.y1 ? own_w : 0.0f;
  const float own[4] = {-by_w, -by_h, by_w, by_h};
  for (int i = 0; i < 4; ++i) out.by_union[i] = own[i] - out.by_intersection[i];
  out.by_enclosing[0] = -outer_h * share_of_larger(t.x1, p.x1);
  out.by_enclosing[1] = -outer_w * share_of_larger(t.y1, p.y1);
  out.by_enclosing[2] = outer_h * share_of_larger(p.x2, t.x2);
  out.by_enclosing[3] = outer_w * share_of_larger(p.y2, t.y2);
  return out;
}

/// Derivatives by a box's numbers become those by its deltas.
inline void through_decoding(const DecodedBox& decoded, float* by) {
  const float x1 = by[0], y1 = by[1], x2 = by[2], y2 = by[3];
  by[0] = (x1 + x2) * decoded.x_by_dx;
  by[1] = (y1 + y2) * decoded.y_by_dy;
  by[2] = (x2 - x1) * decoded.half_width_by_dw;
  by[3] = (y2 - y1) * decoded.half_height_by_dh;
}

/// Intersection over union; areas are products of sides whatever their sign, as in torchvision. NaN
/// for two boxes without area.
inline float iou_of(const Box& a, const Box& b) {
  const float left = a.x1 > b.x1 ? a.x1 : b.x1, right = a.x2 < b.x2 ? a.x2 : b.x2;
  const float top = a.y1 > b.y1 ? a.y1 : b.y1, bottom = a.y2 < b.y2 ? a.y2 : b.y2;
  const float w = right > left ? right - left : 0.0f, h = bottom > top ? bottom - top : 0.0f;
  const float area = (a.x2 - a.x1) * (a.y2 - a.y1), other = (b.x2 - b.x1) * (b.y2 - b.y1);
  const float both = w * h;
  return both / (area + other - both);
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_BOX_MATH_H_
