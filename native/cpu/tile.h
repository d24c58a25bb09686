// What the fused kernels of the CPU share: a tile of pixels of all classes, its labels and its
// softmax.
//
// A tile is up to `kMaxTile` consecutive pixels of one image. All loops run over its pixels
// innermost, at unit stride, so that the compiler vectorises them for whatever instruction set the
// file is compiled for. Tiles are dealt to a fixed number of chunks, whatever the number of
// threads; each chunk keeps its own sums, added in order at the end. So a result does not depend on
// the number of threads.
//
// Included only by files that are compiled once per instruction set; all is in an unnamed
// namespace, for no two of those copies may be merged by the linker.
#ifndef AUTOLOSS_CPU_TILE_H_
#define AUTOLOSS_CPU_TILE_H_

#include <cmath>
#include <cstdint>

#include "autoloss/ops.h"
#include "common/exp.h"
#include "common/scratch.h"

namespace {

constexpr int64_t kMaxTile = 512;
constexpr int64_t kMaxChunks = 64;

/// Between these, exp_from takes logits as they are.
constexpr float kLowestExponent = -87.0f, kHighestExponent = 88.0f;

/// How the pixels of a batch are cut up.
struct Tiling {
  int64_t plane;      // pixels of an image
  int64_t size;       // pixels of a tile, the last of an image may be smaller
  int64_t per_image;  // tiles of an image
  int64_t total;      // tiles of the batch
  int64_t chunks;     // into how many chunks they are dealt

  Tiling(int64_t images, int64_t classes, int64_t plane) : plane(plane) {
    // Two rows of `size` floats per class stay within some 48 KiB, near the first-level cache.
    size = 6144 / classes / 16 * 16;
    size = size < 16 ? 16 : size > kMaxTile ? kMaxTile : size;
    size = plane > 0 && plane < size ? (plane + 15) / 16 * 16 : size;
    per_image = (plane + size - 1) / size;
    total = images * per_image;
    chunks = total < kMaxChunks ? total : kMaxChunks;
  }

  int64_t first_of_chunk(int64_t chunk) const {
    // total * chunk would overflow only beyond 2^57 tiles
    return total * chunk / chunks;
  }
  int64_t image(int64_t tile) const { return tile / per_image; }
  int64_t begin(int64_t tile) const { return tile % per_image * size; }
  int64_t count(int64_t tile) const {
    const int64_t left = plane - begin(tile);
    return left < size ? left : size;
  }
  /// Its first pixel in [N,H,W], and the first of class 0 in [N,C,H,W].
  int64_t pixel(int64_t tile) const { return image(tile) * plane + begin(tile); }
  int64_t element(int64_t tile, int64_t classes) const {
    return image(tile) * classes * plane + begin(tile);
  }
};

template <class Label>
inline void narrow_labels(const Label* from, int64_t count, int64_t classes, int32_t* to) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = from[i];
    to[i] = label >= 0 && label < classes ? static_cast<int32_t>(label) : -1;
  }
}

/// Labels of a tile as int32; -1 where the pixel is ignored: its label is outside [0,classes) or,
/// where there is a mask, its mask is 0.
inline void load_labels(const void* labels, int label_type, const uint8_t* mask, int64_t offset,
                        int64_t count, int64_t classes, int32_t* to) {
  switch (label_type) {
    case autoloss::LABEL_UINT8:
      narrow_labels(static_cast<const uint8_t*>(labels) + offset, count, classes, to);
      break;
    case autoloss::LABEL_INT32:
      narrow_labels(static_cast<const int32_t*>(labels) + offset, count, classes, to);
      break;
    default:
      narrow_labels(static_cast<const int64_t*>(labels) + offset, count, classes, to);
  }
  if (mask == nullptr) return;
  for (int64_t i = 0; i < count; ++i) to[i] = mask[offset + i] ? to[i] : -1;
}

/// Pixels that are looked at together: mostly all of them have one label.
constexpr int64_t kBlock = 16;

