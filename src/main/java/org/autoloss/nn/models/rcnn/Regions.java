package org.autoloss.nn.models.rcnn;

import static org.bytedeco.pytorch.global.torch.embedding_bag;

import org.autoloss.global.ops;
import org.autoloss.nn.box.RoiAlign;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Regions of feature maps, natively or by libtorch's operations, whichever can be had. What is of
 * boxes alone is in {@link org.autoloss.nn.box.Boxes}.
 */
final class Regions {
  private static final long SUM = 0; // embedding_bag's mode
  private static final float FARTHEST = 1e7f; // that native code takes

  private Regions() {}

  /**
   * RoIAlign (He, Gkioxari, Dollár, Girshick, "Mask R-CNN", ICCV 2017, section 3): means over the
   * cells of a grid in a box, of {@code samples * samples} values in each cell, interpolated
   * bilinearly. Native; of libtorch's operations where the library has no CUDA kernels, and where a
   * box is nowhere, as those of a network that diverged are.
   *
   * @param features {@code [N,C,H,W]}
   * @param images of each box
   * @param boxes in the images' pixels
   * @param scale of the features
   * @param samples 0 for as many as a cell has pixels, rounded up
   * @param aligned whether boxes are shifted by half a pixel; without that they are at least one
   *     pixel wide and tall
   * @return {@code [R,C,size,size]}
   */
  static Tensor align(
      Tensor features,
      int[] images,
      float[] boxes,
      float scale,
      int size,
      int samples,
      boolean aligned) {
    boolean runsHere = features.is_cpu() || ops.cuda_built();
    if (!runsHere || !somewhere(boxes)) {
      return composed(features, images, boxes, scale, size, samples, aligned);
    }
    float[] rois = new float[5 * images.length];
    for (int r = 0; r < images.length; r++) {
      rois[5 * r] = images[r];
      System.arraycopy(boxes, 4 * r, rois, 5 * r + 1, 4);
    }
    Tensor map = features.to(ScalarType.Float); // also where the network computes in less
    return new RoiAlign(size, size, scale, samples, aligned).apply(map, rois);
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
      Tensor features,
      int[] images,
      float[] boxes,
      float scale,
      int size,
      int samples,
      boolean aligned) {
    RegionSamples taken = new RegionSamples(boxes, scale, size, samples, aligned);
    taken.fill(images, (int) features.size(2), (int) features.size(3));
    // One bag of weighted pixels for each cell: nothing is kept but the sums.
    Tensor pixels = features.permute(0, 2, 3, 1).reshape(-1, features.size(1)).contiguous();
    long[] offsets = taken.cells;
    Tensor sums =
        embedding_bag(
                pixels,
                Tensor.create(taken.places, taken.places.length)
                    .to(features.device(), ScalarType.Long),
                Tensor.create(offsets, offsets.length).to(features.device(), ScalarType.Long),
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
