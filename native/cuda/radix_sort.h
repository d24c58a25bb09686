// A stable radix sort of segments of equal length, eight bits a pass: keys of 32 bits, and with
// each, where wanted, a position.
//
// A pass is three kernels: each tile of 4,096 entries counts its digits; each digit's counts are
// summed up over the tiles before; each tile sorts its entries by the digit within shared memory
// and writes them out, runs of equal digits to consecutive places. An entry's place is counted with
// integers alone, so the result does not depend on the order of threads and blocks.
//
// Bytes of an entry: 4 read to count, 4 + 4 read and 4 + 4 written to scatter; without positions
// half of the latter. Where the positions are those of the entries themselves, as before the first
// pass, they are not read. Counts add some 5 %: two writes and two reads of 256 for each tile.
#ifndef AUTOLOSS_CUDA_RADIX_SORT_H_
#define AUTOLOSS_CUDA_RADIX_SORT_H_

#include <cstdint>

#include "device.h"
#include "launch.h"

namespace autoloss {
namespace cuda {

constexpr int kSortThreads = 256, kSortWarps = kSortThreads / kWarp;
constexpr int kSortItems = 16;  // entries of a thread
constexpr int kSortTile = kSortThreads * kSortItems;
constexpr int kWarpEntries = kWarp * kSortItems;
constexpr int kDigitBits = 8, kDigits = 1 << kDigitBits;
constexpr int kScattersAtOnce = 2;  // blocks on a multiprocessor, as the registers allow
static_assert(kDigits == kSortThreads, "a thread for each digit");

/// The segments that are sorted at once, and how blocks are dealt to them. Those whose `wanted` is
/// 0 are left as they are.
struct Segments {
  unsigned count, tiles;   // tiles of each
  unsigned size;           // entries of each, fewer than 2^31
  const unsigned* wanted;  // [count]

  unsigned blocks() const { return count * tiles; }

  // neighbouring blocks have the same tile of different segments: what these share is then read
  // from the caches
  __device__ unsigned segment() const { return blockIdx.x % count; }
  __device__ unsigned tile() const { return blockIdx.x / count; }

  /// Calls body(item, i) for the entries of the calling thread: at i within the segment, a warp's
  /// in order. All lanes of a warp call it together, also beyond the segment's end.
  template <class Body>
  __device__ void for_entries(Body body) const {
    const unsigned warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp;
    const unsigned first = tile() * kSortTile + warp * kWarpEntries;
#pragma unroll
    for (int item = 0; item < kSortItems; ++item) {
      const unsigned begin = first + item * kWarp;
      if (begin < size) body(item, begin + lane);
    }
  }
};

/// The lanes below the calling one.
__device__ inline unsigned lanes_below() { return (1u << (threadIdx.x % kWarp)) - 1; }

/// The sum over the lanes up to the calling one.
template <class T>
__device__ inline T warp_running_sum(T value) {
  const unsigned lane = threadIdx.x % kWarp;
  for (unsigned lanes = 1; lanes < kWarp; lanes *= 2) {
    const T below = __shfl_up_sync(kAllLanes, value, lanes);
    if (lane >= lanes) value += below;
  }
  return value;
}

/// The sum over the threads before the calling one, in a block of kSortThreads. All must call it.
__device__ inline unsigned sum_before(unsigned value) {
  __shared__ unsigned warps[kSortWarps];
  const unsigned running = warp_running_sum(value), warp = threadIdx.x / kWarp;
  __syncthreads();  // those who still read an earlier sum
  if (threadIdx.x % kWarp == kWarp - 1) warps[warp] = running;
  __syncthreads();
  unsigned before = running - value;
  for (unsigned i = 0; i < warp; ++i) before += warps[i];
  return before;
}

__device__ inline unsigned digit_of(uint32_t key, int shift) {
  return key >> shift & (kDigits - 1);
}

/// Keys as they lie in memory.
struct StoredKeys {
  const uint32_t* keys;
  int64_t size;

