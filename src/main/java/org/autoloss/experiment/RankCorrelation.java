package org.autoloss.experiment;

import java.util.Arrays;

/**
 * How far two scores put the same things in the same order.
 *
 * @param spearman the correlation of the ranks, equals sharing the mean of theirs; NaN if one of
 *     the scores is the same for all
 * @param kendall tau-b, the pairs in the same order less those in the other, corrected for equals;
 *     NaN as above
 */
public record RankCorrelation(double spearman, double kendall) {
  /**
   * Of two lists.
   *
   * @param one scores
   * @param other scores of the same things
   * @return the correlation
   * @throws IllegalArgumentException if the lists are not equally long, or shorter than 2
   */
  public static RankCorrelation of(double[] one, double[] other) {
    if (one.length != other.length || one.length < 2) {
      throw new IllegalArgumentException(
          "scores: expected two lists of one length, at least 2, got "
              + one.length
              + " and "
              + other.length);
    }
    return new RankCorrelation(pearson(ranks(one), ranks(other)), tau(one, other));
  }

  private static double[] ranks(double[] values) {
    double[] ranks = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double own = values[i];
      long below = Arrays.stream(values).filter(value -> value < own).count();
      long equal = Arrays.stream(values).filter(value -> value == own).count();
      ranks[i] = below + (equal + 1) / 2.0;
    }
    return ranks;
  }

  private static double pearson(double[] a, double[] b) {
    double meanA = Arrays.stream(a).average().orElseThrow();
    double meanB = Arrays.stream(b).average().orElseThrow();
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (a[i] - meanA) * (b[i] - meanB);
      aa += (a[i] - meanA) * (a[i] - meanA);
      bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static double tau(double[] a, double[] b) {
    double agree = 0;
    double apartA = 0;
    double apartB = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < i; j++) {
        double signA = Math.signum(a[i] - a[j]);
        double signB = Math.signum(b[i] - b[j]);
        agree += signA * signB;
        apartA += signA * signA;
        apartB += signB * signB;
      }
    }
    return agree / Math.sqrt(apartA * apartB);
  }
}
