// Exact Euclidean distance transforms of label maps.
//
// Transforms work in integers, so the results are the CPU's to the last bit. What is in the set is
// packed, 32 rows of a column in a word. From the words comes, for each pixel, the distance within
// its column to the nearest pixel of the other kind, positive in the set and negative outside: one
// number that serves the distances to the set and to what is outside it. Along each row the nearest
// pixel of x is then that of the column i with the smallest (x - i)^2 + g_i^2.
//
// That column never moves back when x moves on. So a warp finds it for every 32nd x by looking at
// all columns, 32 at once, from the last such column on; what lies between two of them is looked at
// by the 32 pixels in between, all at the same column at once. A row of W pixels costs W + W^2 /
// 1,024 such steps at most, whatever is in the image: some 49 looks for a pixel of 512, all of
// them at the first-level cache. A column costs a look at H / 32 words at most for 32 of its
// pixels.
//
// Passes, in bytes a pixel of a plane: the set (labels from the caches, or 2 for edges) read, 1/8
// written; 1/8 read, 4 written; 4 read, 4 written. Planes are done some at a time, so that what is
// written is mostly read from the second-level cache.
#include "counts.h"
#include "device.h"
#include "distance_maps.h"
#include "edges.h"
#include "launch.h"
#include "operations.h"
#include "pixels.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kBandRows = 32;  // of a column, in a word
/// Groups of 32 pixels that a warp has along a row: the first costs a search more than the others.
constexpr int kGroups = 8;

/// "No pixel of that kind in this column": larger than any side of an image.
constexpr int32_t kFar = int32_t{1} << 30;
constexpr int64_t kNowhere = int64_t{kFar} * kFar;

/// Pixels of planes that are transformed at once, unless a single plane is larger.
constexpr int64_t kPixelsAtOnce = int64_t{1} << 23;

/// The edges of any class, as find_edges gives them.
struct EdgeSet {
  const int16_t* edges;
  int64_t plane;
  __device__ bool operator()(int64_t image, int64_t pixel) const {
    return edges[image * plane + pixel] >= 0;
  }
};

/// The pixels of class index % classes in image index / classes; index is `first` for plane 0.
template <class Label>
struct ClassSet {
  const Label* labels;
  int classes;
  int64_t plane, first;
  __device__ bool operator()(int64_t index, int64_t pixel) const {
    const int64_t image = (first + index) / classes;
    const int own = static_cast<int>((first + index) % classes);
    return label_at(labels, image * plane + pixel, classes) == own;
  }
};

int64_t bands(const Planes& planes) { return (planes.height + kBandRows - 1) / kBandRows; }

/// Packs 32 rows of a column into a word, into words [planes][bands][W].
template <class Set>
__global__ void pack_columns(const Set set, const Planes planes, const Planes words,
                             uint32_t* __restrict__ to) {
  for_pixels(words, [&](int64_t plane, int64_t band, int64_t x) {
    const int64_t first = band * kBandRows;
    const int rows = static_cast<int>(min(int64_t{kBandRows}, planes.height - first));
    uint32_t word = 0;
    for (int row = 0; row < rows; ++row) {
      if (set(plane, (first + row) * planes.width + x)) word |= uint32_t{1} << row;
    }
    to[plane * words.plane() + band * words.width + x] = word;
  });
}

/// The column that a thread looks along.
struct Column {
  const uint32_t* words;  // of its plane, at its x
  int bands, height;
  int64_t width;

  /// 32 rows of pixels in the set, or of those outside it.
  __device__ uint32_t word(int band, bool in_set) const {
    const uint32_t word = words[band * width];
    if (in_set) return word;
    const int rows = min(kBandRows, height - band * kBandRows);
    return ~word & (rows == kBandRows ? ~uint32_t{0} : (uint32_t{1} << rows) - 1);
  }

  /// The last row of that kind before a band; far above if there is none.
  __device__ int before(int band, bool in_set) const {
    while (--band >= 0) {
      const uint32_t found = word(band, in_set);
      if (found != 0) return band * kBandRows + 31 - __clz(static_cast<int>(found));
    }
    return -kFar;
  }

