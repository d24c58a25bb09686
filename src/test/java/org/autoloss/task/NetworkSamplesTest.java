package org.autoloss.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.autoloss.graph.BranchSample;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** What a network's branches give becomes samples of the rejection protocol. */
class NetworkSamplesTest {
  private static final Branch MASK = new Branch("mask", LossInput.BINARY, "bce");

  /** A network whose branch of masks sees one map of two pixels. */
  private static TaskModel model(float first, float second) {
    return (TaskModel)
        Proxy.newProxyInstance(
            TaskModel.class.getClassLoader(),
            new Class<?>[] {TaskModel.class},
            (proxy, method, arguments) ->
                Map.of(
                    "mask",
                    new Pair(
                        Tensor.create(new float[] {0, 0}, 1, 1, 1, 2),
                        Tensor.create(new float[] {first, second}, 1, 1, 1, 2))));
  }

  private static BranchSample sample(float first, float second) {
    try (PointerScope scope = new PointerScope()) {
      return NetworkSamples.samples(model(first, second), List.of(MASK), 1)
          .get("mask")
          .samples()
          .get(0);
    }
  }

  @Test
  void samples_targetsThatRoundToOutside_areWithin() {
    assertThat(sample(1.0000001f, -1e-7f).target()).containsExactly(1, 0);
    assertThat(sample(0.75f, 0.25f).target()).containsExactly(0.75f, 0.25f);
  }

  @Test
  void samples_targetsThatAreNoShares_areRefused() {
    assertThatThrownBy(() -> sample(1.5f, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("targets: expected numbers from 0 to 1, got 1.5");
  }
}
