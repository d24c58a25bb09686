// Pairs of boxes: areas and their derivatives, intersection over union of all pairs, and the target
// that each box is of.
//
//   box_overlaps   i, u, e and their derivatives by the box, or by the deltas that it is decoded of
//   pairwise_iou   iou [N,M]
//   match_boxes    argmax over the targets, thresholds, and the best boxes of each target
//
// The mathematics are those of the CPU (box_math.h). Compiled with -fmad=false: a product that is
// rounded on its own decides as on the CPU, whatever is compared with a threshold.
//
// Bytes of a pair of box_overlaps: 32 read, or 48 with anchors, 12 written, or 60 with derivatives;
// twice that in float64. Some 100 operations, so the bytes are what costs: 20,000 pairs are 2 MB.
// pairwise_iou writes 4 bytes for each of N M pairs; the boxes come from the caches. match_boxes
// reads those twice, once for the largest overlap of each target, where wanted, and once for the
// boxes.
//
// The largest overlap of a target is a maximum of numbers that are not negative, whose bits have
// the order of integers: blocks join theirs by atomicMax, and no order shows.
#include <algorithm>

#include "common/box_checks.h"
#include "counts.h"
#include "launch.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kBoxThreads = kCountThreads;
/// Blocks along the targets: the limit of a grid's second dimension.
constexpr int64_t kTargetsAtOnce = 65535;
/// Boxes of a target that a thread looks at.
constexpr int64_t kBoxesOfThread = 8;

template <class Number>
__global__ void __launch_bounds__(kBoxThreads)
    overlaps_kernel(const BoxPairs<Number> pairs, int64_t n) {
  for_elements(n, [&](int64_t i) { write_overlap(pairs, i); });
}

/// A row of pairs after the other, so that neighbouring threads write neighbouring numbers.
__global__ void __launch_bounds__(kBoxThreads)
    iou_kernel(const float* __restrict__ first, int64_t n, const float* __restrict__ second,
               int64_t m, float* __restrict__ iou) {
  for_elements(n * m,
               [&](int64_t k) { iou[k] = iou_of(box_at(first, k / m), box_at(second, k % m)); });
}

/// The bits of the largest overlap of each target; `highest` is 0 before.
__global__ void __launch_bounds__(kBoxThreads)
    highest_kernel(const float* __restrict__ iou, int64_t targets, int64_t boxes,
                   unsigned* __restrict__ highest) {
  for (int64_t t = blockIdx.y; t < targets; t += gridDim.y) {
    float top = 0.0f;
    for_elements(boxes, [&](int64_t i) { top = larger(counted_overlap(iou[t * boxes + i]), top); });
    for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) {
      top = larger(__shfl_xor_sync(kAllLanes, top, lanes), top);
    }
    if (threadIdx.x % kWarp == 0) atomicMax(&highest[t], __float_as_uint(top));
  }
}

/// highest: NULL where the best boxes of a target get no second chance.
__global__ void __launch_bounds__(kBoxThreads)
    match_kernel(const float* __restrict__ iou, int64_t targets, int64_t boxes, float low,
                 float high, const unsigned* __restrict__ highest, int64_t* __restrict__ matches) {
  for_elements(boxes, [&](int64_t i) {
    float best = -1.0f;
    int64_t own = 0;
    bool restored = false;
    for (int64_t t = 0; t < targets; ++t) {
      const float value = counted_overlap(iou[t * boxes + i]);
      own = value > best ? t : own;
      best = larger(value, best);
      restored |= highest != nullptr && __float_as_uint(value) == highest[t];
    }
    int64_t match = own;
    if (targets == 0 || best < low) {
      match = MATCH_NONE;
    } else if (best < high) {
      match = MATCH_IGNORED;
    }
    matches[i] = restored ? own : match;
  });
}

// ---- launchers ---------------------------------------------------------------------------------

/// The number of blocks where each thread has one element; fewer, if these are more than 2^31.
unsigned element_blocks(int64_t elements) {
  constexpr int64_t kMost = 0x7fffffff;
  return static_cast<unsigned>(std::min((elements + kBoxThreads - 1) / kBoxThreads, kMost));
}

template <class Number>
void overlaps(const BoxPairs<Number>& pairs, int64_t n, int device, void* stream) {
  if (n == 0) return;
  const DeviceGuard guard("overlaps", pairs.overlaps, device);
  guard.expect("predicted", pairs.predicted);
  guard.expect("target", pairs.target);
  if (pairs.anchors != nullptr) guard.expect("anchors", pairs.anchors);
  if (pairs.derivatives != nullptr) guard.expect("derivatives", pairs.derivatives);
  launch("areas of boxes", overlaps_kernel<Number>, element_blocks(n), kBoxThreads, 0,
         static_cast<cudaStream_t>(stream), pairs, n);
}

}  // namespace

void box_overlaps(const float* predicted, const float* target, int64_t n, const float* anchors,
                  const double* coding, float* overlaps, float* derivatives, int device,
                  void* stream) {
  cuda::overlaps(checked_pairs(predicted, target, n, anchors, coding, overlaps, derivatives), n,
                 device, stream);
}

void box_overlaps(const double* predicted, const double* target, int64_t n, const double* anchors,
                  const double* coding, double* overlaps, double* derivatives, int device,
                  void* stream) {
  cuda::overlaps(checked_pairs(predicted, target, n, anchors, coding, overlaps, derivatives), n,
                 device, stream);
}

void pairwise_iou(const float* first, int64_t n, const float* second, int64_t m, float* iou,
                  int device, void* stream) {
  if (!check_pairwise(first, n, second, m, iou)) return;
  const DeviceGuard guard("iou", iou, device);
  guard.expect("first", first);
  guard.expect("second", second);
  launch("IoU of boxes", iou_kernel, element_blocks(n * m), kBoxThreads, 0,
         static_cast<cudaStream_t>(stream), first, n, second, m, iou);
}

void match_boxes(const float* iou, int64_t targets, int64_t boxes, double low, double high,
                 int restore_best, int64_t* matches, int device, void* stream) {
  if (!check_matching(iou, targets, boxes, low, high, matches)) return;
  const DeviceGuard guard("matches", matches, device);
  if (targets > 0) guard.expect("iou", iou);
  const auto queue = static_cast<cudaStream_t>(stream);
  const bool restore = restore_best != 0 && targets > 0;
  const Scratch<unsigned> highest(restore ? targets : 0, queue);
  if (restore) {
    highest.clear();
    const dim3 grid(element_blocks((boxes + kBoxesOfThread - 1) / kBoxesOfThread),
                    static_cast<unsigned>(std::min(targets, kTargetsAtOnce)));
    launch("best boxes of targets", highest_kernel, grid, kBoxThreads, 0, queue, iou, targets,
           boxes, highest.get());
  }
  launch("matching boxes", match_kernel, element_blocks(boxes), kBoxThreads, 0, queue, iou, targets,
         boxes, static_cast<float>(low), static_cast<float>(high), highest.get(), matches);
}

}  // namespace cuda
}  // namespace autoloss
