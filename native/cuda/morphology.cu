// Minimum and maximum over square windows, value and gradient; label edges and their dilation.
//
//   out(i) = the extreme of from over the window around i, inside the plane
//   gradient(j) = sum of by_result(i) over the windows i that took their value from j
//
// Value: windows.h, rows and then columns; for windows up to 17 a read and a write of the tensor
// each, 16 bytes an element. Gradient: a row's winner is kept with its column, a column's winner
// with its row, so what arrives at a result goes back along the column and then along the row. The
// windows of a line that chose the same element are neighbours, as the winner never moves back when
// the window moves on: the first of them adds up what arrives at all, in order, and is the only one
// to write there. No atomics, and no search that grows with the window. 4 + 8 (rows) + 8 + 8
// (columns) + 4 + 16 (zeros, back along columns) + 4 + 16 (along rows) bytes an element, 68.
//
// Instructions of a max-pool of 11 x 11 on sm_90, an element: some 120 along rows, 5.5 of them for
// each of the window's elements, and 60 along columns.
//
// The earlier of equal elements wins along each line, so the first in row-major order wins in the
// window. Of several NaN the last wins, as in libtorch.
#include <algorithm>
#include <limits>

#include "counts.h"
#include "edges.h"
#include "extremes.h"
#include "operations.h"
#include "runtime.h"
#include "windows.h"

namespace autoloss {
namespace cuda {
namespace {

/// Elements whose gradient is found at once, to bound the scratch memory (24 bytes each) unless a
/// single plane is larger.
constexpr int64_t kElementsAtOnce = int64_t{1} << 24;

template <bool Largest>
__device__ inline bool replaces(float later, float earlier) {
  return (Largest ? later > earlier : later < earlier) || later != later;
}

template <bool Largest>
struct Extreme {
  using Type = float;
  static __device__ float combine(float earlier, float later) {
    return Largest ? maximum_or_nan(earlier, later) : minimum_or_nan(earlier, later);
  }
};

/// A window's value, and its place on the line.
struct Choice {
  float value;
  int32_t place;
};

template <bool Largest>
struct ExtremePlace {
  using Type = Choice;
  static __device__ Choice combine(Choice earlier, Choice later) {
    return replaces<Largest>(later.value, earlier.value) ? later : earlier;
  }
};

__device__ inline float value_of(float value) { return value; }
__device__ inline float value_of(Choice choice) { return choice.value; }

/// Values that are each the choice of a window of one element.
template <class Value>
struct Single {
  const Value* data;
  int64_t plane;

  struct Plane {
    const Value* data;
    __device__ Choice operator()(int64_t pixel, int64_t position) const {
      return {value_of(data[pixel]), static_cast<int32_t>(position)};
    }
  };
  __device__ Plane of(int64_t index) const { return {data + index * plane}; }
};

/// Adds up, for each element of a line, what arrives at the windows that chose it; `to` is 0
/// before.
template <bool Rows>
__global__ void send_back(const Choice* __restrict__ choices, const float* __restrict__ by_result,
                          const Planes planes, float* __restrict__ to) {
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    const int64_t i = plane * planes.plane() + y * planes.width + x;
    const int64_t at = Rows ? x : y, length = Rows ? planes.width : planes.height;
    const int64_t stride = Rows ? 1 : planes.width;
    const int32_t place = choices[i].place;
    if (at > 0 && choices[i - stride].place == place) return;
    float sum = by_result[i];
    int64_t next = i + stride;
    for (int64_t k = at + 1; k < length && choices[next].place == place; ++k, next += stride) {
      sum += by_result[next];
    }
    to[i + (place - at) * stride] = sum;
  });
}

template <bool Largest>
void pool_planes(const Planes& planes, int64_t reach, const float* from, float* out,
                 cudaStream_t stream) {
  const Scratch<float> spare(planes.count * planes.plane(), stream);
  combine_squares<Extreme<Largest>>(Plain<float>{from, planes.plane()}, planes, reach, out,
                                    spare.get(), stream);
}

void zero(float* to, int64_t count, cudaStream_t stream) {
  check(cudaMemsetAsync(to, 0, static_cast<size_t>(count) * sizeof *to, stream),
        "clearing a gradient");
}

/// Calls use(planes, offset, rows, columns, spare) for a number of planes at a time, with what each
/// row and then each column chose there, and 8 bytes an element to spare.
template <bool Largest, class Use>
void choose(const Planes& planes, int64_t reach, const float* from, cudaStream_t stream,
            const Use& use) {
  using Op = ExtremePlace<Largest>;
  const int64_t plane = planes.plane();
  const int64_t most = std::min(planes.count, std::max(int64_t{1}, kElementsAtOnce / plane));
  const Scratch<Choice> rows(most * plane, stream), columns(most * plane, stream),
      spare(most * plane, stream);
  for (int64_t first = 0; first < planes.count; first += most) {
    const Planes some{std::min(most, planes.count - first), planes.height, planes.width};
    const int64_t offset = first * plane;
    combine_lines<Op, true>(Single<float>{from + offset, plane}, some,
                            std::min(reach, planes.width), rows.get(), spare.get(), stream);
    combine_lines<Op, false>(Single<Choice>{rows.get(), plane}, some,
                             std::min(reach, planes.height), columns.get(), spare.get(), stream);
    use(some, offset, rows.get(), columns.get(), spare.get());
  }
}

template <bool Largest>
void gradient_planes(const Planes& planes, int64_t reach, const float* from, const float* by_result,
                     float* gradient, cudaStream_t stream) {
  choose<Largest>(planes, reach, from, stream,
                  [&](const Planes& some, int64_t offset, const Choice* rows, const Choice* columns,
                      Choice* spare) {
                    const int64_t count = some.count * some.plane();
                    float* const by_rows = reinterpret_cast<float*>(spare);
                    zero(by_rows, count, stream);
                    launch_pixels("pooling's gradient along columns", send_back<false>, some,
                                  stream, columns, by_result + offset, some, by_rows);
                    zero(gradient + offset, count, stream);
                    launch_pixels("pooling's gradient along rows", send_back<true>, some, stream,
                                  rows, by_rows, some, gradient + offset);
                  });
}

/// A column's choice says in which row, that row's choice in which column.
__global__ void join_places(const Choice* __restrict__ rows, const Choice* __restrict__ columns,
                            const Planes planes, int64_t* __restrict__ places) {
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    const int64_t begin = plane * planes.plane();
    const int64_t i = begin + y * planes.width + x;
    const int64_t row = columns[i].place * planes.width;
    places[i] = row + rows[begin + row + x].place;
  });
}

