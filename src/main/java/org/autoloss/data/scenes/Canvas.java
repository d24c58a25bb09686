package org.autoloss.data.scenes;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.data.ObjectLabel;
import org.autoloss.data.Sample;
import org.autoloss.data.Target;
import org.autoloss.metric.detection.Keypoints;
import org.autoloss.metric.detection.RunLengths;

/** A square picture and its labels, painted back to front. */
final class Canvas {
  private static final byte VOID = (byte) 255;

  private final int size;
  private final boolean voidBorder;
  private final double[] colours;
  private final byte[] labels;
  private final int[] owners; // the object that a pixel shows, from 1; 0 for none
  private final List<Integer> objects = new ArrayList<>(); // their labels
  private final List<double[]> joints = new ArrayList<>(); // of each object; empty for most

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
    this.owners = new int[size * size];
  }

  int size() {
    return size;
  }

  /** What is painted from now on with a label is one object. */
  void begin(int label) {
    begin(label, new double[0]);
  }

  /** As above, an object with keypoints {@code x0, y0, x1, y1, ...}. Label 0 only hides others. */
  void begin(int label, double[] points) {
    objects.add(label);
    joints.add(points);
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
      owners[pixel] = objects.size();
    } else if (voidBorder && distance < 1 && labels[pixel] != label) {
      labels[pixel] = VOID;
    }
  }

  /** The objects of which at least so many pixels are visible, in the order of painting. */
  Target target(int fewest) {
    List<ObjectLabel> visible = new ArrayList<>();
    for (int i = 0; i < objects.size(); i++) {
      if (objects.get(i) == 0) {
        continue;
      }
      byte[] pixels = new byte[owners.length];
      for (int p = 0; p < pixels.length; p++) {
        pixels[p] = (byte) (owners[p] == i + 1 ? 1 : 0);
      }
      RunLengths mask = RunLengths.encode(size, size, pixels);
      if (mask.area() >= fewest) {
        visible.add(
            new ObjectLabel(
                objects.get(i),
                mask.bounds(),
                mask.area(),
                false,
                false,
                mask,
                joints.get(i).length == 0 ? null : keypoints(joints.get(i), i + 1)));
      }
    }
    return new Target(visible);
  }

  /** Seen where a pixel shows the object, hidden elsewhere in the picture, else not labelled. */
  private Keypoints keypoints(double[] points, int owner) {
    double[] values = new double[points.length / 2 * 3];
    for (int i = 0; i < points.length / 2; i++) {
      double x = points[2 * i];
      double y = points[2 * i + 1];
      if (x >= 0 && x < size && y >= 0 && y < size) {
        values[3 * i] = x;
        values[3 * i + 1] = y;
        values[3 * i + 2] = owners[(int) y * size + (int) x] == owner ? 2 : 1;
      }
    }
    return new Keypoints(values);
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
