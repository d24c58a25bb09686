// Minimum and maximum over square windows, value and gradient, at a cost that does not grow with
// the window.
//
// The window is separable: first along the rows, then along the columns. Along a line, after van
// Herk, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal
// kernels", 1992, and Gil and Werman, "Computing 2-D min, median, and max filters", 1993: cut it
// into blocks as long as the window; a window then is the end of one block and the beginning of the
// next, so two running extremes per element, from the left and from the right of each block, give
// all windows with one more comparison. Sixteen lines run side by side: the rows of a plane are
// transposed into that order, sixteen at a time.
//
// The earlier of equal elements wins along each line, so the first in row-major order wins in the
// window. Of several NaN the last wins, as in libtorch.
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "morphology.h"
#include "parallel.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// Lines that run side by side.
constexpr int64_t kLanes = 16;

/// An element for each of kLanes lines, position after position: a value, and where it is from.
template <bool Places>
struct Lines {
  std::vector<float> value;
  std::vector<int32_t> place;  // -1 outside the image

  explicit Lines(int64_t length) : value(length * kLanes), place(Places ? length * kLanes : 0) {}

  void clear(int64_t position, float neutral) {
    std::fill_n(value.data() + position * kLanes, kLanes, neutral);
    if (Places) std::fill_n(place.data() + position * kLanes, kLanes, -1);
  }
};

/// to[i] = the better of earlier[j] and later[k], the earlier among equals; NaN is better than all.
template <bool Largest, bool Places>
void choose(const Lines<Places>& earlier, int64_t j, const Lines<Places>& later, int64_t k,
            Lines<Places>& to, int64_t i) {
  const float* a = earlier.value.data() + j * kLanes;
  const float* b = later.value.data() + k * kLanes;
  float* out = to.value.data() + i * kLanes;
  if (!Places) {
#pragma omp simd
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const bool better = Largest ? b[lane] > a[lane] : b[lane] < a[lane];
      out[lane] = better | (b[lane] != b[lane]) ? b[lane] : a[lane];
    }
    return;
  }
  const int32_t* from_a = earlier.place.data() + j * kLanes;
  const int32_t* from_b = later.place.data() + k * kLanes;
  int32_t* from = to.place.data() + i * kLanes;
#pragma omp simd
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    const bool better = Largest ? b[lane] > a[lane] : b[lane] < a[lane];
    // outside the image nothing wins, not even against infinity
    const bool second = better | (b[lane] != b[lane]) | (from_a[lane] < 0);
    out[lane] = second ? b[lane] : a[lane];
    from[lane] = second ? from_b[lane] : from_a[lane];
  }
}

/// Lines of one length, padded by the reach on both sides.
template <bool Largest, bool Places>
class Sweep {
 public:
  Sweep(int64_t length, int64_t reach)
      : length_(length),
        reach_(std::min(reach, length - 1)),
        lines_(padded()),
        forward_(padded()),
        backward_(padded()) {}

  float* value(int64_t position) { return lines_.value.data() + position * kLanes; }
  int32_t* place(int64_t position) { return lines_.place.data() + position * kLanes; }
  int64_t first() const { return reach_; }

  /// Input: positions first() to first() + length. Output: positions 0 to length.
  void run() {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const int64_t window = 2 * reach_ + 1, last = padded() - 1;
    for (int64_t i = 0; i < reach_; ++i) {
      lines_.clear(i, Largest ? -kInfinity : kInfinity);
      lines_.clear(last - i, Largest ? -kInfinity : kInfinity);
    }
    for (int64_t i = 0; i <= last; ++i) {
      const int64_t before = i % window == 0 ? -1 : i - 1;
      extend<true>(i, before, forward_);
    }
    for (int64_t i = last; i >= 0; --i) {
      const int64_t after = i == last || i % window == window - 1 ? -1 : i + 1;
      extend<false>(i, after, backward_);
    }
    for (int64_t i = 0; i < length_; ++i) {
      choose<Largest, Places>(backward_, i, forward_, i + 2 * reach_, lines_, i);
    }
  }

 private:
  int64_t padded() const { return length_ + 2 * reach_; }

  /// The running extreme at i from that at `next`; -1 where a block begins.
  template <bool Forward>
  void extend(int64_t i, int64_t next, Lines<Places>& to) {
    if (next < 0) {
      std::copy_n(value(i), kLanes, to.value.data() + i * kLanes);
      if (Places) std::copy_n(place(i), kLanes, to.place.data() + i * kLanes);
    } else if (Forward) {
      choose<Largest, Places>(to, next, lines_, i, to, i);
    } else {
      choose<Largest, Places>(lines_, i, to, next, to, i);
    }
  }

