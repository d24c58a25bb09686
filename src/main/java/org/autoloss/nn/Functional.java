package org.autoloss.nn;

import static org.bytedeco.pytorch.global.torch.adaptive_avg_pool2d;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.relu6_;
import static org.bytedeco.pytorch.global.torch.relu_;
import static org.bytedeco.pytorch.global.torch.upsample_bilinear2d;

import org.bytedeco.pytorch.Tensor;

/** Blocks and functions without parameters. */
public final class Functional {
  /** {@code max(x, 0)}, in place. */
  public static final Block RELU = (input, pass) -> relu_(input);

  /** {@code min(max(x, 0), 6)}, in place. */
  public static final Block RELU6 = (input, pass) -> relu6_(input);

  private Functional() {}

  /**
   * The maximum of each window.
   *
   * @param kernel height and width of the window
   * @param stride between windows
   * @param padding on each side, with minus infinity
   * @return the block
   */
  public static Block maxPool(int kernel, int stride, int padding) {
    return (input, pass) ->
        max_pool2d(
            input,
            new long[] {kernel, kernel},
            new long[] {stride, stride},
            new long[] {padding, padding},
            new long[] {1, 1},
            false);
  }

  /**
   * Means over a grid of cells that covers the image.
   *
   * @param height of the grid; 1 for the mean over the image
   * @param width of the grid
   * @return the block
   */
  public static Block averagePool(int height, int width) {
    return (input, pass) -> adaptive_avg_pool2d(input, height, width);
  }

  /**
   * Bilinear interpolation to a size, corners not aligned.
   *
   * @param input {@code [N,C,H,W]}
   * @param height wanted
   * @param width wanted
   * @return a new tensor {@code [N,C,height,width]}
   */
  public static Tensor resize(Tensor input, long height, long width) {
    return upsample_bilinear2d(input, new long[] {height, width}, false);
  }

  /**
   * Bilinear interpolation to the size of another image.
   *
   * @param input {@code [N,C,H,W]}
   * @param like of the wanted height and width
   * @return a new tensor
   */
  public static Tensor resize(Tensor input, Tensor like) {
    return resize(input, like.size(2), like.size(3));
  }
}
