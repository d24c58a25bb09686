// The rejection protocol on many graphs: a queue of graphs, worked off by all threads.
//
// A thread takes the next graph: what it says before any step, from probabilities that all graphs
// share; then its descents, which go on from that gradient. A graph is not optimised if its
// fingerprint is known, or found for an earlier graph by then; the final word on that is spoken in
// the order of the graphs, so that it does not depend on the threads. Graphs with the same code are
// evaluated once. Memory: a fixed amount for each thread, enough for the largest plan, and tables
// of codes and fingerprints.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "autoloss/ops.h"
#include "common/checks.h"
#include "common/graph_labels.h"
#include "common/graph_metric.h"
#include "common/graph_protocol.h"
#include "cuda/operations.h"
#include "graph_kernels.h"
#include "runtime.h"

namespace autoloss {
namespace {

struct GraphBatch {
  const int32_t* code;
  const int64_t* starts;
  int64_t graphs;
  float eps;
  const float* logits;
  std::vector<float> probabilities;
  std::vector<int32_t> labels, across;
  std::vector<int64_t> valid;
  std::vector<MetricTarget> targets;
  int64_t samples, classes, height, width;
  DescentSettings descent;
  double threshold;

  int64_t plane() const { return height * width; }
  const int32_t* code_of(int64_t graph) const { return code + kCodeStride * starts[graph]; }
  int64_t nodes_of(int64_t graph) const { return starts[graph + 1] - starts[graph]; }
  GraphArguments sample(const Plan& plan, int64_t index) const {
    return {&plan,
            eps,
            logits + index * classes * plane(),
            labels.data() + index * plane(),
            1,
            classes,
            height,
            width,
            valid[index],
            across.data() + index * plane()};
  }
};

struct Kernels {
  decltype(&baseline::graph_softmax) softmax =
      variant(baseline::graph_softmax, avx2::graph_softmax, avx512::graph_softmax);
  decltype(&baseline::graph_workspace) workspace =
      variant(baseline::graph_workspace, avx2::graph_workspace, avx512::graph_workspace);
  decltype(&baseline::graph_start) start =
      variant(baseline::graph_start, avx2::graph_start, avx512::graph_start);
  decltype(&baseline::graph_descend) descend =
      variant(baseline::graph_descend, avx2::graph_descend, avx512::graph_descend);
};

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};

/// The working memory of all threads.
class Workspaces {
 public:
  Workspaces(const GraphBatch& batch, const Kernels& kernels, int threads) {
    elements_ = aligned(batch.classes * batch.plane() * 4) / 4;
    state_ = aligned(largest_frame(batch, kernels));
    velocity_ = state_ + batch.samples * elements_ * 4;
    // Without momentum the velocity is the gradient, and is not kept.
    result_ = velocity_ + (batch.descent.momentum == 0 ? 0 : batch.samples * elements_ * 4);
    metric_ = result_ + aligned(batch.plane() * 4);
    size_ = metric_ + aligned(batch.targets.front().workspace() * 8);
    memory_.reset(static_cast<char*>(std::aligned_alloc(64, size_ * threads)));
    if (memory_ == nullptr) throw std::bad_alloc();
  }

  char* frame() const { return memory_.get() + size_ * omp_get_thread_num(); }
  int32_t* result() const { return reinterpret_cast<int32_t*>(frame() + result_); }
  uint64_t* metric() const { return reinterpret_cast<uint64_t*>(frame() + metric_); }
  DescentState state(int64_t sample) const {
    return {reinterpret_cast<float*>(frame() + state_) + sample * elements_,
            reinterpret_cast<float*>(frame() + velocity_) + sample * elements_};
  }

 private:
  static int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

  static int64_t largest_frame(const GraphBatch& batch, const Kernels& kernels) {
    int64_t largest = 0;
    Plan plan;
    for (int64_t k = 0; k < batch.graphs; ++k) {
      make_plan(batch.code_of(k), batch.nodes_of(k), plan, Adjoints::kVarying);
      largest = std::max(largest, kernels.workspace(batch.sample(plan, 0)));
    }
    return largest;
  }