  int64_t length_, reach_;
  Lines<Places> lines_, forward_, backward_;
};

/// Pools planes of one size; the buffers are kept from plane to plane.
template <bool Largest, bool Places>
class Pooling {
 public:
  Pooling(int64_t height, int64_t width, int64_t reach)
      : height_(height),
        width_(width),
        rows_(width, reach),
        columns_(height, reach),
        places_(Places ? height * width : 0) {}

  /// from and out: planes, not the same one. Afterwards places() says where each result is from.
  void run(const float* from, float* out) {
    for (int64_t y = 0; y < height_; y += kLanes) along_rows(from, y, out);
    for (int64_t x = 0; x < width_; x += kLanes) along_columns(x, out);
  }

  const int32_t* places() const { return places_.data(); }

 private:
  void along_rows(const float* from, int64_t y, float* out) {
    const int64_t lanes = std::min(kLanes, height_ - y);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const int64_t row = (y + lane) * width_;
      for (int64_t x = 0; x < width_; ++x) {
        rows_.value(rows_.first() + x)[lane] = from[row + x];
        if (Places) rows_.place(rows_.first() + x)[lane] = static_cast<int32_t>(row + x);
      }
    }
    rows_.run();
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const int64_t row = (y + lane) * width_;
      for (int64_t x = 0; x < width_; ++x) {
        out[row + x] = rows_.value(x)[lane];
        if (Places) places_[row + x] = rows_.place(x)[lane];
      }
    }
  }

  void along_columns(int64_t x, float* out) {
    const int64_t lanes = std::min(kLanes, width_ - x);
    for (int64_t y = 0; y < height_; ++y) {
      const int64_t i = y * width_ + x;
      std::copy_n(out + i, lanes, columns_.value(columns_.first() + y));
      if (Places) std::copy_n(places_.data() + i, lanes, columns_.place(columns_.first() + y));
    }
    columns_.run();
    for (int64_t y = 0; y < height_; ++y) {
      const int64_t i = y * width_ + x;
      std::copy_n(columns_.value(y), lanes, out + i);
      if (Places) std::copy_n(columns_.place(y), lanes, places_.data() + i);
    }
  }

  int64_t height_, width_;
  Sweep<Largest, Places> rows_, columns_;
  std::vector<int32_t> places_;
};

/// Runs body(pooling, n) on all planes.
template <class Pooling, class Body>
void for_planes(const PoolArguments& in, int threads, Body body) {
  const auto pooling = [&](int) { return Pooling(in.height, in.width, in.reach); };
  for_tasks(threads, in.planes, pooling, body);
}

template <bool Largest>
void pool_planes(const PoolArguments& in, int threads, float* out) {
  const int64_t plane = in.height * in.width;
  for_planes<Pooling<Largest, false>>(in, threads, [&](auto& pooling, int64_t n) {
    pooling.run(in.from + n * plane, out + n * plane);
  });
}

template <bool Largest>
void gradient_planes(const PoolArguments& in, int threads, const float* by_result,
                     float* gradient) {
  const int64_t plane = in.height * in.width;
  for_planes<Pooling<Largest, true>>(in, threads, [&](auto& pooling, int64_t n) {
    float* out = gradient + n * plane;
    pooling.run(in.from + n * plane, out);  // the values are not wanted
    std::fill_n(out, plane, 0.0f);
    for (int64_t i = 0; i < plane; ++i) out[pooling.places()[i]] += by_result[n * plane + i];
  });
}

template <bool Largest>
void find_places(const PoolArguments& in, int threads, int64_t* places) {
  const int64_t plane = in.height * in.width;
  struct Work {
    Pooling<Largest, true> pooling;
    std::vector<float> values;  // not wanted
  };
  const auto work = [&](int) {
    return Work{Pooling<Largest, true>(in.height, in.width, in.reach), std::vector<float>(plane)};
  };
  for_tasks(threads, in.planes, work, [&](Work& s, int64_t n) {
    s.pooling.run(in.from + n * plane, s.values.data());
    std::copy_n(s.pooling.places(), plane, places + n * plane);
  });
}

}  // namespace

void pool(const PoolArguments& in, int threads, float* out) {
  in.largest ? pool_planes<true>(in, threads, out) : pool_planes<false>(in, threads, out);
}

void pool_gradient(const PoolArguments& in, int threads, const float* by_result, float* gradient) {
  in.largest ? gradient_planes<true>(in, threads, by_result, gradient)
             : gradient_planes<false>(in, threads, by_result, gradient);
}

void pool_places(const PoolArguments& in, int threads, int64_t* places) {
  in.largest ? find_places<true>(in, threads, places) : find_places<false>(in, threads, places);
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
