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
// the minima of three rows. Some rows are taken together, with the minima of one before and one
// behind; so loops are long, and all but E itself stays in the first-level cache.
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

#include "boundary.h"
#include "common/rows.h"
#include "common/scratch.h"
#include "parallel.h"
#include "soft_edge.h"
#include "softmax_tiles.h"
#include "window_maxima.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Pixels of rows that are taken together: so many vectors that it matters little how long the
/// chain of operations is that a single one takes, and so few that they stay in the first-level
/// cache.
constexpr int64_t kTogether = 256;

/// The working memory of one thread: E of a plane, and the rows at hand, all without gaps. Where
/// those go on to the next rows they move along in memory that has room for some more, and seldom
/// back to its beginning.
class Rows {
  static constexpr int64_t kMoves = 8;

 public:
  const int64_t height, width;
  const int64_t together;  // rows that are taken together

 private:
  const int64_t pixels_;  // of those
  const int64_t kept_;    // of all that there is room for
  int64_t first_ = 0;     // of the rows at hand
  Zeros<float> floats_;
  Zeros<int32_t> ints_;

 public:
  float* const value;   // E of the plane, and room behind it that a vector may read; then what edge
                        // pixels found of it
  float* const p;       // the plane's first or last row; +infinity before and behind
  float* const side;    // values and slopes of the curves of p
  int32_t* const near;  // dil(G), 0 or 1
  int32_t* const place;    // what is kept of places
  float* const by_minima;  // d loss / d minima; 0 before and behind
  WindowMaxima maxima;     // of E

  Rows(int64_t height, int64_t width, int64_t tolerance)
      : height(height),
        width(width),
        together(rows_together(kTogether, width, height)),
        pixels_(together * width),
        kept_((std::min(kMoves * together, height) + 3) * width),
        floats_(height * width + kLanes + (width + 2) + 4 * pixels_ + (pixels_ + width + 2) +
                kept_),
        ints_(2 * pixels_ + kept_),
        value(floats_.data()),
        p(value + height * width + kLanes + 1),
        side(p + width + 1),
        near(ints_.data()),
        place(near + pixels_),
        by_minima(side + 4 * pixels_ + 1),
        maxima(height, width, tolerance) {
    p[-1] = p[width] = kInfinity;
  }

  /// How many rows are taken together from row y on.
  int64_t from(int64_t y) const { return std::min(together, height - y); }

  /// The rows at hand: a number of each pixel, and which row or column it is from.
  float* numbers() { return by_minima + pixels_ + width + 1 + first_; }
  int32_t* places() { return place + pixels_ + first_; }

  /// Goes to the first rows of a plane.
  void begin() { first_ = 0; }

  /// Goes on by some rows; the two behind stay at hand.
  void go_on(int64_t by) {
    const int64_t from = first_ + by * width;
    if (from + (together + 3) * width <= kept_) {
      first_ = from;
      return;
    }
    const float* numbers = this->numbers() + by * width;
    const int32_t* places = this->places() + by * width;
    first_ = 0;
    std::copy(numbers, numbers + 2 * width, this->numbers());
    std::copy(places, places + 2 * width, this->places());
  }
};

/// The least of a pixel's three columns, and which it is: of equal ones the first.
inline void least_of_three(float left, float centre, float right, float& least, int32_t& column) {
  const float low = centre < left ? centre : left;
  const int32_t where = centre < left ? 1 : 0;
  least = right < low ? right : low;
  column = right < low ? 2 : where;
}

/// The minima of some rows, each of its own. A NaN need not get through: it makes the sums NaN at
/// its own pixel. The pixels before and behind are read.
void minima_of_rows(const float* row, int64_t rows, int64_t width, float* __restrict__ minimum,
                    int32_t* __restrict__ column) {
  // From 0 on, as they are read: vectors written at other offsets would have to reach the cache
  // first. So the first and the last of a row have taken pixels of other rows for neighbours.
  const int64_t count = rows * width;
  for (int64_t x = 0; x < count; ++x) {
    least_of_three(row[x - 1], row[x], row[x + 1], minimum[x], column[x]);
  }
  for (int64_t first = 0; first < count; first += width) {
    const int64_t last = first + width - 1;
    const float second = last > first ? row[first + 1] : kInfinity;
    const float before = last > first ? row[last - 1] : kInfinity;
    least_of_three(kInfinity, row[first], second, minimum[first], column[first]);
    least_of_three(before, row[last], kInfinity, minimum[last], column[last]);
  }
}

