// From the plan of a loss graph to its instructions.
#include "graph_program.h"

#include <algorithm>

#include "autoloss/ops.h"

namespace autoloss {
namespace cuda {
namespace {

constexpr GraphOperand kNoOperand{-1, kNothing, 0};

/// Whether the slope of a unary operator is told by its result rather than its operand.
bool slope_of_result(int32_t code) { return code == kInv || code == kExp || code == kSqrt; }

class Compiler {
 public:
  Compiler(const Plan& plan, std::vector<GraphInstruction>& out) : plan_(plan), out_(out) {}

  GraphHeader run() {
    GraphHeader header = {};
    header.code = static_cast<int64_t>(out_.size());
    number_arrays(header);
    numbers_.push_back(instruction(kSeed, adjoint(plan_.root()), kNoOperand, kNoOperand));
    forward(plan_.setup);
    const bool learns = plan_.node[plan_.root()].learns;
    if (learns) fixed_adjoints();
    flush_numbers();
    header.setup_end = here(header);
    forward(plan_.forward);
    end_forward();
    header.forward_end = here(header);
    forward(plan_.refresh);
    end_forward();
    header.refresh_end = here(header);
    if (learns) backward();
    flush_numbers();
    header.code_end = here(header);
    header.root = value(plan_.root());
    header.value = header.adjoint = kNoOperand;
    for (int i = plan_.nodes - 1; i >= 0; --i) {
      if (plan_.node[i].code != kPrediction || !plan_.node[plan_.root()].learns) continue;
      header.value = value(i);
      header.adjoint = adjoint(i);
    }
    header.reductions = plan_.reductions;
    header.local = plan_.local;
    header.pools = pools_;
    return header;
  }

 private:
  int32_t here(const GraphHeader& header) const {
    return static_cast<int32_t>(static_cast<int64_t>(out_.size()) - header.code);
  }

  static GraphInstruction instruction(int operation, GraphOperand out, GraphOperand a,
                                      GraphOperand b, bool flag = false, int extra = -1) {
    return {static_cast<uint8_t>(operation), flag, static_cast<int16_t>(extra), out, a, b};
  }

  // Arrays --------------------------------------------------------------------------------------

  /// The root's adjoint does not vary over pixels, and the label is never stored: neither needs a
  /// slot.
  bool stores_value(int i) const { return plan_.node[i].pixels && plan_.node[i].code != kLabel; }
  bool stores_adjoint(int i) const { return plan_.node[i].spreads && i != plan_.root(); }

  void number_arrays(GraphHeader& header) {
    int16_t next = 0;
    bool used[2][2 * kMaxNodes] = {};
    for (int i = 0; i < plan_.nodes; ++i) {
      const PlanNode& node = plan_.node[i];
      if (!node.pixels) value_[i] = next++;
      if (i == plan_.root() || (node.learns && !node.spreads)) adjoint_[i] = next++;
      if (stores_value(i)) used[!node.classes][node.value] = true;
      if (stores_adjoint(i)) used[!node.classes][node.adjoint] = true;
    }
    header.numbers = next;
    int16_t place[2][2 * kMaxNodes] = {};
    for (int kind = 0; kind < 2; ++kind) {
      for (int slot = 0; slot < 2 * kMaxNodes; ++slot) {
        if (used[kind][slot]) place[kind][slot] = next++;
      }
      (kind == 0 ? header.full : header.space) = next - header.numbers - header.full;
    }
    for (int i = 0; i < plan_.nodes; ++i) {
      const PlanNode& node = plan_.node[i];
      if (stores_value(i)) value_[i] = place[!node.classes][node.value];
      if (stores_adjoint(i)) adjoint_[i] = place[!node.classes][node.adjoint];
    }
    for (int i = 0; i < plan_.nodes; ++i) {
      if (!is_pool(plan_.node[i].code) || !plan_.node[i].learns) continue;
      windows_[i] = next++;
      ++header.windows;
    }
  }

  GraphOperand value(int i) const {
    if (i < 0) return kNoOperand;
    const PlanNode& node = plan_.node[i];
    if (node.code == kLabel) return {-1, kOneHot, 1};
    return {value_[i], node.pixels ? kPixels : kNumber, node.classes};
  }

  GraphOperand adjoint(int i) const {
    const PlanNode& node = plan_.node[i];
    return {adjoint_[i], stores_adjoint(i) ? kPixels : kNumber, node.classes};
  }

  // Order ---------------------------------------------------------------------------------------

