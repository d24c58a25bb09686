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
#include "graph_machine.h"
#include "graph_program.h"
#include "operations.h"
#include "runtime.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr int kThreads = 256;
/// Blocks that a multiprocessor must hold at once. For Blackwell the compiler needs more registers,
/// and three blocks would make it spill.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
constexpr int kResidentBlocks = 2;
#else
constexpr int kResidentBlocks = 3;
#endif
constexpr int kChunks = kThreads / kWarp;
constexpr int kWord = 64;  // classes of a word of edge bits
constexpr double kEpsilon = 1e-8;

/// The samples, their planes padded to whole quads with pixels that are ignored.
struct BatchSamples {
  const float* logits;     // [B,C,padded]
  const int16_t* labels;   // [B,padded]
  const uint16_t* around;  // [B,padded]
  const double* valid;     // [B]
  int samples, classes;
  int64_t height, width, padded;
};

/// How many logits a sample has.
__device__ inline int64_t sample_size(const BatchSamples& samples) {
  return samples.classes * samples.padded;
}

/// What the metric compares with; see MetricTarget.
struct BatchTargets {
  int metric, tolerance, words;
  const uint8_t* counts;            // [B,padded]
  const uint64_t *edges, *dilated;  // [B,words,padded]
};

/// The graphs of a launch, and the memory of its blocks.
struct BatchQueue {
  const GraphHeader* headers;
  const GraphInstruction* code;
  const int32_t* order;  // the graphs to take
  int32_t count;
  int32_t* taken;  // how many are
  int64_t shared;  // bytes of a block
  unsigned char* slabs;
  int64_t slab;  // bytes of a block's
  float* kept;   // gradients before any step, [B,C,padded], of the graphs from `first` on
  int32_t first;
};

struct BatchDescent {
  int32_t steps;
  float rate, momentum;
  double threshold;
};

struct BatchOutcome {
  int32_t status;
  double score;
};

// ---------------------------------------------------------------------------------------------
// The memory of a block

/// Where the memory of a graph begins, in bytes; the table of arrays is at 0.
struct Layout {
  int64_t sums, result, state, state_size;
  ArrayLayout arrays;
  int64_t total;
};

/// Bytes for counting a metric; they take the place of the arrays when the descent is over.
AUTOLOSS_INLINE int64_t metric_bytes(bool boundary, int64_t classes, int64_t padded) {
  return boundary ? whole_words(4 * kWord * 4) + 2 * padded * 8 : whole_words(3 * classes * 4);
}

AUTOLOSS_INLINE Layout layout_of(const GraphHeader& h, int64_t classes, int64_t padded,
                                 bool momentum, bool boundary) {
  Layout at = {};
  at.sums = table_bytes(h);
  at.result = at.sums + whole_words(8 * h.reductions * kChunks * classes);
  at.state = at.result + whole_words(2 * padded);
  at.state_size = 4 * classes * h.span;
  at.arrays = arrays_from(at.state + (momentum ? 2 : 1) * at.state_size, h, classes, 1, h.span);
  const int64_t counting = at.state + metric_bytes(boundary, classes, padded);
  at.total = counting > at.arrays.end ? counting : at.arrays.end;
  return at;
}

/// Logits [C,step].
struct Rows {
  const float* data;
  int64_t step;

  __device__ Quad operator()(int c, int quad) const {
    return reinterpret_cast<const Quad*>(data + c * step)[quad];
  }
};

/// Everything that a block needs for a graph.
struct Work {
  GraphFrame f;
  GraphHeader h;
  Layout layout;
  BlockMemory memory;
  float* kept;       // of the graph
  float* kept_tile;  // of the tile, [C,padded]
  Rows logits;       // what the program reads
  GraphStart start;  // of the sample, so far
  double scores;     // of the samples so far, added up
  BatchOutcome outcome;
};

__device__ inline BlockMemory memory_of(const BatchQueue& queue) {
  return {dynamic_shared<unsigned char>(),
          queue.slabs == nullptr ? nullptr : queue.slabs + blockIdx.x * queue.slab, queue.shared};
}

/// The next graph of the queue for this block; -1 if none is left. All threads must come.
__device__ inline int next_graph(const BatchQueue& queue) {
  __shared__ int next;
  __syncthreads();  // those who still work on the last one
  if (threadIdx.x == 0) next = atomicAdd(queue.taken, 1);
  __syncthreads();
  return next < queue.count ? queue.order[next] : -1;
}

