package org.autoloss.task.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.autoloss.data.CentreCrop;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.loss.LossSet;
import org.autoloss.metric.segmentation.BoundaryDistances;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Network;
import org.autoloss.train.StepListener;
import org.autoloss.train.Toy;
import org.autoloss.train.Trainer;
import org.autoloss.train.TrainingSettings;
import org.autoloss.train.UndefinedLogitsException;
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
      assertThatThrownBy(() -> SegmentationEvaluator.predict(network, evaluator.batches().batch(0)))
          .isInstanceOf(UndefinedLogitsException.class);
    }
  }

  private static SegmentationEvaluator evaluator(int batchSize) {
    return new SegmentationEvaluator(
        new EvaluationBatches(Toy.dataset(2, 9), CentreCrop.of(Toy.SIZE), batchSize),
        4,
        ClassPolicy.ASL,
        BoundaryDistances.STANDARD,
        SegmentationMetric.all());
  }
}
