package org.autoloss.nn.models.rcnn;

import java.util.List;

/**
 * The boxes that proposals start from: at each place of each level of a pyramid one for each size
 * and ratio (Ren et al., section 3.1.1).
 *
 * <p>As in torchvision, corners around the place may be rounded half to even, and places are at
 * multiples of the padded size divided by the grid's, rounded down: 53 for 160 pixels and 3 places.
 */
public final class AnchorGenerator {
  private final List<float[]> cells;

  /**
   * A generator.
   *
   * @param sizes of each level, side lengths of the squares of the same area; one or more for each
   * @param ratios heights divided by widths
   * @param rounded whether corners are whole pixels
   */
  public AnchorGenerator(List<List<Integer>> sizes, List<Double> ratios, boolean rounded) {
    cells = sizes.stream().map(each -> cell(each, ratios, rounded)).toList();
  }

  private static float[] cell(List<Integer> sizes, List<Double> ratios, boolean rounded) {
    float[] cell = new float[4 * sizes.size() * ratios.size()];
    int at = 0;
    for (double ratio : ratios) {
      float tall = (float) Math.sqrt((float) ratio);
      float wide = 1 / tall;
      for (int size : sizes) {
        float right = rounded ? (float) Math.rint(wide * size / 2) : wide * size / 2;
        float bottom = rounded ? (float) Math.rint(tall * size / 2) : tall * size / 2;
        cell[at++] = -right;
        cell[at++] = -bottom;
        cell[at++] = right;
        cell[at++] = bottom;
      }
    }
    return cell;
  }

  /**
   * How many anchors there are at each place.
   *
   * @param level from 0
   * @return sizes times ratios
   */
  public int perPlace(int level) {
    return cells.get(level).length / 4;
  }

  /**
   * How many levels there are.
   *
   * @return at least 1
   */
  public int levels() {
    return cells.size();
  }

  /**
   * The anchors around the place at (0, 0).
   *
   * @param level from 0
   * @return a copy
   */
  public float[] cell(int level) {
    return cells.get(level).clone();
  }

  /**
   * The anchors of a level, in the order of rows, columns, ratios, sizes.
   *
   * @param level from 0
   * @param grid height and width of the level's features
   * @param padded height and width of the batch of images
   * @return new boxes
   */
  public float[] anchors(int level, int[] grid, int[] padded) {
    float[] cell = cells.get(level);
    float[] anchors = new float[grid[0] * grid[1] * cell.length];
    int down = padded[0] / grid[0];
    int right = padded[1] / grid[1];
    int at = 0;
    for (int y = 0; y < grid[0]; y++) {
      for (int x = 0; x < grid[1]; x++) {
        for (int i = 0; i < cell.length; i += 2) {
          anchors[at++] = cell[i] + x * right;
          anchors[at++] = cell[i + 1] + y * down;
        }
      }
    }
    return anchors;
  }
}