/// Sets a block up for a graph. All threads must come.
__device__ inline void begin_work(Work& w, const BatchQueue& queue, const BatchSamples& samples,
                                  int graph, float eps, bool momentum, bool boundary) {
  if (threadIdx.x == 0) {
    w.h = queue.headers[graph];
    w.layout = layout_of(w.h, samples.classes, samples.padded, momentum, boundary);
    w.memory = memory_of(queue);
    w.kept = queue.kept + (graph - queue.first) * samples.samples * sample_size(samples);
    GraphFrame& f = w.f;
    f.code = queue.code + w.h.code;
    f.arrays = w.memory.at<float*>(0, w.layout.sums);
    f.classes = samples.classes;
    f.class_step = w.h.span;
    f.full = f.space = 0;
    f.plane = static_cast<int>(samples.padded);
    f.width = static_cast<int>(samples.width);
    f.sums = w.memory.at<double>(w.layout.sums, w.layout.result - w.layout.sums);
    f.first_chunk = 0;
    f.chunks = kChunks;
    f.first_tile = true;
    f.eps = eps;
  }
  __syncthreads();
  place_arrays(w.h, w.layout.arrays, w.memory, w.memory.at<float*>(0, w.layout.sums));
  __syncthreads();
}

/// Sets a block up for a tile of a sample. All threads must come.
__device__ inline void set_tile(Work& w, const BatchSamples& samples, int sample, int64_t begin) {
  if (threadIdx.x == 0) {
    GraphFrame& f = w.f;
    const int64_t left = samples.padded - begin;
    set_shares(f, w.h.root, samples.valid[sample]);
    f.begin = static_cast<int>(begin);
    f.quads = static_cast<int>((left < w.h.span ? left : w.h.span) / kQuad);
    f.labels = samples.labels + sample * samples.padded + begin;
    f.around = samples.around + sample * samples.padded + begin;
    w.kept_tile = w.kept + sample * sample_size(samples) + begin;
    w.logits = {samples.logits + sample * sample_size(samples) + begin, samples.padded};
  }
  __syncthreads();
}

// ---------------------------------------------------------------------------------------------
// Before any step

/// Adds what the threads have to a sum in shared memory; kept over the run of a program, it would
/// cost registers. All threads must come.
__device__ inline void add_up(double& total, double own) {
  const double sum = block_sum<kThreads>(own);
  if (threadIdx.x == 0) total += sum;
}

/// Adds up what a graph says about a tile, and keeps its gradient.
__device__ inline void add_start(Work& w, const BatchSamples& samples) {
  float norm = 0.0f, scale = 0.0f, alignment = 0.0f;
  each_gradient(w.f, w.h, [&](int c, int quad, QuadLabels y, Quad p, Quad g, Quad dot) {
    Quad kept;
    for (int i = 0; i < kQuad; ++i) {
      const bool ignored = y.at[i] < 0;
      const float whole = p.at[i] * (g.at[i] - dot.at[i]), by_value = p.at[i] * g.at[i];
      const float d = ignored ? 0.0f : whole;
      norm += d * d;
      scale += ignored ? 0.0f : by_value * by_value;
      alignment += d * ((y.at[i] == c ? 1.0f : 0.0f) - p.at[i]);
      kept.at[i] = d;
    }
    reinterpret_cast<Quad*>(w.kept_tile + c * samples.padded)[quad] = kept;
  });
  add_up(w.start.norm, norm);
  add_up(w.start.scale, scale);
  add_up(w.start.alignment, alignment);
}

/// Afterwards w.start is what the graph says about the sample, for all threads.
__device__ inline void start_sample(Work& w, const BatchSamples& samples, int sample) {
  if (threadIdx.x == 0) w.start = {};
  for (int64_t begin = 0; begin < samples.padded; begin += w.h.span) {
    set_tile(w, samples, sample, begin);
    for (int way = 0; way < 2; ++way) {  // one call of run, for the sake of the code's size
      run(w.f, way == 0 ? 0 : w.h.refresh_end, way == 0 ? w.h.forward_end : w.h.code_end, w.logits);
      if (way == 0) add_up(w.start.value, root_sum(w.f, w.h.root));
    }
    add_start(w, samples);
    __syncthreads();  // before another tile or sample overwrites what neighbours read
  }
  if (threadIdx.x == 0) {
    w.start.value = loss_value(w.f, w.h.root, w.start.value, samples.valid[sample]);
    w.start.norm = sqrt(w.start.norm);
    w.start.scale = sqrt(w.start.scale);
  }
  __syncthreads();
}

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

