// Edges between the labels of one image, and bit sets of them.
#ifndef AUTOLOSS_COMMON_IMAGE_EDGES_H_
#define AUTOLOSS_COMMON_IMAGE_EDGES_H_

#include <cstdint>

namespace autoloss {

/// A pixel that is as if it were outside the image: no edge, nor another label to its neighbours.
constexpr int32_t kOutside = -2;

/// Edges of one image, 1 or 0: a pixel with a class, at least `first_class`, whose 3x3
/// neighbourhood, inside the image, holds another label. A pixel without a class (-1) is another
/// label, kOutside is none.
void image_edges(const int32_t* label, int64_t height, int64_t width, int32_t first_class,
                 uint8_t* edge);

/// Edges of 64 classes of one image: bit c % 64 at an edge of a class with c / 64 = word, else 0.
void edge_bits(const int32_t* label, const uint8_t* edge, int64_t count, int64_t word,
               uint64_t* bits);

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_IMAGE_EDGES_H_
