// Sums and gradient of the BF1 surrogate, plane by plane (one image, one class).
//
//   e = minpool3(p), the minimum over the 3x3 neighbourhood inside the image
//   E = O1(p) + O2(e) - O1(p) O2(e) - A1(p) A2(e)
//   d loss / d E = edge + matched dil(G) + found [times E is the maximum that an edge pixel found]
//
// with factors that only the sums over all planes give. So what E depends on is found with the sums
// and kept, dE / dp in place of p; the way back is a product and a sum over neighbours.
//
// The maxima dil(E) are wanted only at the label edges of their own class (window_maxima.h).
//
// The minimum is separable, and so is its gradient: of equal values the first in row-major order is
// the minimum, which is the first of a row's three, then the first of three rows. A row of E needs
// the minima of three rows, which are found one row ahead and kept in a ring; so all but E itself
// stays in the first-level cache.
//
// A pixel that is left out has p = +infinity, as what is outside the image: no minimum sees it, and
// its own E counts nowhere. So one code serves both treatments of ignored pixels.
//
// Passes over [N,C,H,W]: probabilities (read, write); sums in place (read, two writes, and a byte);
// slopes in place (two reads and a byte, write); the way back through the softmax (two reads, one
// write). Every plane has its own sums, so the order of the planes does not matter.
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "boundary.h"
#include "parallel.h"
#include "soft_edge.h"
#include "softmax_tiles.h"
#include "window_maxima.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The working memory of one thread: E of a plane, and a ring of the rows at hand. Rows have a
/// column before the first and room behind the last that a vector may read.
struct Rows {
  static constexpr int64_t kBefore = 1, kRing = 4;

  int64_t height, width, stride;
  std::vector<float> value;      // E of the plane; then what edge pixels found of it
  std::vector<float> p;          // a plane's first or last row; +infinity in the border
  std::vector<float> minima;     // of each pixel's three columns; +infinity outside the image
  std::vector<int32_t> columns;  // which of the three, 0 to 2; then all that is kept of its place
  std::vector<float> slopes;     // d loss / d minima; 0 in the border
  std::vector<float> side;       // of a row, values and slopes of the curves of p
  std::vector<int32_t> near;     // dil(G) of a row, 0 or 1; then what is kept of places
  WindowMaxima maxima;           // of E

  Rows(int64_t height, int64_t width, int64_t tolerance)
      : height(height),
        width(width),
        stride(width + 2 * kLanes),
        value(height * stride),
        p(stride, kInfinity),
        minima(kRing * stride),
        columns(kRing * stride),
        slopes(kRing * stride),
        side(4 * width),
        near(width),
        maxima(height, width, stride, tolerance) {}

  float* value_row(int64_t y) { return value.data() + y * stride; }
  float* minimum(int64_t y) { return minima.data() + in_ring(y); }
  int32_t* column(int64_t y) { return columns.data() + in_ring(y); }
  float* slope(int64_t y) { return slopes.data() + in_ring(y); }

 private:
  /// y is -1 or more.
  int64_t in_ring(int64_t y) const { return (y + kRing) % kRing * stride + kBefore; }
};

/// The least of a pixel's three columns, and which it is: of equal ones the first.
inline void least_of_three(float left, float centre, float right, float& least, int32_t& column) {
  const float low = centre < left ? centre : left;
  const int32_t where = centre < left ? 1 : 0;
  least = right < low ? right : low;
  column = right < low ? 2 : where;
}

/// Puts the minima of row y of a plane into the ring; those of a row outside are infinite. A NaN
/// need not get through: it makes the sums NaN at its own pixel.
void find_minima(const float* plane, int64_t y, Rows& s) {
  float* __restrict__ minimum = s.minimum(y);
  if (y < 0 || y == s.height) {
    std::fill(minimum, minimum + s.width, kInfinity);
    return;
  }
  int32_t* __restrict__ column = s.column(y);
  const float* row = plane + y * s.width;
  if (y == 0 || y == s.height - 1) {  // whose neighbours in memory may not be the plane's
    std::copy(row, row + s.width, s.p.data() + Rows::kBefore);
    row = s.p.data() + Rows::kBefore;
  }
  // From 0 on, as they are read: vectors written at other offsets would have to reach the cache
  // first. So the first and the last have taken pixels of other rows for neighbours.
  const int64_t last = s.width - 1;
  for (int64_t x = 0; x <= last; ++x) {
    least_of_three(row[x - 1], row[x], row[x + 1], minimum[x], column[x]);
  }
  const float second = last > 0 ? row[1] : kInfinity;
  const float before = last > 0 ? row[last - 1] : kInfinity;
  least_of_three(kInfinity, row[0], second, minimum[0], column[0]);
  least_of_three(before, row[last], kInfinity, minimum[last], column[last]);
}

/// Where a plane finds dil(G) of its class; words is NULL where the image has no label edge of it.
struct NearBits {
  const uint64_t* words;  // of each pixel
  int bit;
};

