// The Lovasz-Softmax loss, value and gradient.
//
// For a class, the errors |y - p| of its pixels are sorted in descending order; with F_k and B_k
// the pixels of the class and the others among the first k, and G pixels of the class in all,
//   J_k = 1 - (G - F_k) / (G + B_k),  loss = sum_k error_k (J_k - J_{k-1}),
// and J_k - J_{k-1} is also the derivative by the error (Berman et al., CVPR 2018, algorithm 1).
//
// Errors are sorted in fixed point (lovasz_math.h): 24 bits, two digits of a radix sort with 4,096
// buckets each. Pixels are put in the order of the lower digit; read in that order, those of one
// upper digit come as they would be sorted. So nothing is put in its final place: for each upper
// digit there stand F and B, which begin with what larger digits hold and go up with each pixel.
// The sort is stable: equal errors keep the order of their pixels, so the subgradient at ties is
// the same each time. Where there are few pixels they are compared, into the same order.
//
// Passes over [N,C,H,W]: the probabilities (read, write); per class keys, sort and slopes (read,
// write), within the second-level cache for images of some 10^5 pixels; the way back through the
// softmax (two reads, one write). Classes are independent: they are what threads share.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "common/lovasz_math.h"
#include "lovasz.h"
#include "parallel.h"
#include "softmax_tiles.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr int kDigitBits = 12;
constexpr int kBuckets = 1 << kDigitBits;
static_assert(kLovaszKeyBits == 2 * kDigitBits, "two digits make a key");

/// What is known of a pixel, in a word: from above the upper digit, whether it is of the class,
/// whether it is ignored; at the end the lower digit.
constexpr int kUpperShift = 32 - kDigitBits, kOwnShift = kUpperShift - 1;
constexpr uint32_t kOwn = uint32_t{1} << kOwnShift;
constexpr uint32_t kIgnored = kOwn >> 1;
constexpr uint32_t kLower = kBuckets - 1;

/// Pixels before some place in the order, and of the class among them: two counts in one number,
/// since it takes as long to add to either.
using Ahead = uint64_t;
constexpr int kAllShift = 32;

inline uint32_t own_of(Ahead ahead) { return static_cast<uint32_t>(ahead); }
inline uint32_t others_of(Ahead ahead) {
  return static_cast<uint32_t>(ahead >> kAllShift) - own_of(ahead);
}

/// What a pixel adds, from whatever holds its word.
inline Ahead one(uint32_t word) { return (Ahead{1} << kAllShift) + (word >> kOwnShift & 1); }

/// How many positions an entry of 32 bits can hold.
constexpr int64_t kShortPositions = int64_t{1} << kOwnShift;

/// The buffers of one thread.
struct Scratch {
  std::unique_ptr<uint32_t[]> words;
  std::unique_ptr<uint32_t[]> short_order;  // for groups of up to kShortPositions pixels
  std::unique_ptr<uint64_t[]> long_order;   // for larger ones
  std::unique_ptr<float[]> slopes;          // d loss / d p of each pixel, in the group's order
  uint32_t places[kBuckets];                // by lower digit
  Ahead ahead[kBuckets];                    // by upper digit

  explicit Scratch(int64_t pixels) : words(new uint32_t[pixels]), slopes(new float[pixels]) {
    if (pixels <= kShortPositions) {
      short_order.reset(new uint32_t[pixels]);
    } else {
      long_order.reset(new uint64_t[pixels]);
    }
  }
};

/// How many pixels' slopes are computed at once.
constexpr int64_t kBlock = 512;

/// Up to how many pixels are sorted by comparing them.
constexpr int64_t kFew = 256;
static_assert(kFew <= kBlock, "the slopes of few pixels are computed at once");

/// One class of one group of images.
struct Group {
  int64_t first_image, images, c;
};

/// A pixel in the order of the lower digits: the upper part of its word, and its position.
template <class Entry>
struct Layout {
  static constexpr int kShift = 8 * sizeof(Entry) - 32;
  static constexpr Entry kPosition = (Entry{kOwn} << kShift) - 1;

  static Entry entry(uint32_t word, int64_t position) {
    return static_cast<Entry>(word & ~(kOwn - 1)) << kShift | static_cast<Entry>(position);
  }
  static uint32_t word(Entry entry) { return static_cast<uint32_t>(entry >> kShift); }
};

