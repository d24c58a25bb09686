// Edges between labels, and bit sets of them: what all boundary operations begin with.
#ifndef AUTOLOSS_CPU_EDGES_H_
#define AUTOLOSS_CPU_EDGES_H_

#include <cstdint>
#include <vector>

namespace autoloss {

/// The images that labels belong to.
struct LabelShape {
  int64_t images, classes, height, width;

  int64_t plane() const { return height * width; }
  int64_t pixels() const { return images * plane(); }
  /// Words of 64 classes.
  int64_t words() const { return (classes + 63) / 64; }
};

/// A pixel that is as if it were outside the image: no edge, nor another label to its neighbours.
constexpr int32_t kOutside = -2;

/// Labels as int32; -1 where the label is outside [0,classes).
std::vector<int32_t> plain_labels(const void* labels, int label_type, const LabelShape& shape);

/// Puts kOutside at each pixel of `classes` whose label is ignored; they may be the labels.
void leave_out_ignored(const std::vector<int32_t>& labels, std::vector<int32_t>& classes);

/// Edges of one image, 1 or 0: a pixel with a class, at least `first_class`, whose 3x3
/// neighbourhood, inside the image, holds another label. A pixel without a class (-1) is another
/// label, kOutside is none.
void image_edges(const int32_t* label, int64_t height, int64_t width, int32_t first_class,
                 uint8_t* edge);

/// Edges of 64 classes of one image: bit c % 64 at an edge of a class with c / 64 = word, else 0.
void edge_bits(const int32_t* label, const uint8_t* edge, int64_t count, int64_t word,
               uint64_t* bits);

/// image_edges() of all images.
std::vector<uint8_t> label_edges(const std::vector<int32_t>& labels, const LabelShape& shape,
                                 int32_t first_class);

/// 1 at each pixel within `tolerance` (Chebyshev distance) of an edge of any class, else 0.
std::vector<uint8_t> trimap(const std::vector<uint8_t>& edges, const LabelShape& shape,
                            int64_t tolerance);

/// Edges of each class, dilated by `tolerance`: bit c % 64 of the word at
/// [(image * words + c / 64) * plane + pixel].
std::vector<uint64_t> dilated_edges(const std::vector<int32_t>& labels,
                                    const std::vector<uint8_t>& edges, const LabelShape& shape,
                                    int64_t tolerance);

/// The edge pixels of each image, class after class, each in row-major order.
struct EdgeLists {
  std::vector<int64_t> starts;  // class c of image n begins at starts[n * classes + c]; one more
  std::vector<int64_t> pixels;  // within the image

  EdgeLists(const std::vector<int32_t>& labels, const std::vector<uint8_t>& edges,
            const LabelShape& shape);
};

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_EDGES_H_
