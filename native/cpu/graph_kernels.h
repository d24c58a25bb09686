// The interpreter of loss graphs, one per instruction set.
#ifndef AUTOLOSS_CPU_GRAPH_KERNELS_H_
#define AUTOLOSS_CPU_GRAPH_KERNELS_H_

#include <cstdint>

#include "common/graph_code.h"
#include "common/graph_start.h"

namespace autoloss {

/// What a branch predicts, and so what a descent on it moves.
enum class Moves {
  kLogits,  // of a softmax over classes
  kLogit,   // of a sigmoid: that of the second of two classes, while the first one's stays 0
  kMaps,    // predictions as they are
  kBoxes    // boxes, relative to where they start; see box_rows
};

/// What is known of the boxes of a sample, a row each: where they start, what they should be.
enum BoxRow {
  kCentreX,
  kCentreY,
  kWidth,
  kHeight,
  kTargetX1,
  kTargetY1,
  kTargetX2,
  kTargetY2,
  kTargetArea,
  kBoxRows
};

/// What follows from where boxes are: the areas that graphs read, corners, and half of the sides as
/// far as these grow; a row each.
enum GeometryRow {
  kAreaIntersection,
  kAreaUnion,
  kAreaEnclosing,
  kX1,
  kY1,
  kX2,
  kY2,
  kHalfWidth,
  kHalfHeight,
  kGeometryRows
};

/// A graph on a batch. The logits and the gradient are [N,C,H,W]; the labels [N,H,W], -1 where
/// ignored. Of boxes the logits are [4,M] of M pixels: shifts of the centre in units of the sides
/// at the start, and the logarithms of how much the sides grow.
struct GraphArguments {
  const Plan* plan;
  float eps;
  const float* logits;
  const int32_t* labels;
  int64_t images, classes, height, width;
  int64_t valid;  // pixels that count
  /// [N,H,W], see neighbour_bits in graph_labels.h; read only where the plan has pools.
  const int32_t* across;
  Moves moves = Moves::kLogits;
  /// [N,C,H,W]: labels that are no classes; null: one-hot of the labels.
  const float* target = nullptr;
  /// Of boxes [kBoxRows,M], see BoxRow.
  const float* boxes = nullptr;
  /// Of maps and boxes: how far what moves is from where it should be, at the start; as the logits.
  const float* pull = nullptr;

  /// How many numbers of a pixel there are that could move.
  int64_t variables() const { return moves == Moves::kBoxes ? 4 : classes; }
};

/// The outcome of gradient descent on one sample.
enum class Descent { kDone, kNotFinite };

/// How predictions are optimised: `steps` of stochastic gradient descent with momentum.
struct DescentSettings {
  int64_t steps;
  float rate, momentum;
  /// Whether the rate depends on the gradient at the start: the first step is then the first one of
  /// graph_descend.
  bool relative = false;

  /// Whether the gradient at the start is kept.
  bool keeps() const { return relative || momentum != 0; }
};

/// Where a sample's descent is, [N,C,H,W] each, or [4,M]; in an order of its own, fit for the
/// graph.
struct DescentState {
  float* logits;
  float* velocity;  // not used unless DescentSettings::keeps
  float* geometry;  // of boxes [kGeometryRows,M], for the time of a call
};

/// What is predicted in the end, in one and the same memory: classes or overlaps [N,H,W]; or the
/// place of each map's maximum, [C].
struct DescentResult {
  int32_t* places;
  float* overlaps;
};

// graph_value: value of a batch, and its gradient where that is not null.
// graph_softmax: probabilities of a sample's logits, [C,H,W] each.
// graph_geometry: see GeometryRow; from boxes' logits, in their own order.
// graph_result: what is predicted by logits in their own order; false if one is not finite.
// The others take one sample (valid > 0) and a graph that reads the prediction:
// graph_workspace: bytes of working memory that they need, aligned to 64;
// graph_start: what the graph says before any step, and the state after the first one if there are
//   to be steps and the rate is not relative; given: graph_softmax of the logits of each image,
//   graph_geometry, or the maps;
// graph_descend: takes the other steps; what is predicted then goes to result.
#define AUTOLOSS_DECLARE_GRAPH(isa)                                                              \
  namespace isa {                                                                                \
  double graph_value(const GraphArguments& in, int threads, float* gradient);                    \
  void graph_softmax(const float* logits, int64_t classes, int64_t plane, float* probabilities); \
  void graph_geometry(const GraphArguments& in, float* geometry);                                \
  bool graph_result(const GraphArguments& in, const float* geometry, DescentResult result);      \
  int64_t graph_workspace(const GraphArguments& in);                                             \
  GraphStart graph_start(const GraphArguments& in, const float* given,                           \
                         const DescentSettings& settings, char* workspace, DescentState state);  \
  Descent graph_descend(const GraphArguments& in, const DescentSettings& settings,               \
                        char* workspace, DescentState state, DescentResult result);              \
  }
AUTOLOSS_DECLARE_GRAPH(baseline)
AUTOLOSS_DECLARE_GRAPH(avx2)
AUTOLOSS_DECLARE_GRAPH(avx512)
#undef AUTOLOSS_DECLARE_GRAPH

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_GRAPH_KERNELS_H_
