package org.autoloss.search.evolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.autoloss.graph.GraphGenerator;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.graph.RejectionResult.Status;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.Test;

class RecentVerdictsTest {
  private static final int SIZE = 8;
  private static final LossGraph LOSS = LossGraph.parse("neg(log(yhat))");
  private static final long[] NONE_KNOWN = {};

  private final List<LossGraph> asked = new ArrayList<>();

  /** A protocol that says the same of all graphs, remembered. */
  private RejectionProtocol saying(Status status) {
    return new RecentVerdicts(
        (graphs, known) -> {
          asked.addAll(graphs);
          return graphs.stream()
              .map(graph -> new RejectionResult(status, 0.5, new double[] {1}, 7))
              .toList();
        });
  }

  private static RejectionProtocol descents() {
    int[] labels = new int[2 * SIZE * SIZE];
    Arrays.setAll(labels, i -> i / 3 % 3);
    RejectionSamples samples =
        RejectionSamples.of(labels, 2, 3, SIZE, SIZE, 1e-4, RandomStreams.stream(1));
    return RejectionProtocol.of(samples, RejectionSettings.of(SegmentationMetric.MIOU));
  }

  /** Blocks of small graphs, so that most come again. */
  private static List<List<LossGraph>> blocks() {
    RandomGenerator random = RandomStreams.stream(2);
    GraphGenerator generator = new GraphGenerator(LossGraph.SEGMENTATION_INPUTS, 3);
    return Stream.generate(() -> Stream.generate(() -> generator.next(random)).limit(100).toList())
        .limit(20)
        .toList();
  }

  @Test
  void evaluate_blocksThatRepeatGraphs_saysWhatTheProtocolSays() {
    RejectionProtocol alone = descents();
    RejectionProtocol counted =
        (graphs, known) -> {
          asked.addAll(graphs);
          return alone.evaluate(graphs, known);
        };
    RejectionProtocol remembered = new RecentVerdicts(counted);
    for (List<LossGraph> block : blocks()) {
      assertThat(remembered.evaluate(block)).isEqualTo(alone.evaluate(block));
    }
    assertThat(asked).hasSizeBetween(200, 1500);
  }

  @Test
  void evaluate_knownFingerprints_saysWhatTheProtocolSays() {
    RejectionProtocol alone = descents();
    RejectionProtocol remembered = new RecentVerdicts(alone);
    long[] known = {};
    for (List<LossGraph> block : blocks()) {
      List<RejectionResult> expected = alone.evaluate(block, known);
      assertThat(remembered.evaluate(block, known)).isEqualTo(expected);
      known =
          Stream.concat(
                  Arrays.stream(known).boxed(), expected.stream().map(RejectionResult::fingerprint))
              .mapToLong(Long::longValue)
              .distinct()
              .sorted()
              .toArray();
    }
    // Without them, what was said of duplicates is not enough.
    for (List<LossGraph> block : blocks()) {
      assertThat(remembered.evaluate(block)).isEqualTo(alone.evaluate(block));
    }
  }

  @Test
  void evaluate_fingerprintThatIsNotKnownAnyMore_asksAgain() {
    RejectionProtocol remembered = saying(Status.ACCEPTED);
    remembered.evaluate(List.of(LOSS), NONE_KNOWN);
    remembered.evaluate(List.of(LOSS), NONE_KNOWN);
    assertThat(asked).hasSize(2);
    assertThat(remembered.evaluate(List.of(LOSS), new long[] {3, 7, 9}).get(0).status())
        .isEqualTo(Status.DUPLICATE);
    assertThat(remembered.evaluate(List.of(LOSS)).get(0).status()).isEqualTo(Status.ACCEPTED);
    assertThat(asked).hasSize(2);
  }

  @Test
  void evaluate_graphThatWasNotFinite_isNoDuplicate() {
    RejectionProtocol remembered = saying(Status.NOT_FINITE);
    remembered.evaluate(List.of(LOSS), NONE_KNOWN);
    assertThat(remembered.evaluate(List.of(LOSS), new long[] {7}).get(0).status())
        .isEqualTo(Status.NOT_FINITE);
    assertThat(asked).hasSize(2);
  }

  @Test
  void evaluate_graphWithoutGradient_isToldOfOnce() {
    RejectionProtocol remembered = saying(Status.NO_GRADIENT);
    remembered.evaluate(List.of(LOSS));
    assertThat(remembered.evaluate(List.of(LOSS), new long[] {7}).get(0).status())
        .isEqualTo(Status.NO_GRADIENT);
    assertThat(asked).hasSize(1);
  }
}
