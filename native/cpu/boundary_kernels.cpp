// Sums and gradient of the BF1 surrogate, plane by plane (one image, one class).
//
//   e = minpool3(p), the minimum over the 3x3 neighbourhood inside the image
//   E = O1(p) + O2(e) - O1(p) O2(e) - A1(p) A2(e)
//   d loss / d E = edge + matched dil(G) + found [times E is the maximum that an edge pixel found]
//
// The maxima dil(E) are wanted only at the label edges of their own class: each looks through its
// window, 16 columns at a time. The gradient of the minimum is gathered: a pixel adds up those of
// its nine neighbours whose minimum it is.
//
// A pixel that is left out has p = +infinity, as what is outside the image: no minimum sees it, and
// its own E counts nowhere. So one code serves both treatments of ignored pixels.
//
// Passes over [N,C,H,W]: probabilities (read, write); sums (read); slopes in place (read, write);
// the way back through the softmax (two reads, one write). A plane and its working rows stay within
// the second-level cache. Every plane has its own sums, so the order of the planes does not matter.
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "boundary.h"
#include "softmax_tiles.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Columns that a search for the maximum takes at once.
constexpr int64_t kLanes = 16;

/// Held in registers over the rows of a window; arrays would be stored and loaded for each row.
typedef float FloatLanes __attribute__((vector_size(kLanes * sizeof(float))));
typedef int32_t IntLanes __attribute__((vector_size(kLanes * sizeof(int32_t))));

template <int Pieces>
struct EdgeCurves {
  LocalCurve<Pieces> a1, a2, o1, o2;

  explicit EdgeCurves(const Curve* curves)
      : a1(curves[0]), a2(curves[1]), o1(curves[2]), o2(curves[3]) {}
};

/// The planes of one thread. Those that neighbours are read from have a border: a row above and
/// below, `kBefore` columns on the left, and room on the right that a last vector may read.
struct Planes {
  static constexpr int64_t kBefore = 1;

  int64_t height, width, stride;
  std::vector<float> p;         // +infinity in the border
  std::vector<float> minimum;   // of the row's three columns; +infinity above and below
  std::vector<int32_t> column;  // which of the three
  std::vector<float> lowest;    // e
  std::vector<int32_t> place;   // where in the window e is, 0 to 8
  std::vector<float> value;     // E, then d loss / d E, then d loss / d e
  std::vector<float> near;      // dil(G) of a row

  Planes(int64_t height, int64_t width)
      : height(height),
        width(width),
        stride(width + 2 * kLanes),
        p(size(), kInfinity),
        minimum(size(), kInfinity),
        column(size()),
        lowest(size()),
        place(size(), -1),
        value(size()),
        near(width) {}

  int64_t size() const { return (height + 2) * stride; }
  int64_t at(int64_t y) const { return (y + 1) * stride + kBefore; }
};

/// e of a plane, and where each is: the first minimum in row-major order. NaN goes through.
void min_pool(const float* from, Planes& s) {
  for (int64_t y = 0; y < s.height; ++y) {
    float* row = s.p.data() + s.at(y);
    std::copy(from + y * s.width, from + (y + 1) * s.width, row);
    float* __restrict__ minimum = s.minimum.data() + s.at(y);
    int32_t* __restrict__ column = s.column.data() + s.at(y);
    for (int64_t x = 0; x < s.width; ++x) {
      float low = row[x - 1];
      int32_t where = 0;
      const bool centre = (row[x] < low) | (row[x] != row[x]);
      low = centre ? row[x] : low;
      where = centre ? 1 : where;
      const bool right = (row[x + 1] < low) | (row[x + 1] != row[x + 1]);
      minimum[x] = right ? row[x + 1] : low;
      column[x] = right ? 2 : where;
    }
  }
  for (int64_t y = 0; y < s.height; ++y) {
    const float *above = s.minimum.data() + s.at(y - 1), *here = above + s.stride,
                *below = here + s.stride;
    const int32_t* column = s.column.data() + s.at(y);
    float* __restrict__ lowest = s.lowest.data() + s.at(y);
    int32_t* __restrict__ place = s.place.data() + s.at(y);
    for (int64_t x = 0; x < s.width; ++x) {
      float low = above[x];
      int32_t where = column[x - s.stride];
      const bool centre = (here[x] < low) | (here[x] != here[x]);
      low = centre ? here[x] : low;
      where = centre ? 3 + column[x] : where;
      const bool last = (below[x] < low) | (below[x] != below[x]);
      lowest[x] = last ? below[x] : low;
      place[x] = last ? 6 + column[x + s.stride] : where;
    }
  }
}

