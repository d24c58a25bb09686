package org.autoloss.task;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Choice;

/** What a metric is worth whose value differs from fold to fold. */
public enum FoldScore {
  /** The mean of the folds. */
  MEAN,
  /** The least of them: a loss must serve each fold. */
  LEAST,
  /** The mean less its standard error: what is good on average only is worth less. */
  MEAN_MINUS_ERROR;

  /**
   * The score that a text names.
   *
   * @param text {@code mean}, {@code least} or {@code mean-minus-error}
   * @return the score
   * @throws IllegalArgumentException if there is none of that name
   */
  public static FoldScore of(String text) {
    return Choice.of("fold score", List.of(values()), FoldScore::label, text);
  }

  /**
   * The name on the command line and in files.
   *
   * @return lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The score of some folds.
   *
   * @param folds the values; NaN where a fold has none, which then does not count
   * @return the score; NaN if no fold has a value
   */
  public double of(List<Double> folds) {
    double[] values = folds.stream().mapToDouble(Double::doubleValue).toArray();
    double[] defined = Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
    if (defined.length == 0) {
      return Double.NaN;
    }
    double mean = Arrays.stream(defined).average().orElseThrow();
    return switch (this) {
      case MEAN -> mean;
      case LEAST -> Arrays.stream(defined).min().orElseThrow();
      case MEAN_MINUS_ERROR -> mean - error(defined, mean);
    };
  }

  private static double error(double[] values, double mean) {
    if (values.length < 2) {
      return 0;
    }
    double square = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(square / (values.length - 1) / values.length);
  }
}
