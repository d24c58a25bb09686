// The Lovasz-Softmax loss, value and gradient.
//
// For a class, the errors |y - p| of its pixels are sorted in descending order; with F_k and B_k
// the pixels of the class and the others among the first k, and G pixels of the class in all,
//   J_k = 1 - (G - F_k) / (G + B_k),  loss = sum_k error_k (J_k - J_{k-1}),
// and J_k - J_{k-1} is also the derivative by the error (Berman et al., CVPR 2018, algorithm 1).
//
// What is sorted is a word for each pixel and class: 24 bits of error in fixed point
// (lovasz_math.h), one that says whether the pixel is of the class, one whether it counts; and its
// position where the gradient is wanted. An ignored pixel is sorted with the others and counted
// with none. Segments (a class of the batch, or of an image) whose class is absent are left out by
// the device itself: the host never asks. They are sorted some at a time, to bound the memory.
//
// Passes over [N,C,H,W] float32 logits, in bytes an element, with the gradient (without it):
//   softmax      4 read, twice, the second time from the caches: 4 (4)
//   keys         4 read, 4 written: 8 (8); and their first digit counted
//   sort         three passes, radix_sort.h: 12 + 20 + 20 (8 + 12 + 12)
//   places       keys read: 4 (4)
//   slopes       8 read, 4 written wherever the pixel is: 12 (4)
//   gradient     8 read, 4 written: 12 (0)
// together 92 (52), and 8 for each pixel's softmax, written once and read from the caches for the
// classes that are sorted at once. float16 halves what is said of logits. Absent classes cost only
// the softmax and the last pass.
#include "common/exp.h"
#include "common/lovasz_math.h"
#include "counts.h"
#include "device.h"
#include "launch.h"
#include "operations.h"
#include "radix_sort.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

/// Tiles that are sorted at once, unless one segment has more: 2^24 entries, 256 MiB of keys and
/// positions.
constexpr int64_t kTilesAtOnce = 4096;

constexpr int kPixelsOfBlock = 4 * kCountThreads;  // where the softmax is prepared
constexpr int kFinishThreads = 1024;

/// A word to sort: the key above eight bits, of which two are in use.
constexpr int kKeyShift = 8;
constexpr uint32_t kOwn = 1, kCounts = 2;

/// Division by a number that a whole call has in common, as a product and a shift. With the factor
/// rounded up it is exact for dividends below 2^31.
struct Divider {
  uint32_t factor;
  int shift;

  explicit Divider(int64_t by) : shift(31) {
    while (int64_t{1} << (shift - 31) < by) ++shift;
    factor = static_cast<uint32_t>((uint64_t{1} << shift) / static_cast<uint64_t>(by) + 1);
  }

  __device__ unsigned operator()(unsigned dividend) const {
    return static_cast<unsigned>(uint64_t{dividend} * factor >> shift);
  }
};

/// Where a segment's entries are.
struct Place {
  int own;            // its class
  int64_t pixel;      // the first of its part
  int64_t element;    // that pixel's logit of the class
  int64_t of_images;  // elements between an image and the next, beyond its pixels
  Divider by_plane;

  /// The logit of an entry, from the first on.
  __device__ int64_t offset(unsigned i) const { return i + by_plane(i) * of_images; }
};

/// A batch, and the segments it is sorted in: segment s is class s % classes of part s / classes,
/// of so many images.
struct LovaszBatch {
  const void* labels;
  int label_type;
  int classes;
  int64_t images, plane, images_of_part;
  Divider by_plane;

  __host__ __device__ int64_t pixels() const { return images * plane; }
  int64_t parts() const { return images / images_of_part; }
  int64_t segments() const { return parts() * classes; }
  int64_t segment_size() const { return images_of_part * plane; }

  /// Parts are images, or all of them one.
  __device__ int64_t part_of(int64_t image) const { return images_of_part == 1 ? image : 0; }

  /// The label of a pixel of the batch; -1 where it is ignored.
  __device__ int label(int64_t pixel) const {
    switch (label_type) {
      case LABEL_UINT8:
        return label_at(static_cast<const uint8_t*>(labels), pixel, classes);
      case LABEL_INT32:
        return label_at(static_cast<const int32_t*>(labels), pixel, classes);
      default:
        return label_at(static_cast<const int64_t*>(labels), pixel, classes);
    }
  }

