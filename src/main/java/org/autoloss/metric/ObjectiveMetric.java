package org.autoloss.metric;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.autoloss.internal.Excerpt;

/**
 * What a search maximises: a metric, or the weighted mean of several, {@code sum_i w_i metric_i}
 * (Li et al., ICLR 2021, section 4.2, search mIoU and BIoU, and mIoU and BF1, together).
 *
 * @param weights of each metric, above 0, in the order in which they were given; they sum to 1
 */
public record ObjectiveMetric(Map<Metric, Double> weights) {
  // Nothing is tried twice: a long weight takes no longer than its digits.
  private static final Pattern TERM =
      Pattern.compile(
          "\\s*+(?:((?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE]-?\\d++)?)\\s*+\\*)?([^*]*+)");

  /**
   * Divides the weights by their sum.
   *
   * @throws IllegalArgumentException if there is no metric, or a weight that is not above 0 and
   *     finite
   */
  public ObjectiveMetric {
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("metric: expected at least one, got none");
    }
    weights.forEach(ObjectiveMetric::check);
    double sum = weights.values().stream().mapToDouble(Double::doubleValue).sum();
    Map<Metric, Double> scaled = new LinkedHashMap<>();
    weights.forEach((metric, weight) -> scaled.put(metric, weight / sum));
    weights = Collections.unmodifiableMap(scaled);
  }

  /**
   * One metric.
   *
   * @param metric the metric
   * @return the goal
   */
  public static ObjectiveMetric of(Metric metric) {
    return new ObjectiveMetric(Map.of(metric, 1.0));
  }

  /**
   * The goal that a text describes: {@code mIoU}, {@code mIoU+BF1}, {@code 0.7*mIoU+0.3*BF1}. A
   * metric without a weight has weight 1; the weights are then divided by their sum.
   *
   * @param text metrics, parted by plus signs
   * @param known the metrics to choose from
   * @return the goal
   * @throws IllegalArgumentException if a term is not understood, or a metric stands there twice
   */
  public static ObjectiveMetric parse(String text, Collection<? extends Metric> known) {
    Map<Metric, Double> weights = new LinkedHashMap<>();
    for (String part : text.split("\\+", -1)) {
      Matcher term = TERM.matcher(part);
      if (!term.matches()) {
        throw new IllegalArgumentException(
            "metric: expected [weight*]metric, got '"
                + Excerpt.of(part.strip())
                + "' in '"
                + Excerpt.of(text)
                + "'");
      }
      Metric metric = Metric.of(term.group(2).strip(), known);
      double weight = term.group(1) == null ? 1 : Double.parseDouble(term.group(1));
      if (weights.put(metric, weight) != null) {
        throw new IllegalArgumentException(
            "metric: expected each metric once, got "
                + metric
                + " twice in '"
                + Excerpt.of(text)
                + "'");
      }
    }
    return new ObjectiveMetric(weights);
  }

  /**
   * The metrics, in the order in which they were given.
   *
   * @return at least one
   */
  public List<Metric> metrics() {
    return List.copyOf(weights.keySet());
  }

  /**
   * The weighted mean.
   *
   * @param values the value of each metric
   * @return in [0,1] if all values are
   */
  public double mean(ToDoubleFunction<Metric> values) {
    return weights.entrySet().stream()
        .mapToDouble(term -> term.getValue() * values.applyAsDouble(term.getKey()))
        .sum();
  }

  /**
   * The weighted mean of measured metrics.
   *
   * @param evaluation which holds all of them
   * @return in [0,1], or NaN where one of them is not defined
   * @throws IllegalArgumentException if one was not measured
   */
  public double value(Evaluation evaluation) {
    return mean(evaluation::value);
  }

  /**
   * The name in text, tables and files; {@link #parse} reads it back.
   *
   * @return for example {@code mIoU+BF1}, or {@code 0.7*mIoU+0.3*BF1} where the weights differ
   */
  public String label() {
    boolean equal = new HashSet<>(weights.values()).size() == 1;
    return equal
        ? metrics().stream().map(Metric::label).collect(Collectors.joining("+"))
        : sum(Metric::label);
  }

  /**
   * The name in names of files: without plus signs, which would part the path in a specification of
   * a loss, such as {@code asl:PATH}.
   *
   * @return for example {@code miou-bf1}
   */
  public String fileName() {
    return label().toLowerCase(Locale.ROOT).replaceAll("[+*]", "-");
  }

  /**
   * The weighted sum of what each metric stands for, as specifications of losses are written.
   *
   * @param terms names a metric's term
   * @return the term alone if there is one metric, else such as {@code 0.5*asl:mIoU+0.5*asl:BF1}
   */
  public String sum(Function<Metric, String> terms) {
    return weights.entrySet().stream()
        .map(
            term -> (weights.size() == 1 ? "" : term.getValue() + "*") + terms.apply(term.getKey()))
        .collect(Collectors.joining("+"));
  }

  @Override
  public String toString() {
    return label();
  }

  private static void check(Metric metric, double weight) {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "metric: expected a weight above 0 for " + metric + ", got " + weight);
    }
  }
}
