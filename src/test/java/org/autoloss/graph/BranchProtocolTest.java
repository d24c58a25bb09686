package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.Device;
import org.autoloss.global.ops;
import org.autoloss.graph.RejectionResult.Status;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rejection on what branches predict, against the step-by-step protocol in Java. */
class BranchProtocolTest {
  private static final int GRAPHS = 400;
  private static final String IOU = "neg(mul(i,inv(u)))";
  private static final String GIOU = "add(neg(mul(i,inv(u))),mul(add(e,neg(u)),inv(e)))";
  private static final String LOG_IOU = "neg(log(mul(i,inv(u))))";
  private static final String CROSS_ENTROPY = "neg(mul(y,log(yhat)))";
  private static final String SQUARES = "square(add(y,neg(yhat)))";

  /** The kinds of branches. */
  enum Kind {
    BOXES(LossInput.BOXES, false, List.of(IOU, GIOU, LOG_IOU)),
    ANCHORS(LossInput.BINARY, false, List.of(CROSS_ENTROPY, SQUARES)),
    MASKS(LossInput.BINARY, true, List.of(CROSS_ENTROPY, SQUARES)),
    REGIONS(LossInput.CLASSES, false, List.of(CROSS_ENTROPY, SQUARES)),
    HEAT_MAPS(LossInput.HEATMAP, true, List.of(SQUARES, "abs(add(y,neg(yhat)))"));

    private final LossInput input;
    private final boolean maps;
    private final List<String> good;

    Kind(LossInput input, boolean maps, List<String> good) {
      this.input = input;
      this.maps = maps;
      this.good = good;
    }

    BranchSamples samples() {
      return DrawnSamples.of(input, maps, 3);
    }

    RejectionProtocol protocol() {
      return RejectionProtocol.on(Device.CPU, samples(), RejectionSettings.ofBranch());
    }

    LossGraph parse(String text) {
      return LossGraph.parse(text, PairGraphLoss.inputs(input));
    }

    List<LossGraph> goodGraphs() {
      return good.stream().map(this::parse).toList();
    }

    /** Random graphs, pools among them, and mutants of losses that work. */
    List<LossGraph> graphs(int count, long seed) {
      RandomGenerator random = RandomStreams.stream(seed);
      GraphGenerator generator = new GraphGenerator(BranchGraphs.inputs(input), 3);
      List<LossGraph> graphs = new ArrayList<>();
      while (graphs.size() < count) {
        LossGraph graph = generator.next(random);
        if (graphs.size() % 2 == 0) {
          graph = goodGraphs().get(random.nextInt(good.size()));
          graph = Mutation.next(random).apply(graph, generator, random);
          graph = Mutation.next(random).apply(graph, generator, random);
        }
        graphs.add(graph);
      }
      return graphs;
    }
  }

