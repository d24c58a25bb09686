// Loss graphs as bytecode, for checks and benchmarks: given ones, random ones, and mutants of known
// losses; drawn like those of org.autoloss.graph.GraphGenerator and org.autoloss.graph.Mutation.
#ifndef AUTOLOSS_TEST_CHECKS_RANDOM_GRAPHS_H_
#define AUTOLOSS_TEST_CHECKS_RANDOM_GRAPHS_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace checks {

/// The bytecode of a graph in the text form of org.autoloss.graph.LossGraph; equal nodes once.
std::vector<int32_t> parse_graph(const std::string& text);

/// The text form of bytecode.
std::string graph_text(const int32_t* code, int64_t nodes);

/// Many graphs, one behind the other.
struct Graphs {
  std::vector<int32_t> code;
  std::vector<int64_t> starts{0};

  int64_t count() const { return static_cast<int64_t>(starts.size()) - 1; }
  void add(const std::vector<int32_t>& graph);
  std::string text(int64_t graph) const;
};

/// Half random graphs of depth 3 at most, half mutants of losses that are known to work.
Graphs candidates(int64_t count, uint64_t seed);

}  // namespace checks

#endif  // AUTOLOSS_TEST_CHECKS_RANDOM_GRAPHS_H_
