// The rejection protocol on a GPU: what a graph says of a sample before any step, and the descent
// of that sample.
#ifndef AUTOLOSS_CUDA_GRAPH_BATCH_DESCENT_H_
#define AUTOLOSS_CUDA_GRAPH_BATCH_DESCENT_H_

#include <cstdint>

#include "graph_batch_work.h"

namespace autoloss {
namespace cuda {

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

}  // namespace cuda
}  // namespace autoloss

#endif  // AUTOLOSS_CUDA_GRAPH_BATCH_DESCENT_H_
