package org.autoloss.search.zero;

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
 * @param stopped proxies among them whose loss became NaN or infinite
 */
public record Tally(
    long explored,
    long belowThreshold,
    long noGradient,
    long notFinite,
    long repeatedRejected,
    long reused,
    long trained,
    long stopped) {
  static final Tally NONE = new Tally(0, 0, 0, 0, 0, 0, 0, 0);

  Tally plus(Tally other) {
    return new Tally(
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
