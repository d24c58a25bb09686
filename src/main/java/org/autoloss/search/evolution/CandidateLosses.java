package org.autoloss.search.evolution;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
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
 * @param weights of candidates' graphs, by their branches; 1 where there is none
 */
record CandidateLosses(
    Task task, double eps, Function<List<Genotype>, List<Map<String, Double>>> weights) {
  /** No graph has a weight. */
  static CandidateLosses unweighted(Task task, double eps) {
    return new CandidateLosses(
        task, eps, candidates -> Collections.nCopies(candidates.size(), Map.of()));
  }

  /** The artefact of a candidate's losses, by which any machine trains. */
  String artefact(Genotype genotype) {
    return artefacts(List.of(genotype)).get(0);
  }

  /** The artefacts of several candidates; at once, for their weights are then measured at once. */
  List<String> artefacts(List<Genotype> candidates) {
    List<Map<String, Double>> factors = weights.apply(candidates);
    return IntStream.range(0, candidates.size())
        .mapToObj(i -> artefact(candidates.get(i), factors.get(i)))
        .toList();
  }

  private String artefact(Genotype genotype, Map<String, Double> factors) {
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