  /// Puts out the numbers that wait, between barriers.
  void flush_numbers() {
    if (numbers_.empty()) return;
    out_.push_back(instruction(kNumbers, kNoOperand, kNoOperand, kNoOperand, false,
                               static_cast<int>(numbers_.size())));
    out_.insert(out_.end(), numbers_.begin(), numbers_.end());
    numbers_.clear();
    met_ = true;
    pooled_ = false;
  }

  /// Begins a level over pixels: all that is before it must be complete.
  void begin_pixels(bool first) {
    met_ = false;
    flush_numbers();
    if (!met_ && !first) out_.push_back(instruction(kMeet, kNoOperand, kNoOperand, kNoOperand));
    pooled_ = false;
  }

  /// The backward pass may write into an array that a pool of the last level still reads.
  void end_forward() {
    flush_numbers();
    if (pooled_) out_.push_back(instruction(kMeet, kNoOperand, kNoOperand, kNoOperand));
    pooled_ = false;
  }

  // Forward -------------------------------------------------------------------------------------

  void forward(const Schedule& schedule) {
    int begin = 0;
    bool first = true;
    for (int level = 0; level < schedule.levels; ++level) {
      const int small_end = schedule.small_end[level], end = schedule.end[level];
      for (int k = begin; k < small_end; ++k) number_forward(schedule.order[k]);
      if (small_end < end) {
        begin_pixels(first);
        first = false;
      }
      for (int k = small_end; k < end; ++k) pixels_forward(schedule.order[k]);
      begin = end;
    }
  }

  void number_forward(int i) {
    const PlanNode& node = plan_.node[i];
    numbers_.push_back(instruction(node.code, value(i), value(node.a), value(node.b)));
  }

  void pixels_forward(int i) {
    const PlanNode& node = plan_.node[i];
    if (node.code == kLabel) return;
    if (node.code == kPrediction) {
      out_.push_back(instruction(kSoftmax, value(i), kNoOperand, kNoOperand));
    } else if (node.code == kMeanPixels) {
      out_.push_back(instruction(kSum, value(i), value(node.a), kNoOperand, false, node.reduction));
      numbers_.push_back(
          instruction(kFinishMean, value(i), kNoOperand, kNoOperand, false, node.reduction));
    } else {
      pooled_ |= is_pool(node.code);
      pools_ |= is_pool(node.code);
      const int windows = is_pool(node.code) && node.learns ? windows_[i] : -1;
      out_.push_back(
          instruction(node.code, value(i), value(node.a), value(node.b), false, windows));
    }
  }

  // Backward ------------------------------------------------------------------------------------

  void backward() {
    const Schedule& schedule = plan_.backward;
    int begin = 0;
    bool first = true;
    for (int level = 0; level < schedule.levels; ++level) {
      const int small_end = schedule.small_end[level], end = schedule.end[level];
      for (int k = begin; k < small_end; ++k) pass_back(schedule.order[k], false, numbers_);
      if (small_end < end) {
        begin_pixels(first);
        first = false;
      }
      for (int k = small_end; k < end; ++k) pass_back(schedule.order[k], true, out_);
      for (int k = small_end; k < end; ++k) finish(schedule.order[k]);
      begin = end;
    }
  }

  void pass_back(int i, bool tiled, std::vector<GraphInstruction>& to) {
    for (int side = 0; side < 2; ++side) {
      const Contribution& share = plan_.contribution[i][side];
      if (share.operand < 0 || share.tiled != tiled || fixed_[share.operand]) continue;
      to.push_back(contribution(i, share, other(i, side)));
    }
  }

  /// The factor of a contribution of mul; -1 for other operators.
  int other(int i, int side) const {
    const PlanNode& node = plan_.node[i];
    return node.code != kMul ? -1 : side == 0 ? node.b : node.a;
  }

  /// Adjoints that no prediction changes, as those below the root often are, belong to the set-up.
  void fixed_adjoints() {
    for (int i = plan_.root(); i >= 0; --i) fixed_[i] = is_fixed(i);
    const Schedule& schedule = plan_.backward;
    const int steps = schedule.levels > 0 ? schedule.end[schedule.levels - 1] : 0;
    bool done[kMaxNodes] = {};
    for (int k = 0; k < steps; ++k) {
      const int i = schedule.order[k];
      for (int side = 0; side < 2 && !done[i]; ++side) {
        const Contribution& share = plan_.contribution[i][side];
        if (share.operand < 0 || !fixed_[share.operand]) continue;
        numbers_.push_back(contribution(i, share, other(i, side)));
      }
      done[i] = true;
    }
  }