/// dil(G) of a row as 0 and 1.
void load_near(const uint64_t* words, int64_t count, int bit, float* near) {
  for (int64_t x = 0; x < count; ++x) near[x] = static_cast<float>((words[x] >> bit) & 1);
}

/// The predicted edges E of a plane; adds to the sums of E and of E dil(G).
template <int Pieces>
void soft_edges(const EdgeCurves<Pieces> curves, const uint64_t* words, int bit, Planes& s,
                double* edge, double* matched) {
  for (int64_t y = 0; y < s.height; ++y) {
    load_near(words + y * s.width, s.width, bit, s.near.data());
    const float* p = s.p.data() + s.at(y);
    const float* lowest = s.lowest.data() + s.at(y);
    const float* near = s.near.data();
    float* __restrict__ value = s.value.data() + s.at(y);
    float sum = 0.0f, near_sum = 0.0f;
#pragma omp simd reduction(+ : sum, near_sum)
    for (int64_t x = 0; x < s.width; ++x) {
      const float o1 = curve_value(curves.o1, p[x]), o2 = curve_value(curves.o2, lowest[x]);
      const float a1 = curve_value(curves.a1, p[x]), a2 = curve_value(curves.a2, lowest[x]);
      const float e = o1 + o2 - o1 * o2 - a1 * a2;
      const bool counts = p[x] != kInfinity;
      value[x] = counts ? e : -kInfinity;  // the highest is looked for among those that count
      sum += counts ? e : 0.0f;
      near_sum += counts ? e * near[x] : 0.0f;
    }
    *edge += sum;
    *matched += near_sum;
  }
}

/// Where E is largest within the tolerance of a pixel, the first in row-major order.
int64_t find_highest(const Planes& s, int64_t tolerance, int64_t pixel, float* highest) {
  const int64_t y = pixel / s.width, x = pixel % s.width;
  const int64_t first_row = std::max<int64_t>(0, y - tolerance);
  const int64_t last_row = std::min(s.height - 1, y + tolerance);
  const int64_t last = std::min(s.width - 1, x + tolerance);
  float best = -kInfinity;
  int64_t best_row = first_row, best_column = x;
  for (int64_t left = std::max<int64_t>(0, x - tolerance); left <= last; left += kLanes) {
    FloatLanes top = FloatLanes{} - kInfinity;
    IntLanes row{};
    for (int64_t r = first_row; r <= last_row; ++r) {
      FloatLanes e;
      std::memcpy(&e, s.value.data() + s.at(r) + left, sizeof e);
      const IntLanes higher = e > top;
      top = higher ? e : top;
      row = higher ? IntLanes{} + static_cast<int32_t>(r) : row;
    }
    const int64_t lanes = std::min(kLanes, last - left + 1);
    for (int64_t k = 0; k < lanes; ++k) {
      if (top[k] > best || (top[k] == best && row[k] < best_row)) {
        best = top[k];
        best_row = row[k];
        best_column = left + k;
      }
    }
  }
  *highest = best;
  return s.at(best_row) + best_column;
}

/// d loss / d E becomes d loss / d e; d loss / d p without the part of e goes to out.
template <int Pieces>
void edge_slopes(const EdgeCurves<Pieces> curves, Planes& s, float* out) {
  for (int64_t y = 0; y < s.height; ++y) {
    const float* p = s.p.data() + s.at(y);
    const float* lowest = s.lowest.data() + s.at(y);
    float* __restrict__ value = s.value.data() + s.at(y);
    float* __restrict__ row = out + y * s.width;
#pragma omp simd
    for (int64_t x = 0; x < s.width; ++x) {
      const CurvePoint o1 = curve_point(curves.o1, p[x]), o2 = curve_point(curves.o2, lowest[x]);
      const CurvePoint a1 = curve_point(curves.a1, p[x]), a2 = curve_point(curves.a2, lowest[x]);
      const float by_edge = value[x];
      const bool counts = p[x] != kInfinity;
      row[x] = counts ? by_edge * (o1.slope * (1.0f - o2.value) - a1.slope * a2.value) : 0.0f;
      value[x] = counts ? by_edge * (o2.slope * (1.0f - o1.value) - a1.value * a2.slope) : 0.0f;
    }
  }
}

