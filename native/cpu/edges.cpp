// Label edges and their dilation.
//
// Dilation by a square is separable, and OR over a window of 2 t + 1 elements needs no more than
// log2(2 t + 1) + 1 passes: windows of 1, 2, 4, ... elements, the last of which overlap. The passes
// run at unit stride over rows that are padded with zeros, for bytes (all classes in one) as for
// words (a bit for each of 64 classes).
#include "edges.h"

#include <omp.h>

#include <algorithm>

#include "autoloss/ops.h"
#include "runtime.h"

namespace autoloss {
namespace {

template <class Label>
void narrow(const Label* from, int64_t count, int64_t classes, int32_t* to) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = from[i];
    to[i] = label >= 0 && label < classes ? static_cast<int32_t>(label) : -1;
  }
}

/// edge[i] |= label[i] != other[i]
void mark_changes(const int32_t* label, const int32_t* other, int64_t count, uint8_t* edge) {
  for (int64_t i = 0; i < count; ++i) edge[i] |= label[i] != other[i];
}

void image_edges(const int32_t* label, int64_t height, int64_t width, int32_t first_class,
                 uint8_t* edge) {
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

/// OR of `window` blocks of `block` elements each, at every block: the result at i is that of
/// [i, i + window * block) in steps of block. There are `count` elements, of which the results need
/// (window - 1) * block fewer.
template <class Word>
void or_windows(Word* data, int64_t count, int64_t block, int64_t window) {
  int64_t have = 1;
  while (have < window) {
    const int64_t step = std::min(have, window - have);
    const int64_t shift = step * block;
    count -= shift;
    // reads are ahead of writes, so vectors see what single elements would
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) data[i] |= data[i + shift];
    have += step;
  }
}

/// Dilates an image in place. The buffers are kept from image to image.
template <class Word>
class Dilation {
 public:
  Dilation(int64_t height, int64_t width, int64_t tolerance)
      : height_(height),
        width_(width),
        across_(std::min(tolerance, width)),
        down_(std::min(tolerance, height)),
        row_(width + 2 * across_),
        rows_((height + 2 * down_) * width) {}

  void run(Word* image) {
    std::fill(rows_.begin(), rows_.end(), Word{0});
    for (int64_t y = 0; y < height_; ++y) {
      std::fill(row_.begin(), row_.end(), Word{0});
      std::copy(image + y * width_, image + (y + 1) * width_, row_.data() + across_);
      or_windows(row_.data(), static_cast<int64_t>(row_.size()), 1, 2 * across_ + 1);
      std::copy(row_.data(), row_.data() + width_, rows_.data() + (y + down_) * width_);
    }
    or_windows(rows_.data(), static_cast<int64_t>(rows_.size()), width_, 2 * down_ + 1);
    std::copy(rows_.data(), rows_.data() + height_ * width_, image);
  }

 private:
  int64_t height_, width_, across_, down_;
  std::vector<Word> row_, rows_;
};

}  // namespace

std::vector<int32_t> plain_labels(const void* labels, int label_type, const LabelShape& shape) {
  const int64_t count = shape.pixels();
  std::vector<int32_t> plain(count);
  switch (label_type) {
    case LABEL_UINT8:
      narrow(static_cast<const uint8_t*>(labels), count, shape.classes, plain.data());
      break;
    case LABEL_INT32:
      narrow(static_cast<const int32_t*>(labels), count, shape.classes, plain.data());
      break;
    default:
      narrow(static_cast<const int64_t*>(labels), count, shape.classes, plain.data());
  }
  return plain;
}

std::vector<uint8_t> label_edges(const std::vector<int32_t>& labels, const LabelShape& shape,
                                 int32_t first_class) {
  std::vector<uint8_t> edges(shape.pixels());
  if (edges.empty()) return edges;
  const int threads = threads_for(shape.pixels());
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int64_t n = 0; n < shape.images; ++n) {
    const int64_t offset = n * shape.plane();
    image_edges(labels.data() + offset, shape.height, shape.width, first_class,
                edges.data() + offset);
  }
  return edges;
}

std::vector<uint8_t> trimap(const std::vector<uint8_t>& edges, const LabelShape& shape,
                            int64_t tolerance) {
  std::vector<uint8_t> band = edges;
  if (band.empty()) return band;
  const int threads = threads_for(shape.pixels());
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Dilation<uint8_t> dilation(shape.height, shape.width, tolerance);
#pragma omp for
    for (int64_t n = 0; n < shape.images; ++n) dilation.run(band.data() + n * shape.plane());
  }
  return band;
}

std::vector<uint64_t> dilated_edges(const std::vector<int32_t>& labels,
                                    const std::vector<uint8_t>& edges, const LabelShape& shape,
                                    int64_t tolerance) {
  const int64_t plane = shape.plane(), words = shape.words();
  std::vector<uint64_t> bits(shape.images * words * plane);
  if (bits.empty()) return bits;
  const int threads = threads_for(shape.pixels() * words);
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Dilation<uint64_t> dilation(shape.height, shape.width, tolerance);
#pragma omp for
    for (int64_t task = 0; task < shape.images * words; ++task) {
      uint64_t* out = bits.data() + task * plane;
      const int64_t offset = task / words * plane;
      const int32_t word = static_cast<int32_t>(task % words);
      for (int64_t i = 0; i < plane; ++i) {
        const int32_t label = labels[offset + i];
        const bool here = edges[offset + i] && label / 64 == word;
        out[i] = here ? uint64_t{1} << (label % 64) : 0;
      }
      dilation.run(out);
    }
  }
  return bits;
}

EdgeLists::EdgeLists(const std::vector<int32_t>& labels, const std::vector<uint8_t>& edges,
                     const LabelShape& shape)
    : starts(shape.images * shape.classes + 1) {
  const int64_t plane = shape.plane();
  for (int64_t i = 0; i < shape.pixels(); ++i) {
    if (edges[i]) ++starts[i / plane * shape.classes + labels[i] + 1];
  }
  for (size_t k = 1; k < starts.size(); ++k) starts[k] += starts[k - 1];
  pixels.resize(starts.back());
  std::vector<int64_t> next(starts.begin(), starts.end() - 1);
  for (int64_t i = 0; i < shape.pixels(); ++i) {
    if (edges[i]) pixels[next[i / plane * shape.classes + labels[i]]++] = i % plane;
  }
}

}  // namespace autoloss