// ---------------------------------------------------------------------------------------------
// Descent

/// One step on a tile; returns this thread's part of the squared norm of the gradient, which is not
/// finite if any part of it is.
__device__ inline float step(const Work& w, const BatchDescent& descent, float* logits,
                             float* velocity) {
  const int64_t class_step = w.f.class_step;
  float norm = 0.0f;
  each_gradient(w.f, w.h, [&](int c, int quad, QuadLabels y, Quad p, Quad g, Quad dot) {
    Quad* z = reinterpret_cast<Quad*>(logits + c * class_step) + quad;
    Quad* v = reinterpret_cast<Quad*>(velocity + c * class_step) + quad;
    Quad moved = *z, speed = velocity == nullptr ? splat(0.0f) : *v;
    for (int i = 0; i < kQuad; ++i) {
      const float whole = p.at[i] * (g.at[i] - dot.at[i]);
      const float d = y.at[i] < 0 ? 0.0f : whole;
      norm += d * d;
      speed.at[i] = descent.momentum * speed.at[i] + d;
      moved.at[i] -= descent.rate * speed.at[i];
    }
    *z = moved;
    if (velocity != nullptr) *v = speed;
  });
  return norm;
}

/// The class of the largest logit, the first among equals; false if a logit is not finite.
__device__ inline bool predict(const GraphFrame& f, const Rows& logits, int16_t* result) {
  float spread = 0.0f;
  for (int quad = threadIdx.x; quad < f.quads; quad += kThreads) {
    Quad top = logits(0, quad);
    QuadLabels best = {};
#pragma unroll 1
    for (int c = 0; c < f.classes; ++c) {
      const Quad z = logits(c, quad);
      for (int i = 0; i < kQuad; ++i) {
        spread += 0.0f * z.at[i];  // 0, or NaN if the logit is not finite
        if (z.at[i] > top.at[i]) {
          top.at[i] = z.at[i];
          best.at[i] = static_cast<int16_t>(c);
        }
      }
    }
    reinterpret_cast<QuadLabels*>(result)[quad] = best;
  }
  return spread == 0.0f;
}

// Where the state of a descent is. Asked for where it is needed: kept over a whole step, the
// pointers would cost registers.

/// The logits of a tile, [C,span].
__device__ inline float* moved_logits(const Work& w) {
  return w.memory.at<float>(w.layout.state, w.layout.state_size);
}

/// The velocities of a tile's logits, [C,span]; null without momentum.
__device__ inline float* velocity_of(const Work& w, const BatchDescent& descent) {
  const int64_t size = w.layout.state_size;
  return descent.momentum == 0.0f ? nullptr : w.memory.at<float>(w.layout.state + size, size);
}

/// The predictions of a sample.
__device__ inline int16_t* result_of(const Work& w) {
  return w.memory.at<int16_t>(w.layout.result, w.layout.state - w.layout.result);
}

/// The first step of a tile, with the gradient that was kept; false if that is 0.
__device__ inline bool first_step(const Work& w, const BatchDescent& descent, float* logits,
                                  float* velocity) {
  const Rows from = w.logits, kept = {w.kept_tile, from.step};
  const int64_t class_step = w.f.class_step;
  bool moves = false;
  for (int quad = threadIdx.x; quad < w.f.quads; quad += kThreads) {
#pragma unroll 1
    for (int c = 0; c < w.f.classes; ++c) {
      const Quad d = kept(c, quad);
      Quad z = from(c, quad);
      for (int i = 0; i < kQuad; ++i) {
        moves |= d.at[i] != 0.0f;
        z.at[i] -= descent.rate * d.at[i];
      }
      reinterpret_cast<Quad*>(logits + c * class_step)[quad] = z;
      if (velocity != nullptr) reinterpret_cast<Quad*>(velocity + c * class_step)[quad] = d;
    }
  }
  return moves;
}

