package org.autoloss.metric;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured over a data set. NaN stands for what is not defined: an absent class, no pixel
 * at all.
 */
public final class Evaluation {
  private final Map<Metric, Double> values;
  private final Map<Metric, double[]> byClass;
  private final List<String> classes;

  /**
   * Measured values.
   *
   * @param values of each metric, in the order of tables; copied
   */
  public Evaluation(Map<? extends Metric, Double> values) {
    this(values, Map.of());
  }

  /**
   * Measured values, and what each class contributes.
   *
   * @param values of each metric, in the order of tables; copied
   * @param byClass of those metrics that are made of values of classes: one for each class, NaN
   *     where it is absent; copied
   */
  public Evaluation(Map<? extends Metric, Double> values, Map<? extends Metric, double[]> byClass) {
    this(values, byClass, List.of());
  }

  private Evaluation(
      Map<? extends Metric, Double> values,
      Map<? extends Metric, double[]> byClass,
      List<String> classes) {
    this.classes = classes;
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    Map<Metric, double[]> copies = new LinkedHashMap<>();
    byClass.forEach((metric, each) -> copies.put(metric, each.clone()));
    this.byClass = copies;
  }

  /**
   * A metric.
   *
   * @param metric which
   * @return its value, or NaN where it is not defined
   * @throws IllegalArgumentException if it was not measured
   */
  public double value(Metric metric) {
    Double value = values.get(metric);
    if (value == null) {
      throw new IllegalArgumentException(
          "metric: expected one of " + values.keySet() + ", which were measured, got " + metric);
    }
    return value;
  }

  /**
   * All metrics that were measured.
   *
   * @return an unmodifiable map, in the order of tables
   */
  public Map<Metric, Double> values() {
    return values;
  }

  /**
   * The values of the classes that a metric is made of.
   *
   * @param metric for example mIoU, which is made of the classes' intersection over union
   * @return a copy, NaN where a class is absent; where the metric leaves the background out, its
   *     first entry is that of class 1
   * @throws IllegalArgumentException if it was not measured, or is not made of classes
   */
  public double[] byClass(Metric metric) {
    double[] each = byClass.get(metric);
    if (each == null) {
      throw new IllegalArgumentException(
          "metric: expected one of "
              + byClass.keySet()
              + ", which were measured by class, got "
              + metric);
    }
    return each.clone();
  }

  /**
   * The same values with names for the classes.
   *
   * @param names of all classes, in order
   * @return a new evaluation
   */
  public Evaluation withClasses(List<String> names) {
    return new Evaluation(values, byClass, List.copyOf(names));
  }

  /**
   * The values of the classes by their names.
   *
   * @return of each metric that is made of classes; a class that is absent, or left out, has no
   *     value. Empty if the classes have no names
   */
  public Map<Metric, Map<String, Double>> namedClasses() {
    Map<Metric, Map<String, Double>> named = new LinkedHashMap<>();
    if (!classes.isEmpty()) {
      values.keySet().stream()
          .filter(byClass::containsKey)
          .forEach(metric -> named.put(metric, named(byClass.get(metric))));
    }
    return named;
  }

  private Map<String, Double> named(double[] each) {
    Map<String, Double> named = new LinkedHashMap<>();
    int first = classes.size() - each.length; // 1 where the background is left out
    for (int i = 0; i < each.length; i++) {
      if (!Double.isNaN(each[i])) {
        named.put(classes.get(first + i), each[i]);
      }
    }
    return named;
  }
}
