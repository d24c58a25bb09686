// The Lovasz-Softmax loss, value and gradient.
//
// For a class, the errors |y - p| of its pixels are sorted in descending order; with F_k and B_k
// the pixels of the class and the others among the first k, and G pixels of the class in all,
//   J_k = 1 - (G - F_k) / (G + B_k),  loss = sum_k error_k (J_k - J_{k-1}),
// and J_k - J_{k-1} is also the derivative by the error (Berman et al., CVPR 2018, algorithm 1).
//
// Errors are sorted in fixed point (lovasz_math.h): 24 bits take two passes of a radix sort with
// 4,096 buckets. A pixel is one 64-bit word (24 bits of key, 31 of position, one that says whether
// it is of the class), so that nothing is looked up after the sort. The sort is stable: equal
// errors keep the order of their pixels, so the subgradient at ties is the same each time.
//
// Passes over [N,C,H,W]: the probabilities (read, write); per class keys, sort and slopes (read,
// write), within the second-level cache for images of some 10^5 pixels; the way back through the
// softmax (two reads, one write). Classes are independent: they are what threads share.
#include <vector>

#include "common/lovasz_math.h"
#include "lovasz.h"
#include "softmax_tiles.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

constexpr int kDigitBits = 12;
constexpr int64_t kBuckets = 1 << kDigitBits;
constexpr int kPasses = kLovaszKeyBits / kDigitBits;

/// A pixel to sort: 24 bits of descending key, 1 bit "of the class", 31 bits of position.
using Entry = uint64_t;
constexpr Entry kOwn = Entry{1} << 31;
constexpr Entry kPosition = kOwn - 1;

inline int64_t bucket(Entry entry, int pass) {
  return static_cast<int64_t>(entry >> (32 + kDigitBits * pass)) & (kBuckets - 1);
}

inline double error_of(Entry entry) {
  return lovasz_error<double>(static_cast<int32_t>(entry >> 32));
}

/// The buffers of one thread.
struct Scratch {
  std::vector<Entry> entries, other;
  std::vector<float> slopes;  // d loss / d p of each pixel, in the group's order
  uint32_t counts[kPasses][kBuckets];

  explicit Scratch(int64_t pixels) : entries(pixels), other(pixels), slopes(pixels) {}
};

/// One class of one group of images.
struct Group {
  int64_t first_image, images, c;
};

/// Entries of the pixels that count, and the counters of all passes. Returns how many there are;
/// `labelled` is how many are of the class, `broken` whether an error is NaN.
int64_t collect(const BatchArguments& in, const int32_t* labels, const Group& group,
                const float* work, Scratch& s, int64_t& labelled, bool& broken) {
  const int64_t plane = in.plane();
  const int32_t own = static_cast<int32_t>(group.c);
  std::memset(s.counts, 0, sizeof s.counts);
  int64_t count = 0;
  for (int64_t k = 0; k < group.images; ++k) {
    const int64_t image = group.first_image + k;
    const float* p = work + (image * in.classes + group.c) * plane;
    const int32_t* label = labels + image * plane;
    for (int64_t i = 0; i < plane; ++i) {
      if (label[i] < 0) continue;
      const bool mine = label[i] == own;
      const float error = mine ? 1.0f - p[i] : p[i];
      broken |= error != error;
      const Entry entry = static_cast<Entry>(lovasz_key(error)) << 32 | (mine ? kOwn : 0) |
                          static_cast<Entry>(k * plane + i);
      s.entries[count++] = entry;
      labelled += mine;
      for (int pass = 0; pass < kPasses; ++pass) ++s.counts[pass][bucket(entry, pass)];
    }
  }
  return count;
}

