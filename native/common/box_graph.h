// Loss graphs on pairs of boxes, value and gradient in float64, for the CPU and for GPUs.
//
//   L = mean over N pairs of root(i, u, e, 1), where i, u, e are the areas of box_math.h
//
// A pair is an image of one pixel and one class: pools and mean_c repeat their operand, and only
// mean_nhw reads other pairs. So a node is a row of N numbers, and its adjoint another; a team, one
// thread of the CPU or one block of a GPU, goes from node to node, each of its threads on pairs of
// its own. It meets where pairs are summed up, nowhere else.
//
// Memory: 16 N bytes for each node; that of a graph of 20 nodes on 500 pairs is 160 kB.
#ifndef AUTOLOSS_COMMON_BOX_GRAPH_H_
#define AUTOLOSS_COMMON_BOX_GRAPH_H_

#include <cmath>
#include <cstdint>

#include "common/box_checks.h"
#include "common/graph_code.h"
#include "common/graph_labels.h"
#include "common/inline.h"

namespace autoloss {

/// Bytecode by value, as a kernel takes it.
struct BoxGraph {
  int nodes;
  double eps;
  int32_t code[kCodeStride * kMaxNodes];

  AUTOLOSS_HD int32_t operation(int node) const { return code[kCodeStride * node]; }
  AUTOLOSS_HD int operand(int node, int side) const { return code[kCodeStride * node + 1 + side]; }
};

/// The pairs of a graph, and memory [nodes][n] for values and for adjoints.
struct BoxGraphWork {
  const double* predicted;
  const double* target;
  int64_t n;
  double* values;
  double* adjoints;
  double* gradient;  // [n,4]; NULL where only the value is wanted

  AUTOLOSS_HD double* value(int node) const { return values + node * n; }
  AUTOLOSS_HD double* adjoint(int node) const { return adjoints + node * n; }
};

/// The arguments of box_graph_loss, checked; those of no pair may be NULL.
inline BoxGraph checked_box_graph(const int32_t* code, int64_t nodes, double eps,
                                  const double* predicted, const double* target, int64_t n) {
  check_code(code, nodes, Leaves::kBoxes);
  check_eps(eps);
  check_count("n", n);
  if (n > 0) {
    check_pointer("predicted", predicted);
    check_pointer("target", target);
  }
  BoxGraph graph{static_cast<int>(nodes), eps, {}};
  for (int64_t i = 0; i < kCodeStride * nodes; ++i) graph.code[i] = code[i];
  return graph;
}

/// x with the sign of a number; 0 for that of 0.
AUTOLOSS_INLINE double signed_as(double x, double of) { return of > 0 ? x : of < 0 ? -x : of; }

/// A graph and a team: what the team's threads do, each for its own pairs.
///   team.for_pairs(n, body)   body(k) for the calling thread's pairs
///   team.sum(x)               of all its threads, the same in each
template <class Team>
class BoxGraphRun {
 public:
  AUTOLOSS_DEVICE BoxGraphRun(const BoxGraph& graph, const BoxGraphWork& work, Team& team)
      : graph_(graph), work_(work), team_(team) {}

  /// The value.
  AUTOLOSS_DEVICE double forward() {
    for (int node = 0; node < graph_.nodes; ++node) evaluate(node);
    return mean(graph_.nodes - 1);
  }

  /// The gradient, after forward().
  AUTOLOSS_DEVICE void backward() {
    const double each = 1 / static_cast<double>(work_.n);
    for (int node = 0; node < graph_.nodes; ++node) {
      const double start = node == graph_.nodes - 1 ? each : 0;
      team_.for_pairs(work_.n, [&](int64_t k) { work_.adjoint(node)[k] = start; });
    }
    for (int node = graph_.nodes - 1; node >= 0; --node) hand_on(node);
    team_.for_pairs(work_.n, [&](int64_t k) { write_gradient(k); });
  }

 private:
  AUTOLOSS_DEVICE double mean(int node) {
    const double* x = work_.value(node);
    double sum = 0;
    team_.for_pairs(work_.n, [&](int64_t k) { sum += x[k]; });
    return team_.sum(sum) / static_cast<double>(work_.n);
  }

  AUTOLOSS_DEVICE BoxOverlap<double> overlap(int64_t k) const {
    return overlap_of(box_at(work_.predicted, k), box_at(work_.target, k));
  }

  template <class Function>
  AUTOLOSS_DEVICE void fill(int node, Function function) {
    double* out = work_.value(node);
    team_.for_pairs(work_.n, [&](int64_t k) { out[k] = function(k); });
  }

  template <class Function>
  AUTOLOSS_DEVICE void map(int node, Function function) {
    const double* x = work_.value(graph_.operand(node, 0));
    fill(node, [&](int64_t k) { return function(x[k]); });
  }

