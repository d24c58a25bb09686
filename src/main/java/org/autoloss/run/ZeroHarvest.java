package org.autoloss.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.autoloss.search.Evaluation;
import org.autoloss.search.zero.Individual;

/**
 * What is kept of an evolution for its end: the best of those whose own training came to its end,
 * and, for a goal of several metrics, what each of them measured.
 */
final class ZeroHarvest {
  private final int top;
  private final Function<Individual, ParetoReport.Proxy> proxy;
  private final List<Individual> best = new ArrayList<>();
  private final List<ParetoReport.Proxy> proxies = new ArrayList<>();

  /**
   * Nothing yet.
   *
   * @param top how many of the best are kept
   * @param proxy what is kept of the others; null for nothing
   */
  ZeroHarvest(int top, Function<Individual, ParetoReport.Proxy> proxy) {
    this.top = top;
    this.proxy = proxy;
  }

  void joined(Individual individual) {
    if (individual.twin() != null || individual.evaluation().status() != Evaluation.Status.OK) {
      return;
    }
    if (proxy != null) {
      proxies.add(proxy.apply(individual));
    }
    int at = best.size();
    while (at > 0 && best.get(at - 1).score() < individual.score()) {
      at--;
    }
    best.add(at, individual);
    if (best.size() > top) {
      best.remove(top);
    }
  }

  /** The best, best first; of equals the older one first. */
  List<Individual> best() {
    return best;
  }

  /** All of them, in the order in which they joined; empty for a goal of one metric. */
  List<ParetoReport.Proxy> proxies() {
    return proxies;
  }
}