/// The words of all pixels. Returns whether an error is NaN.
bool make_words(const BatchArguments& in, const int32_t* labels, const Group& group,
                const float* work, uint32_t* words) {
  const int64_t plane = in.plane();
  const int32_t own = static_cast<int32_t>(group.c);
  int32_t broken = 0;
  for (int64_t k = 0; k < group.images; ++k) {
    const int64_t image = group.first_image + k;
    const float* __restrict__ p = work + (image * in.classes + group.c) * plane;
    const int32_t* __restrict__ label = labels + image * plane;
    uint32_t* __restrict__ to = words + k * plane;
    for (int64_t i = 0; i < plane; ++i) {
      const bool mine = label[i] == own, ignored = label[i] < 0;
      const float error = mine ? 1.0f - p[i] : p[i];
      broken |= !ignored && error != error;
      const uint32_t key = static_cast<uint32_t>(lovasz_key(error));
      to[i] = key >> kDigitBits << kUpperShift | (mine ? kOwn : 0) | (ignored ? kIgnored : 0) |
              (key & kLower);
    }
  }
  return broken != 0;
}

/// Turns counts into the sums of those before. Returns the sum of all.
template <class Count>
Count sums_before(Count* counts) {
  Count sum = 0;
  for (int b = 0; b < kBuckets; ++b) sum += std::exchange(counts[b], sum);
  return sum;
}

/// Puts the pixels that count in the order of their lower digits, and counts the upper ones.
/// Returns how many there are.
template <class Entry>
int64_t order_by_lower(int64_t pixels, Entry* order, Scratch& s) {
  std::fill_n(s.places, kBuckets, 0);
  for (int64_t i = 0; i < pixels; ++i) {
    const uint32_t word = s.words[i];
    if (!(word & kIgnored)) ++s.places[word & kLower];
  }
  const int64_t count = sums_before(s.places);
  std::fill_n(s.ahead, kBuckets, 0);
  for (int64_t i = 0; i < pixels; ++i) {
    const uint32_t word = s.words[i];
    if (word & kIgnored) continue;
    order[s.places[word & kLower]++] = Layout<Entry>::entry(word, i);
    s.ahead[word >> kUpperShift] += one(word);
  }
  return count;
}

/// d loss / d p of pixels in their order, times `weight`, into s.slopes. J_k - J_{k-1} is 1 / U_k
/// for a pixel of the class, and (G - F_k) / (U_k U_{k-1}) for another, with the union U_k = G +
/// B_k: no difference of nearly equal numbers. Up to kBlock pixels, computed as vectors.
template <class Entry>
void slopes_of_block(const Entry* __restrict__ entries, const Ahead* __restrict__ ahead,
                     int64_t size, double labelled, float weight, Scratch& s) {
  using As = Layout<Entry>;
  float slopes[kBlock];
  for (int64_t i = 0; i < size; ++i) {  // fewer than 2^31 of each, which convert faster
    const double own = static_cast<int32_t>(own_of(ahead[i]));
    const double whole = labelled + static_cast<int32_t>(others_of(ahead[i]));
    const double above = As::word(entries[i]) & kOwn ? -(whole + 1) : labelled - own;
    slopes[i] = weight * static_cast<float>(above / (whole * (whole + 1)));
  }
  for (int64_t i = 0; i < size; ++i) s.slopes[entries[i] & As::kPosition] = slopes[i];
}

/// The slopes of all pixels that count. What is ahead of a pixel is looked up one after the other.
template <class Entry>
void slopes_of(int64_t pixels, float weight, Entry* order, Scratch& s) {
  const int64_t count = order_by_lower(pixels, order, s);
  const double labelled = own_of(sums_before(s.ahead));
  Ahead ahead[kBlock];
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t size = std::min(kBlock, count - begin);
    const Entry* entries = order + begin;
    for (int64_t i = 0; i < size; ++i) {
      const uint32_t word = Layout<Entry>::word(entries[i]);
      Ahead& digit = s.ahead[word >> kUpperShift];
      ahead[i] = digit;
      digit += one(word);
    }
    slopes_of_block(entries, ahead, size, labelled, weight, s);
  }
}

