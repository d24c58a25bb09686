// U-Net's border term: what pixels between two objects weigh. Formula: border_weights in ops.h.
//
// Objects are found by uniting runs of equal labels, the smallest pixel of each being
// its name, so that the order of threads does not matter. 1, 4 or 8 bytes a pixel read three times,
// names (4) written twice and read once, the nearest of each column (16) written, and read with
// those of the neighbours from the caches: 2 reach + 1 looks for a pixel along either line at most.
#include "common/border_math.h"
#include "counts.h"
#include "device.h"
#include "distance_maps.h"
#include "launch.h"
#include "operations.h"
#include "pixels.h"

namespace autoloss {
namespace cuda {
namespace {

/// The label of an object's pixel; -1 for class 0 and ignored pixels, which belong to none.
template <class Label>
__device__ inline int object_label(const Label* labels, int64_t pixel, int classes) {
  const int label = label_at(labels, pixel, classes);
  return label > 0 ? label : -1;
}

/// Links each pixel of an object to the first of its run within the row, into parents [N,H,W]; -1
/// for pixels of no object. A warp to a row.
template <class Label>
__global__ void __launch_bounds__(kRowThreads)
    link_runs(const Label* __restrict__ labels, int classes, const Planes planes,
              int32_t* __restrict__ parents) {
  const int lane = threadIdx.x % kWarp;
  const int64_t row = int64_t{blockIdx.x} * kRowWarps + threadIdx.x / kWarp;
  if (row >= planes.count * planes.height) return;
  const Label* from = labels + row * planes.width;
  int32_t* to = parents + row * planes.width;
  const int width = static_cast<int>(planes.width);
  const int in_plane = static_cast<int>(row % planes.height) * width;  // fewer than 2^31 pixels
  int last_label = -2;                                                 // a run begins with the row
  int last_start = 0;
  for (int begin = 0; begin < width; begin += kWarp) {
    const int x = begin + lane;
    const int label = x < width ? object_label(from, x, classes) : -1;
    int before = __shfl_up_sync(kAllLanes, label, 1);
    if (lane == 0) before = last_label;
    const unsigned starts = __ballot_sync(kAllLanes, label != before);
    const unsigned mine = starts & (kAllLanes >> (kWarp - 1 - lane));
    const int start = mine != 0 ? begin + 31 - __clz(static_cast<int>(mine)) : last_start;
    if (x < width) to[x] = label < 0 ? -1 : in_plane + start;
    last_label = __shfl_sync(kAllLanes, label, kWarp - 1);
    last_start = __shfl_sync(kAllLanes, start, kWarp - 1);
  }
}

/// The end of a pixel's chain of parents. What another thread changes meanwhile makes the chain
/// shorter or longer, but never leaves the object.
__device__ inline int32_t root_of(const int32_t* parents, int32_t pixel) {
  int32_t parent = __ldcg(parents + pixel);
  while (parent != pixel) {
    pixel = parent;
    parent = __ldcg(parents + pixel);
  }
  return pixel;
}

/// Makes one object of two pixels', whose root is then the smaller one.
__device__ inline void unite(int32_t* parents, int32_t a, int32_t b) {
  while (true) {
    a = root_of(parents, a);
    b = root_of(parents, b);
    if (a == b) return;
    const int32_t larger = max(a, b), smaller = min(a, b);
    const int32_t parent = atomicMin(parents + larger, smaller);
    if (parent == larger) return;
    // another thread linked it meanwhile: to what it was linked, must be united too
    a = parent;
    b = smaller;
  }
}

/// Unites runs with those of the row above: once, where the later of both begins.
template <class Label>
__global__ void unite_runs(const Label* __restrict__ labels, int classes, const Planes planes,
                           int32_t* parents) {
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    const int64_t first = plane * planes.plane(), i = y * planes.width + x;
    const auto label = [&](int64_t pixel) { return object_label(labels, first + pixel, classes); };
    const int own = label(i);
    if (own < 0 || y == 0 || label(i - planes.width) != own) return;
    if (x > 0 && label(i - 1) == own && label(i - planes.width - 1) == own) return;
    unite(parents + first, static_cast<int32_t>(i), static_cast<int32_t>(i - planes.width));
  });
}

/// Links each pixel to its root, which is then the object's name.
__global__ void name_objects(const Planes planes, int32_t* parents) {
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    int32_t* mine = parents + plane * planes.plane();
    const int32_t i = static_cast<int32_t>(y * planes.width + x);
    if (mine[i] >= 0) mine[i] = root_of(mine, i);
  });
}

