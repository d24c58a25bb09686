package org.autoloss.search.zero;

import org.autoloss.graph.LossGraph;
import org.autoloss.search.Evaluation;

/**
 * A member of the population.
 *
 * @param id its number, from 0, in the order of birth
 * @param candidate its graph and where that came from
 * @param evaluation its score
 * @param twin the number of the earlier individual with the same gradient fingerprint, whose score
 *     it took; null if it was trained itself
 */
public record Individual(int id, Candidate candidate, Evaluation evaluation, Integer twin) {
  /**
   * The graph.
   *
   * @return the candidate's
   */
  public LossGraph graph() {
    return candidate.graph();
  }

  /**
   * The score.
   *
   * @return larger is better
   */
  public double score() {
    return evaluation.score();
  }
}
