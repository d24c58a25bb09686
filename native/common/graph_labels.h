// Labels as the interpreter of loss graphs reads them, and a check of its constant.
#ifndef AUTOLOSS_COMMON_GRAPH_LABELS_H_
#define AUTOLOSS_COMMON_GRAPH_LABELS_H_

#include <cmath>
#include <cstdint>
#include <string>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/labels.h"

namespace autoloss {

/// For each pixel of an image bit 0 if the pixel left of it is a valid one of its row, bit 1 if it
/// is valid itself, bit 2 if the one right of it is a valid one of its row.
inline void neighbour_bits(const int32_t* labels, int64_t height, int64_t width, int32_t* bits) {
  for (int64_t y = 0; y < height; ++y) {
    const int32_t* row = labels + y * width;
    for (int64_t x = 0; x < width; ++x) {
      const bool left = x > 0 && row[x - 1] >= 0, right = x + 1 < width && row[x + 1] >= 0;
      bits[y * width + x] = left | (row[x] >= 0) << 1 | right << 2;
    }
  }
}

/// For each pixel of an image the bits k, 0 to 8 in row-major order, of the places of its 3x3
/// window that are valid pixels of the image; 0 where the pixel itself is ignored.
inline void window_bits(const int32_t* labels, int64_t height, int64_t width, int32_t* bits) {
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      int32_t set = 0;
      for (int k = 0; k < 9; ++k) {
        const int64_t row = y + k / 3 - 1, column = x + k % 3 - 1;
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        if (inside && labels[row * width + column] >= 0) set |= 1 << k;
      }
      bits[y * width + x] = labels[y * width + x] < 0 ? 0 : set;
    }
  }
}

/// eps must be a normal float32: the kernels rely on |x| + eps being one.
inline void check_eps(double eps) {
  if (!(eps >= 1e-30 && eps <= 1)) fail("eps", "1e-30 to 1", std::to_string(eps));
}

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_GRAPH_LABELS_H_
