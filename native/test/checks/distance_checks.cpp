// Distances and U-Net's border term against the CPU's.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "inputs.h"

namespace {

using namespace checks;

/// A map of labels: [N,H,W] or, of each class, [N,C,H,W].
using Map = std::vector<float>;

Map edge_map(const Sizes& s, const Labels& labels) {
  Map map(static_cast<size_t>(s.pixels()));
  autoloss::edge_distance(host_batch(s, nullptr, labels.host(), labels.type()), map.data());
  return map;
}

Map signed_map(const Sizes& s, const Labels& labels) {
  Map map(static_cast<size_t>(s.elements()));
  autoloss::signed_distance(host_batch(s, nullptr, labels.host(), labels.type()), map.data());
  return map;
}

void compare_distances(const Sizes& s, const std::vector<int64_t>& plain, int type) {
  const Labels labels(plain, type);
  const DeviceArray<uint8_t> memory(labels.raw());
  const DeviceArray<float> edges(plain.size()), classes(static_cast<size_t>(s.elements()));
  const Map expected_edges = edge_map(s, labels), expected_classes = signed_map(s, labels);
  const std::string what = s.text() + ", labels " + std::to_string(type);
  in_any_order([&] {
    autoloss::edge_distance(gpu_batch(s, nullptr, 0, memory.get(), type), edges.get());
    expect_equal(edges.values(), expected_edges, "distance to edges of " + what);
    autoloss::signed_distance(gpu_batch(s, nullptr, 0, memory.get(), type), classes.get());
    expect_equal(classes.values(), expected_classes, "signed distance of " + what);
  });
}

const Case kDistances("distance/awkward sizes and types", [] {
  int type = 0;
  for (const Sizes& s : {Sizes{1, 1, 1, 1},
                         {2, 3, 7, 33},
                         {1, 2, 33, 7},
                         {1, 5, 1, 65},
                         {1, 3, 65, 1},
                         {2, 21, 32, 32},
                         {1, 2, 9, 300},
                         {1, 2, 100, 40}}) {
    compare_distances(s, random_labels(s, 3), type++ % 3);
  }
});

/// Few pixels, far apart: the nearest columns are far away, and some columns have none.
const Case kSparse("distance/few pixels of a class", [] {
  const Sizes s{2, 3, 70, 290};
  std::vector<int64_t> labels(static_cast<size_t>(s.pixels()), 0);
  labels[3 * s.w + 250] = labels[69 * s.w + 2] = labels[40 * s.w + 140] = 1;
  labels[static_cast<size_t>(s.pixels()) - 1] = 2;
  labels[static_cast<size_t>(s.pixels()) / 2] = -1;
  compare_distances(s, labels, autoloss::LABEL_INT32);
});

const Case kNowhere("distance/classes that are nowhere or everywhere", [] {
  const Sizes s{1, 3, 7, 40};
  compare_distances(s, std::vector<int64_t>(280, 2), autoloss::LABEL_UINT8);
  compare_distances(s, std::vector<int64_t>(280, -1), autoloss::LABEL_INT64);
  const DeviceArray<uint8_t> labels(Labels(std::vector<int64_t>(280, 2), 0).raw());
  const DeviceArray<float> map(280);
  autoloss::edge_distance(gpu_batch({1, 3, 7, 40}, nullptr, 0, labels.get(), 0), map.get());
  expect(std::isinf(map.values()[0]), "infinity without an edge");
});

void compare_borders(double sigma, const Sizes& s, const std::vector<int64_t>& plain, int type) {
  const Labels labels(plain, type);
  Map expected(plain.size());
  autoloss::border_weights(10, sigma, host_batch(s, nullptr, labels.host(), type), expected.data());
  const DeviceArray<uint8_t> memory(labels.raw());
  const DeviceArray<float> got(plain.size());
  in_any_order([&] {
    autoloss::border_weights(10, sigma, gpu_batch(s, nullptr, 0, memory.get(), type), got.get());
    const Map values = got.values();
    for (size_t i = 0; i < values.size(); ++i) {
      // the exponential of the GPU may round otherwise
      expect_close(values[i], expected[i], 1e-6 * expected[i],
                   "border of " + s.text() + ", sigma " + std::to_string(sigma));
    }
  });
}

const Case kBorders("distance/border weights", [] {
  int type = 0;
  for (const Sizes& s : {Sizes{1, 1, 1, 1}, {2, 3, 7, 33}, {1, 4, 33, 7}, {1, 2, 40, 70}}) {
    for (double sigma : {0.1, 2.0, 100.0}) {
      compare_borders(sigma, s, random_labels(s, 5), type++ % 3);
    }
  }
});

/// A spiral is one object whose runs meet late, a comb one whose teeth meet at their ends.
const Case kShapes("distance/objects that wind", [] {
  const Sizes s{1, 2, 41, 43};
  std::vector<int64_t> spiral(static_cast<size_t>(s.pixels()), 0), comb = spiral;
  int64_t top = 0, left = 0, bottom = s.h - 1, right = s.w - 1;
  while (top <= bottom && left <= right) {
    for (int64_t x = std::max<int64_t>(left - 2, 0); x <= right; ++x) spiral[top * s.w + x] = 1;
    for (int64_t y = top; y <= bottom; ++y) spiral[y * s.w + right] = 1;
    for (int64_t x = left; x <= right; ++x) spiral[bottom * s.w + x] = 1;
    for (int64_t y = top + 2; y <= bottom; ++y) spiral[y * s.w + left] = 1;
    top += 2, left += 2, bottom -= 2, right -= 2;
  }
  for (int64_t i = 0; i < s.pixels(); ++i) comb[i] = i % s.w % 2 == 0 || i / s.w == s.h - 1;
  comb[(s.h - 1) * s.w + 21] = 0;  // two combs
  compare_borders(3, s, spiral, autoloss::LABEL_UINT8);
  compare_borders(3, s, comb, autoloss::LABEL_INT64);
});

const Case kArguments("distance/arguments are checked", [] {
  const DeviceArray<uint8_t> labels(4);
  const DeviceArray<float> map(4);
  std::vector<float> host(4);
  expect_contains(
      message_of([&] {
        autoloss::edge_distance(gpu_batch({1, 2, 2, 2}, nullptr, 0, labels.get(), 0), host.data());
      }),
      "distance: expected memory of GPU 0");
  expect_contains(
      message_of([&] {
        autoloss::signed_distance(gpu_batch({1, 2, 2, 2}, nullptr, 0, labels.get(), 3), map.get());
      }),
      "label_type: expected 0 to 2, got 3");
  expect_contains(message_of([&] {
                    autoloss::border_weights(
                        1, 0, gpu_batch({1, 2, 2, 2}, nullptr, 0, labels.get(), 0), map.get());
                  }),
                  "sigma: expected above 0, to 100");
  autoloss::edge_distance(gpu_batch({0, 2, 2, 2}, nullptr, 0, nullptr, 0),
                          nullptr);  // nothing to do
});

/// Labels are read once, the map is written once.
Measured map_benchmark(
    bool of_classes,
    const std::function<void(const Sizes&, const uint8_t*, float*, cudaStream_t)>& operation) {
  const Sizes s = benchmark_sizes();
  const Labels labels(random_labels(benchmark_image(), 3), autoloss::LABEL_UINT8);
  const auto y = repeated(labels.raw(), s.n);
  const auto map = std::make_shared<DeviceArray<float>>(
      static_cast<size_t>(of_classes ? s.elements() : s.pixels()));
  return {static_cast<int64_t>(y->bytes() + map->bytes()),
          [=](cudaStream_t stream) { operation(s, y->get(), map->get(), stream); }};
}

const Benchmark kEdgeDistance("distance to label edges [16,512,512]", [] {
  return map_benchmark(false, [](const Sizes& s, const uint8_t* labels, float* map,
                                 cudaStream_t stream) {
    autoloss::edge_distance(gpu_batch(s, nullptr, 0, labels, autoloss::LABEL_UINT8, stream), map);
  });
});

const Benchmark kSignedDistance("signed distances [16,21,512,512]", [] {
  return map_benchmark(true, [](const Sizes& s, const uint8_t* labels, float* map,
                                cudaStream_t stream) {
    autoloss::signed_distance(gpu_batch(s, nullptr, 0, labels, autoloss::LABEL_UINT8, stream), map);
  });
});

const Benchmark kBorder("border weights, sigma 5 [16,512,512]", [] {
  return map_benchmark(
      false, [](const Sizes& s, const uint8_t* labels, float* map, cudaStream_t stream) {
        autoloss::border_weights(
            10, 5, gpu_batch(s, nullptr, 0, labels, autoloss::LABEL_UINT8, stream), map);
      });
});

}  // namespace
