// Combining the elements of a window along the lines of an image: extremes and bit sets.
//
// What is combined is idempotent (an element may be taken twice) and associative. So the border
// needs no case of its own: an index outside the line becomes the nearest inside, which belongs to
// the window anyway. And a long window is made of windows: a step combines up to 17 elements that
// are as far apart as the windows already combined are long. A window of 17 takes one step, of 289
// two, of 4,913 three; each step reads and writes every element once, neighbours coming from the
// caches. Rows first, then columns: a square.
//
// Instructions are what bounds the time once elements come from the caches, so indices have 32 bits
// where a plane's do, elements away from the border are not clamped, and a thread makes four
// results of a column at a time, whose windows are one window in the middle and up to three
// elements on each side. Along rows neighbours are other threads' results, and each reads its own.
#ifndef AUTOLOSS_CUDA_WINDOWS_H_
#define AUTOLOSS_CUDA_WINDOWS_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "pixels.h"

namespace autoloss {
namespace cuda {

/// One step: the elements at `limit` on both sides and, between, `count` at each side's multiples
/// of `spacing`.
struct WindowStep {
  int64_t spacing, count, limit;
};

/// The steps to a window of 2 reach + 1 elements; at least one.
inline std::vector<WindowStep> window_steps(int64_t reach) {
  constexpr int64_t kMost = 8;
  std::vector<WindowStep> steps;
  int64_t covered = 0;
  do {
    const int64_t spacing = 2 * covered + 1, left = reach - covered;
    const int64_t count = std::min(kMost, (left + spacing - 1) / spacing);
    const int64_t limit = std::min(count * spacing, left);
    steps.push_back({spacing, count, limit});
    covered += limit;
  } while (covered < reach);
  return steps;
}

/// Elements as they lie in memory: the simplest of sources. A source gives, for a plane, a function
/// of a pixel and of its position on the line.
template <class T>
struct Plain {
  const T* data;
  int64_t plane;

  struct Plane {
    const T* data;
    __device__ T operator()(int64_t pixel, int64_t /*position*/) const { return data[pixel]; }
  };
  __device__ Plane of(int64_t index) const { return {data + index * plane}; }
};

/// Op has a Type and combine(earlier, later) for elements in the order of the line. Index holds the
/// numbers of a plane's elements.
template <class Op, bool Rows, class Index, class Source>
__global__ void combine_windows(const Source source, const Planes planes, const WindowStep step,
                                typename Op::Type* __restrict__ to) {
  const auto width = static_cast<Index>(planes.width);
  const Index last = static_cast<Index>(Rows ? planes.width : planes.height) - 1;
  const Index stride = Rows ? 1 : width;
  const auto spacing = static_cast<Index>(step.spacing), limit = static_cast<Index>(step.limit);
  const auto count = static_cast<int>(step.count);
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    const Index pixel = static_cast<Index>(y) * width + static_cast<Index>(x);
    const Index at = static_cast<Index>(Rows ? x : y);
    const auto elements = source.of(plane);
    typename Op::Type combined;
    if (at >= limit && at <= last - limit) {
      combined = elements(pixel - limit * stride, at - limit);
      for (int k = 1 - count; k < count; ++k) {
        const Index offset = k * spacing;
        combined = Op::combine(combined, elements(pixel + offset * stride, at + offset));
      }
      combined = Op::combine(combined, elements(pixel + limit * stride, at + limit));
    } else {
      const auto element = [&](Index k) {
        const Index offset = k < 0 ? max(k * spacing, -limit) : min(k * spacing, limit);
        const Index position = offset < -at ? 0 : offset > last - at ? last : at + offset;
        return elements(pixel + (position - at) * stride, position);
      };
      combined = element(-count);
      for (int k = 1 - count; k <= count; ++k) combined = Op::combine(combined, element(k));
    }
    to[plane * planes.plane() + pixel] = combined;
  });
}

/// Results of a column that a thread makes.
constexpr int kColumnRun = 4;

