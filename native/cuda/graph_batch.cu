// The rejection protocol on many loss graphs: blocks take graphs from a queue and run them to
// their fate without the host. The contract is that of the operation of this name on the CPU, see
// ops.h (Li et al., "AutoLoss-Zero", CVPR 2022, section 3.3); decisions agree with it but for
// rounding at the threshold.
//
// Graphs with the same code are planned and run once. Three phases: what each graph says before any
// step (one launch), which graphs repeat others (the host, as it depends on the order of all
// graphs), and the descents of the rest (one launch), which begin with the gradients of the first
// phase: it keeps them, [B,C,pixels] for each graph, and where that is more than kMostKept for all
// graphs the phases take turns, a group of graphs at a time. In a block, a sample is [C,pixels] of
// logits, of values and of adjoints in shared memory; a thread owns four consecutive pixels of all
// classes and meets others only in pools and means. Nothing but those gradients and the results
// goes to memory. A graph whose pixels do not meet at all runs tile by tile, so that its arrays
// stay small whatever the sample. What does not fit into shared memory lies in a slab of each
// block, in the L2 cache.
//
// Graphs are sorted by the shared memory that they need, so that small ones run three blocks to a
// multiprocessor; each sort is a launch of its own. All sums have a fixed order: the results are
// the same, to the last bit, whichever block takes a graph. The metric is counted in integers.
//
// Cost, counted and never measured, for five samples of [6,32,32], five steps, and the candidates
// of GraphBatchBenchmark: some 370,000 warp instructions for each explored graph. An H200
// issues 1.0e12 a second (132 multiprocessors, 4 each, 1.98 GHz). With 16 warps to a
// multiprocessor, two blocks of most graphs, a quarter of that is likely: 700,000 graphs a second.
// The host plans a graph in some 10 us of one core and adds as much to the time where it has fewer
// than 7 cores.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "common/graph_labels.h"
#include "common/graph_metric.h"
#include "common/graph_protocol.h"
#include "graph_batch_descent.h"
#include "graph_batch_metric.h"
#include "graph_machine.h"
#include "graph_program.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

__global__ void __launch_bounds__(kThreads, kResidentBlocks)
    start_kernel(BatchQueue queue, BatchSamples samples, float eps, GraphStart* starts) {
  __shared__ Work w;
  for (int graph = next_graph(queue); graph >= 0; graph = next_graph(queue)) {
    begin_work(w, queue, samples, graph, eps, false, false);
    for (int b = 0; b < samples.samples; ++b) {
      start_sample(w, samples, b);
      if (threadIdx.x == 0) starts[static_cast<int64_t>(graph) * samples.samples + b] = w.start;
      // The host comes to the same conclusion, and does not look at the samples that are left.
      const bool goes_on = finite(w.start.value) && finite(w.start.norm);
      __syncthreads();  // before the next sample begins its sums
      if (!goes_on) break;
    }
  }
}

/// Optimises and scores one sample; a negative score if something is not finite.
__device__ inline double try_sample(Work& w, const BatchSamples& samples,
                                    const BatchTargets& targets, const BatchDescent& descent,
                                    int sample) {
  for (int64_t begin = 0; begin < samples.padded; begin += w.h.span) {
    set_tile(w, samples, sample, begin);
    if (!descend_tile(w, descent)) return -1;
  }
  return score_of(w, samples, targets, sample, result_of(w));
}

/// Takes the score of one more sample in; stops when what is left cannot bring the mean to the
/// threshold. One thread.
__device__ inline void add_score(Work& w, int all, int sample, double score, double threshold) {
  if (score < 0) {
    w.outcome.status = GRAPH_NOT_FINITE;
    return;
  }
  w.scores += score;
  w.outcome.score = w.scores / all;
  if ((w.scores + (all - 1 - sample)) / all < threshold) w.outcome.status = GRAPH_BELOW_THRESHOLD;
}

/// Afterwards w.outcome is what becomes of the graph.
__device__ inline void try_graph(Work& w, const BatchSamples& samples, const BatchTargets& targets,
                                 const BatchDescent& descent) {
  if (threadIdx.x == 0) {
    w.scores = 0;
    w.outcome = {GRAPH_ACCEPTED, 0};
  }
  for (int b = 0; b < samples.samples; ++b) {
    const double score = try_sample(w, samples, targets, descent, b);
    if (threadIdx.x == 0) add_score(w, samples.samples, b, score, descent.threshold);
    __syncthreads();
    if (w.outcome.status != GRAPH_ACCEPTED) break;
  }
}

