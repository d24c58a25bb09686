package com.example.shapes;

import java.util.List;
import java.util.SplittableRandom;
import org.autoloss.task.Split;
import org.bytedeco.pytorch.Tensor;

/**
 * The data: noisy pictures of a disc, a square or a cross. A picture is a function of its address.
 */
final class Shapes {
  static final List<String> CLASSES = List.of("disc", "square", "cross");

  /** Changes with the code that draws: a run of before is then not continued on other pictures. */
  static final String VERSION = "1";

  private static final int SIZE = 12;
  private static final int PLANE = SIZE * SIZE;
  private static final double DISCS = 0.75;
  private static final double CROSSES = 1.0 / 30;

  private Shapes() {}

  /** Pictures {@code [N,3,12,12]} and their classes {@code [N,1,1]}. */
  record Batch(Tensor images, Tensor labels) {}

  /** The pictures of a split from a number on. */
  static Batch batch(Split split, long first, int count) {
    float[] images = new float[count * 3 * PLANE];
    byte[] labels = new byte[count];
    for (int n = 0; n < count; n++) {
      SplittableRandom random = new SplittableRandom(split.ordinal() * 1_000_000_007L + first + n);
      labels[n] = label(random.nextDouble());
      draw(labels[n], random, images, n * 3 * PLANE);
    }
    return new Batch(
        Tensor.create(images, count, 3, SIZE, SIZE), Tensor.create(labels, false, count, 1, 1));
  }

  private static byte label(double chance) {
    return (byte) (chance < DISCS ? 0 : chance < 1 - CROSSES ? 1 : 2);
  }

  private static void draw(int label, SplittableRandom random, float[] images, int from) {
    double x = random.nextDouble(4, SIZE - 4);
    double y = random.nextDouble(4, SIZE - 4);
    for (int i = 0; i < 3 * PLANE; i++) {
      double dx = Math.abs(i % SIZE - x);
      double dy = Math.abs(i % PLANE / SIZE - y);
      boolean inside =
          switch (label) {
            case 0 -> Math.hypot(dx, dy) < 3;
            case 1 -> Math.max(dx, dy) < 2.7;
            default -> Math.min(dx, dy) < 1 && Math.max(dx, dy) < 3.5;
          };
      images[from + i] = (float) ((inside ? 1 : 0) + random.nextGaussian(0, 0.3));
    }
  }
}
