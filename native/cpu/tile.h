// What the fused kernels of the CPU share: a tile of pixels of all classes, its labels and its
// softmax.
//
// A tile is up to `kMaxTile` consecutive pixels of one image. All loops run over its pixels
// innermost, at unit stride, so that the compiler vectorises them for whatever instruction set the
// file is compiled for. Tiles are dealt to a fixed number of chunks, whatever the number of
// threads; each chunk keeps its own sums, added in order at the end. So a result does not depend on
// the number of threads.
//
// Included only by files that are compiled once per instruction set; all is in an unnamed
// namespace, for no two of those copies may be merged by the linker.
#ifndef AUTOLOSS_CPU_TILE_H_
#define AUTOLOSS_CPU_TILE_H_

#include <cstdint>
#include <cstring>

#include "autoloss/ops.h"
#include "common/exp.h"

namespace {

constexpr int64_t kMaxTile = 512;
constexpr int64_t kMaxChunks = 64;

/// exp(x) for x <= 88, relative error below 2e-7; underflows to 1.2e-38, not to 0. NaN goes
/// through.
inline float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  const float k = __builtin_floorf(x * 1.44269504f + 0.5f);
  const int32_t bits = (static_cast<int32_t>(k) + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return autoloss::exp_over_power(x, k) * scale;
}

/// How the pixels of a batch are cut up.
struct Tiling {
  int64_t plane;      // pixels of an image
  int64_t size;       // pixels of a tile, the last of an image may be smaller
  int64_t per_image;  // tiles of an image
  int64_t total;      // tiles of the batch
  int64_t chunks;     // into how many chunks they are dealt

  Tiling(int64_t images, int64_t classes, int64_t plane) : plane(plane) {
    // Two rows of `size` floats per class stay within some 48 KiB, near the first-level cache.
    size = 6144 / classes / 16 * 16;
    size = size < 16 ? 16 : size > kMaxTile ? kMaxTile : size;
    per_image = (plane + size - 1) / size;
    total = images * per_image;
    chunks = total < kMaxChunks ? total : kMaxChunks;
  }

  int64_t first_of_chunk(int64_t chunk) const {
    // total * chunk would overflow only beyond 2^57 tiles
    return total * chunk / chunks;
  }
  int64_t image(int64_t tile) const { return tile / per_image; }
  int64_t begin(int64_t tile) const { return tile % per_image * size; }
  int64_t count(int64_t tile) const {
    const int64_t left = plane - begin(tile);
    return left < size ? left : size;
  }
};

template <class Label>
inline void narrow_labels(const Label* from, int64_t count, int64_t classes, int32_t* to) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = from[i];
    to[i] = label >= 0 && label < classes ? static_cast<int32_t>(label) : -1;
  }
}

/// Labels of a tile as int32; -1 where the pixel is ignored: its label is outside [0,classes) or,
/// where there is a mask, its mask is 0.
inline void load_labels(const void* labels, int label_type, const uint8_t* mask, int64_t offset,
                        int64_t count, int64_t classes, int32_t* to) {
  switch (label_type) {
    case autoloss::LABEL_UINT8:
      narrow_labels(static_cast<const uint8_t*>(labels) + offset, count, classes, to);
      break;
    case autoloss::LABEL_INT32:
      narrow_labels(static_cast<const int32_t*>(labels) + offset, count, classes, to);
      break;
    default:
      narrow_labels(static_cast<const int64_t*>(labels) + offset, count, classes, to);
  }
  if (mask == nullptr) return;
  for (int64_t i = 0; i < count; ++i) to[i] = mask[offset + i] ? to[i] : -1;
}

/// exp(z - max) of a tile into e (rows of `stride` floats per class), and 1/sum.
inline void exponentials(const float* __restrict__ z, int64_t plane, int64_t classes, int64_t count,
                         float* __restrict__ e, int64_t stride, float* __restrict__ inverse) {
  float top[kMaxTile], sum[kMaxTile];
  for (int64_t i = 0; i < count; ++i) top[i] = z[i];
  for (int64_t c = 1; c < classes; ++c) {
    const float* row = z + c * plane;
    for (int64_t i = 0; i < count; ++i) top[i] = row[i] > top[i] ? row[i] : top[i];
  }
  for (int64_t i = 0; i < count; ++i) sum[i] = 0.0f;
  for (int64_t c = 0; c < classes; ++c) {
    const float* row = z + c * plane;
    float* out = e + c * stride;
    for (int64_t i = 0; i < count; ++i) {
      out[i] = fast_exp(row[i] - top[i]);
      sum[i] += out[i];
    }
  }
  for (int64_t i = 0; i < count; ++i) inverse[i] = 1.0f / sum[i];
}

}  // namespace

#endif  // AUTOLOSS_CPU_TILE_H_
