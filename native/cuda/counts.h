// Counting by class: in a block's shared memory first, then added to the whole. Integers, so the
// order does not matter.
#ifndef AUTOLOSS_CUDA_COUNTS_H_
#define AUTOLOSS_CUDA_COUNTS_H_

#include <algorithm>
#include <cstdint>

#include "device.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {

constexpr int kCountThreads = 256;

/// Sets a block's counts to 0; a barrier must follow.
__device__ inline void clear_counts(unsigned* counts, int64_t size) {
  for (int64_t i = threadIdx.x; i < size; i += blockDim.x) counts[i] = 0;
}

/// Adds a block's counts to the whole, after a barrier.
__device__ inline void add_counts(const unsigned* counts, int64_t size, unsigned long long* to) {
  for (int64_t i = threadIdx.x; i < size; i += blockDim.x) {
    if (counts[i] != 0) atomicAdd(&to[i], static_cast<unsigned long long>(counts[i]));
  }
}

/// Calls body(i) for each of `count` elements that this thread has.
template <class Body>
__device__ inline void for_elements(int64_t count, Body body) {
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count;
       i += int64_t{gridDim.x} * blockDim.x) {
    body(i);
  }
}

/// Blocks for a count: as few as fill the device, for each ends with an addition to the whole; but
/// no thread counts 2^16 elements or more, so that 32 bits hold a block's.
inline unsigned count_blocks(int64_t elements, int device) {
  const int64_t needed = (elements + kCountThreads - 1) / kCountThreads;
  const int64_t enough = int64_t{multiprocessors(device)} * 8;
  return static_cast<unsigned>(std::min(needed, std::max(enough, needed >> 16)));
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_COUNTS_H_
