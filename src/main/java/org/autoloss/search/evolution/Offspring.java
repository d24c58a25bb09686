package org.autoloss.search.evolution;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.GraphGenerator;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.Mutation;
import org.autoloss.task.Branch;

/** Draws candidates: copies of a tournament's winner, its mutants, and graphs from scratch. */
final class Offspring {
  private final ZeroSettings settings;
  private final Map<String, GraphGenerator> generators = new LinkedHashMap<>();
  private final List<String> branches;

  Offspring(ZeroSettings settings, List<Branch> searched) {
    this.settings = settings;
    searched.forEach(
        branch ->
            generators.put(
                branch.name(),
                BranchGraphs.generator(branch.input(), branch.pools(), settings.maxDepth())));
    this.branches = List.copyOf(generators.keySet());
  }

  /** What draws graphs, by the names of the branches. */
  Map<String, GraphGenerator> generators() {
    return generators;
  }

  Candidate fresh(RandomGenerator random) {
    Map<String, LossGraph> graphs = new LinkedHashMap<>();
    generators.forEach((branch, generator) -> graphs.put(branch, generator.next(random)));
    return new Candidate(new Genotype(graphs), null, List.of());
  }

  /** A child of the population; null if one is to be drawn from scratch. */
  Candidate offspring(Population population, List<Individual> snapshot, RandomGenerator random) {
    double kind = random.nextDouble();
    if (kind < settings.fresh()) {
      return null;
    }
    Individual parent = population.tournament(snapshot, random);
    if (kind < settings.fresh() + settings.copies()) {
      return new Candidate(parent.genotype(), parent, List.of());
    }
    return mutant(parent, random);
  }

  /** Whose graph is mutated; where there is one branch, nothing is drawn. */
  private String branch(RandomGenerator random) {
    return branches.get(branches.size() == 1 ? 0 : random.nextInt(branches.size()));
  }

  private Candidate mutant(Individual parent, RandomGenerator random) {
    while (true) {
      Genotype genotype = parent.genotype();
      List<Candidate.Change> changes = new ArrayList<>();
      for (int i = 0; i < settings.mutations(); i++) {
        String branch = branch(random);
        Mutation mutation = Mutation.next(random);
        LossGraph mutated = mutation.apply(genotype.graph(branch), generators.get(branch), random);
        genotype = genotype.with(branch, mutated);
        changes.add(
            new Candidate.Change(
                mutation.name().toLowerCase(java.util.Locale.ROOT), genotype.toString()));
      }
      // Also ends: deletions are as likely as insertions.
      if (genotype.operatorCount() <= settings.maxOperators()) {
        return new Candidate(genotype, parent, changes);
      }
    }
  }
}