/// Adds d loss / d e to the pixels whose p is the minimum.
void min_pool_gradient(const Planes& s, float* out) {
  for (int64_t y = 0; y < s.height; ++y) {
    const float* slope = s.value.data() + s.at(y);
    const int32_t* place = s.place.data() + s.at(y);
    float* __restrict__ row = out + y * s.width;
    for (int64_t x = 0; x < s.width; ++x) {
      float sum = row[x];
#pragma GCC unroll 9
      for (int32_t k = 0; k < 9; ++k) {
        // the pixel at whose window's k-th place this one is
        const int64_t other = x - (k / 3 - 1) * s.stride - (k % 3 - 1);
        sum += place[other] == k ? slope[other] : 0.0f;
      }
      row[x] = sum;
    }
  }
}

/// Runs body(task, curves, planes) on the planes of all images and classes.
template <int Pieces, class Body>
void for_planes(const BoundaryArguments& in, int threads, Body body) {
  const EdgeCurves<Pieces> curves(in.curves);
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Planes planes(in.batch.height, in.batch.width);
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < in.batch.images * in.batch.classes; ++task) {
      body(task, curves, planes);
    }
  }
}

/// The word of a plane's class for each pixel, and the class's bit in it.
const uint64_t* words_of(const BoundaryArguments& in, int64_t task, int* bit) {
  const int64_t image = task / in.batch.classes, c = task % in.batch.classes;
  *bit = static_cast<int>(c % 64);
  return in.dilated + (image * in.words + c / 64) * in.batch.plane();
}

}  // namespace

void boundary_sums(const BoundaryArguments& in, int threads, float* p, int64_t* highest,
                   BoundarySums sums) {
  if (in.skip_ignored) {
    write_probabilities<false>(in.batch, threads, p, kInfinity);
  } else {
    write_probabilities<true>(in.batch, threads, p);
  }
  with_pieces(in.curves[0].count, [&](auto pieces) {
    for_planes<decltype(pieces)::value>(
        in, threads, [&](int64_t task, const auto& curves, Planes& s) {
          sums.edge[task] = sums.matched[task] = sums.found[task] = 0;
          if (!in.present[task % in.batch.classes]) return;
          int bit;
          const uint64_t* words = words_of(in, task, &bit);
          min_pool(p + task * in.batch.plane(), s);
          soft_edges(curves, words, bit, s, &sums.edge[task], &sums.matched[task]);
          double found = 0;
          for (int64_t k = in.starts[task]; k < in.starts[task + 1]; ++k) {
            float value;
            highest[k] = find_highest(s, in.tolerance, in.pixels[k], &value);
            found += value;
          }
          sums.found[task] = found;
        });
  });
}

void boundary_gradient(const BoundaryArguments& in, int threads, const int64_t* highest,
                       BoundarySlopes slopes, float* p) {
  with_pieces(in.curves[0].count, [&](auto pieces) {
    for_planes<decltype(pieces)::value>(
        in, threads, [&](int64_t task, const auto& curves, Planes& s) {
          const int64_t c = task % in.batch.classes;
          float* plane = p + task * in.batch.plane();
          if (!in.present[c]) {
            std::fill(plane, plane + in.batch.plane(), 0.0f);
            return;
          }
          int bit;
          const uint64_t* words = words_of(in, task, &bit);
          min_pool(plane, s);
          const float edge = slopes.edge[c], matched = slopes.matched[c];
          for (int64_t y = 0; y < s.height; ++y) {
            load_near(words + y * s.width, s.width, bit, s.near.data());
            float* value = s.value.data() + s.at(y);
            for (int64_t x = 0; x < s.width; ++x) value[x] = edge + matched * s.near[x];
          }
          for (int64_t k = in.starts[task]; k < in.starts[task + 1]; ++k) {
            s.value[highest[k]] += slopes.found[c];
          }
          edge_slopes(curves, s, plane);
          min_pool_gradient(s, plane);
        });
  });
  if (in.skip_ignored) {
    through_softmax<false>(in.batch, threads, p);
  } else {
    through_softmax<true>(in.batch, threads, p);
  }
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
