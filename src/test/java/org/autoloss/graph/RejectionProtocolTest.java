package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.Device;
import org.autoloss.global.ops;
import org.autoloss.graph.RejectionResult.Status;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batched evaluation against the step-by-step protocol in Java. */
class RejectionProtocolTest {
  private static final int SIZE = 12;
  private static final int CLASSES = 4;

  @AfterEach
  void restoreDefaults() {
    ops.set_num_threads(0);
  }

  /** Blocks of classes, with an ignored row in the first sample and class 3 only in the last. */
  private static RejectionSamples samples(int count) {
    RandomGenerator random = RandomStreams.stream(5);
    int[] labels = new int[count * SIZE * SIZE];
    for (int i = 0; i < labels.length; i++) {
      int sample = i / (SIZE * SIZE);
      int row = i / SIZE % SIZE;
      int column = i % SIZE;
      int kinds = sample == count - 1 ? 4 : 3;
      labels[i] = sample == 0 && row == 0 ? 255 : (row / (3 + sample) + 2 * (column / 5)) % kinds;
    }
    return RejectionSamples.of(labels, count, CLASSES, SIZE, SIZE, 1e-4, random);
  }

  /** Random graphs, and mutants of losses that are known to work. */
  private static List<LossGraph> graphs(int count, long seed) {
    RandomGenerator random = RandomStreams.stream(seed);
    GraphGenerator generator = new GraphGenerator(LossGraph.SEGMENTATION_INPUTS, 3);
    List<LossGraph> parents =
        List.of(
            LossGraph.parse("neg(mul(y,log(yhat)))"),
            LossGraph.parse("square(add(y,neg(yhat)))"),
            LossGraph.parse("neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(add(y,yhat)))))"));
    List<LossGraph> graphs = new ArrayList<>();
    while (graphs.size() < count) {
      LossGraph graph = generator.next(random);
      if (graphs.size() % 2 == 0) {
        graph = parents.get(random.nextInt(parents.size()));
        graph = Mutation.next(random).apply(graph, generator, random);
        graph = Mutation.next(random).apply(graph, generator, random);
      }
      graphs.add(graph);
    }
    return graphs;
  }

  @Test
  void evaluate_severalMetrics_acceptsWhatEachAccepts() {
    RejectionSamples samples = samples(3);
    // gAcc of 0.3 is reached by what mIoU of 0.6 then refuses.
    RejectionSettings lenient = RejectionSettings.of(SegmentationMetric.GACC).withThreshold(0.3);
    RejectionSettings strict = RejectionSettings.of(SegmentationMetric.MIOU);
    List<LossGraph> graphs = graphs(400, 7);
    ObjectiveMetric goal = ObjectiveMetric.parse("3*gAcc+mIoU", SegmentationMetric.all());
    List<RejectionResult> both =
        RejectionProtocol.forObjective(
                goal,
                metric ->
                    RejectionProtocol.of(
                        samples, metric == SegmentationMetric.GACC ? lenient : strict))
            .evaluate(graphs);
    List<RejectionResult> one = RejectionProtocol.of(samples, lenient).evaluate(graphs);
    List<RejectionResult> other = RejectionProtocol.of(samples, strict).evaluate(graphs);
    int accepted = 0;
    int refusedBySecond = 0;
    for (int k = 0; k < graphs.size(); k++) {
      RejectionResult verdict = both.get(k);
      assertThat(verdict.fingerprint()).isEqualTo(one.get(k).fingerprint());
      if (!one.get(k).accepted()) {
        assertThat(verdict).isEqualTo(one.get(k));
      } else if (!other.get(k).accepted()) {
        assertThat(verdict).isEqualTo(other.get(k));
        refusedBySecond++;
      } else {
        assertThat(verdict.accepted()).isTrue();
        assertThat(verdict.score())
            .isEqualTo(0.75 * one.get(k).score() + 0.25 * other.get(k).score(), within(1e-12));
        accepted++;
      }
    }
    assertThat(accepted).isPositive();
    assertThat(refusedBySecond).isPositive();
  }

