// Greedy non-maximum suppression, class by class.
//
//   kept in order of falling score (NaN first, of equal ones by number): box i stays unless a box
//   of its class that stays, and comes before, has an IoU with it above the threshold
//
// Boxes are sorted by four passes of a stable radix sort (radix_sort.h). Then they are taken 4,096
// at a time, a strip, and by words of 64:
//   1. each box of the strip that is still there is compared with all that come after it and are
//      still there, a bit for each: whether the two are of one class and overlap too much
//   2. one block goes through the strip, a word at a time. 64 bits and as many masks of 64 decide
//      which of the word stay, by one thread in shared memory; then the block joins the masks of
//      those that stay into what is removed, a thread to a word
// and at the end one block writes the numbers of those that stay. Only integers are exchanged, so
// the result does not depend on the order of threads. IoU is the CPU's to the last bit: compiled
// with -fmad=false.
//
// Operations: N^2 / 2 comparisons at most, of some 20 each: 4e9 for 20,000 boxes. A strip meets
// only what earlier strips left, so there are fewer where boxes overlap. Bytes: N^2 / 16 written,
// 25 MB, and those of kept boxes read, within the second-level cache; sorting moves 64 bytes a box.
// The steps from word to word follow each other: N / 64 of them, 313, each some two reads from that
// cache, a microsecond. Prediction for an H200, measured by nobody: some 0.5 ms, most of it these
// steps.
#include <algorithm>

#include "common/box_checks.h"
#include "counts.h"
#include "launch.h"
#include "operations.h"
#include "radix_sort.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kWord = 64;  // boxes of a word
constexpr int64_t kStripWords = 64;
constexpr int64_t kMostMasks = int64_t{1} << 23;  // words of a strip's masks: 64 MB
constexpr int kScanThreads = 512;

/// Boxes by falling score.
struct Ranked {
  const Box* boxes;
  const int64_t* classes;  // NULL: all are of one
  int64_t count, words;
  float threshold;

  __device__ bool clash(int64_t i, int64_t j) const {
    return (classes == nullptr || classes[i] == classes[j]) &&
           iou_of(boxes[i], boxes[j]) > threshold;
  }
};

/// Words [first, first + words) of all, and their masks [64 words][all words].
struct Strip {
  int64_t first, words;
  uint64_t* masks;

  __device__ uint64_t* row(const Ranked& in, int64_t box) const {
    return masks + (box - first * kWord) * in.words;
  }
};

__global__ void __launch_bounds__(kCountThreads)
    key_kernel(const float* __restrict__ scores, int64_t n, uint32_t* __restrict__ keys) {
  for_elements(n, [&](int64_t i) { keys[i] = falling_score(scores[i]); });
}

/// to_classes is NULL where classes is.
__global__ void __launch_bounds__(kCountThreads)
    rank_kernel(const uint32_t* __restrict__ positions, int64_t n, const float* __restrict__ boxes,
                const int64_t* __restrict__ classes, Box* __restrict__ to,
                int64_t* __restrict__ to_classes) {
  for_elements(n, [&](int64_t i) {
    to[i] = box_at(boxes, positions[i]);
    if (classes != nullptr) to_classes[i] = classes[positions[i]];
  });
}

/// A block has a word of the strip's boxes, a thread to each, and a word of those after them.
/// removed [words]: what is gone by then.
__global__ void __launch_bounds__(kWord)
    clash_kernel(const Ranked in, const Strip strip, const uint64_t* __restrict__ removed) {
  const int64_t own = strip.first + blockIdx.y, other = strip.first + blockIdx.x;
  if (other < own) return;
  const int64_t box = own * kWord + threadIdx.x;
  uint64_t rest = ~removed[other];  // the same for all threads
  uint64_t mask = 0;
  const bool there = box < in.count && (removed[own] >> threadIdx.x & 1) == 0;
  while (rest != 0) {
    const int bit = __ffsll(static_cast<long long>(rest)) - 1;
    const int64_t j = other * kWord + bit;
    rest &= rest - 1;
    if (there && j > box && j < in.count && in.clash(box, j)) mask |= uint64_t{1} << bit;
  }
  if (there || (box < in.count && other == own)) strip.row(in, box)[other] = mask;
}

/// Decides about the strip's boxes in their order, by one block.
__global__ void __launch_bounds__(kScanThreads)
    scan_kernel(const Ranked in, const Strip strip, uint64_t* __restrict__ removed,
                uint64_t* __restrict__ kept) {
  __shared__ uint64_t masks[kWord];
  __shared__ uint64_t stay;
  for (int64_t word = strip.first; word < strip.first + strip.words; ++word) {
    const int64_t begin = word * kWord;
    const int boxes = static_cast<int>(min(int64_t{kWord}, in.count - begin));
    if (threadIdx.x < static_cast<unsigned>(boxes)) {
      masks[threadIdx.x] = strip.row(in, begin + threadIdx.x)[word];
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      const uint64_t all = boxes == kWord ? ~uint64_t{0} : (uint64_t{1} << boxes) - 1;
      uint64_t left = all & ~removed[word];
      stay = 0;
      while (left != 0) {
        const int bit = __ffsll(static_cast<long long>(left)) - 1;
        stay |= uint64_t{1} << bit;
        left &= ~(masks[bit] | uint64_t{1} << bit);
      }
      kept[word] = stay;
    }
    __syncthreads();
    const uint64_t rows = stay;
    for (int64_t k = word + 1 + threadIdx.x; k < in.words; k += kScanThreads) {
      uint64_t gone = removed[k];
      for (uint64_t rest = rows; rest != 0; rest &= rest - 1) {
        const int bit = __ffsll(static_cast<long long>(rest)) - 1;
        gone |= strip.row(in, begin + bit)[k];
      }
      removed[k] = gone;
    }
    __syncthreads();  // the next word's first thread reads what another has written
  }
}

