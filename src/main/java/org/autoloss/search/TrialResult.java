package org.autoloss.search;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.autoloss.metric.ObjectiveMetric;

/**
 * How a trial ended.
 *
 * @param status how
 * @param metrics all that was measured and is defined, by the metrics' labels, in order, and in
 *     final comparisons behind them what each class has, by {@link #ofClass}, and what was measured
 *     on other splits, by {@link #onSplit}; empty if the status is not OK
 * @param seconds what it took; tells nothing else, and differs from run to run
 * @param machine where it was trained; null for this process
 */
public record TrialResult(
    Status status, Map<String, Double> metrics, double seconds, String machine) {
  private static final String CLASS = "/";
  private static final String SPLIT = "/@"; // no class begins so
  private static final String HURDLE = "hurdle";

  /** How a trial ended. */
  public enum Status {
    /** Complete. */
    OK,
    /** The loss became NaN or infinite, and the training ended there. */
    NOT_FINITE,
    /** Ended at its hurdle, where it was measured. */
    STOPPED,
    /** The process that trained died, and the one that tried again died as well. */
    CRASHED;

    /**
     * The status for readers.
     *
     * @return for example {@code not finite}
     */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** Copies the metrics. */
  public TrialResult {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /**
   * The result of a training in this process.
   *
   * @param status how it ended
   * @param metrics as above
   * @param seconds what it took
   */
  public TrialResult(Status status, Map<String, Double> metrics, double seconds) {
    this(status, metrics, seconds, null);
  }

  /**
   * The same result, trained elsewhere.
   *
   * @param where which machine
   * @return a new result
   */
  public TrialResult on(String where) {
    return new TrialResult(status, metrics, seconds, where);
  }

  /**
   * The name of what one class has of a metric.
   *
   * @param metric its label
   * @param name of the class
   * @return for example {@code mIoU/road}
   */
  public static String ofClass(String metric, String name) {
    return metric + CLASS + name;
  }

  /**
   * The name of a metric on a split that was measured beside the one that counts.
   *
   * @param metric its label
   * @param split its label
   * @return for example {@code mIoU/@reward}
   */
  public static String onSplit(String metric, String split) {
    return metric + SPLIT + split;
  }

  /** The name of what a metric was at a training's hurdle. */
  static String atHurdle(String metric) {
    return onSplit(metric, HURDLE);
  }

  /**
   * Whether a name is that of a metric on another split.
   *
   * @param name of something measured
   * @return true if {@link #onSplit} made it
   */
  public static boolean isOnSplit(String name) {
    return name.contains(SPLIT);
  }

  /**
   * Whether a name is that of what one class or another split has, and not of a metric.
   *
   * @param name of something measured
   * @return true if {@link #ofClass} or {@link #onSplit} made it
   */
  public static boolean isOfClass(String name) {
    return name.contains(CLASS);
  }

  /**
   * Whether a name is that of a metric, or of what a class or another split has of it.
   *
   * @param metric its label
   * @param name of something measured
   * @return true if it is the label, or {@link #ofClass} or {@link #onSplit} made it of that
   */
  public static boolean isOf(String metric, String name) {
    return name.equals(metric) || name.startsWith(metric + CLASS);
  }

  /**
   * Whether the training came to its end.
   *
   * @return true if it did
   */
  public boolean ok() {
    return status == Status.OK;
  }

  /**
   * What the trial is worth to a search.
   *
   * @param objective what is searched for
   * @return larger is better; of a training that ended at its hurdle, what it was worth there; 0 if
   *     it did not finish otherwise
   * @throws IllegalStateException if a metric of the objective is not defined
   */
  public double score(ObjectiveMetric objective) {
    return status == Status.STOPPED ? scoreAtHurdle(objective) : ok() ? atEnd(objective) : 0;
  }

  private double atEnd(ObjectiveMetric objective) {
    double score = objective.mean(metric -> metrics.getOrDefault(metric.label(), Double.NaN));
    if (Double.isNaN(score)) {
      throw new IllegalStateException(
          objective.label()
              + ": expected a value to search for, got none: it is not defined on this data, whose"
              + " labels hold nothing that it measures");
    }
    return score;
  }

  /**
   * What the trial was worth at its hurdle.
   *
   * @param objective what is searched for
   * @return larger is better; NaN if it had none, or ended before
   */
  public double scoreAtHurdle(ObjectiveMetric objective) {
    return objective.mean(metric -> metrics.getOrDefault(atHurdle(metric.label()), Double.NaN));
  }
}
