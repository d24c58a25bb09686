// Label edges of one image: each pixel is compared with its eight neighbours. Some rows are taken
// together, with a pixel that is no neighbour behind each of them, so that one loop goes over all:
// the rows of small images are too short for loops of their own.
#include "image_edges.h"

#include <algorithm>

#include "rows.h"
#include "scratch.h"

namespace autoloss {
namespace {

/// Pixels of rows that are taken together: they stay in the first-level cache.
constexpr int64_t kTogether = 2048;

/// 1 or 0 at each of some pixels with a class, at least `first_class`, that has a neighbour with
/// another label.
void mark_edges(const int32_t* label, int64_t count, int64_t stride, int32_t first_class,
                int32_t* __restrict__ edge) {
  for (int64_t i = 0; i < count; ++i) {
    const int32_t own = label[i];
    const auto differs = [own](int32_t other) -> int32_t {
      return (other != own) & (other != kOutside);
    };
    const int32_t* above = label + i - stride;
    const int32_t* below = label + i + stride;
    edge[i] = (own >= first_class) &
              (differs(above[-1]) | differs(above[0]) | differs(above[1]) | differs(label[i - 1]) |
               differs(label[i + 1]) | differs(below[-1]) | differs(below[0]) | differs(below[1]));
  }
}

}  // namespace

void image_edges(const int32_t* label, int64_t height, int64_t width, int32_t first_class,
                 uint8_t* edge) {
  const int64_t stride = width + 1;
  const int64_t together = rows_together(kTogether, stride, height);
  // a row above, a row below, and a pixel before the first
  Room<int32_t> memory(1 + (together + 2) * stride + together * stride, kOutside);
  int32_t* const labels = memory.data() + 1 + stride;
  int32_t* const found = labels + (together + 1) * stride;
  for (int64_t y = 0; y < height; y += together) {
    const int64_t rows = std::min(together, height - y);
    for (int64_t r = -1; r <= rows; ++r) {
      if (y + r < 0) continue;
      int32_t* to = labels + r * stride;
      if (y + r == height) {
        std::fill(to, to + width, kOutside);
      } else {
        std::copy(label + (y + r) * width, label + (y + r + 1) * width, to);
      }
    }
    mark_edges(labels, rows * stride, stride, first_class, found);
    for (int64_t r = 0; r < rows; ++r) {
      std::copy(found + r * stride, found + r * stride + width, edge + (y + r) * width);
    }
  }
}

void edge_bits(const int32_t* label, const uint8_t* edge, int64_t count, int64_t word,
               uint64_t* bits) {
  for (int64_t i = 0; i < count; ++i) {
    const bool here = edge[i] && label[i] / 64 == word;
    bits[i] = here ? uint64_t{1} << (label[i] % 64) : 0;
  }
}

}  // namespace autoloss
