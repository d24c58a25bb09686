// Planes of pixels, and how threads are dealt to them: a warp to a row, for unit stride.
#ifndef AUTOLOSS_CUDA_PIXELS_H_
#define AUTOLOSS_CUDA_PIXELS_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "launch.h"

namespace autoloss {
namespace cuda {

/// A block's pixels.
constexpr int kPixelColumns = 32, kPixelRows = 8;

struct Planes {
  int64_t count, height, width;

  __host__ __device__ int64_t plane() const { return height * width; }
};

__device__ inline int64_t clamped(int64_t x, int64_t least, int64_t most) {
  return x < least ? least : x > most ? most : x;
}

/// Calls body(plane, y, x) for each pixel of the calling thread, in a kernel started by
/// launch_pixels. The grid may be smaller than the image: its dimensions are limited.
template <class Body>
__device__ inline void for_pixels(const Planes& planes, Body body) {
  const int64_t down = int64_t{gridDim.y} * kPixelRows, across = int64_t{gridDim.x} * kPixelColumns;
  for (int64_t plane = blockIdx.z; plane < planes.count; plane += gridDim.z) {
    for (int64_t y = int64_t{blockIdx.y} * kPixelRows + threadIdx.y; y < planes.height; y += down) {
      for (int64_t x = int64_t{blockIdx.x} * kPixelColumns + threadIdx.x; x < planes.width;
           x += across) {
        body(plane, y, x);
      }
    }
  }
}

/// Starts a kernel that runs for_pixels.
template <class... Parameters, class... Arguments>
void launch_pixels(const char* name, void (*kernel)(Parameters...), const Planes& planes,
                   cudaStream_t stream, Arguments&&... arguments) {
  const auto blocks = [](int64_t size, int64_t each) {
    return static_cast<unsigned>(std::min((size + each - 1) / each, int64_t{65535}));
  };
  const dim3 grid(blocks(planes.width, kPixelColumns), blocks(planes.height, kPixelRows),
                  blocks(planes.count, 1));
  launch(name, kernel, grid, dim3(kPixelColumns, kPixelRows), 0, stream,
         std::forward<Arguments>(arguments)...);
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_PIXELS_H_
