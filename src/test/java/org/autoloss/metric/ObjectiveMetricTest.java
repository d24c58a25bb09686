package org.autoloss.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectiveMetricTest {
  private static ObjectiveMetric parse(String text) {
    return ObjectiveMetric.parse(text, SegmentationMetric.all());
  }

  @Test
  void parse_withoutWeights_weighsEqually() {
    ObjectiveMetric objective = parse("BF1 + miou");
    assertThat(objective.metrics())
        .containsExactly(SegmentationMetric.BF1, SegmentationMetric.MIOU);
    assertThat(objective.weights())
        .isEqualTo(Map.of(SegmentationMetric.BF1, 0.5, SegmentationMetric.MIOU, 0.5));
  }

  @Test
  void parse_weights_areDividedByTheirSum() {
    assertThat(parse("3*mIoU+BF1").weights())
        .isEqualTo(Map.of(SegmentationMetric.MIOU, 0.75, SegmentationMetric.BF1, 0.25));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mIoU",
        "mIoU+BF1",
        "BF1+mIoU",
        "mIoU+mAcc+BIoU",
        "0.7*mIoU+0.3*BF1",
        "0.99999*mIoU+1.0E-5*BF1"
      })
  void label_ofWhatWasParsed_readsBack(String text) {
    assertThat(parse(text).label()).isEqualTo(text);
    assertThat(parse(parse(text).label())).isEqualTo(parse(text));
  }

  @Test
  void mean_weighted_isTheSum() {
    Map<Metric, Double> values = Map.of(SegmentationMetric.MIOU, 0.4, SegmentationMetric.BF1, 0.8);
    assertThat(parse("3*mIoU+BF1").mean(values::get)).isCloseTo(0.5, within(1e-15));
  }

  @Test
  void sum_severalMetrics_isALossSpecification() {
    assertThat(parse("mIoU+BF1").sum(m -> "asl:" + m)).isEqualTo("0.5*asl:mIoU+0.5*asl:BF1");
    assertThat(ObjectiveMetric.of(SegmentationMetric.MACC).sum(m -> "asl:" + m))
        .isEqualTo("asl:mAcc");
  }

  @ParameterizedTest
  @CsvSource({
    "mIoU+mIoU,metric: expected each metric once",
    "mIoU+,metric: expected one of mIoU",
    "mIoU+dice,metric: expected one of mIoU",
    "0*mIoU+BF1,metric: expected a weight above 0 for mIoU",
    "-1*mIoU,metric: expected [weight*]metric",
    "x*mIoU,'metric: expected [weight*]metric, got ''x*mIoU'' in ''x*mIoU'''"
  })
  void parse_malformed_saysWhatIsExpected(String text, String message) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