  __device__ Place place(int64_t segment) const {
    const int64_t first = segment / classes * images_of_part, own = segment % classes;
    return {static_cast<int>(own), first * plane, (first * classes + own) * plane,
            (classes - 1) * plane, by_plane};
  }
};

/// Softmax of a pixel: p_c = exponential(z_c - top) * inverse.
struct alignas(8) Softmax {
  float top, inverse;
};

/// exp(x) for x <= 0, as the CPU has it, so that keys are mostly the same; NaN goes through.
__device__ __forceinline__ float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  const float k = floorf(x * 1.44269504f + 0.5f);
  const int power = k == k ? static_cast<int>(k) : 0;
  return exp_over_power(x, k) * __int_as_float((power + 127) << 23);
}

template <class Logit>
__device__ __forceinline__ float probability(const Softmax& s, Logit z) {
  return exponential(to_float(z) - s.top) * s.inverse;
}

/// The softmax of each pixel that counts; how many pixels each class of a part has, into labelled
/// [parts][C]; and broken [parts] where a probability is NaN.
template <class Logit>
__global__ void prepare(const LovaszBatch in, const Logit* __restrict__ logits,
                        Softmax* __restrict__ softmax, unsigned* __restrict__ labelled,
                        unsigned* __restrict__ broken) {
  __shared__ unsigned mine[kMaxClasses];
  const int64_t blocks_of_image = (in.plane + kPixelsOfBlock - 1) / kPixelsOfBlock;
  const int64_t image = blockIdx.x / blocks_of_image;
  const int64_t part = in.part_of(image);
  const int64_t begin = blockIdx.x % blocks_of_image * kPixelsOfBlock;
  const int64_t end = min(begin + kPixelsOfBlock, in.plane);
  clear_counts(mine, in.classes);
  __syncthreads();
  for (int64_t i = begin + threadIdx.x; i < end; i += kCountThreads) {
    const int64_t pixel = image * in.plane + i;
    const int label = in.label(pixel);
    if (label < 0) continue;
    atomicAdd(&mine[label], 1u);
    const Logit* z = logits + image * in.classes * in.plane + i;
    float top = to_float(z[0]), sum = 0.0f;
#pragma unroll 4
    for (int c = 1; c < in.classes; ++c) {
      const float other = to_float(z[c * in.plane]);
      top = other > top ? other : top;
    }
#pragma unroll 4
    for (int c = 0; c < in.classes; ++c) sum += exponential(to_float(z[c * in.plane]) - top);
    const float inverse = 1.0f / sum;
    softmax[pixel] = {top, inverse};
    if (inverse != inverse) atomicOr(&broken[part], 1u);
  }
  __syncthreads();
  for (int c = threadIdx.x; c < in.classes; c += kCountThreads) {
    if (mine[c] != 0) atomicAdd(&labelled[part * in.classes + c], mine[c]);
  }
}

/// What a class of each part weighs: 1 / (classes that the part has) / (parts that have any), NaN
/// where the part is broken, 0 where it has none. One block, a warp to a part.
__global__ void __launch_bounds__(kCountThreads)
    weigh(int64_t parts, int classes, const unsigned* __restrict__ labelled,
          const unsigned* __restrict__ broken, double* __restrict__ weights) {
  const unsigned lane = threadIdx.x % kWarp;
  unsigned filled = 0;
  for (int64_t part = threadIdx.x / kWarp; part < parts; part += kCountThreads / kWarp) {
    unsigned present = 0;
    for (int c = lane; c < classes; c += kWarp) present += labelled[part * classes + c] > 0 ? 1 : 0;
    present = warp_sum(present);
    if (lane == 0) weights[part] = present;
    filled += present > 0 && lane == 0 ? 1 : 0;
  }
  filled = block_sum<kCountThreads>(filled);  // its barriers make the numbers of classes visible
  for (int64_t part = threadIdx.x; part < parts; part += kCountThreads) {
    const double classes_of_parts = weights[part] * filled;
    const double weight = classes_of_parts > 0 ? 1 / classes_of_parts : 0.0;
    weights[part] = broken[part] != 0 ? static_cast<double>(NAN) : weight;
  }
}

/// Makes the words of the segments from `first` on, and keeps them for the sort.
template <class Logit>
struct NewKeys {
  LovaszBatch in;
  const Logit* logits;
  const Softmax* softmax;
  int64_t first, size;
  uint32_t* keys;