__global__ void __launch_bounds__(kThreads, kResidentBlocks)
    descend_kernel(BatchQueue queue, BatchSamples samples, BatchTargets targets,
                   BatchDescent descent, float eps, BatchOutcome* outcomes) {
  __shared__ Work w;
  for (int graph = next_graph(queue); graph >= 0; graph = next_graph(queue)) {
    begin_work(w, queue, samples, graph, eps, descent.momentum != 0.0f,
               targets.metric == kBoundaryF1);
    try_graph(w, samples, targets, descent);
    if (threadIdx.x == 0) outcomes[graph] = w.outcome;
  }
}

// ---------------------------------------------------------------------------------------------
// Launches

/// A copy of host memory on the device.
template <class T>
class Uploaded {
 public:
  Uploaded(const std::vector<T>& from, cudaStream_t stream)
      : memory_(static_cast<int64_t>(from.size()), stream) {
    if (from.empty()) return;
    check(cudaMemcpyAsync(memory_.get(), from.data(), from.size() * sizeof(T),
                          cudaMemcpyHostToDevice, stream),
          "copying to the device");
  }

  T* get() const { return memory_.get(); }

 private:
  Scratch<T> memory_;
};

/// Samples and targets, as the host prepares them.
struct HostSamples {
  int64_t samples, classes, height, width, padded, words;
  std::vector<float> logits;
  std::vector<int16_t> labels;
  std::vector<uint16_t> around;
  std::vector<double> valid;
  std::vector<uint8_t> counts;
  std::vector<uint64_t> edges, dilated;

  HostSamples(const float* from, const int32_t* raw, int64_t b, int64_t c, int64_t h, int64_t w,
              int metric, int64_t tolerance)
      : samples(b),
        classes(c),
        height(h),
        width(w),
        padded((h * w + kQuad - 1) / kQuad * kQuad),
        words(metric == kBoundaryF1 ? (c + kWord - 1) / kWord : 0),
        logits(b * c * padded),
        labels(b * padded, -1),
        around(b * padded),
        counts(b * padded),
        edges(b * words * padded),
        dilated(b * words * padded) {
    const int64_t plane = h * w;
    for (int64_t row = 0; row < b * c; ++row) {
      std::copy(from + row * plane, from + (row + 1) * plane, logits.data() + row * padded);
    }
    for (int64_t sample = 0; sample < b; ++sample) {
      add_labels(raw + sample * plane, sample, metric, tolerance);
    }
  }

 private:
  void add_labels(const int32_t* raw, int64_t sample, int metric, int64_t tolerance) {
    const int64_t plane = height * width;
    std::vector<int32_t> narrow(plane), bits(plane);
    const int64_t counted = narrow_labels(raw, plane, classes, narrow.data());
    if (counted == 0) {
      fail("labels", "a pixel that counts in each sample",
           "none in sample " + std::to_string(sample));
    }
    valid.push_back(static_cast<double>(counted));
    window_bits(narrow.data(), height, width, bits.data());
    const MetricTarget target(metric, tolerance, narrow.data(), classes, height, width);
    for (int64_t i = 0; i < plane; ++i) {
      labels[sample * padded + i] = static_cast<int16_t>(narrow[i]);
      around[sample * padded + i] = static_cast<uint16_t>(bits[i]);
      counts[sample * padded + i] = target.counts()[i];
    }
    for (int64_t word = 0; word < words; ++word) {
      const int64_t at = (sample * words + word) * padded;
      std::copy_n(target.label_edges()[word].data(), plane, edges.data() + at);
      std::copy_n(target.dilated_label_edges()[word].data(), plane, dilated.data() + at);
    }
  }
};

/// The same on the device.
struct DeviceSamples {
  const HostSamples& host;
  Uploaded<float> logits;
  Uploaded<int16_t> labels;
  Uploaded<uint16_t> around;
  Uploaded<double> valid;
  Uploaded<uint8_t> counts;
  Uploaded<uint64_t> edges, dilated;

  DeviceSamples(const HostSamples& from, cudaStream_t stream)
      : host(from),
        logits(from.logits, stream),
        labels(from.labels, stream),
        around(from.around, stream),
        valid(from.valid, stream),
        counts(from.counts, stream),
        edges(from.edges, stream),
        dilated(from.dilated, stream) {}

  BatchSamples samples() const {
    return {logits.get(),
            labels.get(),
            around.get(),
            valid.get(),
            static_cast<int>(host.samples),
            static_cast<int>(host.classes),
            host.height,
            host.width,
            host.padded};
  }

  BatchTargets targets(int metric, int64_t tolerance) const {
    return {metric,
            static_cast<int>(std::min(tolerance, std::max(host.height, host.width))),
            static_cast<int>(host.words),
            counts.get(),
            edges.get(),
            dilated.get()};
  }
};

/// What a multiprocessor offers, and the sorts of graphs by what they need of it.
struct Shape {
  int processors;
  int64_t limits[3];  // shared memory of a block that runs beside two others, one, none
};

