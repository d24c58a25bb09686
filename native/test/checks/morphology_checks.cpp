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
  autoloss::pool(kind, window, values.data(), s.n, s.c, s.h, s.w, expected.data());
  const DeviceArray<float> from(values), out(values.size());
  in_any_order([&] {
    autoloss::pool(kind, window, from.get(), s.n, s.c, s.h, s.w, out.get(), nullptr);
    expect_equal(out.values(), expected, what);
  });

  std::vector<int64_t> found(values.size());
  autoloss::pool_places(kind, window, values.data(), s.n, s.c, s.h, s.w, found.data());
  const DeviceArray<int64_t> places(values.size());
  in_any_order([&] {
    autoloss::pool_places(kind, window, from.get(), s.n, s.c, s.h, s.w, places.get(), nullptr);
    expect_equal(places.values(), found, what + ", places");
  });

  const std::vector<float> by_result = random_values(s.elements(), 1, 77);
  autoloss::pool_gradient(kind, window, values.data(), by_result.data(), s.n, s.c, s.h, s.w,
                          expected.data());
  const DeviceArray<float> upstream(by_result), gradient(values.size());
  in_any_order([&] {
    autoloss::pool_gradient(kind, window, from.get(), upstream.get(), s.n, s.c, s.h, s.w,
                            gradient.get(), nullptr);
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
  autoloss::find_label_edges(labels.host(), type, drop_background, s.n, s.c, s.h, s.w,
                             edges.data());
  const DeviceArray<uint8_t> got_edges(plain.size());
  autoloss::find_label_edges(memory.get(), type, drop_background, s.n, s.c, s.h, s.w,
                             got_edges.get(), nullptr);
  expect_equal(got_edges.values(), edges, "edges of " + s.text());

  std::vector<int64_t> bits(plain.size() * static_cast<size_t>((s.c + 63) / 64));
  autoloss::dilate_label_edges(labels.host(), type, tolerance, drop_background, s.n, s.c, s.h, s.w,
                               bits.data());
  const DeviceArray<int64_t> got_bits(bits.size());
  in_any_order([&] {
    autoloss::dilate_label_edges(memory.get(), type, tolerance, drop_background, s.n, s.c, s.h, s.w,
                                 got_bits.get(), nullptr);
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
                    autoloss::pool(autoloss::POOL_MAX, 2, values.get(), 1, 1, 2, 2, values.get(),
                                   nullptr);
                  }),
                  "window: expected an odd number, got 2");
  expect_contains(message_of([&] {
                    autoloss::pool(autoloss::POOL_MAX, 3, values.get(), 1, 1, 2, 2, values.get(),
                                   nullptr);
                  }),
                  "out: expected other memory than the input");
  std::vector<float> host(4);
  expect_contains(message_of([&] {
                    autoloss::pool(autoloss::POOL_MAX, 3, values.get(), 1, 1, 2, 2, host.data(),
                                   nullptr);
                  }),
                  "out: expected memory of GPU 0");
});

const Benchmark kPooling("max-pool 11x11 [16,21,512,512]", [] {
  const Sizes s = checks::benchmark_sizes();
  const auto from = std::make_shared<DeviceArray<float>>(random_values(s.elements(), 2, 1));
  const auto out = std::make_shared<DeviceArray<float>>(from->count());
  return Measured{static_cast<int64_t>(from->bytes() + out->bytes()), [=](cudaStream_t stream) {
                    autoloss::pool(autoloss::POOL_MAX, 11, from->get(), s.n, s.c, s.h, s.w,
                                   out->get(), stream);
                  }};
});

const Benchmark kPoolingGradient("gradient of max-pool 11x11 [16,21,512,512]", [] {
  const Sizes s = checks::benchmark_sizes();
  const auto from = std::make_shared<DeviceArray<float>>(random_values(s.elements(), 2, 1));
  const auto upstream = std::make_shared<DeviceArray<float>>(random_values(s.elements(), 1, 2));
  const auto gradient = std::make_shared<DeviceArray<float>>(from->count());
  return Measured{static_cast<int64_t>(3 * from->bytes()), [=](cudaStream_t stream) {
                    autoloss::pool_gradient(autoloss::POOL_MAX, 11, from->get(), upstream->get(),
                                            s.n, s.c, s.h, s.w, gradient->get(), stream);
                  }};
});

const Benchmark kDilation("label edges dilated by 5, 21 classes [16,512,512]", [] {
  const Sizes s = checks::benchmark_sizes();
  const Labels labels(random_labels(s, 3), autoloss::LABEL_UINT8);
  const auto from = std::make_shared<DeviceArray<uint8_t>>(labels.raw());
  const auto bits = std::make_shared<DeviceArray<int64_t>>(from->count());
  return Measured{static_cast<int64_t>(from->bytes() + bits->bytes()), [=](cudaStream_t stream) {
                    autoloss::dilate_label_edges(from->get(), autoloss::LABEL_UINT8, 5, 0, s.n, s.c,
                                                 s.h, s.w, bits->get(), stream);
                  }};
});

}  // namespace
