// Label edges and their dilation, after native/cpu/edges.cpp.
//
//   edge(i) = the class of pixel i, where its 3x3 neighbourhood inside the image holds another
//   label dil(c, i) = whether an edge of class c is within the tolerance of pixel i, a bit per
//   class
//
// Passes, in bytes a pixel: edges read the labels once (1, 4 or 8; the neighbours come from the
// cache) and write 2. A dilation of W words reads those 2 W, writes 8 W after the rows, reads and
// writes 8 W after the columns; further steps of windows.h, for tolerances above 8, add 16 W
// each. With 21 classes (W = 1) that is 26 bytes beside the 84 of a pixel's logits.
#include "device.h"
#include "edges.h"
#include "windows.h"

namespace autoloss {
namespace cuda {
namespace {

/// The class of a pixel, -1 if it has none, or kOutside.
template <class Label>
__device__ inline int class_at(const Label* __restrict__ labels, const EdgeRule& rule, int64_t i,
                               int classes) {
  if (rule.left_out != nullptr && rule.left_out[i] == kOutside) return kOutside;
  const int label = label_at(labels, i, classes);
  return label < 0 && rule.skip_ignored ? kOutside : label;
}

template <class Label>
__global__ void edges_kernel(const Label* __restrict__ labels, const EdgeRule rule,
                             const Planes planes, int classes, int16_t* __restrict__ edges) {
  for_pixels(planes, [&](int64_t image, int64_t y, int64_t x) {
    const int64_t first = image * planes.plane(), i = first + y * planes.width + x;
    const int own = class_at(labels, rule, i, classes);
    bool edge = false;
    for (int64_t r = max(y - 1, int64_t{0}); r <= min(y + 1, planes.height - 1); ++r) {
      for (int64_t q = max(x - 1, int64_t{0}); q <= min(x + 1, planes.width - 1); ++q) {
        const int other = class_at(labels, rule, first + r * planes.width + q, classes);
        edge |= other != own && other != kOutside;
      }
    }
    const int found = edge && own >= rule.first_class ? own : -1;
    edges[i] = static_cast<int16_t>(own == kOutside ? kOutside : found);
  });
}

template <class Word>
struct Or {
  using Type = Word;
  static __device__ Word combine(Word a, Word b) { return static_cast<Word>(a | b); }
};

/// The undilated bits of a word, made from the edges as they are read.
struct EdgeWords {
  const int16_t* edges;
  int64_t words, plane;

  struct Plane {
    const int16_t* edges;
    int32_t word;
    __device__ uint64_t operator()(int64_t pixel, int64_t /*position*/) const {
      const int32_t c = edges[pixel];
      return c >= 0 && c / 64 == word ? uint64_t{1} << (c % 64) : 0;
    }
  };
  __device__ Plane of(int64_t task) const {
    return {edges + task / words * plane, static_cast<int32_t>(task % words)};
  }
};

/// 1 at an edge of any class.
struct AnyEdge {
  const int16_t* edges;
  int64_t plane;

  struct Plane {
    const int16_t* edges;
    __device__ uint8_t operator()(int64_t pixel, int64_t /*position*/) const {
      return edges[pixel] >= 0 ? 1 : 0;
    }
  };
  __device__ Plane of(int64_t image) const { return {edges + image * plane}; }
};

}  // namespace

void find_edges(const LabelImages& in, const EdgeRule& rule, int16_t* edges, cudaStream_t stream) {
  with_labels(in.label_type, in.labels, [&](auto* labels) {
    using Label = std::decay_t<decltype(*labels)>;
    launch_pixels("finding edges", edges_kernel<Label>, in.planes(), stream, labels, rule,
                  in.planes(), static_cast<int>(in.classes), edges);
  });
}

void dilate_edges(const LabelImages& in, const int16_t* edges, int64_t tolerance, uint64_t* bits,
                  uint64_t* spare, cudaStream_t stream) {
  const Planes words{in.images * in.words(), in.height, in.width};
  combine_squares<Or<uint64_t>>(EdgeWords{edges, in.words(), in.plane()}, words, tolerance, bits,
                                spare, stream);
}

void trimap(const LabelImages& in, const int16_t* edges, int64_t tolerance, uint8_t* band,
            uint8_t* spare, cudaStream_t stream) {
  combine_squares<Or<uint8_t>>(AnyEdge{edges, in.plane()}, in.planes(), tolerance, band, spare,
                               stream);
}

}  // namespace cuda
}  // namespace autoloss
