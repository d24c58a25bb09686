package org.autoloss.data.scenes;

import java.util.random.RandomGenerator;
import org.autoloss.data.Sample;

/** A square picture and its labels, painted back to front. */
final class Canvas {
  private static final byte VOID = (byte) 255;

  private final int size;
  private final boolean voidBorder;
  private final double[] colours;
  private final byte[] labels;

  /**
   * A black picture of class 0.
   *
   * @param size width and height in pixels
   * @param voidBorder whether each object gets a rim of void, one pixel wide, around it
   */
  Canvas(int size, boolean voidBorder) {
    this.size = size;
    this.voidBorder = voidBorder;
    this.colours = new double[3 * size * size];
    this.labels = new byte[size * size];
  }

  int size() {
    return size;
  }

  /** Fills a shape without touching the labels: backgrounds, shadows, shine. */
  void tint(Shape shape, Texture texture, double opacity) {
    fill(shape, texture, opacity, -1);
  }

  /** Fills a shape and labels the pixels whose centre it covers. */
  void paint(Shape shape, Texture texture, int label) {
    fill(shape, texture, 1, label);
  }

  /** As {@link #paint}, letting what lies behind shine through. */
  void glaze(Shape shape, Texture texture, double opacity, int label) {
    fill(shape, texture, opacity, label);
  }

  private void fill(Shape shape, Texture texture, double opacity, int label) {
    int rows = (int) Math.min(size - 1.0, shape.bottom() + 1);
    int columns = (int) Math.min(size - 1.0, shape.right() + 1);
    for (int y = (int) Math.max(0, shape.top() - 2); y <= rows; y++) {
      for (int x = (int) Math.max(0, shape.left() - 2); x <= columns; x++) {
        double distance = shape.distance(x + 0.5, y + 0.5);
        if (distance < 0.5) {
          Colour colour = texture.at(x + 0.5, y + 0.5);
          blend(y * size + x, colour, opacity * Math.min(1, 0.5 - distance));
        }
        if (label >= 0) {
          label(y * size + x, distance, label);
        }
      }
    }
  }

  private void blend(int pixel, Colour colour, double share) {
    colours[3 * pixel] += (colour.red() - colours[3 * pixel]) * share;
    colours[3 * pixel + 1] += (colour.green() - colours[3 * pixel + 1]) * share;
    colours[3 * pixel + 2] += (colour.blue() - colours[3 * pixel + 2]) * share;
  }

  private void label(int pixel, double distance, int label) {
    if (distance < 0) {
      labels[pixel] = (byte) label;
    } else if (voidBorder && distance < 1 && labels[pixel] != label) {
      labels[pixel] = VOID;
    }
  }

  /** How many pixels have a label. */
  int count(int label) {
    int count = 0;
    for (byte l : labels) {
      count += (l & 0xFF) == label ? 1 : 0;
    }
    return count;
  }

  /**
   * Passes the picture through a bad camera: white balance, exposure, sometimes blur, noise.
   *
   * @return a sample that owns its arrays
   */
  Sample develop(String name, RandomGenerator random) {
    double[] gain = new double[3];
    double exposure = random.nextDouble(0.8, 1.15);
    for (int c = 0; c < 3; c++) {
      gain[c] = 255 * exposure * random.nextDouble(0.9, 1.1);
    }
    double noise = random.nextDouble(2, 11);
    double[] image = random.nextDouble() < 0.35 ? blurred() : colours;
    byte[] rgb = new byte[image.length];
    for (int i = 0; i < rgb.length; i++) {
      double value = image[i] * gain[i % 3] + noise * random.nextGaussian();
      rgb[i] = (byte) Math.max(0, Math.min(255, Math.round(value)));
    }
    return new Sample(name, size, size, rgb, labels.clone());
  }

  // Weights 1 2 1 in both directions; the outermost pixels stay.
  private double[] blurred() {
    double[] out = colours.clone();
    int row = 3 * size;
    for (int y = 1; y < size - 1; y++) {
      for (int i = y * row + 3; i < (y + 1) * row - 3; i++) {
        out[i] = (weighted(i - row) + 2 * weighted(i) + weighted(i + row)) / 16;
      }
    }
    return out;
  }

  private double weighted(int i) {
    return colours[i - 3] + 2 * colours[i] + colours[i + 3];
  }
}
