package org.autoloss.nn.models.rcnn;

import static org.bytedeco.pytorch.global.torch.cat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.autoloss.nn.box.Boxes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Pools regions from a pyramid, each from the level that suits its size (Lin et al., CVPR 2017,
 * equation 1): a region of 224 x 224 pixels from the one of stride 16, those half as large from the
 * next finer one.
 */
final class RegionPooling {
  private final List<Tensor> levels;
  private final int[] powers; // strides are 2 to these
  private final Variant variant;

  /**
   * For the pyramid of a batch.
   *
   * @param levels that regions are pooled from
   * @param height of the tallest image, by which strides are recognised
   * @param variant how regions are pooled
   */
  RegionPooling(List<Tensor> levels, int height, Variant variant) {
    this.levels = levels;
    this.variant = variant;
    powers =
        levels.stream()
            .mapToInt(
                level -> -(int) Math.rint(Math.log((float) level.size(2) / height) / Math.log(2)))
            .toArray();
  }

  /** The level of each region, from 0. */
  int[] levels(float[] boxes) {
    return IntStream.range(0, boxes.length / 4).map(i -> level(boxes, i)).toArray();
  }

  private int level(float[] boxes, int i) {
    double level = variant.level(Math.sqrt(Boxes.area(boxes, i)));
    int least = powers[0];
    int most = powers[powers.length - 1];
    return (int) Math.min(Math.max(Math.floor(level), least), most) - least;
  }

  /**
   * Pools regions.
   *
   * @param images of each region
   * @param boxes at least one
   * @param size height and width of a pooled region
   * @return {@code [R,C,size,size]}
   */
  Tensor pool(int[] images, float[] boxes, int size) {
    int[] own = levels(boxes);
    TensorVector parts = new TensorVector();
    long[] places = new long[images.length];
    int found = 0;
    for (int level = 0; level < levels.size(); level++) {
      int wanted = level;
      int[] here = IntStream.range(0, own.length).filter(i -> own[i] == wanted).toArray();
      for (int region : here) {
        places[region] = found++;
      }
      if (here.length > 0) {
        parts.push_back(
            Regions.align(
                levels.get(level),
                Arrays.stream(here).map(i -> images[i]).toArray(),
                Candidates.boxes(boxes, here),
                (float) Math.scalb(1.0, -powers[level]),
                size,
                variant.samples(),
                variant.aligned()));
      }
    }
    if (parts.size() == 1) {
      return parts.get(0);
    }
    Tensor order = Tensor.create(places, places.length).to(levels.get(0).device(), ScalarType.Long);
    return cat(parts, 0).index_select(0, order);
  }
}
