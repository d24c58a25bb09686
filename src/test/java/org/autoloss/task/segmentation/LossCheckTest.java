package org.autoloss.task.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.autoloss.graph.GraphLoss;
import org.autoloss.graph.LabelMaps;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.loss.Loss;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossCheckTest {
  /**
   * A user's loss that breaks the contract: it counts ignored pixels, and has half its gradient.
   */
  public static final class CarelessLoss implements Loss {
    /** As a user would write it. */
    public CarelessLoss() {}

    @Override
    public Tensor apply(Tensor logits, Tensor labels) {
      Tensor squares = logits.mul(logits).mean();
      Tensor half = squares.mul(new Scalar(0.5));
      return half.add(squares.detach().mul(new Scalar(0.5)));
    }

    @Override
    public String toJson() {
      return "{}";
    }

    @Override
    public void close() {}
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ce",
        "asl:mIoU",
        "0.5*ce+asl:mAcc",
        "expr:neg(mul(y,log(yhat)))",
        "expr:square(add(y,neg(yhat)))",
        "expr:neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(add(y,yhat)))))"
      })
  void run_goodLosses_passAndAreAccepted(String specification) {
    try (Loss loss = Loss.parse(specification)) {
      LossCheck.Report report = LossCheck.run(loss, 1);
      assertThat(report.findings()).allMatch(LossCheck.Finding::passed).hasSize(8);
      assertThat(report.scores()).hasSameSizeAs(SegmentationMetric.allSearchable());
      assertThat(report.scores().get(SegmentationMetric.MIOU)).isGreaterThan(report.threshold());
    }
  }

  @Test
  void run_carelessLoss_namesItsFaults() {
    try (Loss loss = Loss.parse("class:" + CarelessLoss.class.getName())) {
      LossCheck.Report report = LossCheck.run(loss, 1);
      assertThat(report.passed()).isFalse();
      List<String> failed =
          report.findings().stream()
              .filter(finding -> !finding.passed())
              .map(LossCheck.Finding::name)
              .toList();
      assertThat(failed).contains("gradient", "ignored pixels", "all ignored");
      assertThat(report.scores().get(SegmentationMetric.MIOU)).isLessThan(report.threshold());
    }
  }

  @Test
  void run_graph_scoresLikeTheEvaluator() {
    // The same protocol, once by libtorch's autograd and once all native, on the same samples.
    var random = org.autoloss.internal.RandomStreams.stream(1, 100);
    RejectionSettings settings = RejectionSettings.of(SegmentationMetric.MIOU).withTolerance(2);
    int[] labels = LabelMaps.ellipses(5, 6, 32, random);
    RejectionSamples samples = RejectionSamples.of(labels, 5, 6, 32, 32, settings.noise(), random);
    LossGraph graph = LossGraph.parse("abs(add(maxpool3(y),neg(maxpool3(yhat))))");
    RejectionResult verdict =
        RejectionProtocol.of(samples, settings).evaluate(List.of(graph)).get(0);
    try (GraphLoss loss = GraphLoss.of(graph)) {
      assertThat(LossCheck.run(loss, 1).scores().get(SegmentationMetric.MIOU))
          .isCloseTo(verdict.score(), org.assertj.core.api.Assertions.within(0.01));
    }
  }

  @Test
  void parse_classThatIsNoLoss_isRefused() {
    assertThatThrownBy(() -> Loss.parse("class:java.lang.String"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a class that implements");
    assertThatThrownBy(() -> Loss.parse("class:no.such.Thing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a class on the class path");
  }
}
