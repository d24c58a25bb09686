// From bytecode to a plan: extents, levels, and which array each node's value and adjoint live in.
#include "common/graph_code.h"

#include <algorithm>
#include <string>

#include "common/checks.h"

namespace autoloss {
namespace {

constexpr int kAlways = 1 << 20;  // a time after all others

int arity(int32_t code) {
  if (code == kAdd || code == kMul) return 2;
  return code < kLabel ? 1 : 0;
}

/// Whether a node only repeats its operand: a mean or a pool of what does not vary.
bool repeats(int32_t code, const PlanNode& operand, bool separate) {
  if (code == kMeanClasses) return !operand.classes;
  if (is_pool(code) && separate) return true;
  return (code == kMeanPixels || is_pool(code)) && !operand.pixels;
}

/// Whether the value of a node's operand, or its own, is read when its adjoint is passed on.
bool reads_operand(const Plan& plan, const PlanNode& node, int side) {
  if (!node.learns) return false;
  if (node.code == kMul) return plan.node[side == 0 ? node.b : node.a].learns;
  return node.code == kAbs || node.code == kLog || node.code == kTanh || node.code == kSquare;
}
bool reads_itself(int32_t code) {
  return code == kInv || code == kExp || code == kSqrt || code == kPrediction;
}

/// Step 1: nodes with their extents; those that repeat another one are dropped.
void lay_out(const int32_t* code, int64_t count, bool separate, Plan& plan) {
  int place[kMaxNodes];
  plan.nodes = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int32_t* in = code + kCodeStride * i;
    PlanNode node = {};
    node.code = in[0];
    const int operands = arity(node.code);
    node.a = operands > 0 ? place[in[1]] : -1;
    node.b = operands > 1 ? place[in[2]] : -1;
    node.value = node.adjoint = node.windows = node.reduction = -1;
    if (operands == 1 && repeats(node.code, plan.node[node.a], separate)) {
      place[i] = node.a;
      continue;
    }
    node.classes = node.code == kLabel || node.code == kPrediction;
    node.learns = is_predicted(node.code);
    node.pixels = node.classes || node.learns;
    for (int operand : {node.a, node.b}) {
      if (operand < 0) continue;
      node.pixels |= plan.node[operand].pixels;
      node.classes |= plan.node[operand].classes;
      node.learns |= plan.node[operand].learns;
    }
    if (node.code == kMeanPixels) {
      node.reduction = plan.reductions++;
      node.pixels = false;
    }
    if (node.code == kMeanClasses) node.classes = false;
    if (is_pool(node.code)) node.windows = plan.windows++;
    place[i] = plan.nodes;
    plan.node[plan.nodes++] = node;
  }
  // A root that repeats an earlier node: cut off what follows that one. Nothing after it is used
  // by the root, as operands come first.
  plan.nodes = place[count - 1] + 1;
}

/// Which nodes a schedule holds, and in which parts of their levels.
struct Parts {
  bool small[kMaxNodes] = {}, tiled[kMaxNodes] = {};

