package org.autoloss.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;

class ParetoFrontTest {
  private record Point(String name, double... values) {}

  @Test
  void of_twoObjectives_leavesTheDominatedOut() {
    assertThat(
            front(
                new Point("low", 1, 1),
                new Point("left", 1, 3),
                new Point("right", 3, 1),
                new Point("middle", 2, 2),
                new Point("below middle", 1.5, 2)))
        .containsExactly("right", "middle", "left");
  }

  @Test
  void of_duplicates_areAllInOrAllOut() {
    assertThat(
            front(
                new Point("a", 2, 1),
                new Point("out", 1, 1),
                new Point("b", 2, 1),
                new Point("out too", 1, 1)))
        .containsExactly("a", "b");
  }

  @Test
  void of_tieInOneObjective_theOtherDecides() {
    assertThat(front(new Point("worse", 2, 1), new Point("better", 2, 3)))
        .containsExactly("better");
  }

  @Test
  void of_nan_isNeitherInNorDominates() {
    assertThat(front(new Point("nan", Double.NaN, 9), new Point("a", 1, 1))).containsExactly("a");
    assertThat(front(new Point("nan", 1, Double.NaN))).isEmpty();
  }

  @Test
  void of_nothing_isNothing() {
    assertThat(front()).isEmpty();
    List<ToDoubleFunction<? super Point>> none = List.of();
    assertThatThrownBy(() -> ParetoFront.of(List.<Point>of(), none))
        .hasMessage("objectives: expected at least one, got none");
  }

  @Test
  void of_randomPoints_everyOneIsInOrDominated() {
    RandomGenerator random = RandomStreams.stream(5);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < 60; i++) { // few values, so that there are ties
      points.add(new Point("p" + i, random.nextInt(6), random.nextInt(6), random.nextInt(6)));
    }
    List<Point> front = ParetoFront.of(points, objectives(3));
    assertThat(front).isNotEmpty();
    for (Point point : points) {
      boolean dominated = points.stream().anyMatch(other -> dominates(other, point));
      assertThat(front.contains(point)).as(point.name()).isNotEqualTo(dominated);
    }
  }

  private static boolean dominates(Point a, Point b) {
    boolean nowhereWorse = true;
    for (int i = 0; i < a.values().length; i++) {
      nowhereWorse &= a.values()[i] >= b.values()[i];
    }
    return nowhereWorse && !Arrays.equals(a.values(), b.values());
  }

  private static List<String> front(Point... points) {
    return ParetoFront.of(List.of(points), objectives(2)).stream().map(Point::name).toList();
  }

  private static List<ToDoubleFunction<? super Point>> objectives(int count) {
    List<ToDoubleFunction<? super Point>> objectives = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int index = i;
      objectives.add(point -> point.values()[index]);
    }
    return objectives;
  }
}