template <bool Largest>
void find_places(const Planes& planes, int64_t reach, const float* from, int64_t* places,
                 cudaStream_t stream) {
  choose<Largest>(
      planes, reach, from, stream,
      [&](const Planes& some, int64_t offset, const Choice* rows, const Choice* columns, Choice*) {
        launch_pixels("joining places", join_places, some, stream, rows, columns, some,
                      places + offset);
      });
}

Planes checked_pool(int kind, int64_t window, const Batch& batch) {
  check_choice("kind", kind, POOL_MAX, POOL_MIN);
  check_shape(batch);
  check_choice("logit_type", batch.logit_type, LOGIT_FLOAT32, LOGIT_FLOAT32);
  if (window < 1 || window % 2 == 0) fail("window", "an odd number", std::to_string(window));
  const int64_t plane = batch.h * batch.w;
  if (plane > std::numeric_limits<int32_t>::max()) {
    fail("shape", "planes of fewer than 2^31 pixels", std::to_string(plane));
  }
  if (pixels_of(batch) > 0) check_pointer("logits", batch.logits);
  return {batch.n * batch.c, batch.h, batch.w};
}

const float* values_of(const Batch& batch) { return static_cast<const float*>(batch.logits); }

LabelImages checked_labels(const Batch& batch) {
  check_shape(batch);
  if (pixels_of(batch) > 0) check_labels(batch);
  return label_images(batch);
}

/// 1 where there is an edge of a class, else 0.
__global__ void mark_kernel(const int16_t* __restrict__ classes, int64_t pixels,
                            uint8_t* __restrict__ edges) {
  for_elements(pixels, [&](int64_t i) { edges[i] = classes[i] >= 0 ? 1 : 0; });
}

}  // namespace

void pool(int kind, int64_t window, const Batch& batch, float* out) {
  const Planes planes = checked_pool(kind, window, batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("out", out);
  if (out == batch.logits) fail("out", "other memory than the input", "the same");
  const DeviceGuard guard("logits", batch.logits, batch);
  guard.expect("out", out);
  const auto run = kind == POOL_MAX ? pool_planes<true> : pool_planes<false>;
  run(planes, window / 2, values_of(batch), out, stream_of(batch));
}

void pool_gradient(int kind, int64_t window, const Batch& batch, const float* by_result,
                   float* gradient) {
  const Planes planes = checked_pool(kind, window, batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("by_result", by_result);
  check_pointer("gradient", gradient);
  if (gradient == batch.logits || gradient == by_result) {
    fail("gradient", "other memory than the inputs", "the same");
  }
  const DeviceGuard guard("logits", batch.logits, batch);
  guard.expect("by_result", by_result);
  guard.expect("gradient", gradient);
  const auto run = kind == POOL_MAX ? gradient_planes<true> : gradient_planes<false>;
  run(planes, window / 2, values_of(batch), by_result, gradient, stream_of(batch));
}

void pool_places(int kind, int64_t window, const Batch& batch, int64_t* places) {
  const Planes planes = checked_pool(kind, window, batch);
  if (pixels_of(batch) == 0) return;
  check_pointer("places", places);
  const DeviceGuard guard("logits", batch.logits, batch);
  guard.expect("places", places);
  const auto run = kind == POOL_MAX ? find_places<true> : find_places<false>;
  run(planes, window / 2, values_of(batch), places, stream_of(batch));
}

void find_label_edges(const Batch& batch, int drop_background, uint8_t* edges) {
  const LabelImages in = checked_labels(batch);
  if (in.pixels() == 0) return;
  check_pointer("edges", edges);
  const DeviceGuard guard("labels", batch.labels, batch);
  guard.expect("edges", edges);
  const auto queue = stream_of(batch);
  const Scratch<int16_t> classes(in.pixels(), queue);
  find_edges(in, {drop_background ? 1 : 0, false}, classes.get(), queue);
  launch("marking edges", mark_kernel, count_blocks(in.pixels(), guard.device()), kCountThreads, 0,
         queue, classes.get(), in.pixels(), edges);
}

void dilate_label_edges(const Batch& batch, int64_t tolerance, int drop_background, int64_t* bits) {
  const LabelImages in = checked_labels(batch);
  if (tolerance < 0) fail("tolerance", "0 or more pixels", std::to_string(tolerance));
  if (in.pixels() == 0) return;
  check_pointer("bits", bits);
  const DeviceGuard guard("labels", batch.labels, batch);
  guard.expect("bits", bits);
  const auto queue = stream_of(batch);
  const Scratch<int16_t> classes(in.pixels(), queue);
  const Scratch<uint64_t> spare(in.pixels() * in.words(), queue);
  find_edges(in, {drop_background ? 1 : 0, false}, classes.get(), queue);
  dilate_edges(in, classes.get(), tolerance, reinterpret_cast<uint64_t*>(bits), spare.get(), queue);
}

}  // namespace cuda
}  // namespace autoloss
