// The interpreter of loss graphs, one per instruction set.
#ifndef AUTOLOSS_CPU_GRAPH_KERNELS_H_
#define AUTOLOSS_CPU_GRAPH_KERNELS_H_

#include <cstdint>

#include "common/graph_code.h"
#include "common/graph_start.h"

namespace autoloss {

/// A graph on a batch. The logits and the gradient are [N,C,H,W]; the labels [N,H,W], -1 where
/// ignored.
struct GraphArguments {
  const Plan* plan;
  float eps;
  const float* logits;
  const int32_t* labels;
  int64_t images, classes, height, width;
  int64_t valid;  // pixels that count
  /// [N,H,W], see neighbour_bits in graph_labels.h; read only where the plan has pools.
  const int32_t* across;
};

/// The outcome of gradient descent on one sample.
enum class Descent { kDone, kNotFinite };

/// How predictions are optimised: `steps` of stochastic gradient descent with momentum.
struct DescentSettings {
  int64_t steps;
  float rate, momentum;
};

/// Where a sample's descent is, [C,H,W] each; in an order of its own, fit for the graph.
struct DescentState {
  float* logits;
  float* velocity;  // not used without momentum
};

// graph_value: value of a batch, and its gradient where that is not null.
// graph_softmax: probabilities of a sample's logits, [C,H,W] each.
// The others take one sample (images = 1, valid > 0) and a graph that reads the prediction:
// graph_workspace: bytes of working memory that they need, aligned to 64;
// graph_start: what the graph says before any step, and the state after the first one if there are
//   to be steps; probabilities: graph_softmax of the logits;
// graph_descend: takes the other steps; the predicted class of each pixel goes to result.
#define AUTOLOSS_DECLARE_GRAPH(isa)                                                              \
  namespace isa {                                                                                \
  double graph_value(const GraphArguments& in, int threads, float* gradient);                    \
  void graph_softmax(const float* logits, int64_t classes, int64_t plane, float* probabilities); \
  int64_t graph_workspace(const GraphArguments& in);                                             \
  GraphStart graph_start(const GraphArguments& in, const float* probabilities,                   \
                         const DescentSettings& settings, char* workspace, DescentState state);  \
  Descent graph_descend(const GraphArguments& in, const DescentSettings& settings,               \
                        char* workspace, DescentState state, int32_t* result);                   \
  }
AUTOLOSS_DECLARE_GRAPH(baseline)
AUTOLOSS_DECLARE_GRAPH(avx2)
AUTOLOSS_DECLARE_GRAPH(avx512)
#undef AUTOLOSS_DECLARE_GRAPH

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_GRAPH_KERNELS_H_
