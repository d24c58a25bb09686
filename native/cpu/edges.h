// Edges between labels, and bit sets of them: what all boundary operations begin with.
#ifndef AUTOLOSS_CPU_EDGES_H_
#define AUTOLOSS_CPU_EDGES_H_

#include <cstdint>

#include "autoloss/ops.h"
#include "common/image_edges.h"
#include "common/scratch.h"

namespace autoloss {

/// The images that labels belong to.
struct LabelShape {
  int64_t images, classes, height, width;

  int64_t plane() const { return height * width; }
  int64_t pixels() const { return images * plane(); }
  /// Words of 64 classes.
  int64_t words() const { return (classes + 63) / 64; }
};

inline LabelShape label_shape(const Batch& batch) { return {batch.n, batch.c, batch.h, batch.w}; }

/// Labels as int32; -1 where the label is outside [0,classes).
Room<int32_t> plain_labels(const void* labels, int label_type, const LabelShape& shape);

/// Puts kOutside at each pixel of `classes` whose label is ignored; they may be the labels.
void leave_out_ignored(const Room<int32_t>& labels, Room<int32_t>& classes);

/// image_edges() of all images.
Room<uint8_t> label_edges(const Room<int32_t>& labels, const LabelShape& shape,
                          int32_t first_class);

/// 1 at each pixel within `tolerance` (Chebyshev distance) of an edge of any class, else 0.
Room<uint8_t> trimap(const Room<uint8_t>& edges, const LabelShape& shape, int64_t tolerance);

/// Edges of each class, dilated by `tolerance`: bit c % 64 of the word at
/// [(image * words + c / 64) * plane + pixel].
Room<uint64_t> dilated_edges(const Room<int32_t>& labels, const Room<uint8_t>& edges,
                             const LabelShape& shape, int64_t tolerance);

/// The edge pixels of each image, class after class, each in row-major order.
struct EdgeLists {
  Zeros<int64_t> starts;  // class c of image n begins at starts[n * classes + c]; one more
  Room<int64_t> pixels;   // within the image

  EdgeLists(const Room<int32_t>& labels, const Room<uint8_t>& edges, const LabelShape& shape);
};

#define AUTOLOSS_DECLARE_EDGES(isa)                                                           \
  namespace isa {                                                                             \
  /* Replaces edges [N,H,W] by what is within `tolerance` of one. */                          \
  void dilate_edges(const LabelShape& shape, int64_t tolerance, int threads, uint8_t* edges); \
  /* Writes the bits of dilated_edges(). */                                                   \
  void dilate_classes(const LabelShape& shape, const int32_t* labels, const uint8_t* edges,   \
                      int64_t tolerance, int threads, uint64_t* bits);                        \
  }
AUTOLOSS_DECLARE_EDGES(baseline)
AUTOLOSS_DECLARE_EDGES(avx2)
AUTOLOSS_DECLARE_EDGES(avx512)
#undef AUTOLOSS_DECLARE_EDGES

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_EDGES_H_