constexpr int64_t kStaticShared = 512;            // of a block of these kernels, at most
constexpr int64_t kMostSlabs = int64_t{1} << 30;  // bytes of all blocks together
/// Bytes of the gradients that are kept at once, unless one graph has more. Checks, whose samples
/// are small, set less.
#ifndef AUTOLOSS_MOST_KEPT
#define AUTOLOSS_MOST_KEPT (int64_t{2} << 30)
#endif
constexpr int64_t kMostKept = AUTOLOSS_MOST_KEPT;

Shape shape_of(int device) {
  Shape shape = {multiprocessors(device), {}};
  for (int sort = 0; sort < 3; ++sort) {
    const int64_t most = std::min(shared_of_one_in(3 - sort, device), most_shared_of_block(device));
    shape.limits[sort] = most - kStaticShared;
  }
  return shape;
}

/// How many pixels a graph's arrays hold: all of a sample, or of a graph whose pixels do not meet
/// as many as fit into the memory of one of two blocks: with less, threads would have no pixels.
int32_t span_of(GraphHeader h, const HostSamples& samples, int64_t limit, bool momentum) {
  h.span = static_cast<int32_t>(samples.padded);
  if (!h.local) return h.span;
  h.span = static_cast<int32_t>(std::min<int64_t>(samples.padded, kThreads * kQuad));
  while (h.span > kWarp * kQuad &&
         layout_of(h, samples.classes, samples.padded, momentum, false).total > limit) {
    h.span = (h.span / 2 + kQuad - 1) / kQuad * kQuad;
  }
  return h.span;
}

/// The graphs [first, end).
struct Group {
  size_t first, end;
};

/// Runs launch(queue, blocks, shared) for each sort of the wanted graphs of a group.
template <class Launch>
void for_sorts(const Shape& shape, const Group& group, const std::vector<int64_t>& bytes,
               const std::vector<char>& wanted, BatchQueue queue, cudaStream_t stream,
               Launch launch) {
  queue.first = static_cast<int32_t>(group.first);
  for (int sort = 0; sort < 3; ++sort) {
    std::vector<int32_t> order;
    int64_t largest = 0;
    for (size_t k = group.first; k < group.end; ++k) {
      int own = 0;
      while (own < 2 && bytes[k] > shape.limits[own]) ++own;
      if (!wanted[k] || own != sort) continue;
      order.push_back(static_cast<int32_t>(k));
      largest = std::max(largest, bytes[k]);
    }
    if (order.empty()) continue;
    const bool spills = largest > shape.limits[sort];
    const int64_t most = spills ? std::max<int64_t>(1, kMostSlabs / largest) : INT32_MAX;
    const int64_t blocks = std::min<int64_t>(
        {static_cast<int64_t>(order.size()), int64_t{shape.processors} * (3 - sort), most});
    queue.shared = std::min(largest, shape.limits[sort]);
    const Scratch<unsigned char> slabs(spills ? largest * blocks : 0, stream);
    const Uploaded<int32_t> list(order, stream);
    const Scratch<int32_t> taken(1, stream);
    taken.clear();
    queue.order = list.get();
    queue.count = static_cast<int32_t>(order.size());
    queue.taken = taken.get();
    queue.slabs = slabs.get();
    queue.slab = largest;
    launch(queue, static_cast<unsigned>(blocks), static_cast<size_t>(queue.shared));
  }
}

/// What phase 1 concludes for one graph; GRAPH_BELOW_THRESHOLD stands for "not yet known".
int conclude(const GraphHeader& header, const GraphStart* starts, const HostSamples& samples,
             double* norms, int64_t* fingerprint) {
  std::fill(norms, norms + samples.samples, 0.0);
  *fingerprint = 0;
  if (header.value.kind == kNothing) return GRAPH_NO_GRADIENT;
  bool moves = false;
  int64_t hash = 0;
  for (int64_t b = 0; b < samples.samples; ++b) {
    const GraphStart& start = starts[b];
    if (!std::isfinite(start.value) || !std::isfinite(start.norm)) return GRAPH_NOT_FINITE;
    norms[b] = heard_norm(start);
    moves |= norms[b] > 0;
    hash = with_sample(hash, start, std::sqrt(static_cast<double>(samples.valid[b])));
  }
  *fingerprint = hash;
  return moves ? GRAPH_BELOW_THRESHOLD : GRAPH_NO_GRADIENT;
}

}  // namespace

