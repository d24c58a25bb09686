package org.autoloss.search.evolution;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.graph.GraphGenerator;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.Mutation;

/** Draws candidates: copies of a tournament's winner, its mutants, and graphs from scratch. */
final class Offspring {
  private final ZeroSettings settings;
  private final GraphGenerator generator;

  Offspring(ZeroSettings settings) {
    this.settings = settings;
    generator = new GraphGenerator(LossGraph.SEGMENTATION_INPUTS, settings.maxDepth());
  }

  Candidate fresh(RandomGenerator random) {
    return new Candidate(generator.next(random), null, List.of());
  }

  Candidate offspring(Population population, List<Individual> snapshot, RandomGenerator random) {
    double kind = random.nextDouble();
    if (kind < settings.fresh()) {
      return fresh(random);
    }
    Individual parent = population.tournament(snapshot, random);
    if (kind < settings.fresh() + settings.copies()) {
      return new Candidate(parent.graph(), parent, List.of());
    }
    return mutant(parent, random);
  }

  private Candidate mutant(Individual parent, RandomGenerator random) {
    while (true) {
      LossGraph graph = parent.graph();
      List<Candidate.Change> changes = new ArrayList<>();
      for (int i = 0; i < settings.mutations(); i++) {
        Mutation mutation = Mutation.next(random);
        graph = mutation.apply(graph, generator, random);
        changes.add(
            new Candidate.Change(
                mutation.name().toLowerCase(java.util.Locale.ROOT), graph.toString()));
      }
      // Also ends: deletions are as likely as insertions.
      if (graph.operatorCount() <= settings.maxOperators()) {
        return new Candidate(graph, parent, changes);
      }
    }
  }
}
