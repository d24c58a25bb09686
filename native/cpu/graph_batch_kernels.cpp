// Gradient descent on what a sample predicts under a loss graph: the inner loops of the rejection
// protocol.
//
//   v = momentum v + dL/dz; z = z - rate v          (v = 0 at the start)
//
// z are logits, maps or boxes; what is special to the latter two is in graph_moves.h. The pixels of
// a local graph do not meet, so that all steps run tile by tile, and a tile's state never leaves
// the nearest cache. Nothing is allocated here.
#include <cmath>

#include "graph_interpreter.h"
#include "graph_kernels.h"
#include "graph_moves.h"

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

bool of_logits(const GraphArguments& in) {
  return in.moves == Moves::kLogits || in.moves == Moves::kLogit;
}

/// One step of maps or boxes; see step.
double step_moving(const Frame& f, const Tile& tile, const DescentSettings& settings,
                   const State& state, const Logits& geometry) {
  const auto run = settings.momentum == 0 ? moving_row<false> : moving_row<true>;
  double total = 0;
  for_moving_rows(
      f, tile, geometry,
      [&](int64_t variable, int64_t from, int64_t n, const float* gradient, const float*) {
        const int64_t at = variable * state.stride + from;
        total += run(gradient, n, settings.rate, settings.momentum, state.logits + at,
                     state.velocity + at);
      });
  return total;
}

/// One step; returns the squared norm of the gradient, which is not finite if any part of it is.
double step(const Frame& f, const Tile& tile, const DescentSettings& settings, const State& state,
            const Logits& geometry) {
  if (!of_logits(f.in)) return step_moving(f, tile, settings, state, geometry);
  const PlanNode& p = f.plan().node[prediction(f.plan())];
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

/// The same for a tile, whose first pixel is `first` in arrays of the sample.
void add_start(const Frame& f, const Tile& tile, int64_t first, const DescentSettings& settings,
               const Logits& from, const Logits& given, const State& state, GraphStart& start) {
  const bool keeps = settings.keeps();
  const float rate = settings.steps > 0 && !settings.relative ? settings.rate : 0.0f;
  if (!of_logits(f.in)) {
    const auto run = keeps ? moving_start<true> : moving_start<false>;
    for_moving_rows(f, tile, given,
                    [&](int64_t variable, int64_t begin, int64_t n, const float* gradient,
                        const float* made_of) {
                      const int64_t at = variable * state.stride + begin;
                      const int64_t there = variable * from.stride + begin;
                      run(gradient, made_of, f.in.pull + first + there, from.data + there, n, rate,
                          state.logits + at, state.velocity + at, start);
                    });
    return;
  }
  if (f.in.moves == Moves::kLogit) std::fill(state.logits, state.logits + tile.count, 0.0f);
  const PlanNode& p = f.plan().node[prediction(f.plan())];
  const auto run = keeps ? start_row<true> : start_row<false>;
  for_gradient_rows(f, p, tile,
                    [&](int64_t c, int64_t begin, int64_t n, const float* value, const float* g,
                        const float* dot) {
                      const int64_t at = c * state.stride + begin;
                      run({value, g, dot, label_row(f, tile) + begin, n, state.logits + at,
                           state.velocity + at, rate, 0.0f},
                          static_cast<int32_t>(c), from.data + c * from.stride + begin, start);
                    });
}

/// The settings of step t: relative steps become shorter from one to the next, down to none, for
/// losses whose slope does not vanish where they are least, as that of an overlap, would go to and
/// fro.
DescentSettings at_step(const DescentSettings& settings, int64_t t) {
  DescentSettings now = settings;
  if (settings.relative) {
    now.rate *= 1.0f - static_cast<float>(t) / static_cast<float>(settings.steps);
  }
  return now;
}

/// The first step, where its length was not known at the start: of `count` pixels.
void take_first(const GraphArguments& in, const DescentSettings& settings, const State& state,
                int64_t count) {
  for (int64_t v = in.moves == Moves::kLogit ? 1 : 0; v < in.variables(); ++v) {
    float* z = state.logits + v * state.stride;
    const float* g = state.velocity + v * state.stride;
    map(z, g, z, count, [=](float at, float by) { return at - settings.rate * by; });
  }
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
  return State{whole.logits, whole.velocity, tile.count}.at(f.in.variables() * tile.space);
}

/// What a graph reads of the pixels [begin, begin + count) where the descent is now.
Logits what_is_read(const Frame& f, const State& state, int64_t begin, int64_t count,
                    float* geometry) {
  const Logits logits{state.logits, state.stride, f.in.moves == Moves::kMaps};
  if (f.in.moves != Moves::kBoxes) return logits;
  locate(f.in, begin, count, logits, geometry, state.stride);
  return {geometry, state.stride, true};
}

Descent descend_local(Frame& f, const Tiling& tiling, const DescentSettings& settings,
                      const DescentState& whole, DescentResult result) {
  for (int64_t index = 0; index < tiling.total; ++index) {
    const Tile global = tiling.tile(index, 0), tile = in_own_arrays(global);
    f.stride = tile.count;
    const State state = own_stretch(f, whole, global);
    if (settings.relative) take_first(f.in, settings, state, tile.count);
    if (settings.steps > 1) set_up_local(f, tile);
    for (int64_t t = 1; t < settings.steps; ++t) {
      const Logits now = what_is_read(f, state, tile.begin, tile.count, whole.geometry);
      forward_local(f, f.plan().refresh, tile, now);
      backward_local(f, tile);
      const double norm = step(f, tile, at_step(settings, t), state, now);
      if (!std::isfinite(norm)) return Descent::kNotFinite;
    }
    const Logits end = what_is_read(f, state, tile.begin, tile.count, whole.geometry);
    const bool finite =
        f.in.moves == Moves::kBoxes
            ? overlaps(end, tile.count, result.overlaps + global.space)
            : predict(state, f.in.classes, tile.count, result.places + global.space);
    if (!finite) return Descent::kNotFinite;
  }
  return Descent::kDone;
}

/// What all of a sample predicts; logits and maps lie in their own order.
bool conclude(const GraphArguments& in, const State& state, const Logits& geometry,
              DescentResult result) {
  const int64_t plane = in.height * in.width;
  if (in.moves == Moves::kBoxes) return overlaps(geometry, plane, result.overlaps);
  if (in.moves == Moves::kMaps) return maxima(state.logits, in.classes, plane, result.places);
  bool finite = true;
  for (int64_t image = 0; image < in.images; ++image) {
    const State own = state.at(image * in.classes * plane);
    finite &= predict(own, in.classes, plane, result.places + image * plane);
  }
  return finite;
}

Descent descend(const Frame& f, const Tiling& tiling, const DescentSettings& settings,
                const DescentState& whole, DescentResult result) {
  const State state{whole.logits, whole.velocity, f.plane};
  for (int64_t image = 0; settings.relative && image < f.in.images; ++image) {
    take_first(f.in, settings, state.at(image * f.in.variables() * f.plane), f.plane);
  }
  if (settings.steps > 1) run_forward(f, f.plan().setup, tiling, 1, {});
  for (int64_t t = 1; t < settings.steps; ++t) {
    const Logits now = what_is_read(f, state, 0, f.plane, whole.geometry);
    run_forward(f, f.plan().refresh, tiling, 1, now);
    const DescentSettings own = at_step(settings, t);
    double norm = 0;
    run_backward(f, tiling, 1, [&](const Tile& tile) {
      norm += step(f, tile, own, state.at(tile.full), now.at(tile.full));
    });
    if (!std::isfinite(norm)) return Descent::kNotFinite;
  }
  const Logits end = what_is_read(f, state, 0, f.plane, whole.geometry);
  return conclude(f.in, state, end, result) ? Descent::kDone : Descent::kNotFinite;
}

/// Whether the pixels of a graph do not meet. The maximum of a map is looked for in all of it.
bool is_local(const GraphArguments& in) { return in.plan->local && in.moves != Moves::kMaps; }

Tiling sample_tiling(const GraphArguments& in) {
  return Tiling(in, tile_pixels(*in.plan, in.classes));
}

/// The frame of one sample in given working memory, whose size goes to `bytes`.
Frame sample_frame(const GraphArguments& in, const Tiling& tiling, char* workspace,
                   int64_t& bytes) {
  Frame f = frame_of(in);
  const int64_t pixels = is_local(in) ? tiling.size : in.images * f.plane;
  bytes = place(f, in.classes * pixels, pixels, tiling.chunks, workspace);
  return f;
}

}  // namespace

