// Edges between labels, and bit sets of them: what all boundary operations begin with.
#ifndef AUTOLOSS_CUDA_EDGES_H_
#define AUTOLOSS_CUDA_EDGES_H_

#include <cstdint>

#include "autoloss/ops.h"
#include "pixels.h"

namespace autoloss {
namespace cuda {

/// The images that labels belong to.
struct LabelImages {
  const void* labels;
  int label_type;
  int64_t images, classes, height, width;

  int64_t plane() const { return height * width; }
  int64_t pixels() const { return images * plane(); }
  /// Words of 64 classes.
  int64_t words() const { return (classes + 63) / 64; }
  Planes planes() const { return {images, height, width}; }
};

inline LabelImages label_images(const Batch& batch) {
  return {batch.labels, batch.label_type, batch.n, batch.c, batch.h, batch.w};
}

/// In place of a class, at a pixel that is as if it were outside the image: no edge, nor another
/// label to its neighbours.
constexpr int kOutside = -2;

/// Which pixels can be edges.
struct EdgeRule {
  int first_class;                    // classes below it have no edges
  bool skip_ignored;                  // ignored pixels are as if outside, rather than another label
  const int16_t* left_out = nullptr;  // edges found before: outside where these say so
};

/// The class of the edge at each pixel, into edges [N,H,W]; -1 where there is none, kOutside where
/// the pixel is as if outside. An edge is a pixel with a class whose 3x3 neighbourhood, inside the
/// image, holds another label.
void find_edges(const LabelImages& in, const EdgeRule& rule, int16_t* edges, cudaStream_t stream);

/// The edges of each class, dilated by `tolerance`, into bits [N,words,H,W]: bit c % 64 of word
/// c / 64. `spare` is as large.
void dilate_edges(const LabelImages& in, const int16_t* edges, int64_t tolerance, uint64_t* bits,
                  uint64_t* spare, cudaStream_t stream);

/// 1 at each pixel within `tolerance` (Chebyshev distance) of an edge of any class, else 0, into
/// band [N,H,W]. `spare` is as large.
void trimap(const LabelImages& in, const int16_t* edges, int64_t tolerance, uint8_t* band,
            uint8_t* spare, cudaStream_t stream);

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_EDGES_H_