  struct Segment {
    const LovaszBatch& in;
    Place place;
    const Logit* logits;
    const Softmax* softmax;
    uint32_t* keys;

    __device__ uint32_t operator()(unsigned i) const {
      const int label = in.label(place.pixel + i);
      uint32_t word = static_cast<uint32_t>(kLargestLovaszKey) << kKeyShift;
      if (label >= 0) {
        const float p = probability(softmax[i], logits[place.offset(i)]);
        const bool own = label == place.own;
        word = static_cast<uint32_t>(lovasz_key(own ? 1.0f - p : p)) << kKeyShift;
        word |= own ? kOwn | kCounts : kCounts;
      }
      keys[i] = word;
      return word;
    }
  };
  __device__ Segment of(unsigned segment) const {
    const Place place = in.place(first + segment);
    return {in, place, logits + place.element, softmax + place.pixel, keys + segment * size};
  }
};

/// Pixels that count: those of the class in the upper half, the others in the lower one.
using Pair = unsigned long long;
constexpr int kPairShift = 32;
static_assert(sizeof(Pair) == 8, "two halves of 32 bits");

/// How many words of a warp are of the class, and how many of another.
struct Lanes {
  unsigned own, other;

  __device__ explicit Lanes(uint32_t word)
      : own(__ballot_sync(kAllLanes, (word & kOwn) != 0)),
        other(__ballot_sync(kAllLanes, (word & kCounts) != 0) & ~own) {}

  __device__ Pair among(unsigned lanes) const {
    return Pair{static_cast<unsigned>(__popc(own & lanes))} << kPairShift |
           static_cast<unsigned>(__popc(other & lanes));
  }
};

/// The sum over a warp's words; the same in all lanes.
__device__ inline Pair count_words(const Segments& in, const uint32_t* words) {
  Pair sum = 0;
  in.for_entries(
      [&](int, unsigned i) { sum += Lanes(i < in.size ? words[i] : 0u).among(kAllLanes); });
  return sum;
}

/// The pixels of each tile of the sorted words, into counts [segment][tile].
__global__ void __launch_bounds__(kSortThreads)
    count_tiles(const Segments in, const uint32_t* __restrict__ words, Pair* __restrict__ counts) {
  const unsigned segment = in.segment();
  if (in.wanted[segment] == 0) return;
  Pair sum = count_words(in, words + int64_t{segment} * in.size);
  sum = block_sum<kSortThreads>(threadIdx.x % kWarp == 0 ? sum : Pair{0});
  if (threadIdx.x == 0) counts[int64_t{segment} * in.tiles + in.tile()] = sum;
}

/// The sum of error (J_k - J_{k-1}) over each tile of the sorted words, into sums [segment][tile];
/// where wanted, d loss / d p of each pixel, into gradient. before [segment][tile]: the pixels of
/// the tiles before. With the union U_k = G + B_k, J_k - J_{k-1} is 1 / U_k for a pixel of the
/// class, and (G - F_k) / (U_k U_{k-1}) for another: no difference of nearly equal numbers.
__global__ void __launch_bounds__(kSortThreads)
    slopes_kernel(const Segments in, const LovaszBatch batch, int64_t first,
                  const uint32_t* __restrict__ words, const uint32_t* __restrict__ positions,
                  const Pair* __restrict__ before, const double* __restrict__ weights,
                  double* __restrict__ sums, float* __restrict__ gradient) {
  __shared__ Pair warps[kSortWarps];
  const unsigned segment = in.segment(), warp = threadIdx.x / kWarp;
  const unsigned whole = in.wanted[segment];  // G
  if (whole == 0) return;
  const uint32_t* from = words + int64_t{segment} * in.size;
  const Pair mine = count_words(in, from);
  if (threadIdx.x % kWarp == 0) warps[warp] = mine;
  __syncthreads();
  Pair running = before[int64_t{segment} * in.tiles + in.tile()];
  for (unsigned i = 0; i < warp; ++i) running += warps[i];

  const int64_t index = first + segment;
  const Place place = batch.place(index);
  const int64_t offset = int64_t{segment} * in.size;
  const float weight = static_cast<float>(weights[index / batch.classes]);
  float sum = 0.0f;
  in.for_entries([&](int, unsigned i) {
    const uint32_t word = i < in.size ? from[i] : 0u;
    const Lanes lanes(word);
    const Pair here = running + lanes.among(lanes_below());
    running += lanes.among(kAllLanes);
    if ((word & kCounts) == 0) return;
    const bool own = (word & kOwn) != 0;
    const unsigned outside = whole + static_cast<unsigned>(here);  // U before this pixel
    const float left = static_cast<float>(whole - static_cast<unsigned>(here >> kPairShift));
    // 1 unit of the last place, and 2 where it is another's; correct rounding takes a dozen
    // instructions more
    float slope = __fdividef(1.0f, static_cast<float>(outside));
    if (!own) slope *= __fdividef(left, static_cast<float>(outside + 1));
    sum += lovasz_error<float>(static_cast<int32_t>(word >> kKeyShift)) * slope;
    if (gradient == nullptr) return;
    gradient[place.element + place.offset(positions[offset + i])] = weight * (own ? -slope : slope);
  });
  const double total = block_sum<kSortThreads>(static_cast<double>(sum));
  if (threadIdx.x == 0) sums[index * in.tiles + in.tile()] = total;
}

