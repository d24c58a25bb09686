package org.autoloss.graph;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;

/** Draws what branches of an initial network may predict: not right, and not far off. */
final class DrawnSamples {
  private DrawnSamples() {}

  /** Samples of different sizes. Maps where asked for; else anchors and regions. */
  static BranchSamples of(LossInput input, boolean maps, int count) {
    List<BranchSample> samples =
        IntStream.range(0, count)
            .mapToObj(
                b -> {
                  RandomGenerator random = RandomStreams.stream(17, b);
                  return switch (input) {
                    case BOXES -> boxes(20 + 7 * b, random);
                    case CLASSES -> classes(40 + 9 * b, random);
                    case BINARY -> maps ? masks(3 + b, random) : anchors(50 + 11 * b, random);
                    default -> heatMaps(3 + b, random);
                  };
                })
            .toList();
    return new BranchSamples(input, samples);
  }

  private static float normal(RandomGenerator random, double deviation) {
    return (float) (deviation * random.nextGaussian());
  }

  private static BranchSample boxes(int count, RandomGenerator random) {
    float[] target = new float[4 * count];
    float[] predicted = new float[4 * count];
    for (int i = 0; i < count; i++) {
      for (int axis = 0; axis < 2; axis++) {
        float side = 8 + 50 * random.nextFloat();
        float from = 100 * random.nextFloat();
        target[4 * i + axis] = from;
        target[4 * i + axis + 2] = from + side;
        float moved = from + side / 2 + side * normal(random, 0.12);
        float half = (float) (side / 2 * Math.exp(normal(random, 0.2)));
        predicted[4 * i + axis] = moved - half;
        predicted[4 * i + axis + 2] = moved + half;
      }
    }
    return BranchSample.boxes(predicted, target);
  }

  private static BranchSample classes(int count, RandomGenerator random) {
    int classes = 4;
    int[] labels = new int[count];
    float[] logits = new float[count * classes];
    for (int i = 0; i < count; i++) {
      // mostly background, whose logit is the largest nearly everywhere
      labels[i] = i % 4 == 0 ? 1 + random.nextInt(classes - 1) : 0;
      for (int c = 0; c < classes; c++) {
        logits[i * classes + c] = normal(random, 0.5) + (c == 0 ? 1 : 0);
      }
      logits[i * classes + labels[i]] += 0.4f;
    }
    labels[1] = -1; // ignored
    return BranchSample.classes(count, classes, 1, 1, logits, labels);
  }

  private static BranchSample anchors(int count, RandomGenerator random) {
    float[] logits = new float[count];
    float[] targets = new float[count];
    for (int i = 0; i < count; i++) {
      targets[i] = i % 3 == 0 ? 1 : 0;
      logits[i] = normal(random, 0.7) - 1 + 0.5f * targets[i];
    }
    return BranchSample.binary(count, 1, 1, logits, targets);
  }

  private static BranchSample masks(int count, RandomGenerator random) {
    int size = 9;
    float[] logits = new float[count * size * size];
    float[] targets = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      double y = i / size % size - 4;
      double x = i % size - 4;
      double inside = 3 + i / (size * size) * 0.3 - Math.hypot(x, y);
      targets[i] = (float) Math.min(1, Math.max(0, inside));
      logits[i] = normal(random, 0.8) + (targets[i] > 0.5 ? 0.3f : -0.3f);
    }
    return BranchSample.binary(count, size, size, logits, targets);
  }

  private static BranchSample heatMaps(int count, RandomGenerator random) {
    int height = 10;
    int width = 8;
    float[] maps = new float[count * height * width];
    float[] targets = new float[maps.length];
    float[] spots = new float[3 * count];
    for (int k = 0; k < count; k++) {
      spots[3 * k] = 1 + random.nextInt(width - 2);
      spots[3 * k + 1] = 1 + random.nextInt(height - 2);
      spots[3 * k + 2] = 4;
      for (int i = 0; i < height * width; i++) {
        double x = i % width - spots[3 * k];
        double y = i / width - spots[3 * k + 1];
        targets[k * height * width + i] = (float) Math.exp(-(x * x + y * y) / 8);
        maps[k * height * width + i] = normal(random, 0.3) + 0.1f;
      }
    }
    return BranchSample.heatMaps(count, height, width, maps, targets, spots);
  }
}
