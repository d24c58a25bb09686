// Gradient descent on the logits of a sample under a loss graph: the inner loops of the rejection
// protocol.
//
//   v = momentum v + dL/dz; z = z - rate v          (v = 0 at the start)
//
// The pixels of a local graph do not meet, so that all steps run tile by tile, and a tile's state
// never leaves the nearest cache. Nothing is allocated here.
#include <cmath>

#include "graph_interpreter.h"
#include "graph_kernels.h"

namespace autoloss {
namespace AUTOLOSS_ISA {
namespace {

/// Where the state of a sample's descent lies.
struct State {
  float* logits;
  float* velocity;
  int64_t stride;  // distance of two classes
};

/// A row of gradients: p (g - dot), 0 where the pixel is ignored.
struct GradientRow {
  const float *p, *g, *dot;
  const int32_t* labels;
  int64_t count;
};

/// One step on a row; returns the squared norm of its gradient.
float step_row(GradientRow row, float rate, float momentum, float* __restrict__ z,
               float* __restrict__ v) {
  const float* __restrict__ p = row.p, * __restrict__ g = row.g, * __restrict__ dot = row.dot;
  const int32_t* __restrict__ labels = row.labels;
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < row.count; ++i) {
    const float whole = p[i] * (g[i] - dot[i]);
    const float d = labels[i] < 0 ? 0.0f : whole;
    const float velocity = momentum * v[i] + d;
    sum += d * d;
    v[i] = velocity;
    z[i] -= rate * velocity;
  }
  return sum;
}

/// One step; returns the squared norm of the gradient, which is not finite if any part of it is.
double step(const Frame& f, const PlanNode& p, const Tile& tile, const DescentSettings& settings,
            const State& state) {
  double total = 0;
  for_gradient_rows(f, p, tile,
                    [&](int64_t c, int64_t from, int64_t n, const float* value, const float* g,
                        const float* dot) {
                      const int64_t at = c * state.stride + from;
                      total +=
                          step_row({value, g, dot, label_row(f, tile) + from, n}, settings.rate,
                                   settings.momentum, state.logits + at, state.velocity + at);
                    });
  return total;
}

/// Adds up what a graph says about a tile before any step.
void add_start(const Frame& f, const PlanNode& p, const Tile& tile, GraphStart& start) {
  const int32_t* labels = label_row(f, tile);
  for_gradient_rows(f, p, tile,
                    [&](int64_t c, int64_t from, int64_t n, const float* value, const float* g,
                        const float* dot) {
                      const int32_t own = static_cast<int32_t>(c);
                      const int32_t* label = labels + from;
                      float norm = 0.0f, scale = 0.0f, alignment = 0.0f;
#pragma omp simd reduction(+ : norm, scale, alignment)
                      for (int64_t i = 0; i < n; ++i) {
                        const float by_logit = value[i] * (g[i] - dot[i]),
                                    by_value = value[i] * g[i];
                        const float d = label[i] < 0 ? 0.0f : by_logit;
                        norm += d * d;
                        scale += label[i] < 0 ? 0.0f : by_value * by_value;
                        alignment += d * ((label[i] == own ? 1.0f : 0.0f) - value[i]);
                      }
                      start.norm += norm;
                      start.scale += scale;
                      start.alignment += alignment;
                    });
}

/// The class of the largest logit, the first among equals; false if a logit is not finite.
bool predict(const State& state, int64_t classes, int64_t count, int32_t* prediction) {
  constexpr int64_t kBlock = 256;
  float top[kBlock];
  float spread = 0.0f;
  for (int64_t from = 0; from < count; from += kBlock) {
    const int64_t n = std::min(kBlock, count - from);
    int32_t* best = prediction + from;
    const float* z = state.logits + from;
    std::copy(z, z + n, top);
    std::fill(best, best + n, 0);
    for (int64_t c = 0; c < classes; ++c) {
      const float* row = z + c * state.stride;
      const int32_t own = static_cast<int32_t>(c);
#pragma omp simd reduction(+ : spread)
      for (int64_t i = 0; i < n; ++i) {
        spread += 0.0f * row[i];  // 0, or NaN if the logit is not finite
        best[i] = row[i] > top[i] ? own : best[i];
        top[i] = row[i] > top[i] ? row[i] : top[i];
      }
    }
  }
  return spread == 0.0f;
}

Descent descend_local(Frame& f, const Tiling& tiling, const DescentSettings& settings,
                      const State& whole, int32_t* result) {
  const PlanNode& p = f.plan().node[prediction(f.plan())];
  for (int64_t index = 0; index < tiling.total; ++index) {
    const Tile global = tiling.tile(index, 0), tile = in_own_arrays(global);
    f.stride = tile.count;
    // The tile's own stretch of the state, its classes close together.
    const int64_t at = f.in.classes * tile.begin;
    const State state{whole.logits + at, whole.velocity + at, tile.count};
    for (int64_t c = 0; c < f.in.classes; ++c) {
      const float* from = f.in.logits + global.full + c * f.plane;
      std::copy(from, from + tile.count, state.logits + c * tile.count);
    }
    std::fill(state.velocity, state.velocity + f.in.classes * tile.count, 0.0f);
    set_up_local(f, tile);
    for (int64_t t = 0; t < settings.steps; ++t) {
      forward_local(f, tile, state.logits, tile.count);
      backward_local(f, tile);
      const double norm = step(f, p, tile, settings, state);
      if (!std::isfinite(norm)) return Descent::kNotFinite;
      if (t == 0 && norm == 0) break;  // this tile stays where it is
    }
    if (!predict(state, f.in.classes, tile.count, result + tile.begin)) {
      return Descent::kNotFinite;
    }
  }
  return Descent::kDone;
}

Descent descend(const Frame& f, const Tiling& tiling, const DescentSettings& settings,
                const State& state, int32_t* result) {
  const PlanNode& p = f.plan().node[prediction(f.plan())];
  const int64_t elements = f.in.classes * f.plane;
  std::copy(f.in.logits, f.in.logits + elements, state.logits);
  std::fill(state.velocity, state.velocity + elements, 0.0f);
  run_forward(f, f.plan().setup, tiling, 1, state.logits);
  for (int64_t t = 0; t < settings.steps; ++t) {
    run_forward(f, f.plan().forward, tiling, 1, state.logits);
    double norm = 0;
    run_backward(f, tiling, 1, [&](const Tile& tile) {
      const State part{state.logits + tile.full, state.velocity + tile.full, state.stride};
      norm += step(f, p, tile, settings, part);
    });
    if (!std::isfinite(norm)) return Descent::kNotFinite;
    if (t == 0 && norm == 0) break;
  }
  return predict(state, f.in.classes, f.plane, result) ? Descent::kDone : Descent::kNotFinite;
}

/// The frame of one sample in given working memory.
Frame sample_frame(const GraphArguments& in, const Tiling& tiling, char* workspace) {
  Frame f = frame_of(in);
  const int64_t pixels = in.plan->local ? tiling.size : f.plane;
  place(f, in.classes * pixels, pixels, tiling.chunks, workspace);
  return f;
}

Tiling sample_tiling(const GraphArguments& in) {
  return Tiling(in, tile_pixels(*in.plan, in.classes));
}

}  // namespace

int64_t graph_workspace(const GraphArguments& in) {
  Frame f = frame_of(in);
  const Tiling tiling = sample_tiling(in);
  const int64_t pixels = in.plan->local ? tiling.size : f.plane;
  return place(f, in.classes * pixels, pixels, tiling.chunks, nullptr);
}

GraphStart graph_start(const GraphArguments& in, char* workspace) {
  const Tiling tiling = sample_tiling(in);
  Frame f = sample_frame(in, tiling, workspace);
  const PlanNode& p = f.plan().node[prediction(f.plan())];
  GraphStart start = {};
  if (in.plan->local) {
    for (int64_t index = 0; index < tiling.total; ++index) {
      const Tile global = tiling.tile(index, 0), tile = in_own_arrays(global);
      f.stride = tile.count;
      set_up_local(f, tile);
      forward_local(f, tile, in.logits + global.full, f.plane);
      start.value += root_sum(f, tile);
      backward_local(f, tile);
      add_start(f, p, tile, start);
    }
    start.value = loss_value(f, start.value);
  } else {
    run_forward(f, in.plan->setup, tiling, 1, in.logits);
    run_forward(f, in.plan->forward, tiling, 1, in.logits);
    start.value = run_value(f, tiling, 1);
    run_backward(f, tiling, 1, [&](const Tile& tile) { add_start(f, p, tile, start); });
  }
  start.norm = std::sqrt(start.norm);
  start.scale = std::sqrt(start.scale);
  return start;
}

Descent graph_descend(const GraphArguments& in, const DescentSettings& settings, char* workspace,
                      float* logits, float* velocity, int32_t* result) {
  const Tiling tiling = sample_tiling(in);
  Frame f = sample_frame(in, tiling, workspace);
  const State state{logits, velocity, f.plane};
  return in.plan->local ? descend_local(f, tiling, settings, state, result)
                        : descend(f, tiling, settings, state, result);
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
