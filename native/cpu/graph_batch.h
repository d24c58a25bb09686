// Many graphs on the samples of a branch: what the rejection protocol of all branches shares.
#ifndef AUTOLOSS_CPU_GRAPH_BATCH_H_
#define AUTOLOSS_CPU_GRAPH_BATCH_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "autoloss/ops.h"
#include "common/graph_labels.h"
#include "common/graph_metric.h"
#include "common/graph_protocol.h"
#include "graph_kernels.h"
#include "runtime.h"

namespace autoloss {

/// How good the prediction of a sample is.
class SampleScore {
 public:
  virtual ~SampleScore() = default;

  /// Numbers of working memory.
  virtual int64_t workspace() const { return 0; }

  /// In [0,1].
  virtual double of(const DescentResult& result, uint64_t* memory) const = 0;
};

/// The metric of predicted classes.
std::unique_ptr<SampleScore> metric_score(MetricTarget target);

/// A sample, and what graphs share on it.
struct GraphSample {
  GraphArguments in;  // without a plan, labels and neighbours
  std::vector<int32_t> labels;
  std::vector<int32_t> across;
  std::vector<float> given;  // what graphs read before any step, see graph_start
  std::unique_ptr<SampleScore> score;
  double reach = 0;   // how far predictions are from where they should be, see with_sample
  double before = 0;  // the score before any step, where gains are counted

  int64_t pixels() const { return in.images * in.height * in.width; }
  int64_t elements() const { return pixels() * in.variables(); }

  /// Looks which pixels of the images have neighbours that count.
  void find_neighbours() {
    across.resize(labels.size());
    const int64_t plane = in.height * in.width;
    for (int64_t i = 0; i < in.images; ++i) {
      neighbour_bits(labels.data() + i * plane, in.height, in.width, across.data() + i * plane);
    }
  }

  GraphArguments with(const Plan& plan) const {
    GraphArguments arguments = in;
    arguments.plan = &plan;
    arguments.labels = labels.data();
    arguments.across = across.data();
    return arguments;
  }
};

/// Graphs and samples. The score of a graph is a mean over the samples, or its relative gain, which
/// is what it is in `relative` descents.
struct GraphBatch {
  const int32_t* code;
  const int64_t* starts;
  int64_t graphs;
  float eps;
  DescentSettings descent;
  double threshold;       // of the mean over the samples
  double before = 0;      // that mean before any step, where gains are counted
  bool separate = false;  // whether pixels have no neighbours
  bool ragged = false;    // whether samples have different sizes
  std::vector<GraphSample> samples;

  GraphBatch(const int32_t* all, const int64_t* begins, int64_t count,
             const GraphProtocol& protocol)
      : code(all),
        starts(begins),
        graphs(count),
        eps(static_cast<float>(protocol.eps)),
        descent{protocol.steps, static_cast<float>(protocol.rate),
                static_cast<float>(protocol.momentum)},
        threshold(protocol.threshold) {}

  bool relative() const { return descent.relative; }

  void plan(int64_t graph, Plan& out) const {
    make_plan(code + kCodeStride * starts[graph], starts[graph + 1] - starts[graph], out,
              Adjoints::kVarying, separate);
  }

  /// Of a sample whose gradient has a norm at the start: a relative rate is how much of the reach
  /// the first step goes.
  DescentSettings settings(const GraphSample& sample, double norm) const {
    DescentSettings own = descent;
    if (relative()) own.rate = static_cast<float>(own.rate * sample.reach / norm);
    return own;
  }

  /// The score of a mean: where nothing can be gained, 1 for what does not lose.
  double gain(double mean) const {
    if (!relative()) return mean;
    if (before < 1) return (mean - before) / (1 - before);
    return mean >= 1 ? 1 : mean - 1;
  }
};

struct BatchKernels {
  decltype(&baseline::graph_softmax) softmax = AUTOLOSS_VARIANT(graph_softmax);
  decltype(&baseline::graph_geometry) geometry = AUTOLOSS_VARIANT(graph_geometry);
  decltype(&baseline::graph_result) result = AUTOLOSS_VARIANT(graph_result);
  decltype(&baseline::graph_workspace) workspace = AUTOLOSS_VARIANT(graph_workspace);
  decltype(&baseline::graph_start) start = AUTOLOSS_VARIANT(graph_start);
  decltype(&baseline::graph_descend) descend = AUTOLOSS_VARIANT(graph_descend);
};

/// Runs the protocol on all graphs; see graph_evaluate.
void evaluate(const GraphBatch& batch, const Verdicts& verdicts);

}  // namespace autoloss

#endif  // AUTOLOSS_CPU_GRAPH_BATCH_H_
