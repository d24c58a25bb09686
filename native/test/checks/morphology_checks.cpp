// Pooling, label edges and their dilation against the CPU's.
#include <limits>
#include <memory>

#include "inputs.h"

namespace {

using namespace checks;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

void compare_pool(int kind, int64_t window, const Sizes& s, const std::vector<float>& values) {
  const std::string what =
      "pool " + std::to_string(kind) + ", window " + std::to_string(window) + " of " + s.text();
  std::vector<float> expected(values.size());
  autoloss::pool(kind, window, host_batch(s, values.data(), nullptr, 0), expected.data());
  const DeviceArray<float> from(values), out(values.size());
  in_any_order([&] {
    autoloss::pool(kind, window, gpu_batch(s, from.get(), 0, nullptr, 0), out.get());
    expect_equal(out.values(), expected, what);
  });

  std::vector<int64_t> found(values.size());
  autoloss::pool_places(kind, window, host_batch(s, values.data(), nullptr, 0), found.data());
  const DeviceArray<int64_t> places(values.size());
  in_any_order([&] {
    autoloss::pool_places(kind, window, gpu_batch(s, from.get(), 0, nullptr, 0), places.get());
    expect_equal(places.values(), found, what + ", places");
  });

  const std::vector<float> by_result = random_values(s.elements(), 1, 77);
  autoloss::pool_gradient(kind, window, host_batch(s, values.data(), nullptr, 0), by_result.data(),
                          expected.data());
  const DeviceArray<float> upstream(by_result), gradient(values.size());
  in_any_order([&] {
    autoloss::pool_gradient(kind, window, gpu_batch(s, from.get(), 0, nullptr, 0), upstream.get(),
                            gradient.get());
    // sums of up to a few hundred numbers, in another order
    expect_near(gradient.values(), expected, 1e-6, what + ", gradient");
  });
}

const Case kPool("morphology/pool", [] {
  for (const Sizes& s : {Sizes{1, 1, 1, 1}, {2, 1, 7, 33}, {1, 3, 33, 7}, {1, 1, 1, 40}}) {
    for (int64_t window : {1, 3, 11, 17, 19, 301}) {
      compare_pool(autoloss::POOL_MAX, window, s, random_values(s.elements(), 2, 5));
      compare_pool(autoloss::POOL_MIN, window, s, random_values(s.elements(), 2, 6));
    }
  }
});

const Case kPoolTies("morphology/pool of equal, infinite and NaN values", [] {
  const Sizes s{1, 1, 7, 33};
  std::vector<float> values = random_values(s.elements(), 2, 8);
  for (float& value : values) value = std::floor(value);
  for (int64_t window : {3, 5, 19}) {
    compare_pool(autoloss::POOL_MAX, window, s, values);
    compare_pool(autoloss::POOL_MIN, window, s, values);
  }
  for (size_t i = 0; i < values.size(); i += 13) {
    values[i] = i % 3 == 0 ? kNaN : i % 3 == 1 ? kInfinity : -kInfinity;
  }
  for (int64_t window : {3, 5, 19}) {
    compare_pool(autoloss::POOL_MAX, window, s, values);
    compare_pool(autoloss::POOL_MIN, window, s, values);
  }
});

void compare_edges(const Sizes& s, const std::vector<int64_t>& plain, int type, int64_t tolerance,
                   int drop_background) {
  const Labels labels(plain, type);
  const DeviceArray<uint8_t> memory(labels.raw());
  std::vector<uint8_t> edges(plain.size());
  autoloss::find_label_edges(host_batch(s, nullptr, labels.host(), type), drop_background,
                             edges.data());
  const DeviceArray<uint8_t> got_edges(plain.size());
  autoloss::find_label_edges(gpu_batch(s, nullptr, 0, memory.get(), type), drop_background,
                             got_edges.get());
  expect_equal(got_edges.values(), edges, "edges of " + s.text());

  std::vector<int64_t> bits(plain.size() * static_cast<size_t>((s.c + 63) / 64));
  autoloss::dilate_label_edges(host_batch(s, nullptr, labels.host(), type), tolerance,
                               drop_background, bits.data());
  const DeviceArray<int64_t> got_bits(bits.size());
  in_any_order([&] {
    autoloss::dilate_label_edges(gpu_batch(s, nullptr, 0, memory.get(), type), tolerance,
                                 drop_background, got_bits.get());
    expect_equal(got_bits.values(), bits,
                 "edges of " + s.text() + " dilated by " + std::to_string(tolerance));
  });
}

const Case kEdges("morphology/label edges", [] {
  for (const Sizes& s : {Sizes{1, 1, 1, 1}, {2, 21, 7, 33}, {1, 70, 33, 7}, {1, 130, 9, 9}}) {
    const std::vector<int64_t> labels = random_labels(s, 3);
    for (int type : {autoloss::LABEL_UINT8, autoloss::LABEL_INT32, autoloss::LABEL_INT64}) {
      for (int64_t tolerance : {0, 2, 5, 12, 1000}) {
        compare_edges(s, labels, type, tolerance, type == autoloss::LABEL_INT32);
      }
    }
  }
});

const Case kNoEdges("morphology/label edges of images without any", [] {
  const Sizes s{1, 3, 7, 9};
  compare_edges(s, std::vector<int64_t>(63, 2), autoloss::LABEL_UINT8, 5, 0);
  compare_edges(s, std::vector<int64_t>(63, -1), autoloss::LABEL_INT64, 5, 0);
});

const Case kArguments("morphology/arguments are checked", [] {
  const DeviceArray<float> values(4);
  expect_contains(message_of([&] {
                    autoloss::pool(autoloss::POOL_MAX, 2,
                                   gpu_batch({1, 1, 2, 2}, values.get(), 0, nullptr, 0),
                                   values.get());
                  }),
                  "window: expected an odd number, got 2");
  expect_contains(message_of([&] {
                    autoloss::pool(autoloss::POOL_MAX, 3,
                                   gpu_batch({1, 1, 2, 2}, values.get(), 0, nullptr, 0),
                                   values.get());
                  }),
                  "out: expected other memory than the input");
  std::vector<float> host(4);
  expect_contains(message_of([&] {
                    autoloss::pool(autoloss::POOL_MAX, 3,
                                   gpu_batch({1, 1, 2, 2}, values.get(), 0, nullptr, 0),
                                   host.data());
                  }),
                  "out: expected memory of GPU 0");
});

const Benchmark kPooling("max-pool 11x11 [16,21,512,512]", [] {
  const Sizes s = checks::benchmark_sizes();
  const auto from = repeated(random_values(benchmark_image().elements(), 2, 1), s.n);
  const auto out = std::make_shared<DeviceArray<float>>(from->count());
  return Measured{static_cast<int64_t>(from->bytes() + out->bytes()), [=](cudaStream_t stream) {
                    autoloss::pool(autoloss::POOL_MAX, 11,
                                   gpu_batch(s, from->get(), 0, nullptr, 0, stream), out->get());
                  }};
});

const Benchmark kPoolingGradient("gradient of max-pool 11x11 [16,21,512,512]", [] {
  const Sizes s = checks::benchmark_sizes();
  const auto from = repeated(random_values(benchmark_image().elements(), 2, 1), s.n);
  const auto upstream = repeated(random_values(benchmark_image().elements(), 1, 2), s.n);
  const auto gradient = std::make_shared<DeviceArray<float>>(from->count());
  return Measured{static_cast<int64_t>(3 * from->bytes()), [=](cudaStream_t stream) {
                    autoloss::pool_gradient(autoloss::POOL_MAX, 11,
                                            gpu_batch(s, from->get(), 0, nullptr, 0, stream),
                                            upstream->get(), gradient->get());
                  }};
});

const Benchmark kDilation("label edges dilated by 5, 21 classes [16,512,512]", [] {
  const Sizes s = checks::benchmark_sizes();
  const Labels labels(random_labels(benchmark_image(), 3), autoloss::LABEL_UINT8);
  const auto from = repeated(labels.raw(), s.n);
  const auto bits = std::make_shared<DeviceArray<int64_t>>(from->count());
  return Measured{static_cast<int64_t>(from->bytes() + bits->bytes()), [=](cudaStream_t stream) {
                    autoloss::dilate_label_edges(
                        gpu_batch(s, nullptr, 0, from->get(), autoloss::LABEL_UINT8, stream), 5, 0,
                        bits->get());
                  }};
});

}  // namespace
