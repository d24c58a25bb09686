package org.autoloss.search.evolution;

/**
 * Trains candidates one by one for a search without generations, and says what it does next: what
 * it did before, if it is repeated, and then what the workers allow. The search does nothing that
 * is not asked here, so that the answers decide about its result.
 */
public interface Conveyor {
  /**
   * Whether a candidate begins next; if not, one ends.
   *
   * @param wanted whether the search has another candidate to train
   * @param running how many are being trained
   * @return the answer; false if nothing is wanted
   */
  boolean begins(boolean wanted, int running);

  /**
   * Begins to train a candidate.
   *
   * @param number of the candidate, from 0
   * @param seed of every training
   * @param candidate what to train
   */
  void begin(int number, long seed, Genotype candidate);

  /**
   * Waits for a training to end.
   *
   * @return the number of the candidate
   */
  int next();

  /**
   * How a candidate did whose training has ended.
   *
   * @param number of the candidate
   * @return its outcome, which is given once
   */
  ZeroSearch.Outcome outcome(int number);
}
