package org.autoloss.search.evolution;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.LossGraph;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossSet;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.task.Branch;
import org.autoloss.task.Task;

/**
 * What candidates are to those who train by them: graphs where losses are searched for, with their
 * weights, and elsewhere what people use.
 *
 * @param task whose branches they are for
 * @param eps the constant of inverses, logarithms and roots
 * @param weights of a candidate's graphs, by their branches; 1 where there is none
 */
record CandidateLosses(Task task, double eps, Function<Genotype, Map<String, Double>> weights) {
  /** The artefact of a candidate's losses, by which any machine trains. */
  String artefact(Genotype genotype) {
    Map<String, Double> factors = weights.apply(genotype);
    Map<String, Loss> losses = new LinkedHashMap<>();
    for (Branch branch : task.branches()) {
      LossGraph graph = genotype.graphs().get(branch.name());
      losses.put(
          branch.name(),
          graph == null
              ? Loss.parse(branch.baseline(), branch.input())
              : weighted(
                  factors.getOrDefault(branch.name(), 1.0),
                  BranchGraphs.loss(branch.input(), graph, eps)));
    }
    try (LossSet set = new LossSet(losses)) {
      return set.toJson();
    }
  }

  private static Loss weighted(double weight, Loss loss) {
    return weight == 1
        ? loss
        : new WeightedSumLoss(List.of(new WeightedSumLoss.Term(weight, loss)));
  }
}
