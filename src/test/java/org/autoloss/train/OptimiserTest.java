package org.autoloss.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.autoloss.internal.Libtorch;
import org.autoloss.nn.Network;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each optimiser beside libtorch's own. */
class OptimiserTest {
  private static final int STEPS = 12;
  private static final double RATE = 0.01;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  /** libtorch's optimiser for one tensor. */
  private static Optimizer theirs(OptimiserSettings settings, Tensor weights) {
    TensorVector all = new TensorVector(weights);
    switch (settings.kind()) {
      case SGD:
        SGDOptions sgd = new SGDOptions(RATE);
        sgd.momentum().put(settings.momentum());
        sgd.weight_decay().put(settings.weightDecay());
        return new SGD(all, sgd);
      case ADAM:
        AdamOptions adam = new AdamOptions(RATE);
        adam.weight_decay().put(settings.weightDecay());
        return new org.bytedeco.pytorch.Adam(all, adam);
      default:
        AdamWOptions adamW = new AdamWOptions(RATE);
        adamW.weight_decay().put(settings.weightDecay());
        return new org.bytedeco.pytorch.AdamW(all, adamW);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SGD, 0.0005, 0",
    "SGD, 0, 0.5",
    "ADAM, 0, 0",
    "ADAM, 0.01, 0.5",
    "ADAMW, 0.01, 0",
    "ADAMW, 0.3, 0.5"
  })
  void step_sameGradients_sameWeightsAsLibtorchs(
      OptimiserSettings.Kind kind, double decay, double clip) {
    OptimiserSettings usual = OptimiserSettings.of(kind);
    OptimiserSettings settings =
        new OptimiserSettings(
            kind, usual.momentum(), usual.secondMomentum(), usual.epsilon(), decay, false, 1, clip);
    Random random = new Random(1);
    try (PointerScope scope = new PointerScope();
        Network network = Network.of(Toy.NETWORK, 1);
        Optimiser ours =
            OptimiserSettings.optimiser(
                network.parameters(), List.of(), training(settings, Schedule.parse("constant")))) {
      float[] values = Toy.weights(network);
      Tensor weights = Tensor.create(values).set_requires_grad(true);
      Optimizer theirs = theirs(settings, weights);
      for (int step = 0; step < STEPS; step++) {
        float[] gradient = gradient(random, values.length);
        network.parameters().gradients().copy_(Tensor.create(gradient));
        ours.step(step);
        weights.mutable_grad().put(Tensor.create(gradient));
        if (clip > 0) {
          torch.clip_grad_norm_(new TensorVector(weights), clip);
        }
        theirs.step();
      }
      Tensor difference =
          network.parameters().values().sub(weights).abs().max().to(torch.ScalarType.Double);
      assertThat(difference.item_double()).isLessThan(1e-6);
      // And it is not nothing that was compared.
      assertThat(weights.sub(Tensor.create(values)).abs().max().item_double()).isGreaterThan(1e-3);
    }
  }

  @ParameterizedTest
  @CsvSource({"SGD", "ADAM", "ADAMW"})
  void step_headRateAndSparedNorms_reachTheirGroupsAlone(OptimiserSettings.Kind kind) {
    float[] plain = after(kind, false, 1);
    float[] head = after(kind, false, 10);
    float[] spared = after(kind, true, 1);
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      int firstConvolution = 4 * 3 * 3 * 3;
      int lastLayer = 4 * 4 + 4; // with its bias
      float[] start = Toy.weights(network);
      for (int i = 0; i < start.length; i++) {
        boolean inHead = i >= start.length - lastLayer;
        boolean inNorm = i >= firstConvolution && i < firstConvolution + 4;
        // Ten times the change; rounding is that of the weight itself.
        double ratio = inHead ? 10 : 1;
        assertThat((double) head[i] - start[i])
            .isCloseTo(ratio * (plain[i] - start[i]), within(2e-5));
        if (inNorm) {
          assertThat(spared[i]).isNotEqualTo(plain[i]);
        }
        if (i < firstConvolution) {
          assertThat(spared[i]).isEqualTo(plain[i]);
        }
      }
    }
  }

  /** The weights after one step with gradients of 1, and decay 0.5. */
  private static float[] after(OptimiserSettings.Kind kind, boolean spareNorms, double headRate) {
    OptimiserSettings settings =
        new OptimiserSettings(kind, 0.9, 0.999, 1e-2, 0.5, spareNorms, headRate, 0);
    try (PointerScope scope = new PointerScope();
        Network network = Network.of(Toy.NETWORK, 1);
        Optimiser optimiser =
            OptimiserSettings.optimiser(
                network.parameters(), network.heads(), training(settings, Schedule.POLY))) {
      network.parameters().gradients().fill_(new Scalar(1.0));
      optimiser.step(0);
      return Toy.weights(network);
    }
  }

  private static TrainingSettings training(OptimiserSettings settings, Schedule schedule) {
    return new TrainingSettings(100, RATE, settings, schedule, true);
  }

  private static float[] gradient(Random random, int length) {
    float[] gradient = new float[length];
    for (int i = 0; i < length; i++) {
      gradient[i] = (float) random.nextGaussian();
    }
    return gradient;
  }
}