/// Optimises the predictions of a tile; false if something is not finite. All threads get the same
/// answer.
__device__ inline bool descend_tile(Work& w, const BatchDescent& descent) {
  const bool moves = first_step(w, descent, moved_logits(w), velocity_of(w, descent));
  // A tile without a gradient stays where it is.
  const int steps = __syncthreads_or(moves) ? descent.steps : 0;
  float* const z = moved_logits(w);
  const Rows logits = {z, w.f.class_step};
  for (int t = 1; t < steps; ++t) {
    for (int part = t == 1 ? 0 : 1; part < 2; ++part) {
      run(w.f, part == 0 ? 0 : w.h.forward_end, part == 0 ? w.h.setup_end : w.h.code_end, logits);
    }
    const float norm = step(w, descent, z, velocity_of(w, descent));
    // Also the barrier before the next step overwrites what neighbours read.
    if (__syncthreads_or(!finite(norm))) return false;
  }
  return !__syncthreads_or(!predict(w.f, logits, result_of(w) + w.f.begin));
}

// ---------------------------------------------------------------------------------------------
// Metric

/// A ratio summed up by one thread, as MetricTarget::region does.
__device__ inline double region_ratio(int metric, int classes, const int32_t* right,
                                      const int32_t* predicted, const int32_t* labelled) {
  const bool accuracy = metric == kMeanAccuracy || metric == kGlobalAccuracy;
  const bool by_frequency = metric == kFrequencyWeightedIou || metric == kGlobalAccuracy;
  double sum = 0, weights = 0;
  for (int c = 0; c < classes; ++c) {
    const int32_t whole = accuracy ? labelled[c] : predicted[c] + labelled[c] - right[c];
    if (whole == 0) continue;
    const double weight = by_frequency ? static_cast<double>(labelled[c]) : 1.0;
    sum += weight * static_cast<double>(right[c]) / static_cast<double>(whole);
    weights += weight;
  }
  return weights == 0 ? 1 : sum / weights;
}

__device__ inline double region_score(const BatchSamples& samples, const BatchTargets& targets,
                                      int sample, const int16_t* result, int32_t* counts) {
  const int classes = samples.classes;
  int32_t *right = counts, *predicted = right + classes, *labelled = predicted + classes;
  for (int i = threadIdx.x; i < 3 * classes; i += kThreads) counts[i] = 0;
  __syncthreads();
  const int64_t at = sample * samples.padded;
  for (int64_t i = threadIdx.x; i < samples.padded; i += kThreads) {
    if (!targets.counts[at + i]) continue;
    const int label = samples.labels[at + i], prediction = result[i];
    atomicAdd(predicted + prediction, 1);
    atomicAdd(labelled + label, 1);
    if (label == prediction) atomicAdd(right + label, 1);
  }
  __syncthreads();
  return threadIdx.x == 0 ? region_ratio(targets.metric, classes, right, predicted, labelled) : 0;
}

/// The bit of a pixel's class if it is an edge of the prediction and in the word of classes that
/// begins with `first`; 0 otherwise.
__device__ inline uint64_t edge_bit(const int16_t* result, int around, int64_t pixel, int64_t width,
                                    int first) {
  const int own = result[pixel];
  if (own < first || own >= first + kWord) return 0;
  bool edge = false;
  for (int k = 0; k < 9; ++k) {
    if ((around >> k & 1) == 0) continue;
    edge |= result[pixel + (k / 3 - 1) * width + k % 3 - 1] != own;
  }
  return edge ? uint64_t{1} << (own - first) : 0;
}

/// The bits of up to 2 tolerance + 1 words, `step` apart, around position `at` of `length`.
__device__ inline uint64_t dilated_bits(const uint64_t* words, int64_t step, int64_t at,
                                        int64_t length, int tolerance) {
  const int64_t first = at < tolerance ? -at : -tolerance;
  const int64_t last = at + tolerance >= length ? length - 1 - at : tolerance;
  uint64_t bits = 0;
  for (int64_t k = first; k <= last; ++k) bits |= words[k * step];
  return bits;
}

__device__ inline double boundary_ratio(int classes, const int32_t* counts, int& present) {
  const int32_t *predicted = counts, *matched = predicted + kWord, *labelled = matched + kWord,
                *found = labelled + kWord;
  double sum = 0;
  for (int c = 0; c < classes; ++c) {
    if (labelled[c] == 0) continue;
    const double precision = static_cast<double>(matched[c]) / (predicted[c] + kEpsilon);
    const double recall = static_cast<double>(found[c]) / (labelled[c] + kEpsilon);
    sum += 2 * precision * recall / (precision + recall + kEpsilon);
    ++present;
  }
  return sum;
}

