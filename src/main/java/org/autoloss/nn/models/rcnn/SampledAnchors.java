package org.autoloss.nn.models.rcnn;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.autoloss.nn.box.Boxes;

/**
 * The anchors of an image that the proposal head learns from.
 *
 * @param matches of all anchors, as {@link Boxes#match} has them
 * @param chosen which of them
 */
record SampledAnchors(int[] matches, BalancedSampler.Sample chosen) {
  private static final double POSITIVE = 0.5;

  static SampledAnchors of(
      float[] anchors, ImageObjects objects, int size, Draw draw, Variant variant) {
    int[] matches = variant.matchAnchors(objects.boxes(), anchors);
    int[] labels = Arrays.stream(matches).map(SampledAnchors::label).toArray();
    return new SampledAnchors(matches, new BalancedSampler(size, POSITIVE).sample(labels, draw));
  }

  private static int label(int match) {
    int negative = match == Boxes.BACKGROUND ? 0 : -1;
    return match >= 0 ? 1 : negative;
  }

  /** The boxes of the objects that the chosen anchors show. */
  float[] boxes(ImageObjects objects) {
    return Candidates.boxes(
        objects.boxes(), IntStream.of(chosen.positive()).map(i -> matches[i]).toArray());
  }
}
