package org.autoloss.surrogate;

import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Choice;
import org.autoloss.metric.segmentation.SegmentationMetric;

/** A point from which the curves of surrogates are searched. */
public enum SurrogateStart {
  /** {@code g(x) = x} on every curve, as in the paper. */
  IDENTITY,
  /** Curves with the gradient of Dice, where the metric has them. */
  DICE;

  // Halfway: it is exact for classes that overlap so much, and near for the others.
  private static final double OVERLAP = 0.5;

  /**
   * The start that a text names.
   *
   * @param text in lower case
   * @return the start
   * @throws IllegalArgumentException if there is none of that name
   */
  public static SurrogateStart of(String text) {
    return Choice.of("start", List.of(values()), SurrogateStart::label, text);
  }

  /**
   * The name on the command line and in files.
   *
   * @return lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The start in a metric's space, with its default number of pieces. */
  double[] theta(SegmentationMetric metric) {
    int pieces = SurrogateParameters.defaultPieces(metric);
    return this == IDENTITY
        ? SurrogateParameters.identityTheta(metric, pieces)
        : SurrogateParameters.dice(metric, pieces, OVERLAP).theta();
  }
}
