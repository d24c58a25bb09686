package org.autoloss.nn.models.rcnn;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Images of different sizes in one tensor, padded on the right and below.
 *
 * @param images {@code [N,3,H,W]} float32, normalised, 0 where there is no image
 * @param heights of the images without padding
 * @param widths of the images without padding
 */
public record ImageBatch(Tensor images, List<Integer> heights, List<Integer> widths) {
  /** How many images there are. */
  int size() {
    return heights.size();
  }

  /** Height and width with the padding. */
  int[] padded() {
    return new int[] {(int) images.size(2), (int) images.size(3)};
  }
}
