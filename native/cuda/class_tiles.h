// What the kernels of class_sums.h read: tiles of consecutive pixels, and the softmax of a pixel.
// Up to kRegisterClasses a thread keeps its exponentials; class_sums.h says where the others are.
#ifndef AUTOLOSS_CUDA_CLASS_TILES_H_
#define AUTOLOSS_CUDA_CLASS_TILES_H_

#include <cmath>
#include <cstdint>

#include "batch.h"
#include "device.h"
#include "launch.h"

namespace autoloss {
namespace cuda {

constexpr int kSumThreads = 128;
constexpr int kSumWarps = kSumThreads / kWarp;
/// Most classes that a thread keeps in registers; beyond, these would spill.
constexpr int kRegisterClasses = 32;
constexpr int kFinishThreads = 1024;

/// Blocks that a multiprocessor must hold at once, so that enough reads are on their way; as many
/// as the registers allow without spilling.
constexpr int resident_sums(int classes) { return classes <= 21 ? 6 : 4; }
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
// For Blackwell the compiler needs a few registers more, and would spill.
constexpr int resident_gradients(int classes) { return classes <= 21 ? 4 : 3; }
#else
constexpr int resident_gradients(int classes) { return classes <= 21 ? 5 : 3; }
#endif

constexpr float kLog2E = 1.44269504f;

/// A batch, cut into tiles of consecutive pixels of one image.
struct TiledBatch {
  const void* labels;
  int label_type;
  const uint8_t* mask;
  int classes;
  int64_t plane;
  unsigned images, tiles_per_image, tiles;

  /// The label of a pixel of the batch; -1 where it is ignored.
  __device__ int label(int64_t pixel) const {
    if (mask != nullptr && mask[pixel] == 0) return -1;
    switch (label_type) {
      case LABEL_UINT8:
        return label_at(static_cast<const uint8_t*>(labels), pixel, classes);
      case LABEL_INT32:
        return label_at(static_cast<const int32_t*>(labels), pixel, classes);
      default:
        return label_at(static_cast<const int64_t*>(labels), pixel, classes);
    }
  }
};

/// Where a tile lies: the number of its image, and its first pixel there.
struct Tile {
  int64_t image, begin;
};

/// The tiles that one block takes, one after another: every gridDim.x-th. Two divisions for a block
/// instead of one for each tile.
template <int Pixels>
class Walk {
 public:
  __device__ explicit Walk(const TiledBatch& in)
      : tile_(blockIdx.x),
        image_(blockIdx.x / in.tiles_per_image),
        within_(blockIdx.x % in.tiles_per_image),
        images_a_step_(gridDim.x / in.tiles_per_image),
        rest_(gridDim.x % in.tiles_per_image) {}

  __device__ bool goes_on(const TiledBatch& in) const { return tile_ < in.tiles; }

  __device__ void step(const TiledBatch& in) {
    tile_ += gridDim.x;
    image_ += images_a_step_;
    within_ += rest_;
    if (within_ >= in.tiles_per_image) {
      within_ -= in.tiles_per_image;
      ++image_;
    }
  }

  __device__ Tile tile() const { return {image_, int64_t{within_} * Pixels}; }

  /// The tile that is as far from the end: what the sums read last is still in the second-level
  /// cache.
  __device__ Tile tile_from_end(const TiledBatch& in) const {
    return {in.images - 1 - image_, int64_t{in.tiles_per_image - 1 - within_} * Pixels};
  }

 private:
  unsigned tile_, image_, within_;
  unsigned images_a_step_, rest_;
};

/// exp(x) for x <= 0.
__device__ __forceinline__ float exponential(float x) { return exp2f(x * kLog2E); }

/// The logits of a pixel, from that of its first class on; -infinity for classes that only round up
/// their number. `Exact`: there are none of these.
template <int Classes, bool Exact, class Logit>
__device__ __forceinline__ void load(const Logit* z, int plane, int classes, float* e) {
#pragma unroll
  for (int c = 0; c < Classes; ++c) e[c] = -INFINITY;
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    if (!Exact && c >= classes) break;
    e[c] = to_float(*z);
    z += plane;
  }
}

/// What makes a pixel's logits its probabilities: p = exp2(z log2(e) + shift) * inverse. A product
/// beyond the range of float32, of a logit beyond 2e38, is infinite.
struct Scale {
  float shift, inverse;

  /// Of the largest logit.
  static __device__ __forceinline__ float shift_of(float top) { return -top * kLog2E; }

  /// p but for the factor `inverse`.
  static __device__ __forceinline__ float exponential(float z, float shift) {
    return exp2f(fmaf(z, kLog2E, shift));
  }

  __device__ __forceinline__ float probability(float z) const {
    return exponential(z, shift) * inverse;
  }
};

/// Logits become exponentials, not yet divided by their sum.
template <int Classes>
__device__ __forceinline__ Scale exponentials(float* e) {
  float top = e[0];
#pragma unroll
  for (int c = 1; c < Classes; ++c) top = fmaxf(top, e[c]);
  const float shift = Scale::shift_of(top);
  float sum = 0.0f;
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    e[c] = Scale::exponential(e[c], shift);
    sum += e[c];
  }
  return {shift, __fdividef(1.0f, sum)};
}

/// Softmax of a pixel that is not kept: p_c = exp(z_c - top) * inverse.
struct Softmax {
  float top = -INFINITY;
  float sum = 0.0f;

  /// One class more.
  __device__ __forceinline__ void add(float z) {
    if (z > top) {
      sum = sum * exponential(top - z) + 1.0f;
      top = z;
    } else if (z != -INFINITY) {  // which adds nothing; minus itself it would be NaN
      sum += exponential(z - top);
    }
  }

  __device__ __forceinline__ float probability(float z, float inverse) const {
    return exponential(z - top) * inverse;
  }
};

template <class Logit>
__device__ __forceinline__ Softmax softmax_of(const Logit* z, int64_t plane, int classes) {
  Softmax s;
#pragma unroll 4
  for (int c = 0; c < classes; ++c) s.add(to_float(z[c * plane]));
  return s;
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_CLASS_TILES_H_