/// The loss from the sums of all tiles, by one block: a warp to a segment.
__global__ void __launch_bounds__(kFinishThreads)
    finish(int64_t segments, int classes, int64_t tiles, const unsigned* __restrict__ labelled,
           const double* __restrict__ weights, const double* __restrict__ sums, float* value) {
  const int lane = threadIdx.x % kWarp;
  double loss = 0;
  for (int64_t s = threadIdx.x / kWarp; s < segments; s += kFinishThreads / kWarp) {
    if (labelled[s] == 0) continue;
    double sum = 0;
    for (int64_t tile = lane; tile < tiles; tile += kWarp) sum += sums[s * tiles + tile];
    sum = warp_sum(sum);
    if (lane == 0) loss += weights[s / classes] * sum;
  }
  loss = block_sum<kFinishThreads>(loss);
  if (threadIdx.x == 0) *value = static_cast<float>(loss);
}

/// Turns d loss / d p, in place, into d loss / d logits = p (d loss / d p - sum_c p_c d loss / d
/// p_c). Of absent classes nothing was written, and nothing is read.
template <class Logit>
__global__ void through_softmax(const LovaszBatch in, const Logit* __restrict__ logits,
                                const Softmax* __restrict__ softmax,
                                const unsigned* __restrict__ labelled,
                                float* __restrict__ gradient) {
  for_elements(in.pixels(), [&](int64_t pixel) {
    const int64_t image = in.by_plane(static_cast<unsigned>(pixel));
    const int64_t offset = pixel + image * (in.classes - 1) * in.plane;
    const unsigned* present = labelled + in.part_of(image) * in.classes;
    const Logit* z = logits + offset;
    float* slopes = gradient + offset;
    if (in.label(pixel) < 0) {
      for (int c = 0; c < in.classes; ++c, slopes += in.plane) *slopes = 0.0f;
      return;
    }
    const Softmax s = softmax[pixel];
    float dot = 0.0f;
#pragma unroll 4
    for (int c = 0; c < in.classes; ++c, z += in.plane, slopes += in.plane) {
      if (present[c] != 0) dot += probability(s, *z) * *slopes;
    }
    z = logits + offset;
    slopes = gradient + offset;
#pragma unroll 4
    for (int c = 0; c < in.classes; ++c, z += in.plane, slopes += in.plane) {
      const float slope = present[c] != 0 ? *slopes : 0.0f;
      *slopes = probability(s, *z) * (slope - dot);
    }
  });
}

// ---- launchers ---------------------------------------------------------------------------------

/// The work of one call, on a batch with at least one pixel.
struct Call {
  const LovaszBatch& in;
  float* value;
  float* gradient;
  int device;
  cudaStream_t stream;

