package org.autoloss.data.pose;

import java.util.List;
import org.autoloss.data.Batch;
import org.autoloss.data.Extent;

/**
 * Several objects as a network takes them.
 *
 * @param examples whose inputs have one size
 * @param size of the inputs
 * @param inputs {@code [N,3,H,W]} normalised values, red first; owned by this batch
 */
public record PoseBatch(List<PoseExample> examples, Extent size, float[] inputs) {
  /**
   * Joins examples.
   *
   * @param examples one or more
   * @param size of their inputs
   * @return a new batch
   * @throws IllegalArgumentException if there is no example, or no array holds them
   */
  public static PoseBatch of(List<PoseExample> examples, Extent size) {
    Batch.requireSize(examples.size(), size.height(), size.width());
    int each = 3 * size.pixels();
    float[] inputs = new float[examples.size() * each];
    for (int i = 0; i < examples.size(); i++) {
      System.arraycopy(examples.get(i).input(), 0, inputs, i * each, each);
    }
    return new PoseBatch(List.copyOf(examples), size, inputs);
  }

  /**
   * The inputs with left and right exchanged.
   *
   * @return a new array
   */
  public float[] mirroredInputs() {
    float[] mirrored = new float[inputs.length];
    int width = size.width();
    for (int i = 0; i < inputs.length; i++) {
      mirrored[i] = inputs[i - i % width + width - 1 - i % width];
    }
    return mirrored;
  }

  /**
   * The heat maps that a network should give.
   *
   * @param map their size
   * @param sigma of the bumps, in pixels of the maps
   * @return new maps
   */
  public HeatMaps targets(Extent map, double sigma) {
    int points = examples.get(0).points().size();
    HeatMaps targets = HeatMaps.empty(examples.size(), points, map);
    double across = (double) map.width() / size.width();
    double down = (double) map.height() / size.height();
    for (int i = 0; i < examples.size(); i++) {
      for (int k = 0; k < points; k++) {
        if (examples.get(i).points().labelled(k)) {
          double x = examples.get(i).points().x(k) * across;
          double y = examples.get(i).points().y(k) * down;
          targets.drawInPlace(i * points + k, x, y, sigma);
        }
      }
    }
    return targets;
  }
}
