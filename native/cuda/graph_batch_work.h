// The rejection protocol on a GPU: samples, the queue of graphs, and the memory of the block that
// works on one.
#ifndef AUTOLOSS_CUDA_GRAPH_BATCH_WORK_H_
#define AUTOLOSS_CUDA_GRAPH_BATCH_WORK_H_

#include <cstdint>

#include "common/graph_protocol.h"
#include "graph_machine.h"
#include "graph_program.h"

namespace autoloss {
namespace cuda {

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

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_GRAPH_BATCH_WORK_H_