void graph_evaluate(const int32_t* code, const int64_t* starts, int64_t graphs,
                    const GraphProtocol& protocol, const Batch& batch, const int64_t* known,
                    int64_t known_count, double* norms, int* status, double* scores,
                    int64_t* fingerprints) {
  const int64_t samples = batch.n, c = batch.c;
  const HostSamples host(static_cast<const float*>(batch.logits),
                         static_cast<const int32_t*>(batch.labels), samples, c, batch.h, batch.w,
                         protocol.metric, protocol.tolerance);
  const DeviceGuard guard(batch.device);
  const cudaStream_t stream = stream_of(batch);
  const Shape shape = shape_of(guard.device());
  const bool moving = protocol.momentum != 0, boundary = protocol.metric == kBoundaryF1;

  const std::vector<int64_t> alike = first_alike(code, starts, graphs);
  std::vector<int64_t> distinct;
  for (int64_t k = 0; k < graphs; ++k) {
    if (alike[k] == k) distinct.push_back(k);
  }
  std::vector<GraphHeader> headers;
  std::vector<GraphInstruction> instructions;
  compile_graphs(code, starts, distinct, headers, instructions);
  std::vector<int64_t> bytes(headers.size());
  std::vector<char> wanted(headers.size());
  for (size_t k = 0; k < headers.size(); ++k) {
    headers[k].span = span_of(headers[k], host, shape.limits[1], moving);
    bytes[k] = layout_of(headers[k], c, host.padded, moving, boundary).total;
    wanted[k] = headers[k].value.kind != kNothing;
  }

  const DeviceSamples there(host, stream);
  const BatchSamples on_device = there.samples();
  const BatchTargets targets = there.targets(protocol.metric, protocol.tolerance);
  const Uploaded<GraphHeader> header_copy(headers, stream);
  const Uploaded<GraphInstruction> code_copy(instructions, stream);
  const int64_t gradient = samples * c * host.padded;
  const auto most = static_cast<size_t>(std::max<int64_t>(1, kMostKept / (gradient * 4)));
  const Scratch<float> kept(gradient * static_cast<int64_t>(std::min(most, headers.size())),
                            stream);
  const BatchQueue queue{
      header_copy.get(), code_copy.get(), nullptr, 0, nullptr, 0, nullptr, 0, kept.get(), 0};
  const auto count = static_cast<int64_t>(headers.size());
  const Scratch<GraphStart> first(count * samples, stream);
  first.clear();
  const Scratch<BatchOutcome> last(count, stream);
  std::vector<GraphStart> opening;
  std::vector<BatchOutcome> outcomes;
  // A first step of length 0 where there is none.
  const BatchDescent descent{static_cast<int32_t>(std::min<int64_t>(protocol.steps, INT32_MAX)),
                             protocol.steps > 0 ? static_cast<float>(protocol.rate) : 0.0f,
                             static_cast<float>(protocol.momentum), protocol.threshold};
  const Verdicts verdicts{graphs, samples,     protocol.equivalence != 0,
                          known,  known_count, norms,
                          status, scores,      fingerprints};
  Fingerprints met(verdicts);
  std::vector<int> begun(static_cast<size_t>(graphs));
  for (size_t from = 0; from < headers.size(); from += most) {
    const Group group{from, std::min(from + most, headers.size())};
    for_sorts(shape, group, bytes, wanted, queue, stream,
              [&](const BatchQueue& own, unsigned blocks, size_t shared) {
                launch("start of graphs", start_kernel, blocks, kThreads, shared, stream, own,
                       on_device, static_cast<float>(protocol.eps), first.get());
              });
    const auto own_count = static_cast<int64_t>(group.end - group.first);
    const auto own_first = static_cast<int64_t>(group.first);
    opening.resize(static_cast<size_t>(own_count * samples));
    read_back(first.get() + own_first * samples, own_count * samples, opening.data(), stream);
    for (size_t d = group.first; d < group.end; ++d) {
      const int64_t k = distinct[d];
      scores[k] = 0;
      status[k] = conclude(headers[d], opening.data() + (d - from) * samples, host,
                           norms + k * samples, fingerprints + k);
      begun[k] = status[k];
      wanted[d] =
          status[k] == GRAPH_BELOW_THRESHOLD && !(protocol.equivalence != 0 && met.repeats(k));
    }
    for_sorts(shape, group, bytes, wanted, queue, stream,
              [&](const BatchQueue& own, unsigned blocks, size_t shared) {
                launch("descents of graphs", descend_kernel, blocks, kThreads, shared, stream, own,
                       on_device, targets, descent, static_cast<float>(protocol.eps), last.get());
              });
    outcomes.resize(static_cast<size_t>(own_count));
    read_back(last.get() + own_first, own_count, outcomes.data(), stream);
    for (size_t d = group.first; d < group.end; ++d) {
      if (!wanted[d]) continue;
      status[distinct[d]] = outcomes[d - from].status;
      scores[distinct[d]] = outcomes[d - from].score;
    }
  }
  settle(alike, begun, verdicts);
}

}  // namespace cuda
}  // namespace autoloss
