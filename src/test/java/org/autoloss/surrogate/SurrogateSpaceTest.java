package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class SurrogateSpaceTest {
  private static final SurrogateSpace BOTH = space("3*mIoU+BF1");

  @Test
  void identity_severalMetrics_isTheConcatenation() {
    // Two curves of two pieces for mIoU, four of one piece for BF1.
    assertThat(BOTH.identity()).hasSize(12 + 8).startsWith(space("mIoU").identity());
    for (SurrogateParameters parameters : BOTH.parameters(BOTH.identity())) {
      assertThat(parameters.curves()).allMatch(curve -> Math.abs(curve.value(0.3) - 0.3) < 1e-12);
    }
  }

  @Test
  void parameters_severalMetrics_areThoseOfEachAlone() {
    double[] theta = randomTheta();
    assertThat(BOTH.parameters(theta))
        .containsExactly(
            space("mIoU").parameters(Arrays.copyOfRange(theta, 0, 12)).get(0),
            space("BF1").parameters(Arrays.copyOfRange(theta, 12, 20)).get(0));
  }

  @Test
  void loss_oneMetric_isNoSum() {
    try (Loss loss = space("BIoU").loss(space("BIoU").identity())) {
      assertThat(loss).isInstanceOf(SurrogateLoss.class);
    }
  }

  @Test
  void loss_severalMetrics_hasTheGoalsWeights() {
    try (Loss loss = BOTH.loss(randomTheta())) {
      assertThat(((WeightedSumLoss) loss).terms())
          .extracting(WeightedSumLoss.Term::weight)
          .containsExactly(0.75, 0.25);
    }
  }

  @Test
  void loss_withAnotherLoss_keepsTheSizeOfTheSum() {
    SurrogateSpace space = new SurrogateSpace(BOTH.objective(), ClassPolicy.ASL, "ce");
    double[] theta = space.start(SurrogateStart.DICE);
    assertThat(theta).hasSize(12 + 8 + 1).endsWith(0.5);
    theta[20] = 0.2;
    try (Loss loss = space.loss(theta)) {
      List<WeightedSumLoss.Term> terms = ((WeightedSumLoss) loss).terms();
      assertThat(terms)
          .extracting(term -> Math.rint(1e9 * term.weight()) / 1e9)
          .containsExactly(0.6, 0.2, 0.2);
      assertThat(terms.get(2).loss().toJson()).contains("\"ce\"");
    }
  }

  @Test
  void loss_withALossOfBoxes_isRefused() {
    SurrogateSpace space = new SurrogateSpace(BOTH.objective(), ClassPolicy.ASL, "giou");
    assertThatThrownBy(() -> space.loss(space.identity()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void toJson_severalMetrics_readsBackToTheLastBit() {
    try (PointerScope scope = new PointerScope();
        Loss loss = BOTH.loss(randomTheta());
        Loss read = Loss.parse(loss.toJson())) {
      assertThat(read.toJson()).isEqualTo(loss.toJson());
      RandomGenerator random = RandomStreams.stream(2);
      float[] values = new float[2 * 3 * 16 * 16];
      for (int i = 0; i < values.length; i++) {
        values[i] = 4 * random.nextFloat() - 2;
      }
      long[] classes = new long[2 * 16 * 16];
      Arrays.setAll(classes, i -> i / 64 % 3);
      Tensor labels = Tensor.create(classes, 2, 16, 16);
      Tensor first = Tensor.create(values, 2, 3, 16, 16).set_requires_grad(true);
      Tensor second = Tensor.create(values, 2, 3, 16, 16).set_requires_grad(true);
      Tensor value = loss.apply(first, labels);
      Tensor again = read.apply(second, labels);
      value.backward();
      again.backward();
      assertThat(again.item_float()).isEqualTo(value.item_float()).isBetween(0f, 1f);
      assertThat(torch.equal(first.grad(), second.grad())).isTrue();
      assertThat(first.grad().abs().sum().item_float()).isPositive();
    }
  }

  @Test
  void parameters_wrongLength_isRefused() {
    assertThatThrownBy(() -> BOTH.parameters(new double[12]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("theta: expected 20 numbers for 0.75*mIoU+0.25*BF1, got 12");
  }

  private static SurrogateSpace space(String goal) {
    return new SurrogateSpace(
        ObjectiveMetric.parse(goal, SegmentationMetric.all()), ClassPolicy.ASL);
  }

  private static double[] randomTheta() {
    return RandomStreams.stream(1).doubles(BOTH.identity().length).toArray();
  }
}
