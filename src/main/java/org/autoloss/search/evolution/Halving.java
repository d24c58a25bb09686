package org.autoloss.search.evolution;

import java.util.ArrayList;
import java.util.List;
import org.autoloss.search.SearchSession;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialResult;

/**
 * Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter
 * tuning", MLSys 2020) with one rung: proxies are measured on their way, and only the better half
 * of all that came by before goes on.
 *
 * <p>What has come by is told in the order of the search, so that the bar, like all else, does not
 * depend on the number of workers.
 */
final class Halving {
  // The median of less says little.
  private static final int LEAST = 4;

  private final double share;
  private final List<Double> scores = new ArrayList<>(); // sorted

  /**
   * Nothing has come by.
   *
   * @param share of a proxy's steps after which it is measured; 0 for never
   */
  Halving(double share) {
    this.share = share;
  }

  /** The session with the hurdle that proxies have now. */
  SearchSession apply(SearchSession session) {
    int steps = session.work().steps();
    int step = Math.max(1, (int) Math.round(share * steps));
    return share == 0 || step >= steps
        ? session
        : session.withHurdle(new Trial.Hurdle(step, session.objective().label(), bar()));
  }

  private double bar() {
    return scores.size() < LEAST ? Double.NEGATIVE_INFINITY : scores.get(scores.size() / 2);
  }

  /** A training has ended; those that did not come as far do not count. */
  void add(TrialResult result, SearchSession session) {
    double score = result.scoreAtHurdle(session.objective());
    if (!Double.isNaN(score)) {
      int at = 0;
      while (at < scores.size() && scores.get(at) < score) {
        at++;
      }
      scores.add(at, score);
    }
  }
}