/// A step of spacing 1 along the columns, to windows of 2 reach + 1 elements, 3 or more; started
/// for `runs`, of planes with a row for each kColumnRun.
template <class Op, class Index, class Source>
__global__ void combine_columns(const Source source, const Planes planes, const Planes runs,
                                int reach, typename Op::Type* __restrict__ to) {
  using Type = typename Op::Type;
  static_assert(kColumnRun == 4, "the windows below are of four results");
  const auto width = static_cast<Index>(planes.width);
  const Index last = static_cast<Index>(planes.height) - 1;
  for_pixels(runs, [&](int64_t plane, int64_t run, int64_t x) {
    const Index first = static_cast<Index>(run) * kColumnRun;
    const auto column = static_cast<Index>(x);
    const auto elements = source.of(plane);
    const auto element = [&](int k) {  // of the column, from `first` on
      const Index y = min(max(first + k, Index{0}), last);
      return elements(y * width + column, y);
    };
    // what is above the middle and below it, from each result's window on
    const Type above2 = element(2 - reach), above1 = Op::combine(element(1 - reach), above2);
    const Type above0 = Op::combine(element(-reach), above1);
    const Type below1 = element(reach + 1), below2 = Op::combine(below1, element(reach + 2));
    const Type below3 = Op::combine(below2, element(reach + 3));
    Type results[kColumnRun] = {above0, Op::combine(above1, below1), Op::combine(above2, below2),
                                below3};
    if (reach > 1) {
      Type middle = element(3 - reach);
      for (int k = 4 - reach; k <= reach; ++k) middle = Op::combine(middle, element(k));
      results[0] = Op::combine(above0, middle);
      results[1] = Op::combine(Op::combine(above1, middle), below1);
      results[2] = Op::combine(Op::combine(above2, middle), below2);
      results[3] = Op::combine(middle, below3);
    }
    Type* const out = to + plane * planes.plane() + first * width + column;
#pragma unroll
    for (int k = 0; k < kColumnRun; ++k) {
      if (first <= last - k) out[k * width] = results[k];
    }
  });
}

template <class Op, bool Rows, class Index, class Source>
void combine_step(const Source& source, const Planes& planes, const WindowStep& step,
                  typename Op::Type* to, cudaStream_t stream) {
  if constexpr (!Rows) {
    if (step.spacing == 1 && step.limit > 0) {
      const Planes runs{planes.count, (planes.height + kColumnRun - 1) / kColumnRun, planes.width};
      launch_pixels("combining columns", combine_columns<Op, Index, Source>, runs, stream, source,
                    planes, runs, static_cast<int>(step.limit), to);
      return;
    }
  }
  launch_pixels("combining windows", combine_windows<Op, Rows, Index, Source>, planes, stream,
                source, planes, step, to);
}

/// One step along the lines of all planes.
template <class Op, bool Rows, class Source>
void combine_step(const Source& source, const Planes& planes, const WindowStep& step,
                  typename Op::Type* to, cudaStream_t stream) {
  // a little less: positions run some elements beyond the plane before they are clamped
  if (planes.plane() <= std::numeric_limits<int32_t>::max() - 64) {
    combine_step<Op, Rows, int32_t>(source, planes, step, to, stream);
  } else {
    combine_step<Op, Rows, int64_t>(source, planes, step, to, stream);
  }
}

/// Combines windows of 2 reach + 1 elements along rows or columns, from `source` into `to`. Both
/// `to` and `spare` are overwritten; where there is but one step, `spare` is not touched.
template <class Op, bool Rows, class Source>
void combine_lines(const Source& source, const Planes& planes, int64_t reach, typename Op::Type* to,
                   typename Op::Type* spare, cudaStream_t stream) {
  using Type = typename Op::Type;
  const std::vector<WindowStep> steps = window_steps(reach);
  Type *target = steps.size() % 2 == 1 ? to : spare, *other = target == to ? spare : to;
  combine_step<Op, Rows>(source, planes, steps[0], target, stream);
  for (size_t i = 1; i < steps.size(); ++i) {
    std::swap(target, other);
    combine_step<Op, Rows>(Plain<Type>{other, planes.plane()}, planes, steps[i], target, stream);
  }
}

/// Combines squares of side 2 reach + 1, from `source` into `to`; `spare` is as large.
template <class Op, class Source>
void combine_squares(const Source& source, const Planes& planes, int64_t reach,
                     typename Op::Type* to, typename Op::Type* spare, cudaStream_t stream) {
  using Type = typename Op::Type;
  const int64_t across = std::min(reach, planes.width), down = std::min(reach, planes.height);
  // the first step along the columns must not write what it reads
  const bool odd = window_steps(down).size() % 2 == 1;
  Type *rows = odd ? spare : to, *free = odd ? to : spare;
  combine_lines<Op, true>(source, planes, across, rows, free, stream);
  combine_lines<Op, false>(Plain<Type>{rows, planes.plane()}, planes, down, to, spare, stream);
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_WINDOWS_H_
