package org.autoloss.nn;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The blocks of a network, and how they are wired. */
public interface Architecture {
  /** The name of what a network is asked for when it predicts. */
  String MAIN = "out";

  /** The name of what an auxiliary head says, where there is one. */
  String AUXILIARY = "aux";

  /**
   * What the network is for.
   *
   * @param images {@code [N,3,H,W]} float32, normalised
   * @param pass to learn or to predict
   * @return such as logits {@code [N,C,H,W]}
   */
  Tensor forward(Tensor images, Pass pass);

  /**
   * All that losses may be applied to; a network with auxiliary heads has more than one.
   *
   * @param images {@code [N,3,H,W]} float32, normalised
   * @param pass to learn or to predict
   * @return tensors by name, among them {@link #MAIN}
   */
  default Map<String, Tensor> outputs(Tensor images, Pass pass) {
    return Map.of(MAIN, forward(images, pass));
  }

  /**
   * What the heights and widths of images should be multiples of: the product of all strides on the
   * way down. Others are accepted in trainings; whole images are padded to it.
   *
   * @return at least 1
   */
  default int stride() {
    return 32;
  }

  /**
   * The parts that belong to a task rather than to images: they begin afresh where a network learns
   * another task, and may learn at another rate.
   *
   * @return paths of modules, such as {@code classifier}
   */
  default List<String> heads() {
    return List.of("head");
  }

  /**
   * The parts that keep their weights in trainings.
   *
   * @return paths of modules, such as {@code backbone.layer1}; none unless asked for
   */
  default List<String> frozen() {
    return List.of();
  }
}
