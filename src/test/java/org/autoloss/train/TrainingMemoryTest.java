package org.autoloss.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.autoloss.data.Ahead;
import org.autoloss.data.Batch;
import org.autoloss.data.BatchLoader;
import org.autoloss.data.Extent;
import org.autoloss.data.TrainingTransform;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossSet;
import org.autoloss.nn.Network;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A training takes as much memory at its end as after its first steps, also for its batches. */
class TrainingMemoryTest {
  private static final int WARM = 50;
  private static final int STEPS = 250;
  private static final int SIZE = 48;
  private static final int BATCH = 4;

  // Images that are kept, the smallest tensor of a step but its labels, would be 2.6 times this.
  // What else there is to see are pages of the Java heap, which the test itself hardly uses.
  private static final long GROWTH = 8L << 20;
  private static final long IMAGES = 4L * BATCH * 3 * SIZE * SIZE;

  /** What the process holds. */
  private record Held(long resident, long pointers) {
    static Held now() {
      System.gc(); // pointers that nobody holds are not held
      return new Held(Pointer.physicalBytes(), Pointer.totalCount());
    }
  }

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ce", "0.5*ce+asl:mIoU+asl:BF1"})
  void train_someHundredSteps_keepsNothingOfAStep(String specification) {
    assertThat((STEPS - WARM) * IMAGES).isGreaterThan(2 * GROWTH);
    Batch batch = batch();
    List<Held> held = new ArrayList<>();
    StepListener listener =
        (step, steps, loss) -> {
          if (step == WARM - 1 || step == STEPS - 1) {
            held.add(Held.now());
          }
        };
    train(index -> batch, specification, STEPS, listener);
    assertThat(held).hasSize(2);
    assertThat(held.get(1).pointers()).isLessThanOrEqualTo(held.get(0).pointers());
    assertThat(held.get(1).resident() - held.get(0).resident()).isLessThan(GROWTH);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void train_batchesMadeAhead_haveTheLossesOfThoseMadeWhenAskedFor(int threads) {
    BatchLoader loader =
        new BatchLoader(
            Toy.dataset(1, 32),
            TrainingTransform.of(Extent.square(Toy.SIZE)).withScale(0.5, 2),
            BATCH,
            7);
    List<Double> expected = losses(loader::batch);
    assertThat(expected).hasSize(30).doesNotHaveDuplicates();
    try (Ahead<Batch> ahead = new Ahead<>(loader::batch, threads, expected.size())) {
      assertThat(losses(ahead::get)).isEqualTo(expected);
    }
  }

  private static List<Double> losses(LongFunction<Batch> batches) {
    List<Double> losses = new ArrayList<>();
    train(batches, "ce", 30, (step, steps, loss) -> losses.add(loss));
    return losses;
  }

  private static void train(
      LongFunction<Batch> batches, String specification, int steps, StepListener listener) {
    try (Network network = Network.of(Toy.NETWORK, 1);
        Model model = Toy.model(network, batches);
        Loss loss = Loss.parse(specification)) {
      TrainingResult result =
          new Trainer(TrainingSettings.of(steps, 0.01), listener)
              .train(model, new LossSet(Map.of("loss", loss)));
      assertThat(result.complete()).isTrue();
    }
  }

  private static Batch batch() {
    float[] images = new float[BATCH * 3 * SIZE * SIZE];
    byte[] labels = new byte[BATCH * SIZE * SIZE];
    for (int i = 0; i < images.length; i++) {
      images[i] = i % 7 - 3;
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (i / 5 % 4);
    }
    return new Batch(BATCH, SIZE, SIZE, images, labels);
  }
}
