package org.autoloss.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import java.util.stream.LongStream;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.CrossEntropyLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossSet;
import org.autoloss.nn.Network;
import org.autoloss.search.Workers;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final TrainingSettings SETTINGS = TrainingSettings.of(30, 0.1);

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void train_crossEntropy_learns() {
    try (Network network = Network.of(Toy.NETWORK, 1);
        Loss loss = new CrossEntropyLoss()) {
      TrainingResult result =
          new Trainer(SETTINGS, StepListener.NONE).train(Toy.model(network, 1), losses(loss));
      assertThat(result.complete()).isTrue();
      assertThat(result.steps()).isEqualTo(30);
      assertThat(result.firstLoss()).isBetween(1.2, 1.6); // log 4 = 1.39
      assertThat(result.lastLoss()).isLessThan(0.6 * result.firstLoss());
    }
  }

  @Test
  void train_besideOthers_givesTheSameBits() {
    List<float[]> alone = trainFour(1);
    assertThat(trainFour(4)).usingRecursiveComparison().isEqualTo(alone);
    assertThat(alone.get(0)).isNotEqualTo(alone.get(1));
  }

  @Test
  void train_severalCallerThreads_givesTheSameBits() {
    float[] single = trained(1);
    int before = torch.get_num_threads();
    torch.set_num_threads(3);
    try {
      assertThat(trained(1)).isEqualTo(single);
      assertThat(torch.get_num_threads()).isEqualTo(3);
    } finally {
      torch.set_num_threads(before);
    }
  }

  @Test
  void train_lossTurnsNaN_stopsAtOnceAndKeepsTheWeightsFinite() {
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      int[] calls = {0};
      Loss failing = new Scaled(() -> calls[0]++ < 5 ? 1 : Double.NaN);
      TrainingResult result =
          new Trainer(SETTINGS, StepListener.NONE).train(Toy.model(network, 1), losses(failing));
      assertThat(result.status()).isEqualTo(TrainingResult.Status.NOT_FINITE);
      assertThat(result.steps()).isEqualTo(5);
      assertThat(calls[0]).isEqualTo(6);
      for (float weight : Toy.weights(network)) {
        assertThat(Float.isFinite(weight)).isTrue();
      }
    }
  }

  @Test
  void train_gradientOverflows_isNotComplete() {
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      TrainingResult result =
          new Trainer(TrainingSettings.of(1, 1e38), StepListener.NONE)
              .train(Toy.model(network, 1), losses(new Scaled(() -> 1e6)));
      assertThat(result.complete()).isFalse();
    }
  }

  @Test
  void train_lossWithoutGradient_saysSo() {
    Loss constant =
        new Scaled(() -> 1) {
          @Override
          public Tensor apply(Tensor logits, Tensor labels) {
            return torch.ones();
          }
        };
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      Trainer trainer = new Trainer(SETTINGS, StepListener.NONE);
      assertThatThrownBy(() -> trainer.train(Toy.model(network, 1), losses(constant)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("got a constant");
    }
  }

  @Test
  void train_interruptedThread_stops() {
    try (Network network = Network.of(Toy.NETWORK, 1);
        Loss loss = new CrossEntropyLoss()) {
      StepListener interrupting = (step, steps, value) -> Thread.currentThread().interrupt();
      assertThatThrownBy(
              () -> new Trainer(SETTINGS, interrupting).train(Toy.model(network, 1), losses(loss)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("training: interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue(); // and clears it for the next test
    }
  }

  @Test
  void train_listenerHasSeenEnough_endsThere() {
    try (Network network = Network.of(Toy.NETWORK, 3);
        Loss loss = Loss.parse("ce")) {
      List<Integer> heard = new ArrayList<>();
      StepListener third =
          new StepListener() {
            @Override
            public void stepped(int step, int steps, double value) {
              heard.add(step);
            }

            @Override
            public boolean goesOn(int step) {
              return step < 2;
            }
          };
      TrainingResult result =
          new Trainer(SETTINGS, third).train(Toy.model(network, 1), losses(loss));
      assertThat(result.status()).isEqualTo(TrainingResult.Status.STOPPED);
      assertThat(result.steps()).isEqualTo(3);
      assertThat(result.complete()).isFalse();
      assertThat(heard).containsExactly(0, 1, 2);
    }
  }

  @Test
  void train_listener_hearsEachStep() {
    int[] heard = {0};
    try (Network network = Network.of(Toy.NETWORK, 1);
        Loss loss = new CrossEntropyLoss()) {
      new Trainer(TrainingSettings.of(4, 0.1), (step, steps, value) -> heard[0] += step + steps)
          .train(Toy.model(network, 1), losses(loss));
    }
    assertThat(heard[0]).isEqualTo(0 + 1 + 2 + 3 + 4 * 4);
  }

  @Test
  void sgd_oneStep_followsTheFormula() {
    OptimiserSettings optimiser =
        new OptimiserSettings(OptimiserSettings.Kind.SGD, 0.9, 0, 1, 0.01, false, 1, 0);
    TrainingSettings settings = new TrainingSettings(10, 0.5, optimiser, Schedule.POLY, true);
    try (Network network = Network.of(Toy.NETWORK, 1);
        PointerScope scope = new PointerScope();
        Sgd sgd = new Sgd(network.parameters(), settings)) {
      float p = Toy.weights(network)[0];
      double v = 0;
      double expected = p;
      for (int step = 0; step < 2; step++) {
        network.parameters().gradients().fill_(new Scalar(2.0));
        sgd.step(step);
        v = 0.9 * v + 2 + 0.01 * expected;
        expected -= 0.5 * Math.pow(1 - step / 10.0, 0.9) * v;
      }
      assertThat((double) Toy.weights(network)[0])
          .isCloseTo(expected, offset(1e-5)); // float32 rounding
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7, 64})
  void train_lossesLookedAtTogether_givesTheSameBitsAndTellsTheSame(int atOnce) {
    List<Double> heard = new ArrayList<>();
    List<Double> heardAtOnce = new ArrayList<>();
    try (Network one = Network.of(Toy.NETWORK, 1);
        Network other = Network.of(Toy.NETWORK, 1);
        Loss loss = new CrossEntropyLoss()) {
      TrainingResult expected =
          new Trainer(SETTINGS, (step, steps, value) -> heard.add(value))
              .train(Toy.model(one, 1), losses(loss));
      TrainingResult result =
          new Trainer(SETTINGS, (step, steps, value) -> heardAtOnce.add(value))
              .train(Toy.model(other, 1, atOnce), losses(loss));
      assertThat(Toy.weights(other)).isEqualTo(Toy.weights(one));
      assertThat(heardAtOnce).isEqualTo(heard);
      assertThat(result.lastLoss()).isEqualTo(expected.lastLoss());
      assertThat(result.firstLoss()).isEqualTo(expected.firstLoss());
    }
  }

  @Test
  void train_lossesLookedAtTogetherAndOneIsNaN_tellsTheStepOfIt() {
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      int[] calls = {0};
      Loss failing = new Scaled(() -> calls[0]++ < 5 ? 1 : Double.NaN);
      TrainingResult result =
          new Trainer(SETTINGS, StepListener.NONE)
              .train(Toy.model(network, 1, 16), losses(failing));
      assertThat(result.status()).isEqualTo(TrainingResult.Status.NOT_FINITE);
      assertThat(result.steps()).isEqualTo(5);
      assertThat(calls[0]).isEqualTo(16);
    }
  }

  @ParameterizedTest
  @EnumSource(OptimiserSettings.Kind.class)
  void train_goesOnFromASnapshot_givesTheBitsOfATrainingWithoutInterruption(
      OptimiserSettings.Kind kind, @TempDir Path folder) throws IOException {
    double rate = kind == OptimiserSettings.Kind.SGD ? 0.1 : 0.01;
    TrainingSettings settings =
        new TrainingSettings(25, rate, OptimiserSettings.of(kind), Schedule.parse("cosine"), true);
    Path file = folder.resolve("t.resume");
    Snapshots snapshots = new Snapshots(file, 7, "recipe", Snapshots.Notes.NONE);
    try (Network whole = Network.of(Toy.NETWORK, 1);
        Network broken = Network.of(Toy.NETWORK, 1);
        Network rest = Network.of(Toy.NETWORK, 1);
        Loss loss = new CrossEntropyLoss()) {
      TrainingResult expected =
          new Trainer(settings, StepListener.NONE).train(Toy.model(whole, 1), losses(loss));
      StepListener killer =
          (step, steps, value) -> {
            if (step == 17) {
              throw new IllegalStateException("killed");
            }
          };
      assertThatThrownBy(
              () ->
                  new Trainer(settings, killer)
                      .train(Toy.model(broken, 1), losses(loss), snapshots))
          .hasMessage("killed");
      List<Integer> heard = new ArrayList<>();
      TrainingResult result =
          new Trainer(settings, (step, steps, value) -> heard.add(step))
              .train(Toy.model(rest, 1), losses(loss), snapshots);
      assertThat(heard).startsWith(14).hasSize(11);
      assertThat(Toy.weights(rest)).isEqualTo(Toy.weights(whole));
      assertThat(result.firstLoss()).isEqualTo(expected.firstLoss());
      assertThat(result.lastLoss()).isEqualTo(expected.lastLoss());
      Snapshots other = new Snapshots(file, 7, "another recipe", Snapshots.Notes.NONE);
      assertThatThrownBy(
              () ->
                  new Trainer(settings, StepListener.NONE)
                      .train(Toy.model(rest, 1), losses(loss), other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected the options with which the training began, got others");
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length - 9] ^= 1;
      Files.write(file, bytes);
      assertThatThrownBy(
              () ->
                  new Trainer(settings, StepListener.NONE)
                      .train(Toy.model(rest, 1), losses(loss), snapshots))
          .hasMessageContaining("got a damaged one");
    }
  }

  private static LossSet losses(Loss loss) {
    return new LossSet(Map.of("loss", loss));
  }

  private static List<float[]> trainFour(int workers) {
    try (Workers pool = Workers.of(workers)) {
      return pool.run(
          LongStream.range(0, 4).<Callable<float[]>>mapToObj(seed -> () -> trained(seed)).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e308, 1e39, 1e-46})
  void settings_learningRateThatIsNoFloatAbove0_isRefused(double rate) {
    assertThatThrownBy(() -> TrainingSettings.of(1, rate))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("learning rate: expected a number from 1e-45 to 3e38, got " + rate);
  }

  private static float[] trained(long seed) {
    try (Network network = Network.of(Toy.NETWORK, seed);
        Loss loss = new CrossEntropyLoss()) {
      new Trainer(SETTINGS, StepListener.NONE).train(Toy.model(network, seed), losses(loss));
      return Toy.weights(network);
    }
  }

  /** Cross entropy times a number. */
  private static class Scaled implements Loss {
    private final DoubleSupplier scale;

    Scaled(DoubleSupplier scale) {
      this.scale = scale;
    }

    @Override
    public Tensor apply(Tensor logits, Tensor labels) {
      return new CrossEntropyLoss().apply(logits, labels).mul(new Scalar(scale.getAsDouble()));
    }

    @Override
    public String toJson() {
      return "{}";
    }

    @Override
    public void close() {}
  }
}