  struct Segment {
    const uint32_t* keys;
    __device__ uint32_t operator()(unsigned i) const { return keys[i]; }
  };
  __device__ Segment of(unsigned segment) const { return {keys + segment * size}; }
};

/// Counts the digits of each tile, into counts [segment][digit][tile]. `keys` gives, for a segment,
/// a function of an entry that gives its key, and may make it.
template <class Keys>
__global__ void __launch_bounds__(kSortThreads)
    count_digits(const Segments in, int shift, const Keys keys, unsigned* __restrict__ counts) {
  __shared__ unsigned mine[kDigits];
  const unsigned segment = in.segment();
  if (in.wanted[segment] == 0) return;
  const auto key = keys.of(segment);
  mine[threadIdx.x] = 0;
  __syncthreads();
  in.for_entries([&](int, unsigned i) {
    const bool there = i < in.size;
    const unsigned digit = there ? digit_of(key(i), shift) : kDigits;
    // one addition for the equal digits of a warp: often all are equal
    const unsigned same = __match_any_sync(kAllLanes, digit);
    if (there && (same & lanes_below()) == 0) atomicAdd(&mine[digit], __popc(same));
  });
  __syncthreads();
  counts[(int64_t{segment} * kDigits + threadIdx.x) * in.tiles + in.tile()] = mine[threadIdx.x];
}

/// Turns each row of `length` numbers into the sums of those before, and gives the sum of all where
/// `totals` is not null; a warp to a row. Rows of segments that are not wanted are left out.
template <class T>
__global__ void sum_rows(int64_t rows, int64_t rows_of_segment, int64_t length,
                         const unsigned* __restrict__ wanted, T* __restrict__ numbers,
                         T* __restrict__ totals) {
  constexpr int kItems = 4;  // of a lane at once, so that four reads are on their way
  const int64_t row = (int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / kWarp;
  if (row >= rows || wanted[row / rows_of_segment] == 0) return;
  T* mine = numbers + row * length;
  if (length == 1) {  // small images: nothing to add up, and nothing to exchange
    if (threadIdx.x % kWarp != 0) return;
    if (totals != nullptr) totals[row] = mine[0];
    mine[0] = 0;
    return;
  }
  T before = 0;
  for (int64_t begin = 0; begin < length; begin += kWarp * kItems) {
    const int64_t first = begin + threadIdx.x % kWarp * kItems;
    T values[kItems];
    T sum = 0;
#pragma unroll
    for (int k = 0; k < kItems; ++k) {
      values[k] = first + k < length ? mine[first + k] : 0;
      sum += values[k];
    }
    const T running = warp_running_sum(sum);
    T next = before + running - sum;
#pragma unroll
    for (int k = 0; k < kItems; ++k) {
      if (first + k < length) mine[first + k] = next;
      next += values[k];
    }
    before += __shfl_sync(kAllLanes, running, kWarp - 1);
  }
  if (totals != nullptr && threadIdx.x % kWarp == 0) totals[row] = before;
}

/// Puts the entries of each tile in the order of their digits. offsets [segment][digit][tile]: how
/// many entries of the digit are in the tiles before; totals [segment][digit]: in all of them.
/// positions: null for an entry's own place; to_positions: null where they are not wanted.
static __global__ void __launch_bounds__(kSortThreads, kScattersAtOnce)
    scatter_digits(const Segments in, int shift, const unsigned* __restrict__ offsets,
                   const unsigned* __restrict__ totals, const uint32_t* __restrict__ keys,
                   const uint32_t* __restrict__ positions, uint32_t* __restrict__ to_keys,
                   uint32_t* __restrict__ to_positions) {
  __shared__ unsigned places[kSortWarps][kDigits];  // counts of each warp, then their first places
  __shared__ unsigned shifts[kDigits];              // from the place in the tile to the segment's
  __shared__ uint32_t sorted[kSortTile];
  const unsigned segment = in.segment(), digit = threadIdx.x;
  if (in.wanted[segment] == 0) return;
  unsigned* counts = places[threadIdx.x / kWarp];
  for (int warp = 0; warp < kSortWarps; ++warp) places[warp][digit] = 0;
  __syncthreads();

  const int64_t offset = int64_t{segment} * in.size;
  const uint32_t* from = keys + offset;
  uint32_t key[kSortItems];
  unsigned place[kSortItems];  // among the warp's entries of the same digit, then in the tile
  in.for_entries([&](int item, unsigned i) { key[item] = i < in.size ? from[i] : 0; });
  in.for_entries([&](int item, unsigned i) {
    const bool there = i < in.size;
    const unsigned d = digit_of(key[item], shift);
    const unsigned same = __match_any_sync(kAllLanes, there ? d : unsigned{kDigits});
    if (there) place[item] = counts[d] + __popc(same & lanes_below());
    __syncwarp();  // all have read before the first of each digit counts them
    if (there && (same & lanes_below()) == 0) counts[d] += __popc(same);
    __syncwarp();
  });
  __syncthreads();

  unsigned here = 0;  // entries of this thread's digit, in the tile
  for (int warp = 0; warp < kSortWarps; ++warp) {
    const unsigned count = places[warp][digit];
    places[warp][digit] = here;
    here += count;
  }
  const int64_t row = int64_t{segment} * kDigits + digit;
  const unsigned first = sum_before(here);
  shifts[digit] = sum_before(totals[row]) + offsets[row * in.tiles + in.tile()] - first;
  for (int warp = 0; warp < kSortWarps; ++warp) places[warp][digit] += first;
  __syncthreads();

  in.for_entries([&](int item, unsigned i) {
    if (i >= in.size) return;
    place[item] += counts[digit_of(key[item], shift)];
    sorted[place[item]] = key[item];
  });
  __syncthreads();
  const unsigned count = min(unsigned{kSortTile}, in.size - in.tile() * kSortTile);
  to_keys += offset;
  unsigned target[kSortItems];
#pragma unroll
  for (int item = 0; item < kSortItems; ++item) {
    const unsigned k = item * kSortThreads + threadIdx.x;
    if (k >= count) continue;
    target[item] = k + shifts[digit_of(sorted[k], shift)];
    to_keys[target[item]] = sorted[k];
  }
  if (to_positions == nullptr) return;
  to_positions += offset;
  __syncthreads();
  in.for_entries([&](int item, unsigned i) {
    if (i >= in.size) return;
    sorted[place[item]] = positions == nullptr ? i : positions[offset + i];
  });
  __syncthreads();
#pragma unroll
  for (int item = 0; item < kSortItems; ++item) {
    const unsigned k = item * kSortThreads + threadIdx.x;
    if (k < count) to_positions[target[item]] = sorted[k];
  }
}

// ---- launchers ---------------------------------------------------------------------------------

/// Turns each row of numbers, `rows_of_segment` of them in each segment, into the sums of those
/// before.
template <class T>
void launch_sum_rows(const Segments& in, int64_t rows_of_segment, T* numbers, T* totals,
                     cudaStream_t stream) {
  const int64_t rows = in.count * rows_of_segment;
  launch("summing counts", sum_rows<T>, blocks_for(rows, kSortWarps), kSortThreads, 0, stream, rows,
         rows_of_segment, int64_t{in.tiles}, in.wanted, numbers, totals);
}

/// Where a pass reads and writes. positions: null for an entry's own place, also that of the
/// result where no positions are wanted.
struct SortedEntries {
  uint32_t *keys, *positions;
};

/// Sorts by the digit that begins at bit `shift`, as `keys` gives them; they are `from.keys` from
/// then on. counts [segment][digit][tile] and totals [segment][digit] are scratch memory.
template <class Keys>
void sort_by_digit(const Segments& in, int shift, const Keys& keys, const SortedEntries& from,
                   const SortedEntries& to, unsigned* counts, unsigned* totals,
                   cudaStream_t stream) {
  launch("counting digits", count_digits<Keys>, in.blocks(), kSortThreads, 0, stream, in, shift,
         keys, counts);
  launch_sum_rows(in, kDigits, counts, totals, stream);
  launch("sorting by a digit", scatter_digits, in.blocks(), kSortThreads, 0, stream, in, shift,
         counts, totals, from.keys, from.positions, to.keys, to.positions);
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_RADIX_SORT_H_