int64_t graph_workspace(const GraphArguments& in) {
  int64_t bytes;
  sample_frame(in, sample_tiling(in), nullptr, bytes);
  return bytes;
}

void graph_softmax(const float* logits, int64_t classes, int64_t plane, float* probabilities) {
  softmax(logits, plane, classes, plane, probabilities, plane);
}

void graph_geometry(const GraphArguments& in, float* geometry) {
  const int64_t plane = in.height * in.width;
  locate(in, 0, plane, {in.logits, plane, true}, geometry, plane);
}

bool graph_result(const GraphArguments& in, const float* geometry, DescentResult result) {
  const int64_t plane = in.height * in.width;
  // Read alone: what a state could change stays as it is.
  const State state{const_cast<float*>(in.logits), nullptr, plane};
  return conclude(in, state, {geometry, plane, true}, result);
}

GraphStart graph_start(const GraphArguments& in, const float* given,
                       const DescentSettings& settings, char* workspace, DescentState state) {
  const Tiling tiling = sample_tiling(in);
  int64_t bytes;
  Frame f = sample_frame(in, tiling, workspace, bytes);
  const Logits logits{in.logits, f.plane, false}, known{given, f.plane, true};
  GraphStart start = {};
  if (is_local(in)) {
    for (int64_t index = 0; index < tiling.total; ++index) {
      const Tile global = tiling.tile(index, 0), tile = in_own_arrays(global);
      f.stride = tile.count;
      set_up_local(f, tile);
      forward_local(f, in.plan->forward, tile, known.at(global.full));
      start.value += root_sum(f, tile);
      backward_local(f, tile);
      add_start(f, tile, global.full, settings, logits.at(global.full), known.at(global.full),
                own_stretch(f, state, global), start);
    }
    start.value = loss_value(f, start.value);
  } else {
    const State whole{state.logits, state.velocity, f.plane};
    run_forward(f, in.plan->setup, tiling, 1, {});
    run_forward(f, in.plan->forward, tiling, 1, known);
    start.value = run_value(f, tiling, 1);
    run_backward(f, tiling, 1, [&](const Tile& tile) {
      add_start(f, tile, tile.full, settings, logits.at(tile.full), known.at(tile.full),
                whole.at(tile.full), start);
    });
  }
  start.norm = std::sqrt(start.norm);
  start.scale = std::sqrt(start.scale);
  return start;
}

Descent graph_descend(const GraphArguments& in, const DescentSettings& settings, char* workspace,
                      DescentState state, DescentResult result) {
  const Tiling tiling = sample_tiling(in);
  int64_t bytes;
  Frame f = sample_frame(in, tiling, workspace, bytes);
  if (is_local(in)) return descend_local(f, tiling, settings, state, result);
  return descend(f, tiling, settings, state, result);
}

}  // namespace AUTOLOSS_ISA
}  // namespace autoloss