  template <class Logit>
  void run(const Logit* logits) const {
    const int64_t segments = in.segments(), size = in.segment_size();
    const int64_t tiles = (size + kSortTile - 1) / kSortTile;
    const Scratch<Softmax> softmax(in.pixels(), stream);
    const Scratch<unsigned> labelled(segments, stream), broken(in.parts(), stream);
    const Scratch<double> weights(in.parts(), stream), sums(segments * tiles, stream);
    labelled.clear();
    broken.clear();
    launch("preparing the Lovasz loss", prepare<Logit>,
           static_cast<unsigned>(in.images * blocks_for(in.plane, kPixelsOfBlock)), kCountThreads,
           0, stream, in, logits, softmax.get(), labelled.get(), broken.get());
    launch("weighing classes", weigh, 1, kCountThreads, 0, stream, in.parts(), in.classes,
           labelled.get(), broken.get(), weights.get());
    sort_and_sum(logits, tiles, softmax.get(), labelled.get(), weights.get(), sums.get());
    launch("Lovasz value", finish, 1, kFinishThreads, 0, stream, segments, in.classes, tiles,
           labelled.get(), weights.get(), sums.get(), value);
    if (gradient == nullptr) return;
    launch("Lovasz gradient", through_softmax<Logit>, blocks_for(in.pixels(), kCountThreads),
           kCountThreads, 0, stream, in, logits, softmax.get(), labelled.get(), gradient);
  }

  /// Sorts the segments, some at a time, and sums up over each.
  template <class Logit>
  void sort_and_sum(const Logit* logits, int64_t tiles, const Softmax* softmax,
                    const unsigned* labelled, const double* weights, double* sums) const {
    const int64_t size = in.segment_size();
    const int64_t at_once = std::min(in.segments(), std::max<int64_t>(1, kTilesAtOnce / tiles));
    const int64_t entries = at_once * size, placed = gradient == nullptr ? 0 : entries;
    const Scratch<uint32_t> keys(entries, stream), other_keys(entries, stream);
    const Scratch<uint32_t> positions(placed, stream), other_positions(placed, stream);
    const Scratch<unsigned> counts(at_once * kDigits * tiles, stream);
    const Scratch<unsigned> totals(at_once * kDigits, stream);
    const Scratch<Pair> before(at_once * tiles, stream);
    const SortedEntries a = {keys.get(), positions.get()};
    const SortedEntries b = {other_keys.get(), other_positions.get()};
    for (int64_t first = 0; first < in.segments(); first += at_once) {
      const Segments some = {static_cast<unsigned>(std::min(at_once, in.segments() - first)),
                             static_cast<unsigned>(tiles), static_cast<unsigned>(size),
                             labelled + first};
      const NewKeys<Logit> made = {in, logits, softmax, first, size, a.keys};
      const auto sort = [&](int digit, const auto& from_keys, const SortedEntries& from,
                            const SortedEntries& to) {
        sort_by_digit(some, kKeyShift + digit * kDigitBits, from_keys, from, to, counts.get(),
                      totals.get(), stream);
      };
      sort(0, made, {a.keys, nullptr}, b);
      sort(1, StoredKeys{b.keys, size}, b, a);
      sort(2, StoredKeys{a.keys, size}, a, b);
      launch("counting pixels", count_tiles, some.blocks(), kSortThreads, 0, stream, some, b.keys,
             before.get());
      launch_sum_rows<Pair>(some, 1, before.get(), nullptr, stream);
      launch("slopes of the Lovasz loss", slopes_kernel, some.blocks(), kSortThreads, 0, stream,
             some, in, first, b.keys, b.positions, before.get(), weights, sums, gradient);
    }
  }
};

}  // namespace

void lovasz_loss(int per_image, const Batch& batch, float* value, float* gradient) {
  check_batch(batch);
  check_pointer("value", value);
  const int64_t pixels = pixels_of(batch);
  if (pixels >= int64_t{1} << 31) fail("labels", "fewer than 2^31 pixels", std::to_string(pixels));
  const DeviceGuard guard("value", value, batch);
  const auto queue = stream_of(batch);
  if (pixels == 0) {
    check(cudaMemsetAsync(value, 0, sizeof *value, queue), "writing the value of no pixel");
    return;
  }
  guard.expect("logits", batch.logits);
  guard.expect("labels", batch.labels);
  if (gradient != nullptr) guard.expect("gradient", gradient);
  const LovaszBatch in = {batch.labels,
                          batch.label_type,
                          static_cast<int>(batch.c),
                          batch.n,
                          batch.h * batch.w,
                          per_image != 0 ? 1 : batch.n,
                          Divider(batch.h * batch.w)};
  with_logits(batch.logit_type, batch.logits, [&](auto* typed) {
    Call{in, value, gradient, guard.device(), queue}.run(typed);
  });
}

}  // namespace cuda
}  // namespace autoloss
