// The rejection protocol on many graphs: a queue of graphs, worked off by all threads.
//
// A thread takes the next graph: what it says before any step, from probabilities, maps or areas
// that all graphs share; then its descents, which go on from that gradient. A graph is not
// optimised if its fingerprint is known, or found for an earlier graph by then; the final word on
// that is spoken in the order of the graphs, so that it does not depend on the threads. Graphs with
// the same code are evaluated once. Memory: a fixed amount for each thread, enough for the largest
// plan, and tables of codes and fingerprints.
#include "graph_batch.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "common/checks.h"
#include "common/graph_labels.h"
#include "common/graph_metric.h"
#include "cuda/operations.h"
#include "parallel.h"
#include "runtime.h"

namespace autoloss {
namespace {

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};

int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

/// The working memory of all threads.
class Workspaces {
 public:
  Workspaces(const GraphBatch& batch, const BatchKernels& kernels, int threads) {
    int64_t results = 0, metrics = 0, boxes = 0;
    int64_t elements = 0;
    for (const GraphSample& sample : batch.samples) {
      begin_.push_back(elements);
      elements += aligned(sample.elements() * 4) / 4;
      results = std::max({results, sample.pixels(), sample.in.classes});
      metrics = std::max(metrics, sample.score->workspace());
      if (sample.in.moves == Moves::kBoxes) boxes = std::max(boxes, sample.pixels());
    }
    state_ = aligned(largest_frame(batch, kernels));
    velocity_ = state_ + elements * 4;
    geometry_ = velocity_ + (batch.descent.keeps() ? elements * 4 : 0);
    result_ = geometry_ + aligned(kGeometryRows * boxes * 4);
    metric_ = result_ + aligned(results * 4);
    size_ = metric_ + aligned(metrics * 8);
    memory_.reset(static_cast<char*>(std::aligned_alloc(64, size_ * threads)));
    if (memory_ == nullptr) throw std::bad_alloc();
  }

  /// That of one thread.
  class Workspace {
   public:
    Workspace(const Workspaces& all, int thread)
        : all_(all), begin_(all.memory_.get() + all.size_ * thread) {}

    char* frame() const { return begin_; }
    DescentResult result() const {
      char* here = begin_ + all_.result_;
      return {reinterpret_cast<int32_t*>(here), reinterpret_cast<float*>(here)};
    }
    uint64_t* metric() const { return reinterpret_cast<uint64_t*>(begin_ + all_.metric_); }
    DescentState state(size_t sample) const {
      return {reinterpret_cast<float*>(begin_ + all_.state_) + all_.begin_[sample],
              reinterpret_cast<float*>(begin_ + all_.velocity_) + all_.begin_[sample],
              reinterpret_cast<float*>(begin_ + all_.geometry_)};
    }

   private:
    const Workspaces& all_;
    char* begin_;
  };

 private:
  static int64_t largest_frame(const GraphBatch& batch, const BatchKernels& kernels) {
    int64_t largest = 0;
    Plan plan;
    for (int64_t k = 0; k < batch.graphs; ++k) {
      batch.plan(k, plan);
      for (const GraphSample& sample : batch.samples) {
        largest = std::max(largest, kernels.workspace(sample.with(plan)));
        if (!batch.ragged) break;
      }
    }
    return largest;
  }

