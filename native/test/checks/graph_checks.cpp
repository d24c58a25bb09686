// Value and gradient of loss graphs on a GPU against those on the CPU.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "autoloss/ops.h"
#include "check.h"
#include "inputs.h"
#include "logits.h"
#include "memory.h"
#include "random_graphs.h"

namespace checks {
namespace {

using namespace autoloss;

constexpr double kEps = 1e-12;

/// Sizes that are awkward for blocks, warps and vectors.
std::vector<Sizes> awkward_sizes() {
  return {{1, 1, 1, 1},   {2, 2, 1, 33},   {1, 3, 7, 129}, {3, 5, 16, 16}, {2, 8, 33, 7},
          {1, 9, 11, 13}, {2, 21, 17, 31}, {1, 32, 9, 20}, {1, 33, 8, 9},  {1, 70, 5, 31}};
}

/// A batch on the host.
struct Images {
  Sizes sizes;
  std::vector<float> logits;
  std::vector<int64_t> labels;

  /// Logits from -4 to 4; labels in patches, as in images, and some 10 % ignored.
  static Images random(const Sizes& sizes, uint64_t seed);
};

Images Images::random(const Sizes& sizes, uint64_t seed) {
  std::mt19937_64 random(seed);
  Images batch{sizes, {}, {}};
  batch.logits.resize(static_cast<size_t>(sizes.elements()));
  batch.labels.resize(static_cast<size_t>(sizes.pixels()));
  for (float& z : batch.logits) z = static_cast<float>(8 * draw(random) - 4);
  int64_t label = 0;
  for (int64_t& y : batch.labels) {
    // a new patch every eight pixels or so
    if (random() % 8 == 0) label = static_cast<int64_t>(random() % static_cast<uint64_t>(sizes.c));
    y = random() % 10 == 0 ? -1 : label;
  }
  return batch;
}

struct Result {
  double value;
  std::vector<float> gradient;
};

Result on_cpu(const std::vector<int32_t>& code, const Images& batch, const float* logits) {
  const Sizes& s = batch.sizes;
  Result result{0, std::vector<float>(batch.logits.size())};
  result.value = graph_loss(code.data(), static_cast<int64_t>(code.size() / 3), kEps,
                            host_batch(s, logits, batch.labels.data(), LABEL_INT64), nullptr,
                            result.gradient.data());
  return result;
}

Result on_gpu(const std::vector<int32_t>& code, const Images& batch, int logit_type, int label_type,
              bool gradient_wanted = true) {
  const Sizes& s = batch.sizes;
  const DeviceArray<uint8_t> logits(Logits(batch.logits, logit_type).raw());
  const DeviceArray<uint8_t> labels(Labels(batch.labels, label_type).raw());
  const DeviceArray<float> value(1), gradient(batch.logits.size());
  graph_loss(code.data(), static_cast<int64_t>(code.size() / 3), kEps,
             gpu_batch(s, logits.get(), logit_type, labels.get(), label_type), value.get(),
             gradient_wanted ? gradient.get() : nullptr);
  return {value.values()[0], gradient.values()};
}

double norm_of(const std::vector<float>& x) {
  double sum = 0;
  for (float v : x) sum += std::isfinite(v) ? static_cast<double>(v) * v : 0;
  return std::sqrt(sum);
}

/// Rounding differs: the value by 1e-5 of its size or of 1, the gradient by 1e-4 of its norm, as in
/// the reference values of graphs; or, where a gradient cancels to nothing, by the rounding of what
/// it is made of.
void compare(const std::string& text, const Images& batch, int logit_type = LOGIT_FLOAT32,
             int label_type = LABEL_INT32) {
  const std::vector<int32_t> code = parse_graph(text);
  const Logits rounded(batch.logits, logit_type);
  const Result cpu = on_cpu(code, batch, rounded.host());
  const Result gpu = on_gpu(code, batch, logit_type, label_type);
  const std::string what = text + ", " + batch.sizes.text();
  expect_close(gpu.value, static_cast<float>(cpu.value), 1e-5 * std::max(1.0, std::abs(cpu.value)),
               what + ", value");
  const double tolerance =
      1e-4 * norm_of(cpu.gradient) + 1e-6 / static_cast<double>(batch.sizes.pixels());
  for (size_t i = 0; i < cpu.gradient.size(); ++i) {
    expect_close(gpu.gradient[i], cpu.gradient[i], tolerance, what + ", gradient");
  }
}

/// Graphs that do not amplify rounding: every operator, fused and level by level, and what the
/// search finds.
const std::vector<std::string>& graphs() {
  static const std::vector<std::string> texts = {
      "neg(mul(y,log(yhat)))",
      "square(add(y,neg(yhat)))",
      "neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(add(y,yhat)))))",
      "neg(sqrt(mul(y,tanh(yhat))))",
      "abs(add(y,neg(exp(yhat))))",
      "inv(add(1,yhat))",
      "mul(y,mean_c(square(yhat)))",
      "mul(mean_c(yhat),log(add(y,yhat)))",
      "maxpool3(mul(y,yhat))",
      "minpool3(add(neg(y),yhat))",
      "abs(add(maxpool3(y),neg(maxpool3(yhat))))",
      "mul(maxpool3(minpool3(yhat)),mean_nhw(exp(yhat)))",
      "add(mean_c(mean_nhw(mul(y,yhat))),tanh(maxpool3(mean_c(mul(y,yhat)))))",
      "mean_nhw(mul(yhat,mean_nhw(square(yhat))))",
      "log(mean_c(add(1,mean_nhw(mul(y,yhat)))))",
      "yhat",
      "mean_nhw(yhat)"};
  return texts;
}

const Case kSizes("graph/awkward sizes", [] {
  for (const Sizes& sizes : awkward_sizes()) {
    const Images batch = Images::random(sizes, 1);
    for (const std::string& text : graphs()) compare(text, batch);
  }
});

const Case kTypes("graph/types of logits and labels", [] {
  const Images batch = Images::random({2, 6, 9, 12}, 2);
  for (int logits = LOGIT_FLOAT32; logits <= LOGIT_BFLOAT16; ++logits) {
    for (int labels = LABEL_UINT8; labels <= LABEL_INT64; ++labels) {
      for (size_t k = 0; k < 3; ++k) compare(graphs()[k], batch, logits, labels);
    }
  }
});

const Case kManyClasses("graph/many classes", [] {
  // arrays of a tile that do not fit into shared memory
  const Images batch = Images::random({1, 300, 13, 11}, 3);
  for (size_t k = 0; k < 4; ++k) compare(graphs()[k], batch);
});

const Case kManyTiles("graph/many tiles", [] {
  const Images batch = Images::random({3, 5, 67, 131}, 4);
  for (const std::string& text : graphs()) compare(text, batch);
});

const Case kNoPrediction("graph/no prediction, no gradient", [] {
  const Images batch = Images::random({1, 3, 7, 9}, 5);
  for (const char* text : {"square(y)", "mean_nhw(y)", "1", "maxpool3(y)"}) compare(text, batch);
});

const Case kIgnored("graph/all ignored", [] {
  Images batch = Images::random({2, 3, 7, 9}, 6);
  std::fill(batch.labels.begin(), batch.labels.end(), 255);
  for (const std::string& text : graphs()) {
    const Result result = on_gpu(parse_graph(text), batch, LOGIT_FLOAT32, LABEL_UINT8);
    expect_close(result.value, 0, 0, text);
    expect_close(norm_of(result.gradient), 0, 0, text);
  }
});

const Case kEmpty("graph/empty batch", [] {
  const Images batch = Images::random({0, 3, 7, 9}, 7);
  expect_close(on_gpu(parse_graph("yhat"), batch, LOGIT_FLOAT32, LABEL_UINT8).value, 0, 0, "value");
});

const Case kNotFinite("graph/logits that are not finite", [] {
  for (const std::string& text : graphs()) {
    for (float bad : {INFINITY, -INFINITY, NAN}) {
      Images batch = Images::random({1, 4, 6, 7}, 8);
      batch.labels[5] = 1;
      batch.logits[2 * 42 + 5] = bad;
      compare(text, batch);
      batch.labels[5] = 255;  // an ignored pixel spoils nothing
      compare(text, batch);
    }
  }
});

const Case kValueOnly("graph/value without gradient", [] {
  const Images batch = Images::random({2, 4, 9, 11}, 9);
  for (const std::string& text : graphs()) {
    const std::vector<int32_t> code = parse_graph(text);
    expect_close(on_gpu(code, batch, LOGIT_FLOAT32, LABEL_INT32, false).value,
                 on_gpu(code, batch, LOGIT_FLOAT32, LABEL_INT32).value, 0, text);
  }
});

const Case kOrder("graph/any order of threads", [] {
  const Images batch = Images::random({2, 5, 33, 35}, 10);
  for (const std::string& text : graphs()) {
    const std::vector<int32_t> code = parse_graph(text);
    const Result first = on_gpu(code, batch, LOGIT_FLOAT32, LABEL_UINT8);
    shuffle(1);
    const Result again = on_gpu(code, batch, LOGIT_FLOAT32, LABEL_UINT8);
    shuffle(0);
    expect(first.value == again.value && first.gradient == again.gradient,
           "the same bits: " + text);
  }
});

const Case kErrors("graph/errors", [] {
  const std::vector<int32_t> code = parse_graph("neg(mul(y,log(yhat)))");
  const DeviceArray<float> value(1);
  const DeviceArray<uint8_t> labels(4);
  const std::vector<float> logits(8);
  const auto call = [&](double eps, const void* z) {
    graph_loss(code.data(), static_cast<int64_t>(code.size() / 3), eps,
               gpu_batch({1, 2, 2, 2}, z, LOGIT_FLOAT32, labels.get(), LABEL_UINT8), value.get(),
               nullptr);
  };
  expect_contains(message_of([&] { call(2, logits.data()); }), "eps: expected");
  expect_contains(message_of([&] { call(kEps, nullptr); }), "logits: expected data");
  expect_contains(message_of([&] { call(kEps, logits.data()); }), "memory of the host");
});

/// Value and gradient of a batch of the size of the other benchmarks. The bytes are two reads and
/// one write of the logits and the labels twice: what a fused graph cannot help moving.
Measured timed(const std::string& text) {
  const Sizes s = benchmark_sizes();
  const Images image = Images::random(benchmark_image(), 1);
  const auto z = repeated(image.logits, s.n);
  const auto y = repeated(Labels(image.labels, LABEL_UINT8).raw(), s.n);
  const auto value = std::make_shared<DeviceArray<float>>(1);
  const auto gradient = std::make_shared<DeviceArray<float>>(static_cast<size_t>(s.elements()));
  const std::vector<int32_t> code = parse_graph(text);
  const auto bytes = static_cast<int64_t>(2 * z->bytes() + 2 * y->bytes() + gradient->bytes());
  return {bytes, [=](cudaStream_t stream) {
            graph_loss(code.data(), static_cast<int64_t>(code.size() / 3), kEps,
                       gpu_batch(s, z->get(), LOGIT_FLOAT32, y->get(), LABEL_UINT8, stream),
                       value->get(), gradient->get());
          }};
}

const Benchmark kCrossEntropy("loss graph neg(mul(y,log(yhat)))",
                              [] { return timed("neg(mul(y,log(yhat)))"); });
const Benchmark kMeans("loss graph with means over pixels", [] { return timed(graphs()[2]); });

}  // namespace
}  // namespace checks
