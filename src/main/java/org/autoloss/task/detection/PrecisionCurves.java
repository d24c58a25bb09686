package org.autoloss.task.detection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.autoloss.metric.detection.CocoResult;
import org.autoloss.task.Curve;

/** Precision over recall at two thresholds of overlap, the mean over categories with objects. */
final class PrecisionCurves {
  private static final int[] THRESHOLDS = {0, 5}; // 0.5 and 0.75
  private static final int RECALLS = 101;

  private PrecisionCurves() {}

  static List<Curve> of(CocoResult result) {
    double[] recalls = IntStream.range(0, RECALLS).mapToDouble(i -> i / 100.0).toArray();
    List<Curve> curves = new ArrayList<>();
    for (int threshold : THRESHOLDS) {
      String title =
          String.format(Locale.ROOT, "Precision and recall at IoU %s", 0.5 + threshold / 20.0);
      double[] precision = mean(result, threshold);
      if (precision.length > 0) {
        curves.add(new Curve(title, "recall", "precision", recalls, precision));
      }
    }
    return curves;
  }

  /** Empty if no category has an object. */
  private static double[] mean(CocoResult result, int threshold) {
    List<double[]> defined =
        IntStream.range(0, result.categories().size())
            .mapToObj(place -> result.curve(place, threshold))
            .filter(curve -> Arrays.stream(curve).allMatch(value -> value >= 0))
            .toList();
    return defined.isEmpty()
        ? new double[0]
        : IntStream.range(0, RECALLS)
            .mapToDouble(i -> defined.stream().mapToDouble(curve -> curve[i]).average().orElse(0))
            .toArray();
  }
}
