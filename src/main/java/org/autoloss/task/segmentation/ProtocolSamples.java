package org.autoloss.task.segmentation;

import java.util.Locale;
import java.util.random.RandomGenerator;
import org.autoloss.data.Sample;
import org.autoloss.data.SegmentationDataset;
import org.autoloss.graph.RejectionSamples;

/** Picks and scales down the label maps on which candidates are tried out. */
final class ProtocolSamples {
  // A map of one class says nothing about a loss; so many draws look for a better one.
  private static final int DRAWS = 20;

  private ProtocolSamples() {}

  static RejectionSamples of(
      SegmentationDataset data, int count, int size, double noise, RandomGenerator random) {
    int classes = data.classes().size();
    requireRoom(count, size, classes);
    int[] labels = new int[count * size * size];
    for (int b = 0; b < count; b++) {
      int[] best = {};
      int most = -1;
      for (int draw = 0; draw < DRAWS && most < 2; draw++) {
        int[] map = scaled(data.get(random.nextInt(data.size())), size);
        int kinds = kinds(map, classes);
        if (kinds > most) {
          most = kinds;
          best = map;
        }
      }
      System.arraycopy(best, 0, labels, b * size * size, best.length);
    }
    return RejectionSamples.of(labels, count, classes, size, size, noise, random);
  }

  /** Java holds them once, and the protocol computes in several times as much. */
  private static void requireRoom(int count, int size, int classes) {
    long values = (long) size * size * (classes + 1);
    long most =
        Math.min(
            Integer.MAX_VALUE / values,
            Runtime.getRuntime().maxMemory() / 4 / (Float.BYTES * values));
    if (count > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "samples: expected at most %d of %dx%d pixels and %d classes, for which a quarter of"
                  + " Java's memory has room, got %d; take fewer or smaller ones",
              most,
              size,
              size,
              classes,
              count));
    }
  }

  /** The labels at the centres of size x size cells. */
  private static int[] scaled(Sample sample, int size) {
    int[] map = new int[size * size];
    for (int i = 0; i < map.length; i++) {
      int row = (2 * (i / size) + 1) * sample.height() / (2 * size);
      int column = (2 * (i % size) + 1) * sample.width() / (2 * size);
      map[i] = Byte.toUnsignedInt(sample.labels()[row * sample.width() + column]);
    }
    return map;
  }

  private static int kinds(int[] map, int classes) {
    boolean[] seen = new boolean[classes];
    int kinds = 0;
    for (int label : map) {
      if (label < classes && !seen[label]) {
        seen[label] = true;
        kinds++;
      }
    }
    return kinds;
  }
}