  /// The first row of that kind after a band; far below if there is none.
  __device__ int after(int band, bool in_set) const {
    while (++band < bands) {
      const uint32_t found = word(band, in_set);
      if (found != 0) return band * kBandRows + __ffs(static_cast<int>(found)) - 1;
    }
    return kFar + height;
  }
};

/// The distance to the nearest pixel of the other kind in the column, kFar if there is none;
/// negative for pixels outside the set.
__global__ void column_distances(const uint32_t* __restrict__ words, const Planes planes,
                                 const Planes packed, int32_t* __restrict__ to) {
  for_pixels(packed, [&](int64_t plane, int64_t band_index, int64_t x) {
    const int band = static_cast<int>(band_index), first = band * kBandRows;
    const Column column = {words + plane * packed.plane() + x, static_cast<int>(packed.height),
                           static_cast<int>(planes.height), planes.width};
    const int rows = min(kBandRows, column.height - first);
    const uint32_t in = column.word(band, true), out = column.word(band, false);
    // only pixels of the other kind ask
    const int before_in = out != 0 ? column.before(band, true) : 0;
    const int after_in = out != 0 ? column.after(band, true) : 0;
    const int before_out = in != 0 ? column.before(band, false) : 0;
    const int after_out = in != 0 ? column.after(band, false) : 0;
    int32_t* write = to + plane * planes.plane() + first * planes.width + x;
    for (int row = 0; row < rows; ++row, write += planes.width) {
      const bool inside = (in >> row & 1) != 0;
      const uint32_t other = inside ? out : in;
      const uint32_t above = other & ((uint32_t{1} << row) - 1), below = other >> row;
      const int y = first + row;
      const int last = above != 0 ? first + 31 - __clz(static_cast<int>(above))
                                  : (inside ? before_out : before_in);
      const int next =
          below != 0 ? y + __ffs(static_cast<int>(below)) - 1 : (inside ? after_out : after_in);
      const int distance = min(min(y - last, next - y), kFar);
      *write = inside ? distance : -distance;
    }
  });
}

/// The search along a row for the nearest pixels of one kind; x never moves back.
struct RowSearch {
  const int32_t* columns;
  int width;
  int sign;    // -1: for pixels of the set, 1: for those outside it
  int x = -1;  // of the last search
  int at = 0;  // its nearest column, the first among equals

  __device__ int64_t squared(int from, int column) const {
    const int g = max(sign * columns[column], 0), along = from - column;
    return int64_t{along} * along + int64_t{g} * g;
  }

  /// Finds the column that is nearest to x. All lanes of a warp call it together.
  __device__ int move_to(int to) {
    if (to == x) return at;
    x = to;
    int64_t best = int64_t{2} * kNowhere;
    int column = at;
    for (int i = at + static_cast<int>(threadIdx.x % kWarp); i < width; i += kWarp) {
      if (i > x && int64_t{i - x} * (i - x) >= best) break;
      const int64_t other = squared(x, i);
      if (other < best) {
        best = other;
        column = i;
      }
    }
    for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) {
      const int64_t other = __shfl_xor_sync(kAllLanes, best, lanes);
      const int other_column = __shfl_xor_sync(kAllLanes, column, lanes);
      if (other < best || (other == best && other_column < column)) {
        best = other;
        column = other_column;
      }
    }
    at = column;
    return at;
  }

  /// The squared distance of each lane's pixel of a group that begins at x.
  __device__ int64_t of_group(int begin) {
    const int first = move_to(begin), last = move_to(min(begin + kWarp, width - 1));
    const int own = begin + static_cast<int>(threadIdx.x % kWarp);
    int64_t best = squared(own, first);
#pragma unroll 4
    for (int column = first + 1; column <= last; ++column) {
      best = min(best, squared(own, column));
    }
    return best;
  }
};