/// The same for up to kFew pixels: to compare these takes less time than to clear the counters.
void slopes_of_few(int64_t pixels, float weight, uint32_t* order, Scratch& s) {
  constexpr int kPositionBits = 32;
  uint64_t keys[kFew];  // equal ones in the order of their positions
  int64_t count = 0;
  for (int64_t i = 0; i < pixels; ++i) {
    const uint32_t word = s.words[i];
    const uint64_t key = word >> kUpperShift << kDigitBits | (word & kLower);
    if (!(word & kIgnored)) keys[count++] = key << kPositionBits | static_cast<uint64_t>(i);
  }
  std::sort(keys, keys + count);
  Ahead ahead[kFew], sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t position = static_cast<uint32_t>(keys[i]), word = s.words[position];
    order[i] = Layout<uint32_t>::entry(word, position);
    ahead[i] = sum;
    sum += one(word);
  }
  slopes_of_block(order, ahead, count, own_of(sum), weight, s);
}

/// The sum over errors times their slopes. Where wanted the slopes take the place of the
/// probabilities, 0 where ignored.
double finish(const BatchArguments& in, const int32_t* labels, const Group& group, bool slopes,
              const Scratch& s, float* work) {
  const int64_t plane = in.plane();
  const int32_t own = static_cast<int32_t>(group.c);
  double loss = 0;
  for (int64_t k = 0; k < group.images; ++k) {
    const int64_t image = group.first_image + k;
    const int32_t* __restrict__ label = labels + image * plane;
    const float* __restrict__ from = s.slopes.get() + k * plane;
    float* __restrict__ p = work + (image * in.classes + group.c) * plane;
#pragma omp simd reduction(+ : loss)
    for (int64_t i = 0; i < plane; ++i) {
      const float slope = label[i] < 0 ? 0.0f : from[i];
      const float error = label[i] == own ? p[i] - 1.0f : p[i];  // with the sign of its slope
      loss += label[i] < 0 ? 0.0 : static_cast<double>(error) * slope;
      p[i] = slopes ? slope : p[i];
    }
  }
  return loss;
}

void clear(const BatchArguments& in, const Group& group, float* work) {
  for (int64_t k = 0; k < group.images; ++k) {
    float* p = work + ((group.first_image + k) * in.classes + group.c) * in.plane();
    std::memset(p, 0, sizeof(float) * in.plane());
  }
}

}  // namespace

double lovasz(const BatchArguments& in, bool per_image, int threads, float* work, bool slopes) {
  const int64_t plane = in.plane(), pixels = in.pixels();
  if (pixels == 0) return 0;
  const std::unique_ptr<float[]> kept(slopes ? new float[in.pixels()] : nullptr);
  write_probabilities(in, threads, kept.get(), work);
  std::vector<int32_t> labels(pixels);
  load_labels(in.labels, in.label_type, nullptr, 0, pixels, in.classes, labels.data());

  const int64_t parts = per_image ? in.images : 1, images = per_image ? 1 : in.images;
  std::vector<char> present(parts * in.classes);
  for (int64_t part = 0; part < parts; ++part) {
    const int32_t* own = labels.data() + part * images * plane;
    for (int64_t i = 0; i < images * plane; ++i) {
      if (own[i] >= 0) present[part * in.classes + own[i]] = 1;
    }
  }
  std::vector<double> weights(parts);  // of one class: 1 / classes of its part / parts not empty
  int64_t filled = 0;
  for (int64_t part = 0; part < parts; ++part) {
    for (int64_t c = 0; c < in.classes; ++c) weights[part] += present[part * in.classes + c];
    filled += weights[part] > 0;
  }
  for (double& weight : weights) weight = weight > 0 ? 1 / weight / static_cast<double>(filled) : 0;

  std::vector<double> losses(parts * in.classes);
  const auto make_scratch = [&](int) { return Scratch(images * plane); };
  for_tasks(threads, parts * in.classes, make_scratch, [&](Scratch& scratch, int64_t task) {
    const int64_t part = task / in.classes;
    const Group group{part * images, images, task % in.classes};
    if (!present[task]) {
      if (slopes) clear(in, group, work);
      return;
    }
    const bool broken = make_words(in, labels.data(), group, work, scratch.words.get());
    const float weight = broken ? __builtin_nanf("") : static_cast<float>(weights[part]);
    if (images * plane <= kFew) {
      slopes_of_few(images * plane, weight, scratch.short_order.get(), scratch);
    } else if (scratch.short_order) {
      slopes_of(images * plane, weight, scratch.short_order.get(), scratch);
    } else {
      slopes_of(images * plane, weight, scratch.long_order.get(), scratch);
    }
    losses[task] = finish(in, labels.data(), group, slopes, scratch, work);
  });
  double loss = 0;
  for (double part : losses) loss += part;
  if (slopes) through_softmax(in, threads, kept.get(), work);
  return loss;
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
