package org.autoloss.nn.models.rcnn;

import java.util.List;
import org.autoloss.nn.Pass;
import org.autoloss.nn.models.Backbone;
import org.bytedeco.pytorch.Tensor;

/**
 * A backbone of which only the coarsest levels are read.
 *
 * @param whole the backbone
 * @param count how many levels are read
 */
record Coarsest(Backbone whole, int count) implements Backbone {
  @Override
  public List<Tensor> levels(Tensor images, Pass pass) {
    return last(whole.levels(images, pass));
  }

  @Override
  public List<Integer> channels() {
    return last(whole.channels());
  }

  @Override
  public List<List<String>> stages() {
    return whole.stages();
  }

  private <T> List<T> last(List<T> all) {
    return all.subList(all.size() - count, all.size());
  }
}
