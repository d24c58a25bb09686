// RoIAlign and its gradient against the CPU's.
#include <memory>

#include "inputs.h"

namespace {

using namespace checks;

autoloss::Batch gpu_map(const Sizes& s, const float* features, void* stream = nullptr) {
  return gpu_batch(s, features, autoloss::LOGIT_FLOAT32, nullptr, autoloss::LABEL_INT64, stream);
}

/// Regions within the map, across its edges, beyond it, without area, and with sides below 0.
std::vector<float> random_regions(const Sizes& s, int64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> rois;
  for (int64_t r = 0; r < count; ++r) {
    const auto place = [&](int64_t cells) {
      return static_cast<float>((2 * draw(random) - 0.5) * static_cast<double>(cells));
    };
    const float x = place(s.w), y = place(s.h);
    const bool flat = r % 7 == 3;
    rois.insert(rois.end(), {static_cast<float>(r % s.n), x, y, flat ? x : place(s.w) + s.w,
                             r % 9 == 4 ? y - 3 : place(s.h) + s.h});
  }
  return rois;
}

void compare_align(const Sizes& s, const std::vector<float>& rois, const autoloss::RoiGrid& grid) {
  const int64_t count = rois.size() / 5, results = count * s.c * grid.height * grid.width;
  const std::string what = std::to_string(count) + " regions of " + s.text() + ", " +
                           std::to_string(grid.height) + " x " + std::to_string(grid.width) +
                           " bins, " + std::to_string(grid.samples) + " samples, aligned " +
                           std::to_string(grid.aligned);
  const std::vector<float> features = random_values(s.elements(), 2, 5);
  std::vector<float> expected(static_cast<size_t>(results));
  const autoloss::Batch map = host_batch(s, features.data(), nullptr, autoloss::LABEL_INT64);
  autoloss::roi_align(map, rois.data(), count, grid, expected.data());
  const DeviceArray<float> from(features), out(expected.size());
  in_any_order([&] {
    autoloss::roi_align(gpu_map(s, from.get()), rois.data(), count, grid, out.get());
    // sums of some tens of products, in another order
    expect_near(out.values(), expected, 1e-6, what);
  });

  const std::vector<float> by_result = random_values(results, 1, 6);
  std::vector<float> gradient(features.size());
  autoloss::roi_align_gradient(map, rois.data(), count, grid, by_result.data(), gradient.data());
  const DeviceArray<float> upstream(by_result), got(gradient.size());
  std::vector<float> first;
  in_any_order([&] {
    autoloss::roi_align_gradient(gpu_map(s, nullptr), rois.data(), count, grid, upstream.get(),
                                 got.get());
    const std::vector<float> values = got.values();
    // sums of up to some hundred products, whose signs differ
    expect_near(values, gradient, 1e-5, what + ", gradient");
    if (first.empty()) first = values;
    expect_equal(values, first, what + ", gradient once more");
  });
}

const Case kAlign("roi_align/awkward sizes, samples and shifts", [] {
  for (const Sizes& s :
       {Sizes{1, 1, 1, 1}, {2, 9, 7, 33}, {1, 33, 5, 4}, {3, 2, 17, 16}, {1, 1, 40, 20}}) {
    for (int64_t samples : {-1, 1, 2, 3}) {
      for (int aligned : {0, 1}) {
        compare_align(s, random_regions(s, 11, 7), {3, 5, 0.5, samples, aligned});
      }
    }
  }
});

/// More regions than a block lists at once, more than its tables hold, and large grids.
const Case kMany("roi_align/many regions, many bins", [] {
  compare_align({2, 3, 20, 18}, random_regions({2, 3, 20, 18}, 300, 8), {2, 2, 1, 2, 1});
  compare_align({1, 2, 18, 20}, random_regions({1, 2, 18, 20}, 5, 9), {14, 14, 1, 2, 0});
  compare_align({1, 1, 9, 9}, random_regions({1, 1, 9, 9}, 3, 10), {128, 1, 1, 0, 1});
});

const Case kNothing("roi_align/no region, no channel", [] {
  const Sizes s{1, 2, 5, 6};
  const DeviceArray<float> gradient(static_cast<size_t>(s.elements()));
  autoloss::roi_align_gradient(gpu_map(s, nullptr), nullptr, 0, {2, 2, 1, 2, 0}, nullptr,
                               gradient.get());
  expect_equal(gradient.values(), std::vector<float>(60, 0.0f), "gradient without a region");
  autoloss::roi_align(gpu_map(s, nullptr), nullptr, 0, {2, 2, 1, 2, 0}, nullptr);
  const std::vector<float> roi = {0, 1, 1, 2, 2};
  autoloss::roi_align(gpu_map({1, 0, 5, 6}, nullptr), roi.data(), 1, {2, 2, 1, 2, 0}, nullptr);
});

const Case kArguments("roi_align/arguments are checked", [] {
  const Sizes s{1, 1, 4, 4};
  const DeviceArray<float> map(16), out(4);
  std::vector<float> roi = {0, 1, 1, 2, 2}, host(16);
  const auto message = [&](const autoloss::Batch& features, const autoloss::RoiGrid& grid) {
    return message_of([&] { autoloss::roi_align(features, roi.data(), 1, grid, out.get()); });
  };
  expect_contains(message(gpu_map(s, host.data()), {2, 2, 1, 2, 0}),
                  "logits: expected memory of GPU 0, as out is, got memory of the host");
  expect_contains(message(gpu_map(s, map.get()), {129, 2, 1, 2, 0}),
                  "grid: expected at most 128 bins along each axis on a GPU, got 129 x 2");
  expect_contains(
      message(gpu_batch(s, map.get(), autoloss::LOGIT_FLOAT16, nullptr, 0), {2, 2, 1, 2, 0}),
      "logit_type: expected 0 to 0, got 1");
  roi[0] = 1;
  expect_contains(message(gpu_map(s, map.get()), {2, 2, 1, 2, 0}),
                  "rois: expected images 0 to 0, got 1.000000 in region 0");
  roi = {0, 1, 1, std::numeric_limits<float>::quiet_NaN(), 2};
  expect_contains(message(gpu_map(s, map.get()), {2, 2, 1, 2, 0}),
                  "rois: expected boxes within 1e7 of the origin, got nan");
});

/// As in benchmarks/: 512 regions of [1,256,64,64], 7 x 7 bins of 2 x 2 samples.
struct Regions {
  Sizes sizes;
  autoloss::RoiGrid grid;
  std::vector<float> rois;
  std::shared_ptr<DeviceArray<float>> map, out;

