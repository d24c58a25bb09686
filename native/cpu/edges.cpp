// Label edges and their dilation: memory and threads.
#include "edges.h"

#include <algorithm>

#include "autoloss/ops.h"
#include "common/labels.h"
#include "common/scratch.h"
#include "parallel.h"
#include "runtime.h"

namespace autoloss {
Room<int32_t> plain_labels(const void* labels, int label_type, const LabelShape& shape) {
  const int64_t count = shape.pixels();
  Room<int32_t> plain(count);
  narrow_labels(labels, label_type, count, shape.classes, plain.data());
  return plain;
}

void leave_out_ignored(const Room<int32_t>& labels, Room<int32_t>& classes) {
  for (size_t i = 0; i < labels.size(); ++i) classes[i] = labels[i] < 0 ? kOutside : classes[i];
}

Room<uint8_t> label_edges(const Room<int32_t>& labels, const LabelShape& shape,
                          int32_t first_class) {
  Room<uint8_t> edges(shape.pixels());
  if (edges.empty()) return edges;
  const int threads = threads_for(shape.pixels());
  for_tasks(threads, shape.images, [&](int64_t n) {
    const int64_t offset = n * shape.plane();
    image_edges(labels.data() + offset, shape.height, shape.width, first_class,
                edges.data() + offset);
  });
  return edges;
}

Room<uint8_t> trimap(const Room<uint8_t>& edges, const LabelShape& shape, int64_t tolerance) {
  Room<uint8_t> band = edges;
  if (band.empty()) return band;
  const int threads = threads_for(shape.pixels());
  AUTOLOSS_VARIANT(dilate_edges)(shape, tolerance, threads, band.data());
  return band;
}

Room<uint64_t> dilated_edges(const Room<int32_t>& labels, const Room<uint8_t>& edges,
                             const LabelShape& shape, int64_t tolerance) {
  Room<uint64_t> bits(shape.words() * shape.pixels());
  if (bits.empty()) return bits;
  const int threads = threads_for(shape.pixels() * shape.words());
  AUTOLOSS_VARIANT(dilate_classes)
  (shape, labels.data(), edges.data(), tolerance, threads, bits.data());
  return bits;
}

EdgeLists::EdgeLists(const Room<int32_t>& labels, const Room<uint8_t>& edges,
                     const LabelShape& shape)
    : starts(shape.images * shape.classes + 1) {
  const int64_t plane = shape.plane();
  const int threads = threads_for(shape.pixels());
  for_tasks(threads, shape.images, [&](int64_t n) {
    int64_t* counts = starts.data() + n * shape.classes + 1;
    for (int64_t i = n * plane; i < (n + 1) * plane; ++i) {
      if (edges[i]) ++counts[labels[i]];
    }
  });
  for (size_t k = 1; k < starts.size(); ++k) starts[k] += starts[k - 1];
  pixels.resize(starts.back());
  Room<int64_t> next(starts.begin(), starts.end() - 1);
  for_tasks(threads, shape.images, [&](int64_t n) {
    int64_t* places = next.data() + n * shape.classes;
    for (int64_t pixel = 0; pixel < plane; ++pixel) {
      const int64_t i = n * plane + pixel;
      if (edges[i]) pixels[places[labels[i]]++] = pixel;
    }
  });
}

}  // namespace autoloss
