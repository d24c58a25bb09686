package org.autoloss.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.autoloss.data.CentreCrop;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.loss.Loss;
import org.autoloss.metric.ClassPolicy;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuningTest {
  private static final CentreCrop TRANSFORM = CentreCrop.of(Toy.SIZE);
  private static final WarmStart WARM_START =
      new WarmStart(Toy.NETWORK, TrainingSettings.of(5, 0.1), 4, 1);

  @TempDir private Path folder;

  @Test
  void run_sameSeed_givesTheSameNetwork() {
    float[] first = trained("ce", 3);
    assertThat(trained("ce", 3)).isEqualTo(first);
    assertThat(trained("ce", 4)).isNotEqualTo(first);
    assertThat(trained("asl:mIoU", 3)).isNotEqualTo(first);
  }

  @Test
  void run_trainsWell_scoresHighOnUnseenSamples() {
    FineTuning training = training(TrainingSettings.of(300, 0.2));
    EvaluationBatches unseen = new EvaluationBatches(Toy.dataset(77, 10), TRANSFORM, 4);
    try (Loss loss = Loss.parse("ce");
        FineTuning.Trained trained = training.run(loss, 1, StepListener.NONE)) {
      double score =
          new SegmentationEvaluator(unseen, 4, ClassPolicy.ASL)
              .evaluate(trained.network())
              .value(Metric.MIOU);
      // Colours tell the classes; a network that always says background reaches 0.2.
      assertThat(score).isGreaterThan(0.8);
    }
  }

  @Test
  void evaluate_batchSize_doesNotMatter() {
    try (Network network = Network.of(Toy.NETWORK, 5)) {
      Map<Metric, Double> ones = evaluate(network, 1);
      assertThat(evaluate(network, 7)).isEqualTo(ones);
    }
  }

  @Test
  void evaluate_finiteWeightsWithNaNLogits_throwsInsteadOfCountingAClass() {
    EvaluationBatches batches = new EvaluationBatches(Toy.dataset(2, 4), TRANSFORM, 2);
    SegmentationEvaluator evaluator = new SegmentationEvaluator(batches, 4, ClassPolicy.ASL);
    try (Network network = exploding()) {
      assertThatThrownBy(() -> evaluator.evaluate(network))
          .isInstanceOf(UndefinedLogitsException.class)
          .hasMessageMatching(
              "network: expected logits that are numbers, got NaN at \\d+ of 512 pixels of a batch; .*");
      assertThatThrownBy(() -> SegmentationEvaluator.predict(network, batches.batch(0)))
          .isInstanceOf(UndefinedLogitsException.class);
    }
  }

  /** Its weights are finite, but infinity minus infinity comes of them. */
  private static Network exploding() {
    try (Network network = Network.of(Toy.NETWORK, 5)) {
      Checkpoint checkpoint = network.checkpoint();
      for (int i = 0; i < checkpoint.parameters().length; i++) {
        checkpoint.parameters()[i] = i % 2 == 0 ? 3e38f : -3e38f;
      }
      return Network.of(checkpoint);
    }
  }

  @Test
  void constructor_otherNumberOfClasses_saysSo() {
    NetworkSpec five = new NetworkSpec(NetworkSpec.Kind.UNET, 2, 5);
    try (Network network = Network.of(five, 1)) {
      Checkpoint checkpoint = network.checkpoint();
      assertThatThrownBy(
              () ->
                  new FineTuning(
                      checkpoint, Toy.dataset(1, 8), TRANSFORM, 4, TrainingSettings.of(1, 0.1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected a network of 4 classes, as the data has, got 5");
    }
  }

  @Test
  void make_sameRecipe_takesTheFileAndTrainsNothing() throws IOException {
    Path file = folder.resolve("warm.ckpt");
    int[] steps = {0};
    Checkpoint made = make(file, "digest", steps);
    assertThat(steps[0]).isEqualTo(5);
    Checkpoint kept = make(file, "digest", steps);
    assertThat(steps[0]).isEqualTo(5);
    assertThat(kept.parameters()).isEqualTo(made.parameters());
  }

  @Test
  void make_otherData_trainsAnew() throws IOException {
    Path file = folder.resolve("warm.ckpt");
    int[] steps = {0};
    make(file, "digest", steps);
    make(file, "another", steps);
    assertThat(steps[0]).isEqualTo(10);
  }

  private static Checkpoint make(Path file, String digest, int[] steps) throws IOException {
    return WARM_START.make(
        file, Toy.dataset(1, 16), digest, TRANSFORM, (step, of, loss) -> steps[0]++);
  }

  private static Map<Metric, Double> evaluate(Network network, int batchSize) {
    return new SegmentationEvaluator(
            new EvaluationBatches(Toy.dataset(2, 9), TRANSFORM, batchSize), 4, ClassPolicy.ASL)
        .evaluate(network)
        .values();
  }

  private static float[] trained(String specification, long seed) {
    try (Loss loss = Loss.parse(specification);
        FineTuning.Trained trained =
            training(TrainingSettings.of(3, 0.1)).run(loss, seed, StepListener.NONE)) {
      return trained.network().checkpoint().parameters();
    }
  }

  private static FineTuning training(TrainingSettings settings) {
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      return new FineTuning(network.checkpoint(), Toy.dataset(1, 32), TRANSFORM, 4, settings);
    }
  }
}
