package org.autoloss.task.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.autoloss.data.BaseSize;
import org.autoloss.data.CentreCrop;
import org.autoloss.data.EvaluationBatch;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.Extent;
import org.autoloss.data.Normalisation;
import org.autoloss.data.Sample;
import org.autoloss.data.SegmentationDataset;
import org.autoloss.data.WholeImage;
import org.autoloss.loss.LossSet;
import org.autoloss.metric.segmentation.BoundaryDistances;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Network;
import org.autoloss.train.Precision;
import org.autoloss.train.StepListener;
import org.autoloss.train.Toy;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingSettings;
import org.autoloss.train.UndefinedLogitsException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class SegmentationEvaluatorTest {
  @Test
  void evaluate_batchSize_doesNotMatter() {
    try (Network network = Network.of(Toy.NETWORK, 5)) {
      assertThat(evaluator(7).evaluate(network).values())
          .isEqualTo(evaluator(1).evaluate(network).values());
    }
  }

  @Test
  void evaluate_finiteWeightsWithNaNLogits_throwsInsteadOfCountingAClass() {
    try (Network network = Network.of(Toy.NETWORK, 5);
        LossSet losses = LossSet.parse("ce", List.of("loss"))) {
      // After one step the weights are large, but finite; their products are not.
      boolean complete =
          new Trainer(TrainingSettings.of(1, 1e30), StepListener.NONE)
              .train(Toy.model(network, 1), losses)
              .complete();
      assertThat(complete).isTrue();
      SegmentationEvaluator evaluator = evaluator(2);
      assertThatThrownBy(() -> evaluator.evaluate(network))
          .isInstanceOf(UndefinedLogitsException.class)
          .hasMessageMatching(
              "network: expected logits that are numbers, got NaN at \\d+ of 512 pixels of a"
                  + " batch; train it again, with a smaller learning rate");
      assertThatThrownBy(
              () ->
                  SegmentationEvaluator.predict(
                      network, Precision.FLOAT32, evaluator.batches().iterator().next()))
          .isInstanceOf(UndefinedLogitsException.class);
    }
  }

  @Test
  void predict_wholeImageOfAnySize_isAsWideAsItsLabelsAndSeesNoPaddingInThem() {
    try (Network network = Network.of(Toy.NETWORK, 5)) {
      Sample sample = noise(21, 18);
      EvaluationBatch batch = only(sample, new WholeImage(new BaseSize(0, 30), 4, RAW));
      assertThat(batch.seen()).isEqualTo(new Extent(35, 30));
      byte[] seen = SegmentationEvaluator.predict(network, Precision.FLOAT32, batch);
      assertThat(seen).hasSize(21 * 18);
      try (PointerScope scope = new PointerScope()) {
        Tensor images = Tensor.create(batch.images(), 1, 3, 36, 32);
        Tensor logits = network.forward(images, false);
        // Row by row and column by column, in doubles: half-pixel centres, held at the edges.
        for (int y = 0; y < 21; y++) {
          for (int x = 0; x < 18; x++) {
            double[] row = at(y, 21, 35);
            double[] column = at(x, 18, 30);
            double[] values = new double[4];
            for (int c = 0; c < 4; c++) {
              values[c] = mix(logits, c, row, column);
            }
            int best = argmax(values);
            double second = 0;
            if (seen[y * 18 + x] != best) { // only where float32 cannot tell two apart
              second = values[best] - values[seen[y * 18 + x]];
            }
            assertThat(second).isLessThan(1e-6);
          }
        }
      }
    }
  }

  private static final Normalisation RAW = new Normalisation(0, 0, 0, 255, 255, 255);

  private static Sample noise(int height, int width) {
    byte[] rgb = new byte[3 * height * width];
    new Random(3).nextBytes(rgb);
    return new Sample("noise", width, height, rgb, new byte[height * width]);
  }

  private static EvaluationBatch only(Sample sample, WholeImage view) {
    SegmentationDataset one =
        new SegmentationDataset() {
          @Override
          public List<String> classes() {
            return List.of("a", "b", "c", "d");
          }

          @Override
          public int size() {
            return 1;
          }

          @Override
          public Sample get(int index) {
            return sample;
          }
        };
    return new EvaluationBatches(one, view, 1, Extent.square(8)).iterator().next();
  }

  /** The two neighbours of a place in another size, and the weight of the second. */
  private static double[] at(int index, int size, int other) {
    double place = Math.max(0, (index + 0.5) * other / size - 0.5);
    int first = (int) place;
    return new double[] {first, Math.min(other - 1, first + 1), place - first};
  }

  private static double mix(Tensor logits, int c, double[] row, double[] column) {
    double above = line(logits, c, row[0], column);
    return above + (line(logits, c, row[1], column) - above) * row[2];
  }

  private static double line(Tensor logits, int c, double y, double[] column) {
    double left = value(logits, c, y, column[0]);
    return left + (value(logits, c, y, column[1]) - left) * column[2];
  }

  private static double value(Tensor logits, int c, double y, double x) {
    return logits.select(1, c).select(1, (long) y).select(1, (long) x).item_double();
  }

  private static int argmax(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .max(Comparator.comparingDouble(i -> values[i]))
        .orElseThrow();
  }

  private static SegmentationEvaluator evaluator(int batchSize) {
    return new SegmentationEvaluator(
        new EvaluationBatches(
            Toy.dataset(2, 9), CentreCrop.of(Toy.SIZE), batchSize, Extent.square(Toy.SIZE)),
        Toy.dataset(2, 9).classes(),
        ClassPolicy.ASL,
        BoundaryDistances.STANDARD,
        SegmentationMetric.all(),
        Precision.FLOAT32);
  }
}
