package org.autoloss.search;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The candidates that no other one dominates. One dominates another if it is at least as good in
 * every objective and better in one; larger is better.
 */
public final class ParetoFront {
  private ParetoFront() {}

  /**
   * The front of some candidates. Equals do not dominate each other: all of them are in it, or
   * none. A candidate with NaN in an objective is not in it, and dominates nothing.
   *
   * @param <C> the candidates' type
   * @param candidates any number
   * @param objectives at least one
   * @return the front, the best in the first objective first, equals in it by the next objective,
   *     equals in all in the order of the candidates
   * @throws IllegalArgumentException if there is no objective
   */
  public static <C> List<C> of(
      Collection<? extends C> candidates, List<ToDoubleFunction<? super C>> objectives) {
    if (objectives.isEmpty()) {
      throw new IllegalArgumentException("objectives: expected at least one, got none");
    }
    List<Scored<C>> scored =
        candidates.stream()
            .map(candidate -> Scored.<C>of(candidate, objectives))
            .filter(Scored::complete)
            .toList();
    return scored.stream()
        .filter(one -> scored.stream().noneMatch(other -> other.dominates(one)))
        .sorted(Comparator.comparing(Scored::values, ParetoFront::compareFromLargest))
        .map(Scored::candidate)
        .toList();
  }

  private static int compareFromLargest(double[] a, double[] b) {
    for (int i = 0; i < a.length; i++) {
      if (a[i] != b[i]) {
        return Double.compare(b[i], a[i]);
      }
    }
    return 0;
  }

  /** A candidate with its objectives, each asked for once. */
  private record Scored<C>(C candidate, double[] values) {
    static <C> Scored<C> of(C candidate, List<ToDoubleFunction<? super C>> objectives) {
      return new Scored<>(
          candidate, objectives.stream().mapToDouble(o -> o.applyAsDouble(candidate)).toArray());
    }

    boolean complete() {
      for (double value : values) {
        if (Double.isNaN(value)) {
          return false;
        }
      }
      return true;
    }

    boolean dominates(Scored<C> other) {
      boolean better = false;
      for (int i = 0; i < values.length; i++) {
        if (values[i] < other.values[i]) {
          return false;
        }
        better |= values[i] > other.values[i];
      }
      return better;
    }
  }
}
