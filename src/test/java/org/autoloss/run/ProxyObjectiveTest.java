package org.autoloss.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.autoloss.data.CentreCrop;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.loss.Loss;
import org.autoloss.metric.ClassPolicy;
import org.autoloss.metric.Goal;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Network;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Trial;
import org.autoloss.train.FineTuning;
import org.autoloss.train.SegmentationEvaluator;
import org.autoloss.train.Toy;
import org.autoloss.train.TrainingSettings;
import org.junit.jupiter.api.Test;

class ProxyObjectiveTest {
  private static final CentreCrop TRANSFORM = CentreCrop.of(Toy.SIZE);

  @Test
  void evaluate_finiteWeightsWithNaNLogits_scoresZeroAndSaysWhy() {
    // After one step the weights are large, but finite; their products are not.
    Evaluation evaluation = evaluate(TrainingSettings.of(1, 1e30));
    assertThat(evaluation.status()).isEqualTo(Evaluation.Status.NOT_FINITE);
    assertThat(evaluation.score()).isZero();
    assertThat(evaluate(TrainingSettings.of(1, 0.1)).status()).isEqualTo(Evaluation.Status.OK);
  }

  private static Evaluation evaluate(TrainingSettings settings) {
    SegmentationEvaluator evaluator =
        new SegmentationEvaluator(
            new EvaluationBatches(Toy.dataset(2, 4), TRANSFORM, 4), 4, ClassPolicy.ASL);
    try (Network network = Network.of(Toy.NETWORK, 1)) {
      FineTuning proxies =
          new FineTuning(network.checkpoint(), Toy.dataset(1, 8), TRANSFORM, 4, settings);
      return new ProxyObjective<String>(Loss::parse, proxies, evaluator, Goal.of(Metric.MIOU))
          .evaluate("ce", new Trial(0, 0, 1));
    }
  }
}