  std::vector<int64_t> begin_;  // of each sample's state, in floats
  int64_t state_, velocity_, geometry_, result_, metric_, size_;
  std::unique_ptr<char, Free> memory_;
};

using Workspace = Workspaces::Workspace;

/// What one graph says before any step, and the norms of its samples' gradients.
int begin(const GraphBatch& batch, const BatchKernels& kernels, const Workspace& memory,
          const Plan& plan, double* norms, int64_t* fingerprint) {
  std::fill(norms, norms + batch.samples.size(), 0.0);
  *fingerprint = 0;
  if (!plan.node[plan.root()].learns) return GRAPH_NO_GRADIENT;
  bool moves = false;
  int64_t hash = 0;
  for (size_t b = 0; b < batch.samples.size(); ++b) {
    const GraphSample& sample = batch.samples[b];
    const GraphStart start = kernels.start(sample.with(plan), sample.given.data(), batch.descent,
                                           memory.frame(), memory.state(b));
    if (!std::isfinite(start.value) || !std::isfinite(start.norm)) return GRAPH_NOT_FINITE;
    norms[b] = heard_norm(start);
    moves |= norms[b] > 0;
    hash = with_sample(hash, start, sample.reach);
  }
  *fingerprint = hash;
  return moves ? GRAPH_BELOW_THRESHOLD : GRAPH_NO_GRADIENT;
}

/// The descents of a graph: stops when what is left cannot bring the mean to the threshold.
int descend(const GraphBatch& batch, const BatchKernels& kernels, const Workspace& memory,
            const Plan& plan, const double* norms, double* score) {
  const double samples = static_cast<double>(batch.samples.size());
  double sum = 0, rest = batch.before * samples;
  for (size_t b = 0; b < batch.samples.size(); ++b) {
    const GraphSample& sample = batch.samples[b];
    rest -= sample.before;
    const DescentSettings settings = batch.settings(sample, norms[b]);
    if (settings.relative && !(norms[b] > 0)) {
      sum += sample.before;  // nothing moves
    } else {
      const Descent end = kernels.descend(sample.with(plan), settings, memory.frame(),
                                          memory.state(b), memory.result());
      if (end == Descent::kNotFinite) return GRAPH_NOT_FINITE;
      sum += sample.score->of(memory.result(), memory.metric());
    }
    *score = batch.gain((sum + (batch.relative() ? rest : 0)) / samples);
    const double left = samples - 1 - static_cast<double>(b);
    if ((sum + left) / samples < batch.threshold) return GRAPH_BELOW_THRESHOLD;
  }
  return GRAPH_ACCEPTED;
}

/// The metric of predicted classes.
class MetricScore : public SampleScore {
 public:
  explicit MetricScore(MetricTarget target) : target_(std::move(target)) {}

  int64_t workspace() const override { return target_.workspace(); }
  double of(const DescentResult& result, uint64_t* memory) const override {
    return target_.score(result.places, memory);
  }

 private:
  MetricTarget target_;
};

}  // namespace

std::unique_ptr<SampleScore> metric_score(MetricTarget target) {
  return std::make_unique<MetricScore>(std::move(target));
}

void evaluate(const GraphBatch& batch, const Verdicts& verdicts) {
  const BatchKernels kernels;
  const int64_t graphs = batch.graphs, count = verdicts.samples;
  const int threads =
      static_cast<int>(std::min<int64_t>(num_threads(), std::max<int64_t>(1, graphs)));
  const Workspaces workspaces(batch, kernels, threads);
  const std::vector<int64_t> first = first_alike(batch.code, batch.starts, graphs);
  std::vector<int> begun(graphs);
  Fingerprints met(verdicts);
  const auto memory_of = [&](int thread) { return Workspace(workspaces, thread); };
  for_tasks(threads, graphs, memory_of, [&](const Workspace& memory, int64_t k) {
    if (first[k] != k) return;
    Plan plan;
    batch.plan(k, plan);
    double* norms = verdicts.norms + k * count;
    verdicts.scores[k] = 0;
    verdicts.status[k] = begin(batch, kernels, memory, plan, norms, verdicts.fingerprints + k);
    begun[k] = verdicts.status[k];
    if (begun[k] != GRAPH_BELOW_THRESHOLD) return;
    if (verdicts.equivalence && met.repeats(k)) return;
    verdicts.status[k] = descend(batch, kernels, memory, plan, norms, verdicts.scores + k);
  });
  settle(first, begun, verdicts);
}

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
  const int64_t count = samples.n, c = samples.c, h = samples.h, w = samples.w, plane = h * w;
  GraphBatch batch(code, starts, graphs, protocol);
  const BatchKernels kernels;
  batch.samples.resize(count);
  for (int64_t b = 0; b < count; ++b) {
    GraphSample& sample = batch.samples[b];
    sample.labels.resize(plane);
    const int64_t valid = narrow_labels(labels + b * plane, plane, c, sample.labels.data());
    if (valid == 0) {
      fail("labels", "a pixel that counts in each sample", "none in sample " + std::to_string(b));
    }
    sample.in = {nullptr, batch.eps, logits + b * c * plane, nullptr, 1, c, h, w, valid, nullptr};
    sample.reach = std::sqrt(static_cast<double>(valid));
    sample.score = metric_score(
        MetricTarget(protocol.metric, protocol.tolerance, sample.labels.data(), c, h, w));
    sample.find_neighbours();
    sample.given.resize(c * plane);
    kernels.softmax(sample.in.logits, c, plane, sample.given.data());
  }
  evaluate(batch, {graphs, count, protocol.equivalence != 0, known, known_count, norms, status,
                   scores, fingerprints});
}

}  // namespace autoloss
