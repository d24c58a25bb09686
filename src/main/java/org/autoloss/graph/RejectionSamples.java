package org.autoloss.graph;

import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * The samples of the rejection protocol: label maps of one size, and where their predictions start.
 *
 * @param count how many samples, B
 * @param classes C, 2 or more
 * @param height H
 * @param width W
 * @param logits {@code [B,C,H,W]}, where descent starts; not copied, not to be modified
 * @param labels {@code [B,H,W]}, outside {@code [0,C)} where ignored; not copied, not to be
 *     modified
 */
public record RejectionSamples(
    int count, int classes, int height, int width, float[] logits, int[] labels) {
  /**
   * Checks sizes, and that each sample has a pixel that counts.
   *
   * @throws IllegalArgumentException if not
   */
  public RejectionSamples {
    if (classes < 2) {
      throw new IllegalArgumentException("classes: expected 2 or more, got " + classes);
    }
    long pixels = (long) count * height * width;
    if (count < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "samples: expected positive sizes, got [%d,%d,%d,%d]",
              count,
              classes,
              height,
              width));
    }
    if (labels.length != pixels || logits.length != pixels * classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "samples: expected %d labels and %d logits, got %d and %d",
              pixels,
              pixels * classes,
              labels.length,
              logits.length));
    }
    for (int b = 0; b < count; b++) {
      if (valid(labels, b * height * width, height * width, classes) == 0) {
        throw new IllegalArgumentException(
            "labels: expected a pixel that counts in each sample, got none in sample " + b);
      }
    }
  }

  /**
   * Samples whose predictions start near uniform.
   *
   * @param labels {@code [B,H,W]}
   * @param count B
   * @param classes C
   * @param height H
   * @param width W
   * @param noise deviation of the normal logits
   * @param random where the logits come from
   * @return the samples
   * @throws IllegalArgumentException if a size does not fit, or a sample has no pixel that counts
   */
  public static RejectionSamples of(
      int[] labels,
      int count,
      int classes,
      int height,
      int width,
      double noise,
      RandomGenerator random) {
    float[] logits = new float[Math.multiplyExact(labels.length, classes)];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (noise * random.nextGaussian());
    }
    return new RejectionSamples(count, classes, height, width, logits, labels);
  }

  /** How many of a sample's labels count. */
  int valid(int sample) {
    return valid(labels, sample * height * width, height * width, classes);
  }

  private static int valid(int[] labels, int begin, int length, int classes) {
    int valid = 0;
    for (int i = begin; i < begin + length; i++) {
      valid += labels[i] >= 0 && labels[i] < classes ? 1 : 0;
    }
    return valid;
  }
}
