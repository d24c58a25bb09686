// Distances between pixels: exact Euclidean distance transforms of label maps.
//
// Squared distances to a set of pixels, after Meijster, Roerdink and Hesselink, "A general
// algorithm for computing distance transforms in linear time", 2000: a sweep down and up each
// column gives the distance g within the column; then, along each row, the lower envelope of the
// parabolas (x - i)^2 + g_i^2. All in integers, so exact; two passes, each linear in the number of
// pixels. The column sweep runs along rows, at unit stride, all columns at once.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "autoloss/ops.h"
#include "common/border_math.h"
#include "common/checks.h"
#include "common/image_edges.h"
#include "common/scratch.h"
#include "cuda/operations.h"
#include "parallel.h"
#include "runtime.h"

namespace autoloss {
namespace {

/// Larger than any side of an image: "no pixel of the set in this column".
constexpr int64_t kFar = int64_t{1} << 30;
constexpr int64_t kLargestSide = int64_t{1} << 28;

int64_t label_at(const void* labels, int type, int64_t i) {
  switch (type) {
    case LABEL_UINT8:
      return static_cast<const uint8_t*>(labels)[i];
    case LABEL_INT32:
      return static_cast<const int32_t*>(labels)[i];
    default:
      return static_cast<const int64_t*>(labels)[i];
  }
}

/// The buffers of one thread.
struct Planes {
  Room<int32_t> label;    // an image; -1 where ignored
  Room<uint8_t> set;      // whether a pixel is in the set
  Room<int64_t> column;   // g
  Room<int64_t> squared;  // the result
  Room<int64_t> apex, from;

