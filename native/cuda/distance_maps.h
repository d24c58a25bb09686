// What maps of distances share: which label maps they take, and how warps are dealt to rows.
#ifndef AUTOLOSS_CUDA_DISTANCE_MAPS_H_
#define AUTOLOSS_CUDA_DISTANCE_MAPS_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "device.h"
#include "edges.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {

constexpr int kRowThreads = 256, kRowWarps = kRowThreads / kWarp;
constexpr int64_t kLargestSide = int64_t{1} << 28;

/// Blocks of kRowThreads for so many warps; each may take several tasks.
inline unsigned row_blocks(int64_t warps) {
  return static_cast<unsigned>(std::min<int64_t>((warps + kRowWarps - 1) / kRowWarps, 1 << 20));
}

/// The images of a batch's labels; throws std::invalid_argument if they are not as said.
inline LabelImages checked_maps(const Batch& batch) {
  check_shape(batch);
  const int64_t longest = std::max(batch.h, batch.w);
  if (longest > kLargestSide) fail("shape", "sides of at most 2^28", std::to_string(longest));
  if (pixels_of(batch) > 0) check_labels(batch);
  return label_images(batch);
}

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_DISTANCE_MAPS_H_