/// dil(G) of a row as 0 and 1.
void load_near(const NearBits bits, int64_t first, int64_t count, int32_t* near) {
  if (bits.words == nullptr) {
    std::fill(near, near + count, 0);
    return;
  }
  const uint64_t* words = bits.words + first;
  for (int64_t x = 0; x < count; ++x) near[x] = static_cast<int32_t>(words[x] >> bits.bit & 1);
}

/// What is kept of a pixel for its gradient: which of three rows holds the minimum, which of three
/// columns holds that of its own row, and dil(G).
constexpr int32_t kRowMask = 3, kColumnShift = 2, kColumnMask = 3, kNearShift = 4;

/// The sums of E and of E dil(G) over a plane.
struct EdgeSums {
  double edge = 0, matched = 0;
};

/// Where the slopes of a plane's edges are kept: dE / dp takes the place of p.
struct KeptSlopes {
  float* by_minimum;  // dE / de
  uint8_t* places;    // see kRowMask
};

/// The predicted edges E of a plane, and their sums: returned, for planes of several threads share
/// a line of the cache where sums end up. With Keep also their slopes.
template <bool Keep, int Pieces>
EdgeSums soft_edges(const EdgeCurves<Pieces> curves, float* plane, const NearBits bits, Rows& s,
                    const KeptSlopes kept) {
  EdgeSums sums;
  find_minima(plane, -1, s);
  find_minima(plane, 0, s);
  for (int64_t y = 0; y < s.height; ++y) {
    find_minima(plane, y + 1, s);
    const float *above = s.minimum(y - 1), *here = s.minimum(y), *below = s.minimum(y + 1);
    load_near(bits, y * s.width, s.width, s.near.data());
    const int32_t* column = s.column(y);
    int32_t* near = s.near.data();
    float* row = plane + y * s.width;
    float* __restrict__ a = s.side.data(), * __restrict__ o = a + s.width;
    float* __restrict__ a_slope = o + s.width, * __restrict__ o_slope = a_slope + s.width;
#pragma omp simd
    for (int64_t x = 0; x < s.width; ++x) {
      const SidePoints points = points_of(curves.a1, curves.o1, row[x]);
      a[x] = points.a.value;
      o[x] = points.o.value;
      if (!Keep) continue;
      a_slope[x] = points.a.slope;
      o_slope[x] = points.o.slope;
    }
    float* __restrict__ value = s.value_row(y);
    float* __restrict__ by_minimum = Keep ? kept.by_minimum + y * s.width : nullptr;
    float sum = 0.0f, near_sum = 0.0f;
#pragma omp simd reduction(+ : sum, near_sum)
    for (int64_t x = 0; x < s.width; ++x) {
      const bool lower = here[x] < above[x];
      const float high = lower ? here[x] : above[x];
      const bool lowest = below[x] < high;
      const SidePoints e = points_of(curves.a2, curves.o2, lowest ? below[x] : high);
      const float edge = edge_of({a[x], o[x]}, e.values());
      const bool counts = row[x] != kInfinity;
      value[x] = counts ? edge : -kInfinity;  // the highest is looked for among those that count
      sum += counts ? edge : 0.0f;
      near_sum += counts & near[x] ? edge : 0.0f;
      if (!Keep) continue;
      const float by_p = edge_slope(a_slope[x], o_slope[x], e.values());
      const float by_e = edge_slope(e.a.slope, e.o.slope, {a[x], o[x]});
      row[x] = counts ? by_p : 0.0f;
      by_minimum[x] = counts ? by_e : 0.0f;
      const int32_t from = lowest ? 2 : lower ? 1 : 0;
      near[x] = from | column[x] << kColumnShift | near[x] << kNearShift;
    }
    // a loop of its own: one with bytes takes so many pixels at once that registers are too few
    if (Keep) std::copy(near, near + s.width, kept.places + y * s.width);
    sums.edge += sum;
    sums.matched += near_sum;
  }
  return sums;
}

/// What a unit of E adds to the loss; what edge pixels found of it comes on top.
struct EdgeWeights {
  float everywhere, near;
};

/// Gives the pixels of a row the slopes of the minima that they are. Beside the row slopes are 0.
void add_slopes_of_minima(const float* slope, const int32_t* place, int64_t width,
                          float* __restrict__ row) {
  const auto column = [](int32_t at) { return at >> kColumnShift & kColumnMask; };
  for (int64_t x = 0; x < width; ++x) {
    const float left = column(place[x - 1]) == 2 ? slope[x - 1] : 0.0f;
    const float centre = column(place[x]) == 1 ? slope[x] : 0.0f;
    const float right = column(place[x + 1]) == 0 ? slope[x + 1] : 0.0f;
    row[x] += left + centre + right;
  }
}