  int64_t elements_, state_, velocity_, result_, metric_, size_;
  std::unique_ptr<char, Free> memory_;
};

/// What one graph says before any step.
int begin(const GraphBatch& batch, const Kernels& kernels, const Workspaces& memory,
          const Plan& plan, double* norms, int64_t* fingerprint) {
  std::fill(norms, norms + batch.samples, 0.0);
  *fingerprint = 0;
  if (!plan.node[plan.root()].learns) return GRAPH_NO_GRADIENT;
  bool moves = false;
  int64_t hash = 0;
  for (int64_t b = 0; b < batch.samples; ++b) {
    const float* probabilities = batch.probabilities.data() + b * batch.classes * batch.plane();
    const GraphStart start = kernels.start(batch.sample(plan, b), probabilities, batch.descent,
                                           memory.frame(), memory.state(b));
    if (!std::isfinite(start.value) || !std::isfinite(start.norm)) return GRAPH_NOT_FINITE;
    norms[b] = heard_norm(start);
    moves |= norms[b] > 0;
    hash = with_sample(hash, start, batch.valid[b]);
  }
  *fingerprint = hash;
  return moves ? GRAPH_BELOW_THRESHOLD : GRAPH_NO_GRADIENT;
}

/// The descents of a graph: stops when what is left cannot bring the mean to the threshold.
int descend(const GraphBatch& batch, const Kernels& kernels, const Workspaces& memory,
            const Plan& plan, double* score) {
  const double samples = static_cast<double>(batch.samples);
  double sum = 0;
  for (int64_t b = 0; b < batch.samples; ++b) {
    const Descent end = kernels.descend(batch.sample(plan, b), batch.descent, memory.frame(),
                                        memory.state(b), memory.result());
    if (end == Descent::kNotFinite) return GRAPH_NOT_FINITE;
    sum += batch.targets[b].score(memory.result(), memory.metric());
    *score = sum / samples;
    const double left = samples - 1 - static_cast<double>(b);
    if ((sum + left) / samples < batch.threshold) return GRAPH_BELOW_THRESHOLD;
  }
  return GRAPH_ACCEPTED;
}

}  // namespace

void graph_evaluate(const int32_t* code, const int64_t* starts, int64_t graphs,
                    const GraphProtocol& protocol, const Batch& samples, const int64_t* known,
                    int64_t known_count, double* norms, int* status, double* scores,
                    int64_t* fingerprints) {
  if (graphs < 1) return;
  check_protocol(code, starts, graphs, protocol, samples);
  if (on_gpu(samples)) {
    cuda::graph_evaluate(code, starts, graphs, protocol, samples, known, known_count, norms, status,
                         scores, fingerprints);
    return;
  }
  const auto* logits = static_cast<const float*>(samples.logits);
  const auto* labels = static_cast<const int32_t*>(samples.labels);
  const int64_t count = samples.n, c = samples.c, h = samples.h, w = samples.w;
  GraphBatch batch{
      code,
      starts,
      graphs,
      static_cast<float>(protocol.eps),
      logits,
      {},
      {},
      {},
      {},
      {},
      count,
      c,
      h,
      w,
      {protocol.steps, static_cast<float>(protocol.rate), static_cast<float>(protocol.momentum)},
      protocol.threshold};
  const int64_t plane = h * w;
  const Kernels kernels;
  batch.probabilities.resize(count * c * plane);
  batch.labels.resize(count * plane);
  batch.across.resize(count * plane);
  for (int64_t b = 0; b < count; ++b) {
    int32_t* narrow = batch.labels.data() + b * plane;
    batch.valid.push_back(narrow_labels(labels + b * plane, plane, c, narrow));
    if (batch.valid.back() == 0) {
      fail("labels", "a pixel that counts in each sample", "none in sample " + std::to_string(b));
    }
    neighbour_bits(narrow, h, w, batch.across.data() + b * plane);
    batch.targets.emplace_back(protocol.metric, protocol.tolerance, narrow, c, h, w);
    kernels.softmax(logits + b * c * plane, c, plane, batch.probabilities.data() + b * c * plane);
  }
  const int threads =
      static_cast<int>(std::min<int64_t>(num_threads(), std::max<int64_t>(1, graphs)));
  const Workspaces memory(batch, kernels, threads);
  const std::vector<int64_t> first = first_alike(code, starts, graphs);
  std::vector<int> begun(graphs);
  const Verdicts verdicts{graphs, count,       protocol.equivalence != 0,
                          known,  known_count, norms,
                          status, scores,      fingerprints};
  Fingerprints met(verdicts);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (int64_t k = 0; k < graphs; ++k) {
    if (first[k] != k) continue;
    Plan plan;
    make_plan(batch.code_of(k), batch.nodes_of(k), plan, Adjoints::kVarying);
    scores[k] = 0;
    status[k] = begin(batch, kernels, memory, plan, norms + k * count, fingerprints + k);
    begun[k] = status[k];
    if (status[k] != GRAPH_BELOW_THRESHOLD) continue;
    if (protocol.equivalence != 0 && met.repeats(k)) continue;
    status[k] = descend(batch, kernels, memory, plan, scores + k);
  }
  settle(first, begun, verdicts);
}

}  // namespace autoloss
