package org.autoloss.search.evolution;

/**
 * How many losses a search has explored, and what became of them.
 *
 * @param explored all candidates drawn
 * @param belowThreshold rejected: the optimised predictions do not reach the threshold
 * @param noGradient rejected: no gradient
 * @param notFinite rejected: NaN or infinite on the samples
 * @param repeatedRejected rejected: the fingerprint of a rejected candidate
 * @param reused took the score of an individual with the same fingerprint
 * @param trained trained as a proxy
 * @param stopped proxies among them that did not come to their end, most of them because their loss
 *     became NaN or infinite
 */
public record SearchStatistics(
    long explored,
    long belowThreshold,
    long noGradient,
    long notFinite,
    long repeatedRejected,
    long reused,
    long trained,
    long stopped) {
  static final SearchStatistics NONE = new SearchStatistics(0, 0, 0, 0, 0, 0, 0, 0);

  /** One more, and why it was rejected; null if it passed, which counts when it joins. */
  static SearchStatistics explored(Explored.Decision rejection) {
    if (rejection == null) {
      return new SearchStatistics(1, 0, 0, 0, 0, 0, 0, 0);
    }
    return switch (rejection) {
      case NO_GRADIENT -> new SearchStatistics(1, 0, 1, 0, 0, 0, 0, 0);
      case NOT_FINITE -> new SearchStatistics(1, 0, 0, 1, 0, 0, 0, 0);
      case REPEATED_REJECTED -> new SearchStatistics(1, 0, 0, 0, 1, 0, 0, 0);
      default -> new SearchStatistics(1, 1, 0, 0, 0, 0, 0, 0);
    };
  }

  SearchStatistics plus(SearchStatistics other) {
    return new SearchStatistics(
        explored + other.explored,
        belowThreshold + other.belowThreshold,
        noGradient + other.noGradient,
        notFinite + other.notFinite,
        repeatedRejected + other.repeatedRejected,
        reused + other.reused,
        trained + other.trained,
        stopped + other.stopped);
  }
}
