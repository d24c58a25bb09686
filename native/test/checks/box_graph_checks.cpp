// Loss graphs on pairs of boxes against the CPU's.
#include <limits>
#include <memory>

#include "common/box_graph.h"
#include "inputs.h"

namespace {

using namespace checks;

constexpr double kEps = 1e-12;

using Code = std::vector<int32_t>;

/// A graph that has every operator, each on the areas, and all in a sum.
Code all_operators() {
  Code code;
  const auto add = [&](int32_t operation, int32_t a = -1, int32_t b = -1) {
    for (int32_t part : {operation, a, b}) code.push_back(part);
    return static_cast<int32_t>(code.size() / 3) - 1;
  };
  const int32_t one = add(autoloss::kOne), i = add(autoloss::kIntersection);
  const int32_t u = add(autoloss::kUnion), e = add(autoloss::kEnclosing);
  const int32_t gap = add(autoloss::kAdd, e, add(autoloss::kNeg, u));
  const int32_t small = add(autoloss::kMul, i, add(autoloss::kInv, u));
  int32_t sum = add(autoloss::kMul, small, one);
  for (int32_t operation = autoloss::kNeg; operation <= autoloss::kMinPool; ++operation) {
    const bool grows = operation == autoloss::kExp || operation == autoloss::kSquare;
    const int32_t of = add(operation, operation % 2 == 0 || grows ? small : gap);
    sum = add(autoloss::kAdd, sum, add(autoloss::kMul, of, add(autoloss::kMeanPixels, of)));
  }
  return code;
}

std::vector<double> pairs(int64_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> boxes;
  for (int64_t k = 0; k < n; ++k) {
    const double x = 8 * draw(random), y = 8 * draw(random);
    boxes.insert(boxes.end(), {x, y, x + 1 + 6 * draw(random), y + 1 + 6 * draw(random)});
  }
  return boxes;
}

void compare(const Code& code, int64_t n) {
  const auto nodes = static_cast<int64_t>(code.size()) / 3;
  const std::vector<double> predicted = pairs(n, 1), target = pairs(n, 2);
  std::vector<double> gradient(predicted.size());
  const double value = autoloss::box_graph_loss(code.data(), nodes, kEps, predicted.data(),
                                                target.data(), n, nullptr, gradient.data());
  double norm = 0;
  for (double g : gradient) norm += g * g;
  norm = std::sqrt(norm);
  expect(n == 1 || norm > 1e-3, "a gradient that says something");
  const DeviceArray<double> p(predicted), t(target), out(1), by(gradient.size());
  const std::string what = std::to_string(n) + " pairs, " + std::to_string(nodes) + " nodes";
  in_any_order([&] {
    // sums of n numbers in another order, and exponentials of another library
    autoloss::box_graph_loss(code.data(), nodes, kEps, p.get(), t.get(), n, out.get(), nullptr, 0);
    expect_close(out.values()[0], value, 1e-12 * (1 + std::abs(value)), "value of " + what);
    autoloss::box_graph_loss(code.data(), nodes, kEps, p.get(), t.get(), n, out.get(), by.get(), 0);
    expect_close(out.values()[0], value, 1e-12 * (1 + std::abs(value)), "value of " + what);
    const std::vector<double> got = by.values();
    for (size_t k = 0; k < got.size(); ++k) {
      expect_close(got[k], gradient[k], 1e-11 * norm, "gradient of " + what);
    }
  });
}

const Case kOperators("box_graph/every operator", [] {
  for (int64_t n : {1, 7, 256, 300}) compare(all_operators(), n);
});

const Case kLeaf("box_graph/a graph without an operator", [] {
  compare({autoloss::kUnion, -1, -1}, 33);
});

const Case kNone("box_graph/no pair", [] {
  const Code code = {autoloss::kUnion, -1, -1};
  const DeviceArray<double> value(1);
  autoloss::box_graph_loss(code.data(), 1, kEps, nullptr, nullptr, 0, value.get(), nullptr, 0);
  expect(value.values()[0] == 0, "0 for no pair");
});

const Case kArguments("box_graph/arguments are checked", [] {
  const DeviceArray<double> boxes(8), value(1);
  std::vector<double> host(8);
  const auto message = [&](const Code& code, const double* predicted) {
    return message_of([&] {
      autoloss::box_graph_loss(code.data(), static_cast<int64_t>(code.size()) / 3, kEps, predicted,
                               boxes.get(), 2, value.get(), nullptr, 0);
    });
  };
  expect_contains(message({autoloss::kUnion, -1, -1}, host.data()),
                  "predicted: expected memory of GPU 0, as value is, got memory of the host");
  expect_contains(message({autoloss::kNeg, 0, -1}, boxes.get()),
                  "operand: expected the index of an earlier node, got 0");
  expect(message({autoloss::kPrediction, -1, -1}, boxes.get()).find("code: expected") == 0,
         "a graph on boxes reads no prediction");
});

/// 1 - i/u + (e - u)/e on 500 pairs. Boxes are read, the gradient is written.
const Benchmark kBenchmark("graph on boxes (GIoU), value and gradient, 500 pairs", [] {
  const Code code = {
      autoloss::kIntersection, -1, -1, autoloss::kUnion, -1, -1, autoloss::kEnclosing, -1, -1,
      autoloss::kInv,          1,  -1, autoloss::kMul,   0,  3,  autoloss::kNeg,       4,  -1,
      autoloss::kNeg,          1,  -1, autoloss::kAdd,   2,  6,  autoloss::kInv,       2,  -1,
      autoloss::kMul,          7,  8,  autoloss::kAdd,   5,  9,  autoloss::kOne,       -1, -1,
      autoloss::kAdd,          10, 11};
  const int64_t n = 500;
  const auto p = std::make_shared<DeviceArray<double>>(pairs(n, 1));
  const auto t = std::make_shared<DeviceArray<double>>(pairs(n, 2));
  const auto value = std::make_shared<DeviceArray<double>>(1);
  const auto by = std::make_shared<DeviceArray<double>>(static_cast<size_t>(4 * n));
  return Measured{
      static_cast<int64_t>(p->bytes() + t->bytes() + by->bytes()), [=](cudaStream_t stream) {
        autoloss::box_graph_loss(code.data(), static_cast<int64_t>(code.size()) / 3, kEps, p->get(),
                                 t->get(), n, value->get(), by->get(), 0, stream);
      }};
});

}  // namespace
