// Where a plane is largest within a square around some of its pixels, the first in row-major order.
//
// Each pixel looks through its window, 16 columns at a time; or, where so many ask that this costs
// less, the maxima of all windows are found at once, at a cost that grows with the logarithm of the
// window. Both find the same.
//
// Included only by files that are compiled once per instruction set; all is in an unnamed
// namespace, for no two of those copies may be merged by the linker.
#ifndef AUTOLOSS_CPU_WINDOW_MAXIMA_H_
#define AUTOLOSS_CPU_WINDOW_MAXIMA_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "common/scratch.h"
#include "common/windows.h"

namespace {

/// Columns that a search takes at once.
constexpr int64_t kLanes = 16;

/// Held in registers over the rows of a window; arrays would be stored and loaded for each row.
typedef float FloatLanes __attribute__((vector_size(kLanes * sizeof(float))));
typedef int32_t IntLanes __attribute__((vector_size(kLanes * sizeof(int32_t))));

constexpr IntLanes kLane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// The largest lane. Halves, not a loop over lanes: four steps of latency instead of sixteen.
float largest(const FloatLanes lanes) {
  float x[kLanes];
  std::memcpy(x, &lanes, sizeof x);
#pragma GCC unroll 4
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t k = 0; k < half; ++k) x[k] = x[k + half] > x[k] ? x[k + half] : x[k];
  }
  return x[0];
}

int32_t smallest(const IntLanes lanes) {
  int32_t x[kLanes];
  std::memcpy(x, &lanes, sizeof x);
#pragma GCC unroll 4
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t k = 0; k < half; ++k) x[k] = x[k + half] < x[k] ? x[k + half] : x[k];
  }
  return x[0];
}

/// Planes of one size, fewer than 2^31 pixels, and the working memory for them.
class WindowMaxima {
 public:
  /// Behind a plane there are kLanes more values, which are read but change nothing.
  WindowMaxima(int64_t height, int64_t width, int64_t radius)
      : height_(height),
        width_(width),
        radius_(radius),
        all_(height, width, radius, std::numeric_limits<int64_t>::min()) {}

  /// For each of `count` pixels of a plane the index of the maximum; returns the sum of the maxima.
  double find(const float* plane, const int64_t* pixels, int64_t count, int64_t* places) {
    const bool dense = count * search_cost() > height_ * width_ * kDenseCost;
    if (dense) find_all(plane);
    double sum = 0;
    for (int64_t k = 0; k < count; ++k) {
      places[k] = dense ? place_of(keys_[pixels[k]]) : search(plane, pixels[k]);
      sum += plane[places[k]];
    }
    return sum;
  }

 private:
  /// Costs in steps of a search, a vector each, as measured with AVX-512: what a search takes
  /// beside its steps, and what a pixel takes where all are found at once.
  static constexpr int64_t kSearchCost = 20, kDenseCost = 4;

  struct Larger {
    int64_t operator()(int64_t a, int64_t b) const { return a > b ? a : b; }
  };

  int64_t search_cost() const {
    const int64_t rows = std::min(2 * radius_ + 1, height_);
    const int64_t columns = std::min(2 * radius_ + 1, width_);
    return kSearchCost + rows * ((columns + kLanes - 1) / kLanes);
  }

  int64_t search(const float* plane, int64_t pixel) const {
    const int64_t y = pixel / width_, x = pixel % width_;
    const int64_t first_row = std::max<int64_t>(0, y - radius_);
    const int64_t last_row = std::min(height_ - 1, y + radius_);
    const int64_t left = std::max<int64_t>(0, x - radius_);
    const int64_t columns = std::min(width_ - 1, x + radius_) - left + 1;
    const FloatLanes lowest = FloatLanes{} - std::numeric_limits<float>::infinity();
    FloatLanes top = lowest;
    IntLanes place{};  // of the top in the window, row-major, less the lane
    for (int64_t r = first_row; r <= last_row; ++r) {
      const float* row = plane + r * width_ + left;
      const int64_t before = (r - first_row) * columns;
      for (int64_t begin = 0; begin < columns; begin += kLanes) {
        // where the window is wide, its last sixteen columns overlap those before
        const int64_t at = std::max<int64_t>(0, std::min(begin, columns - kLanes));
        FloatLanes value;
        std::memcpy(&value, row + at, sizeof value);
        const IntLanes higher = value > top;
        top = higher ? value : top;
        place = higher ? IntLanes{} + static_cast<int32_t>(before + at) : place;
      }
    }
    // where it is narrow, the last lanes are beyond it
    top = kLane < IntLanes{} + static_cast<int32_t>(std::min(columns, kLanes)) ? top : lowest;
    const IntLanes last = IntLanes{} + std::numeric_limits<int32_t>::max();
    const int64_t first = smallest(top == largest(top) ? place + kLane : last);
    return (first_row + first / columns) * width_ + left + first % columns;
  }

  /// Keys are in the order of the values, those of equal values from last to first: the value's
  /// bits, those but the sign turned over where it is negative, above the pixel counted from the
  /// end.
  void find_all(const float* plane) {
    keys_.resize(height_ * width_);
    workspace_.resize(all_.workspace());
    int64_t* __restrict__ keys = keys_.data();
    const int32_t count = static_cast<int32_t>(height_ * width_);
    for (int32_t i = 0; i < count; ++i) {
      const float value = plane[i] + 0.0f;  // -0 and 0 are equal
      int32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      bits ^= (bits >> 31) & std::numeric_limits<int32_t>::max();
      keys[i] = static_cast<int64_t>(bits) * (int64_t{1} << 32) + (kLastPixel - i);
    }
    all_.run(keys_.data(), workspace_.data());
  }

  static int64_t place_of(int64_t key) { return kLastPixel - (key & kLastPixel); }

  static constexpr int64_t kLastPixel = std::numeric_limits<int32_t>::max();

  int64_t height_, width_, radius_;
  autoloss::SquareWindows<int64_t, Larger> all_;
  autoloss::Room<int64_t> keys_, workspace_;
};

}  // namespace

#endif  // AUTOLOSS_CPU_WINDOW_MAXIMA_H_
