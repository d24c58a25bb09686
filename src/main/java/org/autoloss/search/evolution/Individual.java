package org.autoloss.search.evolution;

import org.autoloss.search.TrialResult;

/**
 * A member of the population.
 *
 * @param id its number, from 0, in the order of birth
 * @param candidate its graphs and where they came from
 * @param result how its training went, or that of the individual whose score it took
 * @param score larger is better
 * @param duplicateOf the number of the earlier individual with the same gradient fingerprint, whose
 *     score it took; null if it was trained itself
 */
public record Individual(
    int id, Candidate candidate, TrialResult result, double score, Integer duplicateOf) {
  /**
   * The graphs.
   *
   * @return the candidate's
   */
  public Genotype genotype() {
    return candidate.genotype();
  }

  /**
   * The name in journals and tables.
   *
   * @return for example {@code individual 12}
   */
  public String name() {
    return "individual " + id;
  }
}
