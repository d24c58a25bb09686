package org.autoloss.metric;

import java.util.Collection;
import org.autoloss.internal.Choice;

/**
 * What the predictions for a whole data set are judged by: one number, larger is better.
 *
 * <p>A task says which metrics it can measure; a metric is known by its label, in text, tables and
 * files. Implementations are values: equal metrics have equal labels.
 */
public interface Metric {
  /**
   * The name in text, tables and files.
   *
   * @return for example {@code mIoU}; without white space, {@code +}, {@code *} and commas
   */
  String label();

  /**
   * The metric of a name, in any case.
   *
   * @param <M> the kind of metric
   * @param name for example {@code mIoU}
   * @param known those to choose from
   * @return the one of that name
   * @throws IllegalArgumentException if there is none of that name
   */
  static <M extends Metric> M of(String name, Collection<M> known) {
    return Choice.ofAnyCase("metric", known, Metric::label, name);
  }
}
