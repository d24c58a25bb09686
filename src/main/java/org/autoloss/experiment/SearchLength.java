package org.autoloss.experiment;

/**
 * How long a search trains.
 *
 * @param warmSteps of the warm start; 0 for none
 * @param proxies trainings of the search
 * @param proxySteps of each
 * @param finals trainings that confirm and test
 * @param finalSteps of each
 */
public record SearchLength(
    int warmSteps, long proxies, int proxySteps, long finals, int finalSteps) {
  private static final int TESTED = 3; // the baseline, the best reference, and what was found

  /**
   * How many trainings confirm and test: the finalists and the baseline beside them.
   *
   * @param topK how many of the best candidates are confirmed
   * @param confirmSeeds trainings of each in the confirmation
   * @param testSeeds trainings of each loss in the final table
   * @return how many there are at most
   */
  public static long finals(int topK, int confirmSeeds, int testSeeds) {
    return (topK + 2L) * confirmSeeds + (long) TESTED * testSeeds;
  }

  /**
   * The share of all steps that would be spent on choosing learning rates.
   *
   * @param rates how many there are to choose from
   * @return 0 to 1
   */
  public double rateShare(int rates) {
    double sweeps = (double) RateSweep.trainings(rates, warmSteps) * proxySteps;
    double rest = warmSteps + (double) proxies * proxySteps + (double) finals * finalSteps;
    return sweeps / (sweeps + rest);
  }
}
