// Label edges of one image: each pixel is compared with its eight neighbours, row by row.
#include "image_edges.h"

#include <algorithm>

namespace autoloss {
namespace {

/// edge[i] |= whether other[i] is inside and another label
void mark_changes(const int32_t* label, const int32_t* other, int64_t count, uint8_t* edge) {
  for (int64_t i = 0; i < count; ++i) {
    edge[i] |= static_cast<uint8_t>((label[i] != other[i]) & (other[i] != kOutside));
  }
}

}  // namespace

void image_edges(const int32_t* label, int64_t height, int64_t width, int32_t first_class,
                 uint8_t* edge) {
  std::fill(edge, edge + height * width, uint8_t{0});
  for (int64_t y = 0; y < height; ++y) {
    const int32_t* row = label + y * width;
    uint8_t* out = edge + y * width;
    for (int64_t r = std::max<int64_t>(0, y - 1); r <= std::min(height - 1, y + 1); ++r) {
      const int32_t* other = label + r * width;
      mark_changes(row, other, width, out);
      mark_changes(row, other + 1, width - 1, out);
      mark_changes(row + 1, other, width - 1, out + 1);
    }
    for (int64_t x = 0; x < width; ++x) out[x] = row[x] >= first_class ? out[x] : 0;
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