/// Sorts the entries by key, least significant digit first; the result is in s.entries.
void sort(int64_t count, Scratch& s) {
  for (int pass = 0; pass < kPasses; ++pass) {
    uint32_t* counts = s.counts[pass];
    if (count > 0 && counts[bucket(s.entries[0], pass)] == count) continue;  // one digit for all
    uint32_t next = 0;
    for (int64_t b = 0; b < kBuckets; ++b) {
      const uint32_t size = counts[b];
      counts[b] = next;
      next += size;
    }
    const Entry* from = s.entries.data();
    Entry* to = s.other.data();
    for (int64_t i = 0; i < count; ++i) to[counts[bucket(from[i], pass)]++] = from[i];
    s.entries.swap(s.other);
  }
}

/// The sum over the sorted errors; where wanted, d loss / d p of each pixel, times `weight`, into
/// s.slopes. J_k - J_{k-1} is 1 / U_k for a pixel of the class, and (G - F_k) / (U_k U_{k-1}) for
/// another, with the union U_k = G + B_k: no difference of nearly equal numbers.
double accumulate(int64_t count, int64_t labelled, float weight, bool slopes, Scratch& s) {
  double loss = 0, left = static_cast<double>(labelled), whole = left, inverse = 1 / whole;
  for (int64_t i = 0; i < count; ++i) {
    const Entry entry = s.entries[i];
    const bool own = (entry & kOwn) != 0;
    double slope = inverse;
    if (own) {
      left -= 1;
    } else {
      whole += 1;
      const double next = 1 / whole;
      slope = left * inverse * next;
      inverse = next;
    }
    loss += error_of(entry) * slope;
    if (slopes) s.slopes[entry & kPosition] = weight * static_cast<float>(own ? -slope : slope);
  }
  return loss;
}

/// Writes the slopes of the pixels that count, 0 for the others.
void scatter(const BatchArguments& in, const int32_t* labels, const Group& group, const Scratch& s,
             float* work) {
  const int64_t plane = in.plane();
  for (int64_t k = 0; k < group.images; ++k) {
    const int64_t image = group.first_image + k;
    const int32_t* label = labels + image * plane;
    const float* from = s.slopes.data() + k * plane;
    float* to = work + (image * in.classes + group.c) * plane;
    for (int64_t i = 0; i < plane; ++i) to[i] = label[i] < 0 ? 0.0f : from[i];
  }
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
  write_probabilities(in, threads, work);
  std::vector<int32_t> labels(pixels);
  load_labels(in.labels, in.label_type, nullptr, 0, pixels, in.classes, labels.data());

  const int64_t parts = per_image ? in.images : 1, images = per_image ? 1 : in.images;
  std::vector<char> present(parts * in.classes);
  for (int64_t i = 0; i < pixels; ++i) {
    if (labels[i] >= 0) present[i / (images * plane) * in.classes + labels[i]] = 1;
  }
  std::vector<double> weights(parts);  // of one class: 1 / classes of its part / parts not empty
  int64_t filled = 0;
  for (int64_t part = 0; part < parts; ++part) {
    for (int64_t c = 0; c < in.classes; ++c) weights[part] += present[part * in.classes + c];
    filled += weights[part] > 0;
  }
  for (double& weight : weights) weight = weight > 0 ? 1 / weight / static_cast<double>(filled) : 0;

  std::vector<double> losses(parts * in.classes);
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    Scratch scratch(images * plane);
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < parts * in.classes; ++task) {
      const int64_t part = task / in.classes;
      const Group group{part * images, images, task % in.classes};
      if (!present[task]) {
        if (slopes) clear(in, group, work);
        continue;
      }
      int64_t labelled = 0;
      bool broken = false;
      const int64_t count = collect(in, labels.data(), group, work, scratch, labelled, broken);
      sort(count, scratch);
      const float weight = broken ? __builtin_nanf("") : static_cast<float>(weights[part]);
      losses[task] = weights[part] * accumulate(count, labelled, weight, slopes, scratch);
      if (slopes) scatter(in, labels.data(), group, scratch, work);
      if (broken) losses[task] = __builtin_nan("");
    }
  }
  double loss = 0;
  for (double part : losses) loss += part;
  if (slopes) through_softmax(in, threads, work);
  return loss;
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
