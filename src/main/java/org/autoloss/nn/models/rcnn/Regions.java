package org.autoloss.nn.models.rcnn;

import static org.bytedeco.pytorch.global.torch.embedding_bag;

import java.util.Arrays;
import org.autoloss.nn.box.Boxes;
import org.autoloss.nn.box.RoiAlign;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The operations on boxes that libtorch lacks, one place for all of them: native, in plain Java, or
 * of libtorch's operations. Areas are of corners, without the pixel that older codes add.
 */
final class Regions {
  /** What {@link #match} says of a box that shows the background. */
  static final int BACKGROUND = -1;

  /** What {@link #match} says of a box that is neither here nor there. */
  static final int BETWEEN = -2;

  private static final long SUM = 0; // embedding_bag's mode
  private static final float FARTHEST = 1e7f; // that native code takes

  private Regions() {}

  /** Intersection over union of two boxes; NaN if neither has an area. */
  static float overlap(float[] a, int i, float[] b, int j) {
    float left = Math.max(a[i], b[j]);
    float top = Math.max(a[i + 1], b[j + 1]);
    float right = Math.min(a[i + 2], b[j + 2]);
    float bottom = Math.min(a[i + 3], b[j + 3]);
    float both = Math.max(right - left, 0) * Math.max(bottom - top, 0);
    return both / (area(a, i) + area(b, j) - both);
  }

  static float area(float[] boxes, int at) {
    return (boxes[at + 2] - boxes[at]) * (boxes[at + 3] - boxes[at + 1]);
  }

  /** The places of values in falling order, of equal ones in their own; NaN comes first. */
  static int[] descending(float[] values, int from, int to) {
    long[] keys = new long[to - from];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(values[from + i]);
      long ascending = bits ^ (bits >> 31 & Integer.MAX_VALUE); // as signed integers
      keys[i] = -ascending << 32 | i;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> from + (int) key).toArray();
  }

  /**
   * Non-maximum suppression within groups: a box goes where one of a higher score, or of the same
   * and before it, overlaps it by more than the threshold.
   *
   * @return the places of those that stay, by falling score
   */
  static int[] suppress(float[] boxes, float[] scores, int[] groups, float threshold) {
    return Boxes.suppress(boxes, scores, groups, threshold);
  }

  /**
   * The object that each box shows: the one that it overlaps most, the first of several, if by
   * {@code high} at least; {@link #BACKGROUND} below {@code low}, {@link #BETWEEN} in between.
   *
   * @param best whether in addition the boxes that overlap an object more than all others do are of
   *     the objects that they themselves overlap most, however little, as in torchvision
   */
  static int[] match(float[] objects, float[] boxes, float high, float low, boolean best) {
    int count = objects.length / 4;
    int[] matches = new int[boxes.length / 4];
    Arrays.fill(matches, BACKGROUND);
    if (count == 0) {
      return matches;
    }
    float[][] overlaps = new float[count][matches.length];
    float[] largest = new float[count];
    Arrays.fill(largest, -1);
    for (int i = 0; i < matches.length; i++) {
      int first = 0;
      for (int g = 0; g < count; g++) {
        overlaps[g][i] = overlap(objects, 4 * g, boxes, 4 * i);
        largest[g] = Math.max(largest[g], overlaps[g][i]);
        first = overlaps[g][i] > overlaps[first][i] ? g : first;
      }
      float most = overlaps[first][i];
      int weak = most < low ? BACKGROUND : BETWEEN;
      matches[i] = most >= high ? first : weak;
    }
    for (int i = 0; best && i < matches.length; i++) {
      boolean ties = false;
      int first = 0;
      for (int g = 0; g < count; g++) {
        ties |= overlaps[g][i] == largest[g];
        first = overlaps[g][i] > overlaps[first][i] ? g : first;
      }
      matches[i] = ties ? first : matches[i];
    }
    return matches;
  }

  /**
   * RoIAlign (He, Gkioxari, Dollár, Girshick, "Mask R-CNN", ICCV 2017, section 3): means over the
   * cells of a grid in a box, of {@code samples * samples} values in each cell, interpolated
   * bilinearly. Boxes are at least one pixel wide and tall, and not shifted by half a pixel:
   * torchvision's {@code aligned=False}. Native on the CPU; of libtorch's operations on a GPU, and
   * where a box is nowhere, as those of a network that diverged are.
   *
   * @param features {@code [N,C,H,W]}
   * @param images of each box
   * @param boxes in the images' pixels
   * @param scale of the features
   * @return {@code [R,C,size,size]}
   */
  static Tensor align(
      Tensor features, int[] images, float[] boxes, float scale, int size, int samples) {
    if (!features.is_cpu() || !somewhere(boxes)) {
      return composed(features, images, boxes, scale, size, samples);
    }
    float[] rois = new float[5 * images.length];
    for (int r = 0; r < images.length; r++) {
      rois[5 * r] = images[r];
      System.arraycopy(boxes, 4 * r, rois, 5 * r + 1, 4);
    }
    return new RoiAlign(size, size, scale, samples, false).apply(features, rois);
  }

  private static boolean somewhere(float[] boxes) {
    for (float side : boxes) {
      if (!(Math.abs(side) <= FARTHEST)) {
        return false;
      }
    }
    return true;
  }

  /** The same of libtorch's operations. */
  static Tensor composed(
      Tensor features, int[] images, float[] boxes, float scale, int size, int samples) {
    RegionSamples taken = new RegionSamples(images.length, size, samples);
    taken.fill(images, boxes, scale, (int) features.size(2), (int) features.size(3));
    // One bag of weighted pixels for each cell: nothing is kept but the sums.
    Tensor pixels = features.permute(0, 2, 3, 1).reshape(-1, features.size(1)).contiguous();
    long taps = 4L * samples * samples;
    long cells = (long) images.length * size * size;
    long[] offsets = new long[(int) cells];
    Arrays.setAll(offsets, i -> i * taps);
    Tensor sums =
        embedding_bag(
                pixels,
                Tensor.create(taken.places, taken.places.length)
                    .to(features.device(), ScalarType.Long),
                Tensor.create(offsets, cells).to(features.device(), ScalarType.Long),
                false,
                SUM,
                false,
                new TensorOptional(
                    Tensor.create(taken.weights, taken.weights.length)
                        .to(features.device(), ScalarType.Float)),
                false)
            .get0();
    return sums.view(images.length, size, size, features.size(1)).permute(0, 3, 1, 2);
  }
}