  @AfterEach
  void restoreDefaults() {
    ops.set_num_threads(0);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void evaluate_manyGraphs_decidesLikeTheReference(Kind kind) {
    List<LossGraph> graphs = kind.graphs(GRAPHS, 1);
    List<RejectionResult> fast = kind.protocol().evaluate(graphs);
    List<RejectionResult> exact =
        new ReferenceBranchProtocol(kind.samples(), RejectionSettings.ofBranch()).evaluate(graphs);
    List<String> disagreements = new ArrayList<>();
    int accepted = 0;
    int sameStatus = 0;
    int sameNorms = 0;
    for (int k = 0; k < graphs.size(); k++) {
      RejectionResult one = fast.get(k);
      RejectionResult other = exact.get(k);
      accepted += other.accepted() ? 1 : 0;
      sameStatus += one.status() == other.status() ? 1 : 0;
      sameNorms += one.fingerprint() == other.fingerprint() ? 1 : 0;
      if (one.accepted() != other.accepted()) {
        disagreements.add(
            "%s: native %s %.4f, reference %s %.4f"
                .formatted(
                    graphs.get(k), one.status(), one.score(), other.status(), other.score()));
      } else if (one.accepted() && Math.abs(one.score() - other.score()) > 0.02) {
        disagreements.add(
            "%s: native %.4f, reference %.4f".formatted(graphs.get(k), one.score(), other.score()));
      }
    }
    assertThat(accepted).as("accepted by the reference").isGreaterThan(GRAPHS / 30);
    // float32 overflows where double does not; a step that oscillates ends where rounding leads it
    assertThat(disagreements)
        .as(String.join("\n", disagreements))
        .hasSizeLessThanOrEqualTo(GRAPHS / 100);
    assertThat(sameStatus).isGreaterThan(GRAPHS * 95 / 100);
    assertThat(sameNorms).isGreaterThan(GRAPHS * 95 / 100);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void evaluate_lossesThatWork_passAndTheirNegativesDoNot(Kind kind) {
    List<LossGraph> good = kind.goodGraphs();
    List<LossGraph> bad = kind.good.stream().map(text -> kind.parse("neg(" + text + ")")).toList();
    assertThat(kind.protocol().evaluate(good))
        .allSatisfy(
            result -> {
              assertThat(result.status()).isEqualTo(Status.ACCEPTED);
              assertThat(result.score()).isGreaterThan(0.6).isLessThanOrEqualTo(1);
              assertThat(result.norms()).hasSize(3).doesNotContain(0);
            });
    assertThat(kind.protocol().evaluate(bad))
        .allSatisfy(
            result -> {
              assertThat(result.status()).isEqualTo(Status.BELOW_THRESHOLD);
              assertThat(result.score()).isLessThan(0.3);
            });
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void evaluate_scaledLoss_isAcceptedLikeTheLossItself(Kind kind) {
    String ten = "add(add(add(1,1),1),add(1,1))"; // five, squared below
    for (String text : kind.good) {
      LossGraph plain = kind.parse(text);
      LossGraph scaled = kind.parse("mul(square(" + ten + ")," + text + ")");
      List<RejectionResult> results = kind.protocol().evaluate(List.of(plain, scaled));
      assertThat(results.get(1).score()).isCloseTo(results.get(0).score(), within(0.03));
      assertThat(results.get(1).fingerprint()).isNotEqualTo(results.get(0).fingerprint());
    }
  }

  @Test
  void evaluate_hopelessLossesOfBoxes_saysWhy() {
    List<LossGraph> graphs =
        List.of(
            Kind.BOXES.parse("square(1)"),
            Kind.BOXES.parse("add(i,neg(i))"),
            Kind.BOXES.parse("exp(exp(u))"),
            Kind.BOXES.parse("i"),
            Kind.BOXES.parse("neg(u)"));
    assertThat(Kind.BOXES.protocol().evaluate(graphs).stream().map(RejectionResult::status))
        .containsExactly(
            Status.NO_GRADIENT,
            Status.NO_GRADIENT,
            Status.NOT_FINITE,
            Status.BELOW_THRESHOLD,
            Status.BELOW_THRESHOLD);
  }

  @Test
  void evaluate_equivalentLossesOfBoxes_areFoundOnlyWhereWanted() {
    List<LossGraph> graphs =
        List.of(
            Kind.BOXES.parse(IOU),
            Kind.BOXES.parse("add(1,mul(neg(i),inv(u)))"),
            Kind.BOXES.parse("mul(i,inv(u))"),
            Kind.BOXES.parse(GIOU));
    RejectionProtocol protocol = Kind.BOXES.protocol();
    List<RejectionResult> all = protocol.evaluate(graphs);
    assertThat(all.stream().map(RejectionResult::status))
        .containsExactly(Status.ACCEPTED, Status.ACCEPTED, Status.BELOW_THRESHOLD, Status.ACCEPTED);
    assertThat(protocol.evaluate(graphs, new long[0]).stream().map(RejectionResult::status))
        .containsExactly(
            Status.ACCEPTED, Status.DUPLICATE, Status.BELOW_THRESHOLD, Status.ACCEPTED);
    long[] known = {all.get(3).fingerprint()};
    assertThat(protocol.evaluate(graphs, known).get(3).status()).isEqualTo(Status.DUPLICATE);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void evaluate_anyNumberOfThreads_givesTheSameBits(Kind kind) {
    List<LossGraph> graphs = kind.graphs(300, 3);
    RejectionProtocol protocol = kind.protocol();
    ops.set_num_threads(1);
    List<RejectionResult> first = protocol.evaluate(graphs, new long[0]);
    for (int threads : new int[] {2, 5}) {
      ops.set_num_threads(threads);
      assertThat(protocol.evaluate(graphs, new long[0])).isEqualTo(first);
    }
    // nor does a verdict depend on its neighbours
    List<RejectionResult> alone = protocol.evaluate(graphs.subList(150, 300));
    assertThat(protocol.evaluate(graphs).subList(150, 300)).isEqualTo(alone);
  }

  @Test
  void evaluate_momentumAndOneStep_followTheReference() {
    for (RejectionSettings settings :
        List.of(
            RejectionSettings.ofBranch().withDescent(40, 0.02, 0.9).withThreshold(0),
            RejectionSettings.ofBranch().withDescent(1, 0.5, 0).withThreshold(0))) {
      for (Kind kind : Kind.values()) {
        List<RejectionResult> fast =
            RejectionProtocol.on(Device.CPU, kind.samples(), settings).evaluate(kind.goodGraphs());
        List<RejectionResult> exact =
            new ReferenceBranchProtocol(kind.samples(), settings).evaluate(kind.goodGraphs());
        for (int k = 0; k < fast.size(); k++) {
          assertThat(fast.get(k).status()).isEqualTo(exact.get(k).status());
          assertThat(fast.get(k).score()).isCloseTo(exact.get(k).score(), within(0.02));
        }
      }
    }
  }

  /** As the boxes of anchors do: there the slope of an overlap grows on the way. */
  @Test
  void evaluate_boxesThatBeginFarOff_lossesOfOverlapsPass() {
    RandomGenerator random = RandomStreams.stream(23);
    float[] target = new float[4 * 40];
    float[] predicted = new float[target.length];
    for (int i = 0; i < 40; i++) {
      for (int axis = 0; axis < 2; axis++) {
        float side = 12 + 30 * random.nextFloat();
        float centre = 50 * random.nextFloat();
        float moved = centre + (float) (0.25 * side * random.nextGaussian());
        float half = (float) (side / 2 * Math.exp(0.3 * random.nextGaussian()));
        target[4 * i + axis] = centre - side / 2;
        target[4 * i + axis + 2] = centre + side / 2;
        predicted[4 * i + axis] = moved - half;
        predicted[4 * i + axis + 2] = moved + half;
      }
    }
    BranchSamples samples =
        new BranchSamples(LossInput.BOXES, List.of(BranchSample.boxes(predicted, target)));
    assertThat(ReferenceSample.of(samples.samples().get(0)).score(new double[160]))
        .as("mean IoU before")
        .isBetween(0.3, 0.6);
    List<RejectionResult> results =
        RejectionProtocol.on(Device.CPU, samples, RejectionSettings.ofBranch())
            .evaluate(Kind.BOXES.goodGraphs());
    assertThat(results).allSatisfy(each -> assertThat(each.score()).isGreaterThan(0.65));
  }

  @Test
  void evaluate_poolsOfWhatHasNoNeighbours_changeNothing() {
    for (Kind kind : List.of(Kind.ANCHORS, Kind.REGIONS)) {
      LossGraph plain = LossGraph.parse(CROSS_ENTROPY);
      LossGraph pooled = LossGraph.parse("neg(mul(y,maxpool3(log(minpool3(yhat)))))");
      List<RejectionResult> results = kind.protocol().evaluate(List.of(plain, pooled));
      assertThat(results.get(1)).isEqualTo(results.get(0));
    }
    List<RejectionResult> masks =
        Kind.MASKS
            .protocol()
            .evaluate(
                List.of(
                    LossGraph.parse(CROSS_ENTROPY),
                    LossGraph.parse("neg(mul(y,maxpool3(log(yhat))))")));
    assertThat(masks.get(1).fingerprint()).isNotEqualTo(masks.get(0).fingerprint());
  }

  @Test
  void evaluate_graphOfAnotherBranch_isRefused() {
    assertThatThrownBy(
            () -> Kind.BOXES.protocol().evaluate(List.of(LossGraph.parse(CROSS_ENTROPY))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected the inputs")
        .hasMessageContaining("of boxes, got 'y'");
    assertThatThrownBy(() -> Kind.ANCHORS.protocol().evaluate(List.of(Kind.BOXES.parse(IOU))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of binary, got 'i'");
  }

  @Test
  void samples_thatSayNothing_areRefused() {
    assertThatThrownBy(() -> BranchSample.boxes(new float[] {0, 0, 0, 5}, new float[] {0, 0, 5, 5}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("boxes: expected finite ones with an area, got 0.0, 0.0, 0.0, 5.0");
    assertThatThrownBy(() -> BranchSample.binary(1, 1, 1, new float[1], new float[] {2}))
        .hasMessage("targets: expected numbers from 0 to 1, got 2.0");
    assertThatThrownBy(() -> BranchSample.classes(1, 2, 1, 1, new float[2], new int[] {2}))
        .hasMessage("labels: expected one that counts, got none");
    assertThatThrownBy(
            () -> BranchSample.classes(1, 2, 1, 1, new float[] {0, Float.NaN}, new int[] {1}))
        .hasMessage("predicted: expected finite numbers, got NaN");
    assertThatThrownBy(() -> new BranchSamples(LossInput.BOXES, List.of()))
        .hasMessage("samples: expected at least one, got none");
    assertThatThrownBy(
            () ->
                RejectionProtocol.on(
                    new Device(0), Kind.BOXES.samples(), RejectionSettings.ofBranch()))
        .hasMessageStartingWith("device: expected cpu");
  }
}
