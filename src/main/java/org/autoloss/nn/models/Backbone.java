package org.autoloss.nn.models;

import java.util.List;
import org.autoloss.nn.Pass;
import org.bytedeco.pytorch.Tensor;

/** What turns images into features, coarser from level to level, for heads to read. */
public interface Backbone {
  /**
   * Images to features.
   *
   * @param images {@code [N,3,H,W]}, normalised
   * @param pass to learn or to predict
   * @return the levels, fine to coarse; heads do not change them in place
   */
  List<Tensor> levels(Tensor images, Pass pass);

  /**
   * How many channels the levels have.
   *
   * @return one number for each level
   */
  List<Integer> channels();

  /**
   * The parts that belong to each stage, for those who freeze the first ones.
   *
   * @return paths of modules within the backbone's scope: of the stem, then of each level
   */
  List<List<String>> stages();
}