  AUTOLOSS_DEVICE void evaluate(int node) {
    const double eps = graph_.eps;
    const int a = graph_.operand(node, 0), b = graph_.operand(node, 1);
    switch (graph_.operation(node)) {
      case kAdd:
        return fill(node, [&](int64_t k) { return work_.value(a)[k] + work_.value(b)[k]; });
      case kMul:
        return fill(node, [&](int64_t k) { return work_.value(a)[k] * work_.value(b)[k]; });
      case kNeg:
        return map(node, [](double x) { return -x; });
      case kAbs:
        return map(node, [](double x) { return std::fabs(x); });
      case kInv:
        return map(node, [=](double x) { return 1 / (x + eps); });
      case kLog:
        return map(node, [=](double x) { return signed_as(std::log(std::fabs(x) + eps), x); });
      case kExp:
        return map(node, [](double x) { return std::exp(x); });
      case kTanh:
        return map(node, [](double x) { return std::tanh(x); });
      case kSquare:
        return map(node, [](double x) { return x * x; });
      case kSqrt:
        return map(node, [=](double x) { return signed_as(std::sqrt(std::fabs(x) + eps), x); });
      case kMeanPixels: {
        const double of_all = mean(a);
        return fill(node, [=](int64_t) { return of_all; });
      }
      case kIntersection:
        return fill(node, [&](int64_t k) { return overlap(k).intersection; });
      case kUnion:
        return fill(node, [&](int64_t k) { return overlap(k).union_; });
      case kEnclosing:
        return fill(node, [&](int64_t k) { return overlap(k).enclosing; });
      case kOne:
        return fill(node, [](int64_t) { return 1.0; });
      default:  // means over one class, pools of one pixel
        return map(node, [](double x) { return x; });
    }
  }

  /// Adds slope(x, out) times a node's adjoint to that of its operand.
  template <class Slope>
  AUTOLOSS_DEVICE void add(int node, Slope slope) {
    const int a = graph_.operand(node, 0);
    const double *x = work_.value(a), *out = work_.value(node), *from = work_.adjoint(node);
    double* to = work_.adjoint(a);
    team_.for_pairs(work_.n, [&](int64_t k) { to[k] += from[k] * slope(x[k], out[k]); });
  }

  AUTOLOSS_DEVICE void hand_on(int node) {
    const double eps = graph_.eps;
    const int a = graph_.operand(node, 0), b = graph_.operand(node, 1);
    const double* from = work_.adjoint(node);
    switch (graph_.operation(node)) {
      case kAdd:
        return team_.for_pairs(work_.n, [&](int64_t k) {
          work_.adjoint(a)[k] += from[k];
          work_.adjoint(b)[k] += from[k];
        });
      case kMul:
        return team_.for_pairs(work_.n, [&](int64_t k) {
          work_.adjoint(a)[k] += from[k] * work_.value(b)[k];
          work_.adjoint(b)[k] += from[k] * work_.value(a)[k];
        });
      case kNeg:
        return add(node, [](double, double) { return -1.0; });
      case kAbs:
        return add(node, [](double x, double) { return signed_as(1, x); });
      case kInv:
        return add(node, [](double, double out) { return -out * out; });
      case kLog:
        return add(node, [=](double x, double) { return x == 0 ? 0 : 1 / (std::fabs(x) + eps); });
      case kExp:
        return add(node, [](double, double out) { return out; });
      case kTanh:
        return add(node, [](double, double out) { return 1 - out * out; });
      case kSquare:
        return add(node, [](double x, double) { return 2 * x; });
      case kSqrt:
        return add(node, [](double x, double out) { return x == 0 ? 0 : 0.5 / std::fabs(out); });
      case kMeanPixels: {
        double sum = 0;
        team_.for_pairs(work_.n, [&](int64_t k) { sum += from[k]; });
        const double share = team_.sum(sum) / static_cast<double>(work_.n);
        return team_.for_pairs(work_.n, [&](int64_t k) { work_.adjoint(a)[k] += share; });
      }
      case kIntersection:
      case kUnion:
      case kEnclosing:
      case kOne:
        return;
      default:
        return add(node, [](double, double) { return 1.0; });
    }
  }

  AUTOLOSS_DEVICE void write_gradient(int64_t k) const {
    const BoxOverlap<double> by = overlap(k);
    double sums[4] = {};
    for (int node = 0; node < graph_.nodes; ++node) {
      const int32_t code = graph_.operation(node);
      if (code < kIntersection || code > kEnclosing) continue;
      const double adjoint = work_.adjoint(node)[k];
      for (int i = 0; i < 4; ++i) {
        // chosen by value: an address would put the slopes into a GPU's local memory
        const double slope = code == kIntersection ? by.by_intersection[i]
                             : code == kUnion      ? by.by_union[i]
                                                   : by.by_enclosing[i];
        sums[i] += adjoint * slope;
      }
    }
    for (int i = 0; i < 4; ++i) work_.gradient[4 * k + i] = sums[i];
  }

  const BoxGraph& graph_;
  const BoxGraphWork& work_;
  Team& team_;
};

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_BOX_GRAPH_H_