/// Puts the minima of `rows` rows of a plane, from y on, to those at hand, from the one numbered
/// `to` on; those of a row outside are infinite.
void find_minima(const float* plane, int64_t y, int64_t rows, int64_t to, Rows& s) {
  const int64_t width = s.width;
  float* minima = s.numbers() + to * width;
  int32_t* columns = s.places() + to * width;
  const auto find = [&](const float* row, int64_t count) {
    minima_of_rows(row, count, width, minima, columns);
    y += count;
    rows -= count;
    minima += count * width;
    columns += count * width;
  };
  // a row whose neighbours in memory may not be the plane's
  const auto at_the_end = [&] {
    std::copy(plane + y * width, plane + (y + 1) * width, s.p);
    find(s.p, 1);
  };
  if (y == 0) at_the_end();
  const int64_t inside = std::min(rows, s.height - 1 - y);
  if (inside > 0) find(plane + y * width, inside);
  if (rows > 0 && y == s.height - 1) at_the_end();
  std::fill(minima, minima + rows * width, kInfinity);
}

/// Where a plane finds dil(G) of its class; words is NULL where the image has no label edge of it.
struct NearBits {
  const uint64_t* words;  // of each pixel
  int bit;

  NearBits from(int64_t pixel) const { return {words == nullptr ? words : words + pixel, bit}; }
};

/// dil(G) of some pixels as 0 and 1.
void load_near(const NearBits bits, int64_t count, int32_t* near) {
  if (bits.words == nullptr) {
    std::fill(near, near + count, 0);
    return;
  }
  for (int64_t x = 0; x < count; ++x) near[x] = static_cast<int32_t>(bits.words[x] >> bits.bit & 1);
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

  KeptSlopes from(int64_t pixel) const {
    return by_minimum == nullptr ? *this : KeptSlopes{by_minimum + pixel, places + pixel};
  }
};

/// The sums of some pixels' edges, which are -infinity where a pixel does not count. Not inlined:
/// in loops that do more it might be vectorised in several ways, and add up in another order.
[[gnu::noinline]] EdgeSums sums_of(const float* value, const int32_t* near, int64_t count) {
  float sum = 0.0f, near_sum = 0.0f;
#pragma omp simd reduction(+ : sum, near_sum)
  for (int64_t x = 0; x < count; ++x) {
    const float edge = value[x] == -kInfinity ? 0.0f : value[x];
    sum += edge;
    near_sum += near[x] ? edge : 0.0f;
  }
  return {sum, near_sum};
}

/// The predicted edges E of the rows at hand, and their sums, from their p and all minima. With
/// Keep also their slopes.
template <bool Keep, int Pieces>
EdgeSums soft_edges_of_rows(const EdgeCurves<Pieces> curves, int64_t count, float* row,
                            const NearBits bits, float* __restrict__ value, Rows& s,
                            const KeptSlopes kept) {
  const float *above = s.numbers(), *here = above + s.width, *below = here + s.width;
  const int32_t* column = s.places() + s.width;
  const int32_t* near = s.near;
  load_near(bits, count, s.near);
  float* __restrict__ a = s.side, * __restrict__ o = a + count;
  float* __restrict__ a_slope = o + count, * __restrict__ o_slope = a_slope + count;
#pragma omp simd
  for (int64_t x = 0; x < count; ++x) {
    const SidePoints points = points_of(curves.a1, curves.o1, row[x]);
    a[x] = points.a.value;
    o[x] = points.o.value;
    if (!Keep) continue;
    a_slope[x] = points.a.slope;
    o_slope[x] = points.o.slope;
  }
  float* __restrict__ by_minimum = kept.by_minimum;
  int32_t* __restrict__ place = s.place;
#pragma omp simd
  for (int64_t x = 0; x < count; ++x) {
    const bool lower = here[x] < above[x];
    const float high = lower ? here[x] : above[x];
    const bool lowest = below[x] < high;
    const SidePoints e = points_of(curves.a2, curves.o2, lowest ? below[x] : high);
    const float edge = edge_of({a[x], o[x]}, e.values());
    const bool counts = row[x] != kInfinity;
    value[x] = counts ? edge : -kInfinity;  // the highest is looked for among those that count
    if (!Keep) continue;
    const float by_p = edge_slope(a_slope[x], o_slope[x], e.values());
    const float by_e = edge_slope(e.a.slope, e.o.slope, {a[x], o[x]});
    row[x] = counts ? by_p : 0.0f;
    by_minimum[x] = counts ? by_e : 0.0f;
    const int32_t from = lowest ? 2 : lower ? 1 : 0;
    place[x] = from | column[x] << kColumnShift | near[x] << kNearShift;
  }
  // a loop of its own: one with bytes takes so many pixels at once that registers are too few
  if (Keep) std::copy(place, place + count, kept.places);
  return sums_of(value, near, count);
}

