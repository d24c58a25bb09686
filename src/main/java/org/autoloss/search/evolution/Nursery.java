package org.autoloss.search.evolution;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.autoloss.graph.GraphGenerator;
import org.autoloss.graph.LossGraph;

/**
 * Draws candidates of several branches from scratch whose graphs pass in each.
 *
 * <p>A candidate passes if each of its graphs does, and branches are tried out one by one. So to
 * draw whole candidates until one passes is to draw the graphs of each branch until one passes, but
 * that the former takes as long as the chances multiplied: of four branches in which one graph in
 * thirty passes, a million draws.
 */
final class Nursery {
  private static final int BLOCK = 128;
  // Of a thousand random graphs, a few pass; where so many do not, no more are drawn.
  private static final int MOST = 100_000;

  private final Map<String, GraphGenerator> generators;
  private final Map<String, LossRejection> screenings = new LinkedHashMap<>();
  private final Map<String, Deque<LossGraph>> passed = new LinkedHashMap<>();
  private final Consumer<Explored> rejected;

  /**
   * A nursery.
   *
   * @param generators of the branches' graphs
   * @param screening of whole candidates; each branch gets one with a memory of its own
   * @param rejected is told of graphs that do not pass
   */
  Nursery(
      Map<String, GraphGenerator> generators,
      LossRejection screening,
      Consumer<Explored> rejected) {
    this.generators = generators;
    this.rejected = rejected;
    for (String branch : generators.keySet()) {
      screenings.put(branch, screening.fresh());
      passed.put(branch, new ArrayDeque<>());
    }
  }

  /**
   * A candidate.
   *
   * @param random where graphs come from
   * @param enough whether to give up, asked between blocks of graphs
   * @return empty if it has given up
   * @throws IllegalStateException if a branch lets nothing pass
   */
  Optional<Genotype> next(RandomGenerator random, Supplier<Boolean> enough) {
    for (String branch : generators.keySet()) {
      for (int drawn = 0; passed.get(branch).isEmpty(); drawn += BLOCK) {
        if (enough.get()) {
          return Optional.empty();
        }
        requireHope(branch, drawn);
        draw(branch, random);
      }
    }
    Map<String, LossGraph> graphs = new LinkedHashMap<>();
    passed.forEach((branch, waiting) -> graphs.put(branch, waiting.removeFirst()));
    return Optional.of(new Genotype(graphs));
  }

  private static void requireHope(String branch, int drawn) {
    if (drawn > MOST) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "rejection: expected some losses of %s to pass, got none of %,d; take a lower"
                  + " --threshold, or a longer warm start (--warm-steps)",
              branch,
              drawn));
    }
  }

  private void draw(String branch, RandomGenerator random) {
    List<Candidate> block = new ArrayList<>();
    for (int i = 0; i < BLOCK; i++) {
      LossGraph graph = generators.get(branch).next(random);
      block.add(new Candidate(new Genotype(Map.of(branch, graph)), null, List.of()));
    }
    for (LossRejection.Screened each : screenings.get(branch).screen(block)) {
      if (each.rejection() == null) {
        passed.get(branch).addLast(each.candidate().genotype().graph(branch));
      } else {
        rejected.accept(
            new Explored(each.candidate(), each.fingerprint(), each.rejection(), branch));
      }
    }
  }
}
