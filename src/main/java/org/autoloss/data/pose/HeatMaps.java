package org.autoloss.data.pose;

import java.util.Arrays;
import java.util.List;
import org.autoloss.data.Extent;

/**
 * Heat maps of keypoints: drawn as targets, read as predictions. The numbers are those of mmpose's
 * {@code MSRAHeatmap}, without its shift for dark peaks: Xiao, Wu, Wei, "Simple baselines for human
 * pose estimation and tracking", ECCV 2018, section 4.
 *
 * @param size how many objects, N
 * @param points how many keypoints each has, K
 * @param map height and width of each map
 * @param values {@code [N,K,H,W]}; owned by these maps
 * @param present {@code [N,K]}, 1 for maps that mean something, else 0; owned by these maps
 */
public record HeatMaps(int size, int points, Extent map, float[] values, float[] present) {
  private static final double QUARTER = 0.25;
  private static final int NOWHERE = -1;
  private static final int SIGMAS = 3;

  /**
   * Maps of 0, none of them present.
   *
   * @param size how many objects
   * @param points how many keypoints each has
   * @param map height and width of each map
   * @return new maps
   */
  public static HeatMaps empty(int size, int points, Extent map) {
    int maps = Math.multiplyExact(size, points);
    return new HeatMaps(
        size, points, map, new float[Math.multiplyExact(maps, map.pixels())], new float[maps]);
  }

  /**
   * Maps that a network gave, all present.
   *
   * @param size how many objects
   * @param points how many keypoints each has
   * @param map height and width of each map
   * @param values {@code [N,K,H,W]}, not copied
   * @return new maps
   */
  public static HeatMaps of(int size, int points, Extent map, float[] values) {
    float[] present = new float[size * points];
    Arrays.fill(present, 1);
    return new HeatMaps(size, points, map, values, present);
  }

  /**
   * Draws a bump of height 1 around the pixel nearest to a point, three sigmas to each side. The
   * map becomes present, unless the bump lies outside of it.
   *
   * @param index of the map, {@code object * points + point}
   * @param x of the point, in pixels of the map; whole numbers are pixels
   * @param y of the point
   * @param sigma its width, above 0
   */
  public void drawInPlace(int index, double x, double y, double sigma) {
    int radius = (int) (SIGMAS * sigma);
    int column = (int) (x + 0.5); // towards 0, as there
    int row = (int) (y + 0.5);
    if (column - radius >= map.width()
        || row - radius >= map.height()
        || column + radius + 1 < 0
        || row + radius + 1 < 0) {
      return;
    }
    present[index] = 1;
    for (int i = Math.max(0, row - radius); i <= Math.min(map.height() - 1, row + radius); i++) {
      for (int j = Math.max(0, column - radius);
          j <= Math.min(map.width() - 1, column + radius);
          j++) {
        double distance = (double) (i - row) * (i - row) + (double) (j - column) * (j - column);
        values[at(index, i, j)] = (float) Math.exp(-distance / (2 * sigma * sigma));
      }
    }
  }

  /**
   * The top of a map.
   *
   * @param x in pixels of the map
   * @param y in pixels of the map
   * @param value there
   */
  public record Peak(double x, double y, double value) {}

  /**
   * Where a map is largest, moved by a quarter of a pixel towards the larger neighbour along each
   * axis; the first of several largest pixels counts. Where nothing is above 0 it is at (-1, -1).
   *
   * @param index of the map, {@code object * points + point}
   * @return the peak
   */
  public Peak peak(int index) {
    int from = index * map.pixels();
    int best = from;
    for (int i = from + 1; i < from + map.pixels(); i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    if (!(values[best] > 0)) {
      return new Peak(NOWHERE, NOWHERE, values[best]);
    }
    int row = (best - from) / map.width();
    int column = (best - from) % map.width();
    // mmpose's condition: no move from the first two pixels of an axis, nor from its last one, nor
    // along either axis from the first pixel of the other.
    boolean across = column > 1 && column < map.width() - 1 && row > 0;
    boolean down = row > 1 && row < map.height() - 1 && column > 0;
    double dx = across ? values[best + 1] - values[best - 1] : 0;
    double dy = down ? values[best + map.width()] - values[best - map.width()] : 0;
    return new Peak(
        column + QUARTER * Math.signum(dx), row + QUARTER * Math.signum(dy), values[best]);
  }

  /**
   * What the maps of a mirrored input say of the input itself: left and right are exchanged, in the
   * maps and among the points, and all moves by a pixel to the right. A point at x is drawn at the
   * pixel round(x / s), its mirror image at W / s - round(x / s), which the exchange alone would
   * put a pixel too far to the left. The first column is doubled.
   *
   * @param mirror for each point the one that it becomes
   * @return new maps
   */
  public HeatMaps mirrored(List<Integer> mirror) {
    HeatMaps result = empty(size, points, map);
    int width = map.width();
    for (int m = 0; m < size * points; m++) {
      int from = m - m % points + mirror.get(m % points);
      result.present[m] = present[from];
      for (int y = 0; y < map.height(); y++) {
        for (int x = 0; x < width; x++) {
          result.values[at(m, y, x)] = values[at(from, y, width - 1 - Math.max(0, x - 1))];
        }
      }
    }
    return result;
  }

  /**
   * The mean with other maps of the same size.
   *
   * @param other of the same objects
   * @return new maps
   */
  public HeatMaps mean(HeatMaps other) {
    float[] mean = new float[values.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (values[i] + other.values[i]) / 2;
    }
    return new HeatMaps(size, points, map, mean, present);
  }

  /**
   * How many values are no finite numbers.
   *
   * @return NaN and infinite ones
   */
  public long undefined() {
    long count = 0;
    for (float value : values) {
      count += Float.isFinite(value) ? 0 : 1;
    }
    return count;
  }

  private int at(int index, int row, int column) {
    return (index * map.height() + row) * map.width() + column;
  }
}