/// Writes the numbers of those that stay, and how many they are; one block of kSortThreads.
__global__ void __launch_bounds__(kSortThreads)
    write_kernel(const uint64_t* __restrict__ kept, int64_t words,
                 const uint32_t* __restrict__ positions, int64_t* __restrict__ to,
                 int64_t* __restrict__ count) {
  __shared__ unsigned here;
  int64_t before = 0;
  for (int64_t base = 0; base < words; base += kSortThreads) {
    const int64_t word = base + threadIdx.x;
    const uint64_t bits = word < words ? kept[word] : 0;
    const unsigned own = static_cast<unsigned>(__popcll(bits)), first = sum_before(own);
    int64_t at = before + first;
    for (uint64_t rest = bits; rest != 0; rest &= rest - 1) {
      to[at++] = positions[word * kWord + __ffsll(static_cast<long long>(rest)) - 1];
    }
    if (threadIdx.x == kSortThreads - 1) here = first + own;
    __syncthreads();
    before += here;
    __syncthreads();  // before the last thread writes it anew
  }
  if (threadIdx.x == 0) *count = before;
}

// ---- launchers ---------------------------------------------------------------------------------

/// Sorts keys with their positions; both end where they begin.
void sort_by_key(int64_t n, const SortedEntries& entries, cudaStream_t stream) {
  const int64_t tiles = (n + kSortTile - 1) / kSortTile;
  const Scratch<uint32_t> keys(n, stream), positions(n, stream);
  const Scratch<unsigned> counts(kDigits * tiles, stream), totals(kDigits, stream);
  const Scratch<unsigned> wanted(1, stream);
  check(cudaMemsetAsync(wanted.get(), 1, sizeof(unsigned), stream), "choosing what is sorted");
  const Segments all = {1, static_cast<unsigned>(tiles), static_cast<unsigned>(n), wanted.get()};
  const SortedEntries other = {keys.get(), positions.get()};
  const auto sort = [&](int digit, const SortedEntries& from, const SortedEntries& to) {
    sort_by_digit(all, digit * kDigitBits, StoredKeys{from.keys, n}, from, to, counts.get(),
                  totals.get(), stream);
  };
  sort(0, {entries.keys, nullptr}, other);
  sort(1, other, entries);
  sort(2, entries, other);
  sort(3, other, entries);
}

/// Sets a bit for each ranked box that stays.
void decide(const Ranked& in, uint64_t* kept, cudaStream_t stream) {
  const int64_t most = std::max<int64_t>(1, kMostMasks / (kWord * in.words));
  const int64_t at_once = std::min({kStripWords, most, in.words});
  const Scratch<uint64_t> masks(at_once * kWord * in.words, stream), removed(in.words, stream);
  removed.clear();
  for (int64_t first = 0; first < in.words; first += at_once) {
    const Strip strip = {first, std::min(at_once, in.words - first), masks.get()};
    const dim3 grid(static_cast<unsigned>(in.words - first), static_cast<unsigned>(strip.words));
    launch("overlaps of boxes", clash_kernel, grid, kWord, 0, stream, in, strip, removed.get());
    launch("suppressing boxes", scan_kernel, 1, kScanThreads, 0, stream, in, strip, removed.get(),
           kept);
  }
}

}  // namespace

int64_t suppress_boxes(const float* boxes, const float* scores, const int64_t* classes, int64_t n,
                       double threshold, int64_t* kept, int device, void* stream) {
  if (!check_suppression(boxes, scores, n, threshold, kept)) return 0;
  const DeviceGuard guard("kept", kept, device);
  guard.expect("boxes", boxes);
  guard.expect("scores", scores);
  if (classes != nullptr) guard.expect("classes", classes);
  const auto queue = static_cast<cudaStream_t>(stream);
  const int64_t words = (n + kWord - 1) / kWord;
  const Scratch<uint32_t> keys(n, queue), positions(n, queue);
  const Scratch<Box> ranked(n, queue);
  const Scratch<int64_t> ranked_classes(classes == nullptr ? 0 : n, queue), count(1, queue);
  const Scratch<uint64_t> stay(words, queue);
  const unsigned blocks = blocks_for(n, kCountThreads);
  launch("keys of scores", key_kernel, blocks, kCountThreads, 0, queue, scores, n, keys.get());
  sort_by_key(n, {keys.get(), positions.get()}, queue);
  launch("ranking boxes", rank_kernel, blocks, kCountThreads, 0, queue, positions.get(), n, boxes,
         classes, ranked.get(), ranked_classes.get());
  decide({ranked.get(), ranked_classes.get(), n, words, rounded_down(threshold)}, stay.get(),
         queue);
  launch("boxes that stay", write_kernel, 1, kSortThreads, 0, queue, stay.get(), words,
         positions.get(), kept, count.get());
  int64_t result = 0;
  read_back(count.get(), 1, &result, queue);
  return result;
}

}  // namespace cuda
}  // namespace autoloss