/// Replaces the dE / dp of a plane by d loss / d p. Rows::value: d loss / d E by what edge pixels
/// found.
void through_edges(const EdgeWeights weights, Rows& s, const KeptSlopes kept, float* plane) {
  const int64_t width = s.width;
  std::fill(s.slopes.begin(), s.slopes.end(), 0.0f);
  const auto add = [&](int64_t y) {
    add_slopes_of_minima(s.slope(y), s.column(y), width, plane + y * width);
  };
  for (int64_t y = 0; y < s.height; ++y) {
    const float* found = s.value_row(y);
    const float* by_minimum = kept.by_minimum + y * width;
    int32_t* place = s.column(y);
    std::copy(kept.places + y * width, kept.places + (y + 1) * width, place);
    float *above = s.slope(y - 1), *here = s.slope(y), *below = s.slope(y + 1);
    float* row = plane + y * width;
#pragma omp simd
    for (int64_t x = 0; x < width; ++x) {
      const int32_t at = place[x], from = at & kRowMask;
      const float by_near = at >> kNearShift ? weights.near : 0.0f;
      const float by_edge = weights.everywhere + by_near + found[x];
      const float slope = by_edge * by_minimum[x];
      row[x] *= by_edge;
      above[x] += from == 0 ? slope : 0.0f;
      here[x] += from == 1 ? slope : 0.0f;
      below[x] = from == 2 ? slope : 0.0f;
    }
    // those of row y - 1 are known too, but still on their way to the cache
    if (y > 1) add(y - 2);
  }
  if (s.height > 1) add(s.height - 2);
  add(s.height - 1);
}

/// Runs body(task, rows) on the planes of all images and classes.
template <class Body>
void for_planes(const BoundaryArguments& in, int threads, Body body) {
  const auto make_rows = [&](int) { return Rows(in.batch.height, in.batch.width, in.tolerance); };
  for_tasks(threads, in.batch.images * in.batch.classes, make_rows,
            [&](Rows& rows, int64_t task) { body(task, rows); });
}

NearBits near_bits_of(const BoundaryArguments& in, int64_t task) {
  if (in.starts[task] == in.starts[task + 1]) return {};
  const int64_t image = task / in.batch.classes, c = task % in.batch.classes;
  return {in.dilated + (image * in.words + c / 64) * in.batch.plane(), static_cast<int>(c % 64)};
}

/// What is kept of a plane; nothing where no gradient is wanted.
KeptSlopes kept_of(const BoundaryArguments& in, int64_t task) {
  if (in.by_minimum == nullptr) return {};
  const int64_t first = task * in.batch.plane();
  return {in.by_minimum + first, in.places + first};
}

template <bool Keep>
void sum_edges(const BoundaryArguments& in, int threads, float* p, int64_t* highest,
               BoundarySums sums) {
  with_pieces(in.curves[0].count, [&](auto pieces) {
    const EdgeCurves<decltype(pieces)::value> curves(in.curves);
    for_planes(in, threads, [&, curves](int64_t task, Rows& s) {
      sums.edge[task] = sums.matched[task] = sums.found[task] = 0;
      if (!in.present[task % in.batch.classes]) return;
      const EdgeSums of = soft_edges<Keep>(curves, p + task * in.batch.plane(),
                                           near_bits_of(in, task), s, kept_of(in, task));
      sums.edge[task] = of.edge;
      sums.matched[task] = of.matched;
      const int64_t first = in.starts[task];
      sums.found[task] = s.maxima.find(s.value.data(), in.pixels + first,
                                       in.starts[task + 1] - first, highest + first);
    });
  });
}

}  // namespace

void boundary_sums(const BoundaryArguments& in, int threads, float* p, int64_t* highest,
                   BoundarySums sums) {
  if (in.skip_ignored) {
    write_probabilities<false>(in.batch, threads, in.kept, p, kInfinity);
  } else {
    write_probabilities<true>(in.batch, threads, in.kept, p);
  }
  if (in.by_minimum != nullptr) {
    sum_edges<true>(in, threads, p, highest, sums);
  } else {
    sum_edges<false>(in, threads, p, highest, sums);
  }
}

void boundary_gradient(const BoundaryArguments& in, int threads, const int64_t* highest,
                       BoundarySlopes slopes, float* p) {
  for_planes(in, threads, [&](int64_t task, Rows& s) {
    const int64_t c = task % in.batch.classes;
    float* plane = p + task * in.batch.plane();
    if (!in.present[c]) {
      std::fill(plane, plane + in.batch.plane(), 0.0f);
      return;
    }
    const int64_t first = in.starts[task], last = in.starts[task + 1];
    for (int64_t k = first; k < last; ++k) s.value[highest[k]] += slopes.found[c];
    through_edges({slopes.edge[c], slopes.matched[c]}, s, kept_of(in, task), plane);
    for (int64_t k = first; k < last; ++k) s.value[highest[k]] = 0.0f;  // for the next plane
  });
  if (in.skip_ignored) {
    through_softmax<false>(in.batch, threads, in.kept, p);
  } else {
    through_softmax<true>(in.batch, threads, in.kept, p);
  }
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
