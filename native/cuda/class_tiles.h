// What the kernels of class_sums.h read: tiles of consecutive pixels, and the softmax of a pixel.
// Up to kRegisterClasses its exponentials are kept; beyond, each is made again from the logits.
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
  unsigned tiles_per_image, tiles;  // of kSumThreads pixels

  /// The image that a tile is of.
  __device__ unsigned image(unsigned tile) const { return tile / tiles_per_image; }

  /// The first pixel of a tile within its image.
  __device__ int64_t begin(unsigned tile) const {
    return static_cast<int64_t>(tile % tiles_per_image) * kSumThreads;
  }

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

/// exp(x) for x <= 0.
__device__ __forceinline__ float exponential(float x) { return exp2f(x * kLog2E); }

/// The logits of a pixel; -infinity for classes that only round up their number.
template <int Classes, class Logit>
__device__ __forceinline__ void load(const Logit* image, int i, int plane, int classes, float* e) {
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    e[c] = c < classes ? to_float(image[c * plane + i]) : -INFINITY;
  }
}

/// Logits become exp(z - max); returns 1 / their sum.
template <int Classes>
__device__ __forceinline__ float exponentials(float* e) {
  float top = e[0];
#pragma unroll
  for (int c = 1; c < Classes; ++c) top = fmaxf(top, e[c]);
  float sum = 0.0f;
#pragma unroll
  for (int c = 0; c < Classes; ++c) {
    e[c] = exponential(e[c] - top);
    sum += e[c];
  }
  return __fdividef(1.0f, sum);
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
