package org.autoloss.search;

/**
 * What a search maximises.
 *
 * @param <C> the candidates' type
 */
@FunctionalInterface
public interface Objective<C> {
  /**
   * Scores a candidate. Several threads may call this at once; the result depends on the arguments
   * alone.
   *
   * @param candidate what to score
   * @param trial where in the search the candidate stands, and the seed of everything random
   * @return the score; NaN is not one
   */
  Evaluation evaluate(C candidate, Trial trial);
}
