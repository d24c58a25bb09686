// Combining the elements of a window along the lines of an image: extremes and bit sets.
//
// What is combined is idempotent (an element may be taken twice) and associative. So the border
// needs no case of its own: an index outside the line becomes the nearest inside, which belongs to
// the window anyway. And a long window is made of windows: a step combines up to 17 elements that
// are as far apart as the windows already combined are long. A window of 17 takes one step, of 289
// two, of 4,913 three; each step reads and writes every element once, neighbours coming from the
// caches. Rows first, then columns: a square.
#ifndef AUTOLOSS_CUDA_WINDOWS_H_
#define AUTOLOSS_CUDA_WINDOWS_H_

#include <algorithm>
#include <cstdint>
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

/// Op has a Type and combine(earlier, later) for elements in the order of the line.
template <class Op, bool Rows, class Source>
__global__ void combine_windows(const Source source, const Planes planes, const WindowStep step,
                                typename Op::Type* __restrict__ to) {
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    const int64_t pixel = y * planes.width + x;
    const int64_t at = Rows ? x : y;
    const int64_t last = (Rows ? planes.width : planes.height) - 1;
    const int64_t stride = Rows ? 1 : planes.width;
    const auto elements = source.of(plane);
    const auto element = [&](int64_t k) {
      const int64_t offset = clamped(k * step.spacing, -step.limit, step.limit);
      const int64_t position = clamped(at + offset, 0, last);
      return elements(pixel + (position - at) * stride, position);
    };
    typename Op::Type combined = element(-step.count);
    for (int64_t k = 1 - step.count; k <= step.count; ++k) {
      combined = Op::combine(combined, element(k));
    }
    to[plane * planes.plane() + pixel] = combined;
  });
}

/// Combines windows of 2 reach + 1 elements along rows or columns, from `source` into `to`. Both
/// `to` and `spare` are overwritten; where there is but one step, `spare` is not touched.
template <class Op, bool Rows, class Source>
void combine_lines(const Source& source, const Planes& planes, int64_t reach, typename Op::Type* to,
                   typename Op::Type* spare, cudaStream_t stream) {
  using Type = typename Op::Type;
  const std::vector<WindowStep> steps = window_steps(reach);
  Type *target = steps.size() % 2 == 1 ? to : spare, *other = target == to ? spare : to;
  launch_pixels("combining windows", combine_windows<Op, Rows, Source>, planes, stream, source,
                planes, steps[0], target);
  for (size_t i = 1; i < steps.size(); ++i) {
    std::swap(target, other);
    launch_pixels("combining windows", combine_windows<Op, Rows, Plain<Type>>, planes, stream,
                  Plain<Type>{other, planes.plane()}, planes, steps[i], target);
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
