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

/// Where the state of a tile's descent lies.
struct State {
  float* logits;
  float* velocity;
  int64_t stride;  // distance of two classes

  State at(int64_t offset) const { return {logits + offset, velocity + offset, stride}; }
};

/// A row of gradients, p (g - dot) or 0 where the pixel is ignored, and the state it moves.
struct Move {
  const float *p, *g, *dot;
  const int32_t* labels;
  int64_t count;
  float *z, *v;
  float rate, momentum;
};

/// One step on a row; returns the squared norm of its gradient.
template <bool Momentum>
float step_row(const Move& move) {
  const float* __restrict__ p = move.p, * __restrict__ g = move.g, * __restrict__ dot = move.dot;
  const int32_t* __restrict__ labels = move.labels;
  float* __restrict__ z = move.z, * __restrict__ v = move.v;
  const float rate = move.rate, momentum = move.momentum;
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < move.count; ++i) {
    const float whole = p[i] * (g[i] - dot[i]);
    float d = labels[i] < 0 ? 0.0f : whole;
    sum += d * d;
    if (Momentum) {
      d += momentum * v[i];
      v[i] = d;
    }
    z[i] -= rate * d;
  }
  return sum;
}

/// One step; returns the squared norm of the gradient, which is not finite if any part of it is.
double step(const Frame& f, const PlanNode& p, const Tile& tile, const DescentSettings& settings,
            const State& state) {
  const auto run = settings.momentum == 0 ? step_row<false> : step_row<true>;
  double total = 0;
  for_gradient_rows(f, p, tile,
                    [&](int64_t c, int64_t from, int64_t n, const float* value, const float* g,
                        const float* dot) {
                      const int64_t at = c * state.stride + from;
                      total += run({value, g, dot, label_row(f, tile) + from, n, state.logits + at,
                                    state.velocity + at, settings.rate, settings.momentum});
                    });
  return total;
}

/// Adds up what a graph says about a row before any step, and takes the first one from the logits
/// `from`; otherwise as step_row.
template <bool Momentum>
void start_row(const Move& move, int32_t own, const float* __restrict__ from, GraphStart& start) {
  const float* __restrict__ p = move.p, * __restrict__ g = move.g, * __restrict__ dot = move.dot;
  const int32_t* __restrict__ labels = move.labels;
  float* __restrict__ z = move.z, * __restrict__ v = move.v;
  const float rate = move.rate;
  float norm = 0.0f, scale = 0.0f, alignment = 0.0f;
#pragma omp simd reduction(+ : norm, scale, alignment)
  for (int64_t i = 0; i < move.count; ++i) {
    const float by_logit = p[i] * (g[i] - dot[i]), by_value = p[i] * g[i];
    const float d = labels[i] < 0 ? 0.0f : by_logit;
    norm += d * d;
    scale += labels[i] < 0 ? 0.0f : by_value * by_value;
    alignment += d * ((labels[i] == own ? 1.0f : 0.0f) - p[i]);
    if (Momentum) v[i] = d;
    z[i] = from[i] - rate * d;
  }
  start.norm += norm;
  start.scale += scale;
  start.alignment += alignment;
}

/// The same for a tile.
void add_start(const Frame& f, const PlanNode& p, const Tile& tile, const DescentSettings& settings,
               const Logits& from, const State& state, GraphStart& start) {
  const auto run = settings.momentum == 0 ? start_row<false> : start_row<true>;
  const float rate = settings.steps > 0 ? settings.rate : 0.0f;
  for_gradient_rows(f, p, tile,
                    [&](int64_t c, int64_t begin, int64_t n, const float* value, const float* g,
                        const float* dot) {
                      const int64_t at = c * state.stride + begin;
                      run({value, g, dot, label_row(f, tile) + begin, n, state.logits + at,
                           state.velocity + at, rate, 0.0f},
                          static_cast<int32_t>(c), from.data + c * from.stride + begin, start);
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

/// The state of a tile of a local graph: a stretch of its own, its classes close together.
State own_stretch(const Frame& f, const DescentState& whole, const Tile& tile) {
  return State{whole.logits, whole.velocity, tile.count}.at(f.in.classes * tile.begin);
}

Descent descend_local(Frame& f, const Tiling& tiling, const DescentSettings& settings,
                      const DescentState& whole, int32_t* result) {
  const PlanNode& p = f.plan().node[prediction(f.plan())];
  for (int64_t index = 0; index < tiling.total; ++index) {
    const Tile tile = in_own_arrays(tiling.tile(index, 0));
    f.stride = tile.count;
    const State state = own_stretch(f, whole, tile);
    if (settings.steps > 1) set_up_local(f, tile);
    for (int64_t t = 1; t < settings.steps; ++t) {
      forward_local(f, f.plan().refresh, tile, {state.logits, tile.count, false});
      backward_local(f, tile);
      const double norm = step(f, p, tile, settings, state);
      if (!std::isfinite(norm)) return Descent::kNotFinite;
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
  if (settings.steps > 1) run_forward(f, f.plan().setup, tiling, 1, {});
  for (int64_t t = 1; t < settings.steps; ++t) {
    run_forward(f, f.plan().refresh, tiling, 1, {state.logits, f.plane, false});
    double norm = 0;
    run_backward(f, tiling, 1, [&](const Tile& tile) {
      norm += step(f, p, tile, settings, state.at(tile.full));
    });
    if (!std::isfinite(norm)) return Descent::kNotFinite;
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

void graph_softmax(const float* logits, int64_t classes, int64_t plane, float* probabilities) {
  softmax(logits, plane, classes, plane, probabilities, plane);
}

GraphStart graph_start(const GraphArguments& in, const float* probabilities,
                       const DescentSettings& settings, char* workspace, DescentState state) {
  const Tiling tiling = sample_tiling(in);
  Frame f = sample_frame(in, tiling, workspace);
  const PlanNode& p = f.plan().node[prediction(f.plan())];
  const Logits logits{in.logits, f.plane, false}, known{probabilities, f.plane, true};
  GraphStart start = {};
  if (in.plan->local) {
    for (int64_t index = 0; index < tiling.total; ++index) {
      const Tile global = tiling.tile(index, 0), tile = in_own_arrays(global);
      f.stride = tile.count;
      set_up_local(f, tile);
      forward_local(f, in.plan->forward, tile, known.at(global.full));
      start.value += root_sum(f, tile);
      backward_local(f, tile);
      add_start(f, p, tile, settings, logits.at(global.full), own_stretch(f, state, tile), start);
    }
    start.value = loss_value(f, start.value);
  } else {
    const State whole{state.logits, state.velocity, f.plane};
    run_forward(f, in.plan->setup, tiling, 1, {});
    run_forward(f, in.plan->forward, tiling, 1, known);
    start.value = run_value(f, tiling, 1);
    run_backward(f, tiling, 1, [&](const Tile& tile) {
      add_start(f, p, tile, settings, logits.at(tile.full), whole.at(tile.full), start);
    });
  }
  start.norm = std::sqrt(start.norm);
  start.scale = std::sqrt(start.scale);
  return start;
}

Descent graph_descend(const GraphArguments& in, const DescentSettings& settings, char* workspace,
                      DescentState state, int32_t* result) {
  const Tiling tiling = sample_tiling(in);
  Frame f = sample_frame(in, tiling, workspace);
  if (in.plan->local) return descend_local(f, tiling, settings, state, result);
  return descend(f, tiling, settings, {state.logits, state.velocity, f.plane}, result);
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
