package org.autoloss.nn.models;

import java.util.List;
import org.autoloss.nn.Pass;
import org.bytedeco.pytorch.Tensor;

/** What turns a backbone's features into a task's maps. */
@FunctionalInterface
public interface Head {
  /**
   * Features to maps.
   *
   * @param levels of a {@link Backbone}; they stay as they are
   * @param pass to learn or to predict
   * @return such as logits {@code [N,C,h,w]}, at the resolution of one of the levels
   */
  Tensor forward(List<Tensor> levels, Pass pass);
}