  @Test
  void evaluate_twoThousandGraphs_decidesLikeTheReference() {
    RejectionSamples samples = samples(3);
    RejectionSettings settings = RejectionSettings.of(SegmentationMetric.MIOU);
    List<LossGraph> graphs = graphs(2000, 1);
    List<RejectionResult> fast = RejectionProtocol.of(samples, settings).evaluate(graphs);
    List<RejectionResult> exact = new ReferenceProtocol(samples, settings).evaluate(graphs);
    List<String> disagreements = new ArrayList<>();
    int accepted = 0;
    int sameStatus = 0;
    for (int k = 0; k < graphs.size(); k++) {
      accepted += exact.get(k).accepted() ? 1 : 0;
      sameStatus += fast.get(k).status() == exact.get(k).status() ? 1 : 0;
      if (fast.get(k).accepted() != exact.get(k).accepted()) {
        disagreements.add(explain(graphs.get(k), fast.get(k), exact.get(k)));
      }
    }
    assertThat(accepted).as("accepted by the reference").isGreaterThan(200);
    assertThat(disagreements).as(String.join("\n", disagreements)).hasSizeLessThanOrEqualTo(10);
    assertThat(sameStatus).isGreaterThan(1900);
  }

  private static String explain(LossGraph graph, RejectionResult fast, RejectionResult exact) {
    return "%s: native %s %.4f, reference %s %.4f"
        .formatted(graph, fast.status(), fast.score(), exact.status(), exact.score());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CHENG_BIOU", "CSURKA_BF"})
  void evaluate_eachMetric_scoresLikeTheReference(SegmentationMetric metric) {
    RejectionSamples samples = samples(3);
    RejectionSettings settings = RejectionSettings.of(metric).withTolerance(1).withThreshold(0);
    List<LossGraph> graphs = graphs(60, 2);
    List<RejectionResult> fast = RejectionProtocol.of(samples, settings).evaluate(graphs);
    List<RejectionResult> exact = new ReferenceProtocol(samples, settings).evaluate(graphs);
    int same = 0;
    int scored = 0;
    for (int k = 0; k < graphs.size(); k++) {
      if (exact.get(k).accepted()) {
        scored++;
        same += Math.abs(fast.get(k).score() - exact.get(k).score()) < 1e-9 ? 1 : 0;
      }
    }
    // One pixel that rounding turns over changes a score.
    assertThat(scored).isGreaterThan(20);
    assertThat(same).isGreaterThanOrEqualTo(scored * 8 / 10);
  }

  @Test
  void evaluate_perfectLoss_scoresOne() {
    for (SegmentationMetric metric : SegmentationMetric.allSearchable()) {
      RejectionSettings settings = RejectionSettings.of(metric).withTolerance(1);
      RejectionResult verdict =
          RejectionProtocol.of(samples(4), settings)
              .evaluate(List.of(LossGraph.parse("neg(mul(y,log(yhat)))")))
              .get(0);
      assertThat(verdict.accepted()).isTrue();
      assertThat(verdict.score()).isGreaterThan(0.999);
      assertThat(verdict.norms()).hasSize(4).doesNotContain(0);
    }
  }

  @Test
  void evaluate_hopelessGraphs_saysWhy() {
    List<LossGraph> graphs =
        List.of(
            LossGraph.parse("square(y)"),
            LossGraph.parse("add(yhat,y)"),
            LossGraph.parse("exp(exp(exp(exp(add(1,yhat)))))"),
            LossGraph.parse("mul(y,log(yhat))"));
    List<Status> expected =
        List.of(Status.NO_GRADIENT, Status.NO_GRADIENT, Status.NOT_FINITE, Status.BELOW_THRESHOLD);
    RejectionSettings settings = RejectionSettings.of(SegmentationMetric.MIOU);
    for (RejectionProtocol evaluator :
        List.of(
            RejectionProtocol.of(samples(2), settings),
            new ReferenceProtocol(samples(2), settings))) {
      List<RejectionResult> results = evaluator.evaluate(graphs);
      assertThat(results.stream().map(RejectionResult::status)).isEqualTo(expected);
    }
  }

  @Test
  void evaluate_equivalentGraphs_areFoundOnlyWhereWanted() {
    List<LossGraph> graphs =
        List.of(
            LossGraph.parse("neg(mul(y,log(yhat)))"),
            LossGraph.parse("mul(neg(y),log(yhat))"),
            // the opposite loss has the same norms, and must not take the same score
            LossGraph.parse("mul(y,log(yhat))"),
            LossGraph.parse("square(add(y,neg(yhat)))"));
    RejectionSettings settings = RejectionSettings.of(SegmentationMetric.MIOU);
    RejectionSamples samples = samples(3);
    for (RejectionProtocol evaluator :
        List.of(
            RejectionProtocol.of(samples, settings), new ReferenceProtocol(samples, settings))) {
      List<RejectionResult> all = evaluator.evaluate(graphs);
      assertThat(all.stream().map(RejectionResult::status))
          .containsExactly(
              Status.ACCEPTED, Status.ACCEPTED, Status.BELOW_THRESHOLD, Status.ACCEPTED);
      assertThat(evaluator.evaluate(graphs, new long[0]).stream().map(RejectionResult::status))
          .containsExactly(
              Status.ACCEPTED, Status.DUPLICATE, Status.BELOW_THRESHOLD, Status.ACCEPTED);
      long[] known = {all.get(3).fingerprint()};
      assertThat(evaluator.evaluate(graphs, known).get(3).status()).isEqualTo(Status.DUPLICATE);
    }
  }

  @Test
  void evaluate_anyNumberOfThreads_givesTheSameVerdicts() {
    List<LossGraph> graphs = graphs(500, 3);
    RejectionProtocol evaluator =
        RejectionProtocol.of(samples(3), RejectionSettings.of(SegmentationMetric.FWIOU));
    ops.set_num_threads(1);
    List<RejectionResult> first = evaluator.evaluate(graphs, new long[0]);
    for (int threads : new int[] {2, 5}) {
      ops.set_num_threads(threads);
      assertThat(evaluator.evaluate(graphs, new long[0])).isEqualTo(first);
    }
    // nor does a verdict depend on its neighbours
    List<RejectionResult> alone = evaluator.evaluate(graphs.subList(250, 500));
    assertThat(evaluator.evaluate(graphs).subList(250, 500)).isEqualTo(alone);
  }

  @Test
  void on_gpuThatIsNotThere_saysWhy() {
    Assumptions.assumeTrue(ops.cuda_device_count() == 0, "this machine has a GPU");
    assertThatThrownBy(
            () ->
                RejectionProtocol.on(
                    new Device(0), samples(2), RejectionSettings.of(SegmentationMetric.MIOU)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("device: expected a GPU, got none (")
        .hasMessageEndingWith("); take the CPU")
        .hasMessageNotContaining("null");
  }

  @Test
  void on_gpu_decidesLikeTheCpu() {
    Assumptions.assumeTrue(ops.cuda_device_count() > 0, "no GPU that this build can use");
    RejectionSettings settings = RejectionSettings.of(SegmentationMetric.MIOU);
    List<LossGraph> graphs = graphs(2000, 1);
    List<RejectionResult> cpu = RejectionProtocol.of(samples(3), settings).evaluate(graphs);
    List<RejectionResult> gpu =
        RejectionProtocol.on(new Device(0), samples(3), settings).evaluate(graphs);
    int same = 0;
    for (int k = 0; k < graphs.size(); k++) {
      same += cpu.get(k).accepted() == gpu.get(k).accepted() ? 1 : 0;
    }
    assertThat(same).isGreaterThanOrEqualTo(1990);
  }

  @Test
  void samples_withoutAPixelThatCounts_areRefused() {
    int[] labels = new int[2 * SIZE * SIZE];
    Arrays.fill(labels, SIZE * SIZE, labels.length, 255);
    assertThatThrownBy(
            () ->
                RejectionSamples.of(labels, 2, CLASSES, SIZE, SIZE, 1e-4, RandomStreams.stream(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none in sample 1");
  }

  @Test
  void settings_metricThatIsOnlyMeasured_areRefused() {
    assertThatThrownBy(() -> RejectionSettings.of(SegmentationMetric.CSURKA_BF))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got CsurkaBF, which is only measured");
  }
}