  bool has(int node) const { return small[node] || tiled[node]; }
};

/// Sorts nodes by level, then by part, then by index (or backwards).
void schedule(const Plan& plan, const int* level, const Parts& parts, bool backwards,
              Schedule& out) {
  int count = 0;
  out.levels = 0;
  for (int i = 0; i < plan.nodes; ++i) {
    if (parts.has(i)) out.levels = std::max(out.levels, level[i] + 1);
  }
  for (int l = 0; l < out.levels; ++l) {
    for (int pass = 0; pass < 2; ++pass) {
      const bool* wanted = pass == 0 ? parts.small : parts.tiled;
      for (int k = 0; k < plan.nodes; ++k) {
        const int i = backwards ? plan.nodes - 1 - k : k;
        if (wanted[i] && level[i] == l) out.order[count++] = i;
      }
      (pass == 0 ? out.small_end : out.end)[l] = count;
    }
  }
}

/// Which nodes' values a gradient needs; the label and what does not learn are always there.
void find_needed(const Plan& plan, bool* needed) {
  for (int i = plan.nodes - 1; i >= 0; --i) {
    const PlanNode& node = plan.node[i];
    needed[i] |= reads_itself(node.code) || is_pool(node.code);
    for (int side = 0; side < 2; ++side) {
      const int operand = side == 0 ? node.a : node.b;
      if (operand >= 0) needed[operand] |= needed[i] || reads_operand(plan, node, side);
    }
  }
}

/// Step 2: the forward levels of the nodes that are computed once a sample, and of the others.
void schedule_forward(Plan& plan) {
  int level[kMaxNodes];
  bool needed[kMaxNodes] = {};
  Parts fixed, learning, refreshed;
  find_needed(plan, needed);
  for (int i = 0; i < plan.nodes; ++i) {
    const PlanNode& node = plan.node[i];
    level[i] = 0;
    for (int operand : {node.a, node.b}) {
      // What is computed once a sample is complete before the first level of the rest.
      if (operand < 0 || plan.node[operand].learns != node.learns) continue;
      const int wait = plan.node[operand].reduction >= 0 || is_pool(node.code);
      level[i] = std::max(level[i], level[operand] + wait);
    }
    const bool tiled = node.pixels || node.reduction >= 0;
    Parts& parts = node.learns ? learning : fixed;
    (tiled ? parts.tiled : parts.small)[i] = true;
    if (node.learns && needed[i]) (tiled ? refreshed.tiled : refreshed.small)[i] = true;
  }
  schedule(plan, level, fixed, false, plan.setup);
  schedule(plan, level, learning, false, plan.forward);
  schedule(plan, level, refreshed, false, plan.refresh);
}

/// Whether what a node's adjoint gives to an operand varies over pixels; `other` is the operand on
/// the other side, or -1.
bool gives_spread(const PlanNode& node, const PlanNode* other) {
  const bool spread = node.pixels && node.spreads;
  switch (node.code) {
    case kAdd:
    case kNeg:
    case kMeanClasses:
      return spread;
    case kMul:
      return spread || other->pixels;
    case kMeanPixels:
      return false;
    default:
      return node.pixels;
  }
}

/// Whether a contribution concerns each pixel.
bool is_tiled(const Plan& plan, int user, int side) {
  const PlanNode& node = plan.node[user];
  const PlanNode& operand = plan.node[side == 0 ? node.a : node.b];
  const PlanNode* other = node.code == kMul ? &plan.node[side == 0 ? node.b : node.a] : nullptr;
  return operand.pixels ? operand.spreads : node.pixels && gives_spread(node, other);
}

/// Step 3a: which adjoints spread.
void find_spread(Plan& plan, Adjoints arrays) {
  for (int i = plan.nodes - 1; i >= 0; --i) {
    PlanNode& node = plan.node[i];
    if (!node.pixels || !node.learns) continue;
    node.spreads = arrays == Adjoints::kAll || is_predicted(node.code);
    for (int j = i + 1; j < plan.nodes; ++j) {
      const PlanNode& user = plan.node[j];
      if (!user.learns) continue;
      for (int side = 0; side < 2; ++side) {
        if ((side == 0 ? user.a : user.b) != i) continue;
        const int other = side == 0 ? user.b : user.a;
        node.spreads |= gives_spread(user, other < 0 ? nullptr : &plan.node[other]);
      }
    }
  }
}

/// Step 3b: the backward levels, and what each step contributes to which adjoint.
void schedule_backward(Plan& plan) {
  int level[kMaxNodes];
  Parts parts;
  for (int i = plan.nodes - 1; i >= 0; --i) {
    const PlanNode& node = plan.node[i];
    // A pool gathers the adjoints around a pixel, and sums over pixels are complete after a level.
    const bool gathers = is_pool(node.code) && node.spreads;
    level[i] = gathers ? 1 : 0;  // a root's adjoint is written in level 0
    for (int j = i + 1; j < plan.nodes; ++j) {
      if (!plan.node[j].learns) continue;
      for (int side = 0; side < 2; ++side) {
        if ((side == 0 ? plan.node[j].a : plan.node[j].b) != i) continue;
        const bool summed_up = !node.pixels && is_tiled(plan, j, side);
        level[i] = std::max(level[i], level[j] + (gathers || summed_up));
      }
    }
    parts.tiled[i] = is_predicted(node.code);
    for (int side = 0; side < 2; ++side) {
      Contribution& out = plan.contribution[i][side];
      const int operand = side == 0 ? node.a : node.b;
      out = Contribution{-1, false, false, -1};
      if (!node.learns || operand < 0 || !plan.node[operand].learns) continue;
      out.operand = operand;
      out.tiled = is_tiled(plan, i, side);
      if (out.tiled && !plan.node[operand].pixels) out.reduction = plan.reductions++;
      (out.tiled ? parts.tiled : parts.small)[i] = true;
    }
  }
  schedule(plan, level, parts, true, plan.backward);

  bool touched[kMaxNodes] = {};
  const Schedule& backward = plan.backward;
  for (int l = 0, k = 0; l < backward.levels; ++l) {
    for (; k < backward.end[l]; ++k) {
      for (Contribution& out : plan.contribution[backward.order[k]]) {
        if (out.operand < 0 || out.tiled != (k >= backward.small_end[l])) continue;
        out.first = !touched[out.operand];
        touched[out.operand] = true;
      }
    }
  }
}

/// When an array is in use, in half steps of the schedules; step 0 is the set-up. What a pointwise
/// operator reads may be overwritten by its result, so that read ends half a step earlier.
struct Interval {
  int node;
  bool adjoint;
  int begin, end;
  int follows;  // the node whose adjoint may be overwritten in place; -1: none
};

int level_end(const Schedule& schedule, int step) {
  for (int l = 0; l < schedule.levels; ++l) {
    if (step < schedule.end[l]) return schedule.end[l] - 1;
  }
  return step;
}

/// When the operator `user`, computed at a time, has read an operand for the last time.
int last_read(const Plan& plan, int user, bool classes, int time) {
  const PlanNode& node = plan.node[user];
  if (is_pool(node.code)) return 2 * (1 + level_end(plan.forward, time / 2 - 1));
  return node.pixels && node.classes == classes ? time - 1 : time;
}

/// The node whose adjoint's array can become that of `operand`, in the step that first writes it.
int overwritten(const Plan& plan, int user, int operand) {
  const PlanNode& node = plan.node[user];
  if (is_pool(node.code) || node.code == kMeanClasses || node.code == kMeanPixels) return -1;
  if (!node.spreads || node.classes != plan.node[operand].classes || node.a == node.b) return -1;
  // Of two operands the first is written while the second still needs the array.
  const bool last =
      plan.contribution[user][1].operand < 0 || plan.contribution[user][1].operand == operand;
  return last ? user : -1;
}

/// Step 4: arrays, by a scan over the intervals in which they are in use.
void allocate(Plan& plan) {
  int forward_at[kMaxNodes] = {}, backward_at[kMaxNodes] = {};
  const int forwards = plan.forward.levels ? plan.forward.end[plan.forward.levels - 1] : 0;
  const int backwards = plan.backward.levels ? plan.backward.end[plan.backward.levels - 1] : 0;
  for (int k = 0; k < forwards; ++k) forward_at[plan.forward.order[k]] = 2 * (1 + k);
  const int turn = 2 * (1 + forwards);
  for (int k = 0; k < backwards; ++k) backward_at[plan.backward.order[k]] = turn + 2 * k;

  Interval intervals[2 * kMaxNodes];
  int count = 0;
  for (int i = 0; i < plan.nodes; ++i) {
    const PlanNode& node = plan.node[i];
    if (!node.pixels) continue;
    Interval value{i, false, forward_at[i], forward_at[i], -1};
    if (!node.learns) value.end = kAlways;
    if (node.learns && reads_itself(node.code)) value.end = backward_at[i];
    // The root's mean is taken at the end of the forward pass.
    if (i == plan.root()) value.end = std::max(value.end, turn - 1);
    // Nobody contributes to the adjoint of the root.
    Interval adjoint{i, true, i == plan.root() ? turn : kAlways, backward_at[i], -1};
    for (int j = i + 1; j < plan.nodes; ++j) {
      const PlanNode& user = plan.node[j];
      if (user.a != i && user.b != i) continue;
      value.end = std::max(value.end, last_read(plan, j, node.classes, forward_at[j]));
      for (int side = 0; side < 2; ++side) {
        if ((side == 0 ? user.a : user.b) == i && reads_operand(plan, user, side)) {
          value.end = std::max(value.end, backward_at[j]);
        }
      }
      for (const Contribution& contribution : plan.contribution[j]) {
        if (user.learns && contribution.operand == i && contribution.first) {
          adjoint.begin = backward_at[j];
          adjoint.follows = overwritten(plan, j, i);
        }
      }
    }
    if (is_pool(node.code) && node.spreads) {
      adjoint.end = turn + 2 * level_end(plan.backward, (adjoint.end - turn) / 2);
    }
    // Whoever moves the boxes reads the adjoints of all three areas at the end.
    if (is_predicted(node.code) && node.code != kPrediction) adjoint.end = kAlways;
    intervals[count++] = value;
    if (node.spreads) intervals[count++] = adjoint;
  }
  // Users before operands, where both begin at once: the array to overwrite must be known.
  std::sort(intervals, intervals + count, [](const Interval& x, const Interval& y) {
    return x.begin != y.begin ? x.begin < y.begin : x.node > y.node;
  });

  int free_after[2][2 * kMaxNodes];  // of full and of space arrays
  int arrays[2] = {0, 0};
  for (int k = 0; k < count; ++k) {
    const Interval& interval = intervals[k];
    PlanNode& node = plan.node[interval.node];
    const int kind = node.classes ? 0 : 1;
    int slot = interval.follows >= 0 ? plan.node[interval.follows].adjoint : 0;
    if (interval.follows < 0) {
      while (slot < arrays[kind] && free_after[kind][slot] >= interval.begin) ++slot;
      if (slot == arrays[kind]) ++arrays[kind];
    }
    free_after[kind][slot] = interval.end;
    (interval.adjoint ? node.adjoint : node.value) = slot;
  }
  plan.full_slots = arrays[0];
  plan.space_slots = arrays[1];
}

}  // namespace

