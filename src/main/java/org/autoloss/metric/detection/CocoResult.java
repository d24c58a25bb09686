package org.autoloss.metric.detection;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.autoloss.metric.Evaluation;

/**
 * Precision and recall of a data set's detections, as pycocotools accumulates them. -1 stands for
 * what is not defined, as there: no object of a category, or of an area range.
 */
public final class CocoResult {
  private static final double UNDEFINED = -1;
  private static final double[] RECALLS = CocoSettings.recalls();

  private final CocoSettings settings;
  private final long[] categories;
  // Of an area range: precision by threshold, recall, category; recall by threshold, category.
  private final double[][] precision;
  private final double[][][] recall; // first by limit

  CocoResult(CocoSettings settings, long[] categories) {
    this.settings = settings;
    this.categories = categories;
    int cells = CategoryMatches.THRESHOLDS * categories.length;
    precision = new double[CategoryMatches.AREAS][RECALLS.length * cells];
    recall = new double[settings.limits().size()][CategoryMatches.AREAS][cells];
    for (double[] each : precision) {
      Arrays.fill(each, UNDEFINED);
    }
    for (double[][] each : recall) {
      for (double[] area : each) {
        Arrays.fill(area, UNDEFINED);
      }
    }
  }

  /** Sets a category, each from a thread of its own. */
  void set(int category, CategoryMatches matches) {
    for (int limit = 0; limit < recall.length; limit++) {
      int[] found = matches.found(settings.limits().get(limit));
      for (int area = 0; area < CategoryMatches.AREAS; area++) {
        int objects = matches.objects(area);
        for (int t = 0; objects > 0 && t < CategoryMatches.THRESHOLDS; t++) {
          int bit = CategoryMatches.bit(area, t);
          recall[limit][area][t * categories.length + category] = (double) found[bit] / objects;
          if (limit == recall.length - 1) {
            setPrecision(category, area, t, matches.envelope(bit, found[bit]), objects);
          }
        }
      }
    }
  }

  /** Precision at the first detection that reaches each recall; 0 at recalls that none reaches. */
  private void setPrecision(int category, int area, int t, double[] envelope, int objects) {
    int found = 0;
    for (int r = 0; r < RECALLS.length; r++) {
      while (found < envelope.length && (found + 1.0) / objects < RECALLS[r]) {
        found++;
      }
      precision[area][(t * RECALLS.length + r) * categories.length + category] =
          found < envelope.length ? envelope[found] : 0;
    }
  }

  /** The mean over thresholds, or at one, recalls and categories. */
  double meanPrecision(AreaRange area, int threshold) {
    return mean(precision[area.ordinal()], threshold);
  }

  /** The mean over thresholds, or at one, and categories. */
  double meanRecall(AreaRange area, int threshold, int limit) {
    return mean(recall[limit < 0 ? recall.length - 1 : limit][area.ordinal()], threshold);
  }

  private static double mean(double[] values, int threshold) {
    if (threshold < 0) {
      return PairwiseSum.meanOfDefined(values, values.length);
    }
    int each = values.length / CategoryMatches.THRESHOLDS;
    return PairwiseSum.meanOfDefined(
        Arrays.copyOfRange(values, threshold * each, (threshold + 1) * each), each);
  }

  /**
   * A metric.
   *
   * @param metric one of this type
   * @return in [0,1], or -1 where it is not defined
   * @throws IllegalArgumentException if it is of another type
   */
  public double value(CocoMetric metric) {
    if (!CocoMetric.of(settings.type()).contains(metric)) {
      throw new IllegalArgumentException(
          "metric: expected one of "
              + CocoMetric.of(settings.type())
              + ", those of "
              + settings.type().label()
              + ", got "
              + metric);
    }
    return metric.value(this);
  }

  /**
   * All metrics of this type.
   *
   * @return in pycocotools' order; -1 where one is not defined
   */
  public Map<CocoMetric, Double> values() {
    Map<CocoMetric, Double> values = new EnumMap<>(CocoMetric.class);
    CocoMetric.of(settings.type()).forEach(metric -> values.put(metric, metric.value(this)));
    return Collections.unmodifiableMap(values);
  }

  /**
   * All metrics of this type, as other tasks have them.
   *
   * @return NaN where one is not defined; {@code AP} and the recall beside it also by category, in
   *     ascending order of their numbers
   */
  public Evaluation evaluation() {
    Map<CocoMetric, Double> values = new EnumMap<>(CocoMetric.class);
    values().forEach((metric, value) -> values.put(metric, defined(value)));
    CocoMetric last = settings.type() == CocoType.KEYPOINTS ? CocoMetric.AR : CocoMetric.AR100;
    double[] ap = new double[categories.length];
    double[] ar = new double[categories.length];
    for (int k = 0; k < categories.length; k++) {
      ap[k] = defined(categoryPrecision(k));
      ar[k] = defined(categoryRecall(k));
    }
    return new Evaluation(values, Map.of(CocoMetric.AP, ap, last, ar));
  }

  private static double defined(double value) {
    return value == UNDEFINED ? Double.NaN : value;
  }

  /**
   * The categories' numbers, ascending.
   *
   * @return one for each place
   */
  public List<Long> categories() {
    return Arrays.stream(categories).boxed().toList();
  }

  /**
   * The average precision of a category.
   *
   * @param place in {@link #categories}
   * @return in [0,1], or -1 where it has no object
   */
  public double categoryPrecision(int place) {
    return mean(column(precision[AreaRange.ALL.ordinal()], place), -1);
  }

  /**
   * The average recall of a category, with the largest number of detections.
   *
   * @param place in {@link #categories}
   * @return in [0,1], or -1 where it has no object
   */
  public double categoryRecall(int place) {
    return mean(column(recall[recall.length - 1][AreaRange.ALL.ordinal()], place), -1);
  }

  /**
   * The curve of precision over recall.
   *
   * @param place of a category in {@link #categories}
   * @param threshold 0 for an overlap of 0.5, up to 9 for 0.95
   * @return precision at the recalls 0, 0.01, ..., 1; all -1 where the category has no object
   */
  public double[] curve(int place, int threshold) {
    double[] all = column(precision[AreaRange.ALL.ordinal()], place);
    return Arrays.copyOfRange(all, threshold * RECALLS.length, (threshold + 1) * RECALLS.length);
  }

  private double[] column(double[] values, int place) {
    double[] column = new double[values.length / categories.length];
    for (int i = 0; i < column.length; i++) {
      column[i] = values[i * categories.length + place];
    }
    return column;
  }
}