  Planes(int64_t plane, int64_t width)
      : label(plane), set(plane), column(plane), squared(plane), apex(width), from(width) {}
};

struct Image {
  int64_t height, width;
  int64_t plane() const { return height * width; }
};

void load(const void* labels, int type, int64_t image, int64_t classes, int64_t plane, Planes& s) {
  for (int64_t i = 0; i < plane; ++i) {
    const int64_t label = label_at(labels, type, image * plane + i);
    s.label[i] = label >= 0 && label < classes ? static_cast<int32_t>(label) : -1;
  }
}

void sweep_columns(const Image& size, Planes& s) {
  const int64_t width = size.width;
  for (int64_t i = 0; i < size.plane(); ++i) {
    const int64_t above = i < width ? kFar : s.column[i - width] + 1;
    s.column[i] = s.set[i] ? 0 : std::min(above, kFar);
  }
  for (int64_t i = size.plane() - width - 1; i >= 0; --i) {
    s.column[i] = std::min(s.column[i], s.column[i + width] + 1);
  }
}

/// The lower envelope along a row: apex[k] is whose parabola is lowest from column from[k] on.
void envelope(const int64_t* g, int64_t width, Planes& s, int64_t* out) {
  int64_t last = -1;
  const auto height = [g](int64_t x, int64_t i) { return (x - i) * (x - i) + g[i] * g[i]; };
  for (int64_t i = 0; i < width; ++i) {
    if (g[i] >= kFar) continue;
    while (last >= 0 && height(s.from[last], s.apex[last]) > height(s.from[last], i)) --last;
    if (last < 0) {
      s.apex[0] = i;
      s.from[0] = 0;
      last = 0;
      continue;
    }
    // the first column where i is lower than the apex before it
    const int64_t j = s.apex[last];
    const int64_t numerator = i * i - j * j + g[i] * g[i] - g[j] * g[j];
    const int64_t below = 2 * (i - j);
    const int64_t floor = numerator >= 0 ? numerator / below : -((-numerator + below - 1) / below);
    if (floor + 1 < width) {
      ++last;
      s.apex[last] = i;
      s.from[last] = std::max<int64_t>(floor + 1, 0);
    }
  }
  for (int64_t x = width - 1; x >= 0; --x) {
    out[x] = last < 0 ? -1 : height(x, s.apex[last]);
    if (last > 0 && x == s.from[last]) --last;
  }
}

/// Squared distances to s.set; -1 everywhere if it is empty.
void transform(const Image& size, Planes& s) {
  sweep_columns(size, s);
  for (int64_t row = 0; row < size.height; ++row) {
    envelope(s.column.data() + row * size.width, size.width, s,
             s.squared.data() + row * size.width);
  }
}

void check_sides(int64_t h, int64_t w) {
  if (h > kLargestSide || w > kLargestSide) {
    fail("shape", "sides of at most 2^28", std::to_string(std::max(h, w)));
  }
}

/// Runs body(image, scratch) over all images.
template <class Body>
void for_images(const Batch& batch, Body body) {
  const Image size{batch.h, batch.w};
  const int threads = threads_for(pixels_of(batch));
  const auto scratch = [&](int) { return Planes(size.plane(), size.width); };
  for_tasks(threads, batch.n, scratch, [&](Planes& s, int64_t image) {
    load(batch.labels, batch.label_type, image, batch.c, size.plane(), s);
    body(image, s);
  });
}

/// Numbers the 4-connected regions of equal label from 0; class 0 and ignored pixels are -1.
void number_objects(const Image& size, Planes& s, Room<int32_t>& object) {
  std::fill(object.begin(), object.end(), -1);
  Room<int64_t> stack;
  int32_t next = 0;
  for (int64_t start = 0; start < size.plane(); ++start) {
    if (s.label[start] <= 0 || object[start] >= 0) continue;
    object[start] = next;
    stack.push_back(start);
    while (!stack.empty()) {
      const int64_t i = stack.back(), x = i % size.width;
      stack.pop_back();
      const auto visit = [&](bool inside, int64_t k) {
        if (!inside || object[k] >= 0 || s.label[k] != s.label[i]) return;
        object[k] = next;
        stack.push_back(k);
      };
      visit(x > 0, i - 1);
      visit(x + 1 < size.width, i + 1);
      visit(i >= size.width, i - size.width);
      visit(i + size.width < size.plane(), i + size.width);
    }
    ++next;
  }
}

/// The two nearest objects within each column, `reach` pixels up and down at most. Whatever is one
/// of the two nearest of a pixel is one of the two nearest of its own column, at that row.
void nearest_in_columns(const Image& size, const Room<int32_t>& object, int64_t reach,
                        Room<NearestObjects>& out) {
  for (int64_t i = 0; i < size.plane(); ++i) {
    const int64_t row = i / size.width;
    out[i] = no_objects();
    const int64_t farthest = std::min(reach, std::max(row, size.height - 1 - row));
    for (int64_t d = 0; d <= farthest; ++d) {
      const auto squared = static_cast<int32_t>(d * d);
      if (squared >= out[i].squared[1]) break;  // both are found
      if (row >= d) offer_object(out[i], object[i - d * size.width], squared);
      if (row + d < size.height) offer_object(out[i], object[i + d * size.width], squared);
    }
  }
}

}  // namespace

void edge_distance(const Batch& batch, float* distance) {
  if (on_gpu(batch)) {
    cuda::edge_distance(batch, distance);
    return;
  }
  check_shape(batch);
  check_sides(batch.h, batch.w);
  if (pixels_of(batch) == 0) return;
  check_labels(batch);
  check_pointer("distance", distance);
  const Image size{batch.h, batch.w};
  for_images(batch, [&](int64_t image, Planes& s) {
    image_edges(s.label.data(), size.height, size.width, 0, s.set.data());
    transform(size, s);
    float* out = distance + image * size.plane();
    for (int64_t i = 0; i < size.plane(); ++i) {
      out[i] = s.squared[i] < 0 ? INFINITY
                                : static_cast<float>(std::sqrt(static_cast<double>(s.squared[i])));
    }
  });
}

void signed_distance(const Batch& batch, float* distance) {
  if (on_gpu(batch)) {
    cuda::signed_distance(batch, distance);
    return;
  }
  check_shape(batch);
  check_sides(batch.h, batch.w);
  if (pixels_of(batch) == 0) return;
  check_labels(batch);
  check_pointer("distance", distance);
  const Image size{batch.h, batch.w};
  for_images(batch, [&](int64_t image, Planes& s) {
    Zeros<int64_t> labelled(batch.c);
    for (int32_t label : s.label) {
      if (label >= 0) ++labelled[label];
    }
    for (int64_t k = 0; k < batch.c; ++k) {
      float* out = distance + (image * batch.c + k) * size.plane();
      if (labelled[k] == 0 || labelled[k] == size.plane()) {  // there is no boundary
        std::memset(out, 0, sizeof(float) * size.plane());
        continue;
      }
      for (const bool inside : {true, false}) {
        for (int64_t i = 0; i < size.plane(); ++i) s.set[i] = (s.label[i] == k) == inside;
        transform(size, s);
        for (int64_t i = 0; i < size.plane(); ++i) {
          if (s.set[i]) continue;
          const double d = std::sqrt(static_cast<double>(s.squared[i]));
          out[i] = static_cast<float>(inside ? d : 1 - d);
        }
      }
    }
  });
}

void border_weights(double strength, double sigma, const Batch& batch, float* weights) {
  if (on_gpu(batch)) {
    cuda::border_weights(strength, sigma, batch, weights);
    return;
  }
  check_shape(batch);
  check_sides(batch.h, batch.w);
  check_border(strength, sigma);
  if (pixels_of(batch) == 0) return;
  check_labels(batch);
  check_pointer("weights", weights);
  const Image size{batch.h, batch.w};
  const int64_t reach = border_reach(sigma);
  for_images(batch, [&](int64_t image, Planes& s) {
    Room<int32_t> object(size.plane());
    Room<NearestObjects> column(size.plane());
    number_objects(size, s, object);
    nearest_in_columns(size, object, reach, column);
    float* out = weights + image * size.plane();
    for (int64_t i = 0; i < size.plane(); ++i) {
      out[i] = 0;
      if (object[i] >= 0 || s.label[i] < 0) continue;
      const int64_t x = i % size.width, behind = size.width - 1 - x;
      NearestObjects nearest = no_objects();
      const int64_t farthest = std::min(reach, std::max(x, behind));
      for (int64_t k = 0; k <= farthest; ++k) {
        const auto squared = static_cast<int32_t>(k * k);
        if (squared >= nearest.squared[1]) break;  // both are found
        const auto offer = [&](const NearestObjects& other) {
          offer_object(nearest, other.object[0], other.squared[0] + squared);
          offer_object(nearest, other.object[1], other.squared[1] + squared);
        };
        if (k <= x) offer(column[i - k]);
        if (k <= behind) offer(column[i + k]);
      }
      if (nearest.object[1] < 0) continue;
      out[i] = border_weight(strength, sigma, nearest);
    }
  });
}

}  // namespace autoloss
