package org.autoloss.nn.models.rcnn;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.autoloss.nn.box.Boxes;

/**
 * Boxes with scores and groups, of which some are chosen.
 *
 * @param boxes four floats for each
 * @param scores of each
 * @param groups of each: levels of a pyramid, or classes
 */
record Candidates(float[] boxes, float[] scores, int[] groups) {
  /** Cuts all boxes at the image's edges. */
  void clip(int height, int width) {
    for (int i = 0; i < boxes.length; i++) {
      boxes[i] = Math.max(Math.min(boxes[i], i % 2 == 0 ? width : height), 0);
    }
  }

  /** Those whose sides are of this length at least, and whose scores are above a number. */
  Candidates large(float side, float score) {
    return choose(
        IntStream.range(0, scores.length)
            .filter(
                i ->
                    boxes[4 * i + 2] - boxes[4 * i] >= side
                        && boxes[4 * i + 3] - boxes[4 * i + 1] >= side
                        && scores[i] > score)
            .toArray());
  }

  /** Those that suppression within groups leaves, the surest first, so many at most. */
  Candidates best(float overlap, int most) {
    int[] kept = Boxes.suppress(boxes, scores, groups, overlap);
    return choose(Arrays.copyOf(kept, Math.min(most, kept.length)));
  }

  private Candidates choose(int[] places) {
    return new Candidates(
        boxes(boxes, places),
        floats(scores, places),
        Arrays.stream(places).map(i -> groups[i]).toArray());
  }

  /** The boxes at some places. */
  static float[] boxes(float[] boxes, int[] places) {
    float[] chosen = new float[4 * places.length];
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(boxes, 4 * places[i], chosen, 4 * i, 4);
    }
    return chosen;
  }

  private static float[] floats(float[] values, int[] places) {
    float[] chosen = new float[places.length];
    for (int i = 0; i < places.length; i++) {
      chosen[i] = values[places[i]];
    }
    return chosen;
  }
}
