#include "random_graphs.h"

#include <array>
#include <map>
#include <stdexcept>

namespace checks {
namespace {

constexpr std::array<const char*, 17> kNames = {
    "add",  "mul",      "neg",    "abs",      "inv",      "log", "exp",  "tanh", "square",
    "sqrt", "mean_nhw", "mean_c", "maxpool3", "minpool3", "y",   "yhat", "1"};
constexpr int kOperators = 14;

int arity(int code) { return code < 2 ? 2 : code < kOperators ? 1 : 0; }

/// A tree, as the text has it; bytecode shares what is equal.
struct Tree {
  int code;
  std::vector<Tree> operands;
};

Tree read(const std::string& text, size_t& at) {
  const size_t end = text.find_first_of("(,)", at);
  const std::string name = text.substr(at, end - at);
  Tree tree{-1, {}};
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) tree.code = static_cast<int>(i);
  }
  if (tree.code < 0) throw std::invalid_argument("graph: unknown name '" + name + "'");
  at = end == std::string::npos ? text.size() : end;
  for (int i = 0; i < arity(tree.code); ++i) {
    ++at;  // the bracket or comma before an operand
    tree.operands.push_back(read(text, at));
  }
  if (arity(tree.code) > 0) ++at;  // the closing bracket
  return tree;
}

int write(const Tree& tree, std::map<std::array<int32_t, 3>, int>& known,
          std::vector<int32_t>& out) {
  std::array<int32_t, 3> node = {tree.code, -1, -1};
  for (size_t i = 0; i < tree.operands.size(); ++i) {
    node[i + 1] = write(tree.operands[i], known, out);
  }
  const auto [entry, added] = known.try_emplace(node, static_cast<int>(out.size() / 3));
  if (added) out.insert(out.end(), node.begin(), node.end());
  return entry->second;
}

std::vector<int32_t> bytecode(const Tree& tree) {
  std::map<std::array<int32_t, 3>, int> known;
  std::vector<int32_t> out;
  write(tree, known, out);
  return out;
}

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  int below(int count) { return static_cast<int>(random_() % static_cast<uint64_t>(count)); }

  Tree input() { return {kOperators + below(3), {}}; }

  Tree tree(int depth) {
    // Below the root one draw in four ends the branch early, so that all depths appear.
    if (depth == 3 || (depth > 0 && below(4) == 0)) return input();
    Tree result{below(kOperators), {}};
    for (int i = 0; i < arity(result.code); ++i) result.operands.push_back(tree(depth + 1));
    return result;
  }

  /// Inserts an operator above a node, replaces one, or removes one.
  Tree mutant(Tree tree) {
    Tree* node = &tree;
    while (!node->operands.empty() && below(3) != 0) {
      node = &node->operands[static_cast<size_t>(below(static_cast<int>(node->operands.size())))];
    }
    switch (below(3)) {
      case 0:
        *node = over(*node);
        break;
      case 1:
        *node = input();
        if (below(2) == 0) *node = over(*node);
        break;
      default:
        if (!node->operands.empty()) *node = Tree(node->operands[0]);
    }
    return arity(tree.code) > 0 ? tree : over(tree);
  }

 private:
  Tree over(const Tree& operand) {
    Tree result{below(kOperators), {operand}};
    if (arity(result.code) == 2) result.operands.push_back(input());
    return result;
  }

  std::mt19937_64 random_;
};

}  // namespace

std::vector<int32_t> parse_graph(const std::string& text) {
  size_t at = 0;
  return bytecode(read(text, at));
}

std::string graph_text(const int32_t* code, int64_t nodes) {
  std::vector<std::string> texts;
  for (int64_t i = 0; i < nodes; ++i) {
    const int32_t* node = code + 3 * i;
    std::string text = kNames.at(static_cast<size_t>(node[0]));
    for (int k = 0; k < arity(node[0]); ++k) {
      text += (k == 0 ? "(" : ",") + texts[static_cast<size_t>(node[1 + k])];
    }
    texts.push_back(arity(node[0]) > 0 ? text + ")" : text);
  }
  return texts.back();
}

void Graphs::add(const std::vector<int32_t>& graph) {
  code.insert(code.end(), graph.begin(), graph.end());
  starts.push_back(static_cast<int64_t>(code.size() / 3));
}

std::string Graphs::text(int64_t graph) const {
  const auto k = static_cast<size_t>(graph);
  return graph_text(code.data() + 3 * starts[k], starts[k + 1] - starts[k]);
}

Graphs candidates(int64_t count, uint64_t seed) {
  const std::vector<std::string> parents = {
      "neg(mul(y,log(yhat)))", "square(add(y,neg(yhat)))",
      "neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(add(y,yhat)))))", "neg(sqrt(mul(y,tanh(yhat))))"};
  Draw draw(seed);
  Graphs graphs;
  while (graphs.count() < count) {
    Tree tree = draw.tree(0);
    if (graphs.count() % 2 == 0) {
      size_t at = 0;
      const Tree parent = read(parents[static_cast<size_t>(draw.below(4))], at);
      tree = draw.mutant(draw.mutant(parent));
    }
    graphs.add(bytecode(tree));
  }
  return graphs;
}

}  // namespace checks