/// Runs together(begin, label) for each block of a tile whose pixels have all one label, and
/// apart(i) for every other pixel. Adding to the sums of a label, pixel by pixel, takes as long as
/// three exponentials: each addition waits for the one before.
template <class Together, class Apart>
inline void by_label(const int32_t* label, int64_t count, Together together, Apart apart) {
  int64_t begin = 0;
  for (; begin + kBlock <= count; begin += kBlock) {
    const int32_t* here = label + begin;
    int32_t difference = 0;
    for (int64_t i = 0; i < kBlock; ++i) difference |= here[i] ^ here[0];
    if (difference == 0) {
      together(begin, here[0]);
    } else {
      for (int64_t i = begin; i < begin + kBlock; ++i) apart(i);
    }
  }
  for (int64_t i = begin; i < count; ++i) apart(i);
}

/// Runs each(i, label) for the pixels of a tile.
template <class Each>
inline void for_labels(const int32_t* label, int64_t count, Each each) {
  by_label(
      label, count,
      [&](int64_t begin, int32_t shared) {
        for (int64_t i = begin; i < begin + kBlock; ++i) each(i, shared);
      },
      [&](int64_t i) { each(i, label[i]); });
}

/// Adds value(i, label) of the pixels of a tile that count to the sums of their labels, and how
/// many there are.
template <class Value>
inline void add_by_label(const int32_t* label, int64_t count, Value value, double* sums,
                         double* labelled) {
  by_label(
      label, count,
      [&](int64_t begin, int32_t shared) {
        if (shared < 0) return;
        float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = begin; i < begin + kBlock; ++i) sum += value(i, shared);
        sums[shared] += sum;
        labelled[shared] += kBlock;
      },
      [&](int64_t i) {
        const int32_t own = label[i];
        if (own < 0) return;
        sums[own] += value(i, own);
        labelled[own] += 1.0;
      });
}

/// The sum of a tile's values.
inline float sum_of(const float* values, int64_t count) {
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += values[i];
  return sum;
}

/// The softmax of one logit, with limits that the compiler does not know (see hidden). A local copy
/// for each loop, of which the compiler knows that no store changes it.
struct Softmax {
  const float lowest = autoloss::hidden(kLowestExponent);
  const float highest = autoloss::hidden(kHighestExponent);
  const float one = autoloss::hidden(1.0f);

  float exponential(float z) const { return autoloss::exp_from(z > highest ? highest : z, lowest); }

  /// From an exponential and the inverse sum that exponentials() gives. Where a network is sure it
  /// is 1 and no number near it: curves may be steep there.
  float probability(float e, float inverse) const {
    const float p = e * inverse;
    return p > one ? one : p;
  }

  /// From a logit of known_logits().
  float of_logit(float z, float inverse) const { return probability(exponential(z), inverse); }
};

/// A tile of [N,C,H,W]: a row for each class.
struct ClassRows {
  const float* first;
  int64_t stride;          // from a row to the next
  int64_t classes, count;  // how many rows, and numbers in each

  const float* of_class(int64_t c) const { return first + c * stride; }

  /// The same where all classes are gone through in order. Rows are short and far from each other,
  /// so a processor cannot tell that the next is coming; therefore the row that is needed a few
  /// later, of this tile or the next one, is asked for here.
  const float* in_order(int64_t c) const {
    constexpr int64_t kAhead = 4, kLine = 64 / sizeof(float);
    const int64_t ahead = classes < kAhead ? classes : kAhead;
    const float* later =
        c + ahead < classes ? of_class(c + ahead) : of_class(c + ahead - classes) + count;
    for (int64_t i = 0; i < count; i += kLine) __builtin_prefetch(later + i);
    return of_class(c);
  }
};

/// exp(z) of a tile into e, and its sums over the classes.
inline void add_exponentials(const ClassRows z, float* __restrict__ e, int64_t stride,
                             float* __restrict__ sum) {
  const Softmax softmax;
  const int64_t count = z.count;
  for (int64_t i = 0; i < count; ++i) sum[i] = 0.0f;
  for (int64_t c = 0; c < z.classes; ++c) {
    const float* __restrict__ row = z.in_order(c);
    float* __restrict__ out = e + c * stride;
    for (int64_t i = 0; i < count; ++i) {
      out[i] = softmax.exponential(row[i]);
      sum[i] += out[i];
    }
  }
}

