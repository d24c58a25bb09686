// The bytecode of loss graphs, and the plan by which the interpreter runs one.
//
// Bytecode: three int32 per node, {code, a, b}; code is one of GraphCode, a and b are indices of
// earlier nodes, -1 where there is no such operand; the last node is the root. Its twin in Java is
// org.autoloss.graph.Bytecode. Graphs on boxes read three areas instead of a label and a
// prediction; all of these depend on what is predicted.
//
// A node's value has the extent that it needs, not always [N,C,H,W]: what does not vary over the
// pixels of a class, or over the classes of a pixel, is stored once ("small" nodes do not vary over
// pixels: C numbers or one). Nodes that do not depend on the prediction are computed once a sample.
//
// Adjoints likewise: where all that reaches a node is the same for all pixels of a class, as below
// the root of most graphs, its adjoint is C numbers or one, and only what "spreads" is an array.
//
// A descent needs gradients, not values: nodes that no slope is taken of are left out ("refresh").
//
// Two operators need more than the pixels at hand: mean_nhw all of them, a pool its neighbours.
// They cut the work into levels; within a level a tile of pixels goes through all operators while
// it is in the cache. A graph without them is "local": forward and backward pass of a tile run
// together, and nothing of the size of the logits is stored but the gradient.
#ifndef AUTOLOSS_COMMON_GRAPH_CODE_H_
#define AUTOLOSS_COMMON_GRAPH_CODE_H_

#include <cstdint>

namespace autoloss {

enum GraphCode : int32_t {
  kAdd = 0,
  kMul,
  kNeg,
  kAbs,
  kInv,
  kLog,
  kExp,
  kTanh,
  kSquare,
  kSqrt,
  kMeanPixels,
  kMeanClasses,
  kMaxPool,
  kMinPool,
  kLabel,
  kPrediction,
  kOne,
  kIntersection,
  kUnion,
  kEnclosing
};

constexpr int kCodeStride = 3;
constexpr int kMaxNodes = 64;

struct PlanNode {
  int32_t code, a, b;
  bool pixels;    // varies over the pixels of a class
  bool classes;   // varies over the classes of a pixel
  bool learns;    // depends on the prediction
  bool spreads;   // its adjoint is an array over the pixels
  int value;      // slot of its value; for what varies over pixels
  int adjoint;    // slot of its adjoint; for what spreads
  int windows;    // which array keeps where a pool took its extrema; -1 for other operators
  int reduction;  // which partial sums a mean over pixels uses; -1 for other operators
};

/// What a backward step adds to one operand's adjoint.
struct Contribution {
  int operand;    // -1: none
  bool first;     // overwrites instead of adding
  bool tiled;     // concerns each pixel; otherwise from numbers to numbers
  int reduction;  // the partial sums to use where pixels are summed up; -1 otherwise
};

/// An order of nodes, cut into levels; in each level come first those that concern numbers, then
/// those that concern pixels. A backward step may be both.
struct Schedule {
  int order[2 * kMaxNodes];
  int levels;
  int small_end[kMaxNodes + 1];
  int end[kMaxNodes + 1];
};

struct Plan {
  int nodes;
  PlanNode node[kMaxNodes];
  Contribution contribution[kMaxNodes][2];
  Schedule setup, forward, refresh, backward;
  int full_slots, space_slots;  // arrays [N,C,H,W] and [N,H,W]
  int windows, reductions;
  bool local;

  int root() const { return nodes - 1; }
};

/// What graphs read: label and prediction, or the areas of boxes; 1 in any case.
enum class Leaves { kMaps, kBoxes };

/// Checks bytecode; throws std::invalid_argument.
void check_code(const int32_t* code, int64_t nodes, Leaves leaves = Leaves::kMaps);

/// Which adjoints are arrays, of nodes that vary over pixels and learn: all, or those that vary
/// over pixels themselves and that of the prediction.
enum class Adjoints { kAll, kVarying };

/// The plan of checked bytecode. Depends on its arguments alone. separate: pixels have no
/// neighbours, as those of images of 1x1, so that pools repeat their operand.
void make_plan(const int32_t* code, int64_t nodes, Plan& plan, Adjoints arrays = Adjoints::kAll,
               bool separate = false);

/// What a descent moves, or what is made of that.
inline bool is_predicted(int32_t code) {
  return code == kPrediction || (code >= kIntersection && code <= kEnclosing);
}

inline bool is_pool(int32_t code) { return code == kMaxPool || code == kMinPool; }

}  // namespace autoloss

#endif  // AUTOLOSS_COMMON_GRAPH_CODE_H_