/// The predicted edges E of a plane, and their sums: returned, for planes of several threads share
/// a line of the cache where sums end up. With Keep also their slopes.
template <bool Keep, int Pieces>
EdgeSums soft_edges(const EdgeCurves<Pieces> curves, float* plane, const NearBits bits, Rows& s,
                    const KeptSlopes kept) {
  EdgeSums sums;
  const int64_t width = s.width;
  // at hand are the row before those that are taken, these, and the one behind
  s.begin();
  std::fill(s.numbers(), s.numbers() + width, kInfinity);
  find_minima(plane, 0, 1, 1, s);
  for (int64_t y = 0; y < s.height; y += s.together) {
    const int64_t rows = s.from(y), first = y * width;
    find_minima(plane, y + 1, rows, 2, s);
    const EdgeSums some =
        soft_edges_of_rows<Keep>(curves, rows * width, plane + first, bits.from(first),
                                 s.value + first, s, kept.from(first));
    sums.edge += some.edge;
    sums.matched += some.matched;
    s.go_on(rows);
  }
  return sums;
}

/// What a unit of E adds to the loss; what edge pixels found of it comes on top.
struct EdgeWeights {
  float everywhere, near;
};

/// d loss / d minima: from the pixels of three rows that took them. Slopes and places are those of
/// the first of these rows; there is one before it and one behind the last.
void by_minima_of_rows(const float* slope, const int32_t* place, int64_t width, int64_t count,
                       float* __restrict__ sum) {
  for (int64_t x = 0; x < count; ++x) {
    const float above = (place[x - width] & kRowMask) == 2 ? slope[x - width] : 0.0f;
    const float here = (place[x] & kRowMask) == 1 ? slope[x] : 0.0f;
    const float below = (place[x + width] & kRowMask) == 0 ? slope[x + width] : 0.0f;
    sum[x] = above + here + below;
  }
}

/// Gives the pixels of rows the slopes of the minima that they are. Before and behind the rows
/// slopes are 0.
void add_slopes_of_minima(const float* slope, const int32_t* place, int64_t count,
                          float* __restrict__ row) {
  const auto column = [](int32_t at) { return at >> kColumnShift & kColumnMask; };
  for (int64_t x = 0; x < count; ++x) {
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
  // at hand are two rows before those that are taken, these, and the one behind
  s.begin();
  std::fill(s.numbers(), s.numbers() + 2 * width, 0.0f);
  for (int64_t y = 0; y < s.height; y += s.together) {
    const int64_t rows = s.from(y), count = rows * width;
    const float* found = s.value + y * width;
    const float* by_minimum = kept.by_minimum + y * width;
    float* __restrict__ row = plane + y * width;
    float* __restrict__ slope = s.numbers() + 2 * width;
    int32_t* place = s.places() + 2 * width;
    std::copy(kept.places + y * width, kept.places + y * width + count, place);
    for (int64_t x = 0; x < count; ++x) {
      const float by_near = place[x] >> kNearShift ? weights.near : 0.0f;
      const float by_edge = weights.everywhere + by_near + found[x];
      slope[x] = by_edge * by_minimum[x];
      row[x] *= by_edge;
    }
    // minima are known up to the last row but one, or the last of all
    const bool end = y + rows == s.height;
    if (end) std::fill(slope + count, slope + count + width, 0.0f);
    const int64_t first = y == 0 ? 0 : -1, known = (rows - first - (end ? 0 : 1)) * width;
    slope += first * width;
    place += first * width;
    by_minima_of_rows(slope, place, width, known, s.by_minima);
    s.by_minima[known] = 0.0f;
    add_slopes_of_minima(s.by_minima, place, known, row + first * width);
    s.go_on(rows);
  }
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
      sums.found[task] =
          s.maxima.find(s.value, in.pixels + first, in.starts[task + 1] - first, highest + first);
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