  bool is_fixed(int i) const {
    if (i == plan_.root()) return true;
    if (!plan_.node[i].learns || plan_.node[i].spreads) return false;
    for (int j = i + 1; j <= plan_.root(); ++j) {
      for (int side = 0; side < 2; ++side) {
        const Contribution& share = plan_.contribution[j][side];
        if (share.operand != i) continue;
        const int32_t code = plan_.node[j].code;
        const bool slopes = code != kAdd && code != kMul && code != kNeg && code != kMeanClasses &&
                            code != kMeanPixels;
        const int factor = other(j, side);
        if (share.tiled || !fixed_[j] || slopes) return false;
        if (factor >= 0 && plan_.node[factor].learns) return false;
      }
    }
    return true;
  }

  GraphInstruction contribution(int i, const Contribution& share, int other) const {
    const PlanNode &node = plan_.node[i], &operand = plan_.node[share.operand];
    const GraphOperand out = adjoint(share.operand), g = adjoint(i);
    const bool more = !share.first;
    switch (node.code) {
      case kAdd:
      case kMul:
        if (share.reduction >= 0) {
          const bool over_classes = node.classes && !operand.classes;
          return instruction(kSum, out, g, value(other), over_classes, share.reduction);
        }
        if (share.tiled) {
          return instruction(node.classes && !operand.classes ? kPassClasses : kPass, out, g,
                             value(other), more);
        }
        // each valid pixel gives the same to what is one number for all of them
        return instruction(node.pixels && !operand.pixels ? kPassRepeated : kPass, out, g,
                           value(other), more);
      case kMeanPixels:
        return instruction(kSharePixels, out, g, kNoOperand, more);
      case kMeanClasses:
        return instruction(kShareClasses, out, g, kNoOperand, more);
      case kMaxPool:
      case kMinPool:
        return instruction(kPoolBackward, out, g, kNoOperand, more, windows_[i]);
      default:
        return instruction(kBackward + node.code, out, g,
                           value(slope_of_result(node.code) ? i : share.operand), more);
    }
  }

  void finish(int i) {
    for (const Contribution& share : plan_.contribution[i]) {
      if (share.operand < 0 || share.reduction < 0) continue;
      numbers_.push_back(instruction(kFinishSum, adjoint(share.operand), kNoOperand, kNoOperand,
                                     !share.first, share.reduction));
    }
  }

  const Plan& plan_;
  std::vector<GraphInstruction>& out_;
  std::vector<GraphInstruction> numbers_;  // that wait for the next barrier
  int16_t value_[kMaxNodes] = {}, adjoint_[kMaxNodes] = {}, windows_[kMaxNodes] = {};
  bool fixed_[kMaxNodes] = {};
  bool met_ = false;
  bool pooled_ = false;  // whether a pool may still be reading
  bool pools_ = false;
};

}  // namespace

GraphHeader compile_graph(const int32_t* code, int64_t nodes, std::vector<GraphInstruction>& to) {
  Plan plan;
  make_plan(code, nodes, plan, Adjoints::kVarying);
  return Compiler(plan, to).run();
}

void compile_graphs(const int32_t* code, const int64_t* starts, const std::vector<int64_t>& chosen,
                    std::vector<GraphHeader>& headers, std::vector<GraphInstruction>& to) {
  const int64_t graphs = static_cast<int64_t>(chosen.size());
  headers.resize(chosen.size());
  const int threads =
      static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(num_threads(), graphs / 64)));
  std::vector<std::vector<GraphInstruction>> parts(static_cast<size_t>(threads));
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int part = 0; part < threads; ++part) {
    for (int64_t k = graphs * part / threads; k < graphs * (part + 1) / threads; ++k) {
      const int64_t begin = starts[chosen[k]], end = starts[chosen[k] + 1];
      headers[k] = compile_graph(code + kCodeStride * begin, end - begin, parts[part]);
    }
  }
  for (int part = 0; part < threads; ++part) {
    const int64_t offset = static_cast<int64_t>(to.size());
    to.insert(to.end(), parts[part].begin(), parts[part].end());
    for (int64_t k = graphs * part / threads; k < graphs * (part + 1) / threads; ++k) {
      headers[k].code += offset;
    }
  }
}

}  // namespace cuda
}  // namespace autoloss
