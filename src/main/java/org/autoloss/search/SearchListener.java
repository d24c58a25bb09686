package org.autoloss.search;

/**
 * Hears of a search's progress. Calls never overlap; an exception ends the search.
 *
 * @param <C> the candidates' type
 */
public interface SearchListener<C> {
  /**
   * A candidate has been scored. With several workers the order of these calls varies from run to
   * run; the search does not depend on it.
   *
   * @param candidate the candidate, not to be modified
   * @param trial its place
   * @param evaluation its score
   */
  default void evaluated(C candidate, Trial trial, Evaluation evaluation) {}

  /**
   * A step is complete.
   *
   * @param step from 0
   * @param centre where the search now stands, not to be modified
   */
  default void stepped(int step, C centre) {}
}