void check_code(const int32_t* code, int64_t nodes, Leaves leaves) {
  check_pointer("code", code);
  if (nodes < 1 || nodes > kMaxNodes) {
    fail("graph", "1 to " + std::to_string(kMaxNodes) + " nodes", std::to_string(nodes));
  }
  for (int64_t i = 0; i < nodes; ++i) {
    const int32_t* node = code + kCodeStride * i;
    const bool boxes = leaves == Leaves::kBoxes;
    check_choice("code", node[0], kAdd, boxes ? kEnclosing : kOne);
    if (boxes && (node[0] == kLabel || node[0] == kPrediction)) {
      fail("code", "an operator, 1 or an area of boxes", std::to_string(node[0]));
    }
    for (int k = 0; k < arity(node[0]); ++k) {
      if (node[1 + k] < 0 || node[1 + k] >= i) {
        fail("operand", "the index of an earlier node", std::to_string(node[1 + k]));
      }
    }
  }
}

void make_plan(const int32_t* code, int64_t nodes, Plan& plan, Adjoints arrays, bool separate) {
  plan.windows = plan.reductions = 0;
  lay_out(code, nodes, separate, plan);
  schedule_forward(plan);
  find_spread(plan, arrays);
  schedule_backward(plan);
  allocate(plan);
  plan.local = plan.node[plan.root()].pixels;
  for (int i = 0; i < plan.nodes; ++i) {
    plan.local &= plan.node[i].reduction < 0 && !is_pool(plan.node[i].code);
  }
}

}  // namespace autoloss