/// Counts of one word of classes, as MetricTarget::boundary has them.
__device__ inline void count_edges(const BatchSamples& samples, const BatchTargets& targets,
                                   int sample, int word, const int16_t* result, int32_t* counts,
                                   uint64_t* edge, uint64_t* rows) {
  const int first = word * kWord;
  const int64_t width = samples.width, plane = samples.height * width;
  const int16_t* labels = samples.labels + sample * samples.padded;
  const int64_t bits = (static_cast<int64_t>(sample) * targets.words + word) * samples.padded;
  for (int64_t i = threadIdx.x; i < plane; i += kThreads) {
    edge[i] = edge_bit(result, samples.around[sample * samples.padded + i], i, width, first);
  }
  __syncthreads();
  for (int64_t i = threadIdx.x; i < plane; i += kThreads) {
    rows[i] = dilated_bits(edge + i, 1, i % width, width, targets.tolerance);
  }
  __syncthreads();
  int32_t *predicted = counts, *matched = predicted + kWord, *labelled = matched + kWord,
          *found = labelled + kWord;
  for (int64_t i = threadIdx.x; i < plane; i += kThreads) {
    if (labels[i] < 0) continue;
    if (edge[i] != 0) {
      atomicAdd(predicted + (result[i] - first), 1);
      if ((targets.dilated[bits + i] & edge[i]) != 0) atomicAdd(matched + (result[i] - first), 1);
    }
    const uint64_t truth = targets.edges[bits + i];
    if (truth != 0) {
      const uint64_t near =
          dilated_bits(rows + i, width, i / width, samples.height, targets.tolerance);
      atomicAdd(labelled + (labels[i] - first), 1);
      if ((near & truth) != 0) atomicAdd(found + (labels[i] - first), 1);
    }
  }
}

__device__ inline double boundary_score(const BatchSamples& samples, const BatchTargets& targets,
                                        int sample, const int16_t* result, int32_t* counts) {
  uint64_t* edge = reinterpret_cast<uint64_t*>(counts + 4 * kWord);
  double sum = 0;
  int present = 0;
  for (int word = 0; word < targets.words; ++word) {
    for (int i = threadIdx.x; i < 4 * kWord; i += kThreads) counts[i] = 0;
    count_edges(samples, targets, sample, word, result, counts, edge, edge + samples.padded);
    __syncthreads();
    const int classes = samples.classes - word * kWord;
    if (threadIdx.x == 0) {
      sum += boundary_ratio(classes < kWord ? classes : kWord, counts, present);
    }
    __syncthreads();  // before the next word clears the counts
  }
  return present == 0 ? 1 : sum / present;
}

/// The metric of a prediction, in all threads.
__device__ inline double score_of(const Work& w, const BatchSamples& samples,
                                  const BatchTargets& targets, int sample, const int16_t* result) {
  __shared__ double score;
  const bool boundary = targets.metric == kBoundaryF1;
  int32_t* counts =
      w.memory.at<int32_t>(w.layout.state, metric_bytes(boundary, samples.classes, samples.padded));
  const double own = boundary ? boundary_score(samples, targets, sample, result, counts)
                              : region_score(samples, targets, sample, result, counts);
  if (threadIdx.x == 0) score = own;
  __syncthreads();
  return score;
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
constexpr int64_t kSystemShared = 1024;           // what CUDA takes for each block
constexpr int64_t kMostSlabs = int64_t{1} << 30;  // bytes of all blocks together
/// Bytes of the gradients that are kept at once, unless one graph has more. Checks, whose samples
/// are small, set less.
#ifndef AUTOLOSS_MOST_KEPT
#define AUTOLOSS_MOST_KEPT (int64_t{2} << 30)
#endif
constexpr int64_t kMostKept = AUTOLOSS_MOST_KEPT;

Shape shape_of(int device) {
  Shape shape = {multiprocessors(device), {}};
  int whole = 0, block = 0;
  check(cudaDeviceGetAttribute(&whole, cudaDevAttrMaxSharedMemoryPerMultiprocessor, device),
        "asking for shared memory");
  check(cudaDeviceGetAttribute(&block, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
        "asking for shared memory");
  for (int sort = 0; sort < 3; ++sort) {
    const int64_t share = whole / (3 - sort) / 128 * 128 - kSystemShared - kStaticShared;
    shape.limits[sort] = std::min<int64_t>(share, block - kStaticShared);
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
    hash = with_sample(hash, start, static_cast<int64_t>(samples.valid[b]));
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
