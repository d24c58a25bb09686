package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperatorTest {
  private static final double EPS = 1e-12;
  private static final double[] POINTS = {-2.3, -0.7, -0.01, 0.02, 0.4, 1, 1.9};

  @ParameterizedTest
  @EnumSource(
      value = Operator.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MEAN_NHW", "MEAN_C", "MAXPOOL3", "MINPOOL3"})
  void slope_pointwiseOperator_matchesCentralDifferences(Operator operator) {
    for (double x : POINTS) {
      for (double y : POINTS) {
        double step = 1e-6 * Math.abs(x);
        double difference =
            (operator.value(x + step, y, EPS) - operator.value(x - step, y, EPS)) / (2 * step);
        double slope = operator.slope(x, y, EPS);
        // truncation and rounding of central differences are below 1e-8 relative here
        assertThat(slope).isCloseTo(difference, within(1e-7 * (1 + Math.abs(slope))));
      }
    }
  }

  @Test
  void slope_atZero_followsLibtorch() {
    assertThat(Operator.ABS.slope(0, 0, EPS)).isZero();
    assertThat(Operator.LOG.slope(0, 0, EPS)).isZero();
    assertThat(Operator.SQRT.slope(0, 0, EPS)).isZero();
    assertThat(Operator.LOG.value(0, 0, EPS)).isZero();
    assertThat(Operator.INV.value(0, 0, EPS)).isEqualTo(1 / EPS);
  }

  @Test
  void values_all_haveDistinctLabelsAndCompleteRows() {
    assertThat(Arrays.stream(Operator.values()).map(Operator::label)).doesNotHaveDuplicates();
    assertThat(Operator.values()).hasSize(14);
    for (Operator operator : Operator.values()) {
      assertThat(Operator.find(operator.label())).isSameAs(operator);
      assertThat(operator.latex()).contains("#" + operator.arity());
      assertThat(operator.formula()).isNotBlank();
      assertThat(operator.derivative().split(", ")).hasSize(operator.arity());
    }
  }
}
