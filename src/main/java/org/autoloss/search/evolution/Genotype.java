package org.autoloss.search.evolution;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.LossGraph;
import org.autoloss.internal.Excerpt;

/**
 * What AutoLoss-Zero evolves: a loss graph for each branch that it searches a loss for.
 *
 * @param graphs by the names of the branches, at least one, in the task's order
 */
public record Genotype(Map<String, LossGraph> graphs) {
  /**
   * Copies the graphs.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Genotype {
    if (graphs.isEmpty()) {
      throw new IllegalArgumentException("genotype: expected at least one graph, got none");
    }
    graphs = Collections.unmodifiableMap(new LinkedHashMap<>(graphs));
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @param text a graph, or {@code branch=graph;branch=graph}
   * @param branch of a graph that stands alone; null if there must be names
   * @return the genotype
   * @throws IllegalArgumentException if a graph has no name, or is none
   */
  static Genotype parse(String text, String branch) {
    Map<String, LossGraph> graphs = new LinkedHashMap<>();
    for (String part : text.split(";")) {
      int at = part.indexOf('=');
      if (at < 0 && branch == null) {
        throw new IllegalArgumentException(
            "genotype: expected 'branch=graph', got '" + Excerpt.of(part) + "'");
      }
      graphs.put(
          at < 0 ? branch : part.substring(0, at), BranchGraphs.parse(part.substring(at + 1)));
    }
    return new Genotype(graphs);
  }

  /**
   * The graph of a branch.
   *
   * @param branch its name
   * @return the graph
   * @throws IllegalArgumentException if no loss is searched for it
   */
  public LossGraph graph(String branch) {
    LossGraph graph = graphs.get(branch);
    if (graph == null) {
      throw new IllegalArgumentException(
          "branch: expected one of " + graphs.keySet() + ", got " + branch);
    }
    return graph;
  }

  /**
   * The same with another graph for a branch.
   *
   * @param branch its name
   * @param graph the graph
   * @return a new genotype
   */
  Genotype with(String branch, LossGraph graph) {
    Map<String, LossGraph> changed = new LinkedHashMap<>(graphs);
    changed.put(branch, graph);
    return new Genotype(changed);
  }

  /** How many operators the largest graph has. */
  int operatorCount() {
    return graphs.values().stream().mapToInt(LossGraph::operatorCount).max().orElseThrow();
  }

  /** Formulas for readers. */
  String toLatex() {
    return graphs.size() == 1
        ? only().toLatex()
        : graphs.entrySet().stream()
            .map(each -> "\\text{" + each.getKey() + "}:\\ " + each.getValue().toLatex())
            .collect(Collectors.joining(" \\\\ "));
  }

  /** The graph's text; of several, that of each behind the name of its branch. */
  @Override
  public String toString() {
    return graphs.size() == 1
        ? only().toString()
        : graphs.entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .collect(Collectors.joining(";"));
  }

  private LossGraph only() {
    return graphs.values().iterator().next();
  }
}
