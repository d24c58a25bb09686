package org.autoloss.nn.models.rcnn;

import static org.bytedeco.pytorch.global.torch.constant_pad_nd;
import static org.bytedeco.pytorch.global.torch.stack;

import java.util.List;
import org.autoloss.data.BaseSize;
import org.autoloss.data.Extent;
import org.autoloss.nn.Functional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Brings images to about the same size, and into one tensor: torchvision's {@code
 * GeneralizedRCNNTransform}. The shorter side becomes {@code shorter} pixels, or less where the
 * longer one would become more than {@code longer}; heights and widths are padded to the same
 * multiple of 32.
 *
 * @param shorter pixels
 * @param longer pixels
 */
public record BatchTransform(int shorter, int longer) {
  /** torchvision's. */
  public static final BatchTransform TORCHVISION = new BatchTransform(800, 1333);

  private static final int MULTIPLE = 32;
  private static final int LARGEST = 1 << 14;
  private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public BatchTransform {
    if (shorter < 1 || longer < shorter || longer > LARGEST) {
      throw new IllegalArgumentException(
          "image size: expected 1 to "
              + LARGEST
              + " pixels, the longer side not below the shorter one, got "
              + shorter
              + " and "
              + longer);
    }
  }

  /**
   * Normalises images, resizes them bilinearly, and pads them with 0.
   *
   * @param images {@code [3,H,W]} float32 in [0,1], RGB; at least one
   * @return the batch
   */
  public ImageBatch batch(List<Tensor> images) {
    List<Tensor> resized = images.stream().map(this::resized).toList();
    List<Integer> heights = resized.stream().map(image -> (int) image.size(1)).toList();
    List<Integer> widths = resized.stream().map(image -> (int) image.size(2)).toList();
    long height = padded(heights);
    long width = padded(widths);
    TensorVector padded = new TensorVector();
    for (Tensor image : resized) {
      long[] around = {0, width - image.size(2), 0, height - image.size(1)};
      padded.push_back(constant_pad_nd(image, around, new Scalar(0)));
    }
    return new ImageBatch(stack(padded, 0), heights, widths);
  }

  private Tensor resized(Tensor image) {
    Extent size =
        new BaseSize(longer, shorter).detectorSize((int) image.size(1), (int) image.size(2));
    Tensor normalised = image.sub(channel(image, MEAN)).div(channel(image, DEVIATION));
    return Functional.resize(normalised.unsqueeze(0), size.height(), size.width()).squeeze(0);
  }

  private static Tensor channel(Tensor like, float[] values) {
    return Tensor.create(values, 3, 1, 1).to(like.device(), like.scalar_type());
  }

  private static long padded(List<Integer> sides) {
    int most = sides.stream().mapToInt(i -> i).max().orElseThrow();
    return (most + MULTIPLE - 1L) / MULTIPLE * MULTIPLE;
  }
}