/// The two nearest objects within each column, `reach` pixels up and down at most. Whatever is one
/// of the two nearest of a pixel is one of the two nearest of its own column, at that row.
__global__ void nearest_in_columns(const int32_t* __restrict__ objects, const Planes planes,
                                   int64_t reach, NearestObjects* __restrict__ nearest) {
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    const int64_t i = plane * planes.plane() + y * planes.width + x;
    NearestObjects found = no_objects();
    for (int64_t d = 0; d <= reach && d * d < found.squared[1]; ++d) {
      const int32_t squared = static_cast<int32_t>(d * d);
      if (d <= y) offer_object(found, objects[i - d * planes.width], squared);
      if (y + d < planes.height) offer_object(found, objects[i + d * planes.width], squared);
    }
    nearest[i] = found;
  });
}

/// What the two nearest objects weigh, of the nearest of each column along the row.
template <class Label>
__global__ void weigh_borders(const Label* __restrict__ labels, int classes,
                              const int32_t* __restrict__ objects,
                              const NearestObjects* __restrict__ columns, const Planes planes,
                              int64_t reach, double strength, double sigma,
                              float* __restrict__ weights) {
  for_pixels(planes, [&](int64_t plane, int64_t y, int64_t x) {
    const int64_t i = plane * planes.plane() + y * planes.width + x;
    float weight = 0.0f;
    if (objects[i] < 0 && label_at(labels, i, classes) >= 0) {
      NearestObjects found = no_objects();
      const auto look = [&](int64_t column, int32_t squared) {
        const NearestObjects other = columns[column];
        offer_object(found, other.object[0], other.squared[0] + squared);
        offer_object(found, other.object[1], other.squared[1] + squared);
      };
      for (int64_t k = 0; k <= reach && k * k < found.squared[1]; ++k) {
        const int32_t squared = static_cast<int32_t>(k * k);
        if (k <= x) look(i - k, squared);
        if (x + k < planes.width) look(i + k, squared);
      }
      if (found.object[1] >= 0) weight = border_weight(strength, sigma, found);
    }
    weights[i] = weight;
  });
}

}  // namespace

void border_weights(double strength, double sigma, const Batch& batch, float* weights) {
  const LabelImages in = checked_maps(batch);
  check_border(strength, sigma);
  if (in.plane() > std::numeric_limits<int32_t>::max()) {
    fail("shape", "planes of fewer than 2^31 pixels", std::to_string(in.plane()));
  }
  if (in.pixels() == 0) return;
  check_pointer("weights", weights);
  const DeviceGuard guard("labels", batch.labels, batch);
  guard.expect("weights", weights);
  const auto queue = stream_of(batch);
  const int64_t reach = border_reach(sigma);
  const Planes planes = in.planes();
  const int classes = static_cast<int>(batch.c);
  const Scratch<int32_t> objects(in.pixels(), queue);
  const Scratch<NearestObjects> nearest(in.pixels(), queue);
  with_labels(batch.label_type, batch.labels, [&](auto* typed) {
    using Label = std::decay_t<decltype(*typed)>;
    launch("linking runs", link_runs<Label>, blocks_for(batch.n * batch.h, kRowWarps), kRowThreads,
           0, queue, typed, classes, planes, objects.get());
    launch_pixels("uniting objects", unite_runs<Label>, planes, queue, typed, classes, planes,
                  objects.get());
    launch_pixels("naming objects", name_objects, planes, queue, planes, objects.get());
    launch_pixels("nearest objects of columns", nearest_in_columns, planes, queue, objects.get(),
                  planes, reach, nearest.get());
    launch_pixels("weights of borders", weigh_borders<Label>, planes, queue, typed, classes,
                  objects.get(), nearest.get(), planes, reach, strength, sigma, weights);
  });
}

}  // namespace cuda
}  // namespace autoloss