  Regions() : sizes{1, 256, 64, 64}, grid{7, 7, 1.0 / 16, 2, 0} {
    int64_t count = 512;
#ifdef AUTOLOSS_EMULATED
    sizes = {1, 8, 16, 16}, count = 4;
#endif
    std::mt19937_64 random(1);
    const double extent = 16.0 * static_cast<double>(sizes.h);
    for (int64_t r = 0; r < count; ++r) {
      float corners[4];
      for (int axis = 0; axis < 2; ++axis) {
        const double from = draw(random) * (extent - 32);
        corners[axis] = static_cast<float>(from);
        corners[axis + 2] = static_cast<float>(std::min(extent, from + 32 + 368 * draw(random)));
      }
      rois.insert(rois.end(), {0, corners[0], corners[1], corners[2], corners[3]});
    }
    map = std::make_shared<DeviceArray<float>>(random_values(sizes.elements(), 1, 2));
    out = std::make_shared<DeviceArray<float>>(random_values(count * sizes.c * 49, 1, 3));
  }
  int64_t bytes() const { return static_cast<int64_t>(map->bytes() + out->bytes()); }
  int64_t count() const { return static_cast<int64_t>(rois.size()) / 5; }
};

const Benchmark kAlignBenchmark("RoIAlign of 512 regions, 7 x 7, [1,256,64,64]", [] {
  const auto in = std::make_shared<Regions>();
  return Measured{in->bytes(), [=](cudaStream_t stream) {
                    autoloss::roi_align(gpu_map(in->sizes, in->map->get(), stream), in->rois.data(),
                                        in->count(), in->grid, in->out->get());
                  }};
});

const Benchmark kGradientBenchmark("RoIAlign's gradient, the same", [] {
  const auto in = std::make_shared<Regions>();
  return Measured{in->bytes(), [=](cudaStream_t stream) {
                    autoloss::roi_align_gradient(gpu_map(in->sizes, nullptr, stream),
                                                 in->rois.data(), in->count(), in->grid,
                                                 in->out->get(), in->map->get());
                  }};
});

}  // namespace