/// z of a tile into rows of `stride` floats per class, less the largest of each pixel that is
/// moved.
inline void move_logits(const float* __restrict__ z, int64_t plane, int64_t classes, int64_t count,
                        const int32_t* moved, float* __restrict__ rows, int64_t stride) {
  float shift[kMaxTile];
  for (int64_t i = 0; i < count; ++i) shift[i] = z[i];
  for (int64_t c = 1; c < classes; ++c) {
    const float* row = z + c * plane;
    for (int64_t i = 0; i < count; ++i) shift[i] = row[i] > shift[i] ? row[i] : shift[i];
  }
  for (int64_t i = 0; i < count; ++i) shift[i] = moved[i] ? shift[i] : 0.0f;
  for (int64_t c = 0; c < classes; ++c) {
    const float* row = z + c * plane;
    float* out = rows + c * stride;
    for (int64_t i = 0; i < count; ++i) out[i] = row[i] - shift[i];
  }
}

/// Sums of exponentials that inverses are taken of; others have the largest logit subtracted.
constexpr float kLeastSum = 1e-15f, kMostSum = 1e30f;
/// What is below this may be of an exponential that was cut off: exp(-87) / kLeastSum is 1.7e-23.
constexpr float kLeastProbability = 1e-22f;

/// Exponentials of a tile into e (rows of `stride` floats per class), and what they are to be
/// multiplied with, see Softmax: 1 / their sum, and the next number where an exponential that is
/// the whole sum would else come to less than 1. Exponentials of z itself, and of z - max only
/// for pixels where their sum is too large or too small: the logits of networks lie within +-30,
/// and there to look for the largest changes nothing but the time. No pixel's result depends on
/// other pixels. Where `kept` is not NULL the inverse sums are left there as well for a second
/// pass, see known_logits(), negative for pixels whose largest logit was subtracted.
inline void exponentials(const float* __restrict__ z, int64_t plane, int64_t classes, int64_t count,
                         float* __restrict__ e, int64_t stride, float* __restrict__ inverse,
                         float* __restrict__ kept) {
  const auto unusable = [](float sum) { return !(sum >= kLeastSum && sum <= kMostSum); };
  float sum[kMaxTile];
  int32_t moved[kMaxTile], any = 0;
  add_exponentials({z, plane, classes, count}, e, stride, sum);
  for (int64_t i = 0; i < count; ++i) any |= unusable(sum[i]);
  if (any) {
    for (int64_t i = 0; i < count; ++i) moved[i] = unusable(sum[i]);
    autoloss::Room<float> rows(classes * stride);
    move_logits(z, plane, classes, count, moved, rows.data(), stride);
    add_exponentials({rows.data(), stride, classes, count}, e, stride, sum);
  }
  constexpr float kNext = 1.0f + 1.1920929e-7f;
  for (int64_t i = 0; i < count; ++i) {
    const float nearest = 1.0f / sum[i];
    inverse[i] = sum[i] * nearest < 1.0f ? nearest * kNext : nearest;
  }
  if (kept == nullptr) return;
  for (int64_t i = 0; i < count; ++i) kept[i] = inverse[i];
  for (int64_t i = 0; any && i < count; ++i) kept[i] = moved[i] ? -inverse[i] : inverse[i];
}

/// The inverse sums that exponentials() has kept, and the logits that they belong to, which
/// Softmax::of_logit takes as they are: z, or where a pixel's largest is to be subtracted a copy in
/// `room`, which is made when it is first needed.
inline ClassRows known_logits(const float* z, int64_t plane, int64_t classes, int64_t count,
                              const float* __restrict__ kept, float* __restrict__ inverse,
                              autoloss::Room<float>& room, int64_t stride) {
  int32_t moved[kMaxTile], any = 0;
  for (int64_t i = 0; i < count; ++i) {
    moved[i] = kept[i] < 0.0f;  // not so for NaN, which gives NaN either way
    any |= moved[i];
    inverse[i] = std::fabs(kept[i]);
  }
  if (!any) return {z, plane, classes, count};
  if (room.empty()) room.resize(classes * stride);
  move_logits(z, plane, classes, count, moved, room.data(), stride);
  return {room.data(), stride, classes, count};
}

}  // namespace

#endif  // AUTOLOSS_CPU_TILE_H_