/// The distance of each pixel to the set, infinite where that is empty; if Signed, 0 there, and
/// within the set 1 - the distance to what is outside it.
template <bool Signed>
__global__ void __launch_bounds__(kRowThreads)
    row_distances(const int32_t* __restrict__ columns, int64_t rows, int width,
                  float* __restrict__ to) {
  const int runs = (width + kGroups * kWarp - 1) / (kGroups * kWarp);
  const int64_t warps = int64_t{gridDim.x} * kRowWarps;
  for (int64_t task = (int64_t{blockIdx.x} * kRowThreads + threadIdx.x) / kWarp; task < rows * runs;
       task += warps) {
    const int64_t offset = task / runs * width;
    const int begin = static_cast<int>(task % runs) * kGroups * kWarp;
    const int32_t* row = columns + offset;
    RowSearch to_set = {row, width, -1}, to_outside = {row, width, 1};
    for (int group = begin; group < min(begin + kGroups * kWarp, width); group += kWarp) {
      const int x = group + static_cast<int>(threadIdx.x % kWarp);
      const bool there = x < width, inside = Signed && there && row[x] > 0;
      int64_t squared = 0;
      if (__any_sync(kAllLanes, there && !inside)) squared = to_set.of_group(group);
      if (Signed && __any_sync(kAllLanes, inside)) {
        const int64_t other = to_outside.of_group(group);
        squared = inside ? other : squared;
      }
      if (!there) continue;
      const double distance = sqrt(static_cast<double>(squared));
      float result = static_cast<float>(inside ? 1 - distance : distance);
      if (squared >= kNowhere) result = Signed ? 0.0f : INFINITY;
      to[offset + x] = result;
    }
  }
}

/// Transforms planes, `set_of(first)` of those from `first` on, some at a time.
template <bool Signed, class SetOf>
void transform(const Planes& planes, const SetOf& set_of, float* to, cudaStream_t stream) {
  const int64_t plane = planes.plane();
  const int64_t most = std::min(planes.count, std::max(int64_t{1}, kPixelsAtOnce / plane));
  const Scratch<uint32_t> words(most * bands(planes) * planes.width, stream);
  const Scratch<int32_t> columns(most * plane, stream);
  for (int64_t first = 0; first < planes.count; first += most) {
    const Planes some = {std::min(most, planes.count - first), planes.height, planes.width};
    const Planes packed = {some.count, bands(planes), planes.width};
    const auto set = set_of(first);
    launch_pixels("packing a set of pixels", pack_columns<std::decay_t<decltype(set)>>, packed,
                  stream, set, some, packed, words.get());
    launch_pixels("distances along columns", column_distances, packed, stream, words.get(), some,
                  packed, columns.get());
    const int64_t rows = some.count * some.height;
    const int64_t runs = (some.width + kGroups * kWarp - 1) / (kGroups * kWarp);
    launch("distances along rows", row_distances<Signed>, row_blocks(rows * runs), kRowThreads, 0,
           stream, columns.get(), rows, static_cast<int>(some.width), to + first * plane);
  }
}

/// Labels as an operation on maps takes them.

}  // namespace

void edge_distance(const Batch& batch, float* distance) {
  const LabelImages in = checked_maps(batch);
  if (in.pixels() == 0) return;
  check_pointer("distance", distance);
  const DeviceGuard guard("labels", batch.labels, batch);
  guard.expect("distance", distance);
  const auto queue = stream_of(batch);
  const Scratch<int16_t> edges(in.pixels(), queue);
  find_edges(in, {0, false}, edges.get(), queue);
  const auto set_of = [&](int64_t first) {
    return EdgeSet{edges.get() + first * in.plane(), in.plane()};
  };
  transform<false>(in.planes(), set_of, distance, queue);
}

void signed_distance(const Batch& batch, float* distance) {
  const LabelImages in = checked_maps(batch);
  if (in.pixels() == 0) return;
  check_pointer("distance", distance);
  const DeviceGuard guard("labels", batch.labels, batch);
  guard.expect("distance", distance);
  with_labels(batch.label_type, batch.labels, [&](auto* typed) {
    using Label = std::decay_t<decltype(*typed)>;
    const auto set_of = [&](int64_t first) {
      return ClassSet<Label>{typed, static_cast<int>(batch.c), in.plane(), first};
    };
    transform<true>({batch.n * batch.c, batch.h, batch.w}, set_of, distance, stream_of(batch));
  });
}

}  // namespace cuda
}  // namespace autoloss
