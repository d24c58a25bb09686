package org.autoloss.nn.models.rcnn;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.autoloss.nn.box.Boxes;

/**
 * The regions of an image that the region head learns from.
 *
 * @param boxes of the regions
 * @param matches the objects that they are compared with; 0 for those that show the background
 * @param labels of the regions, 0 for the background
 */
record SampledRegions(float[] boxes, int[] matches, int[] labels) {
  private static final double POSITIVE = 0.25;

  /** Chooses from proposals and the objects' own boxes. */
  static SampledRegions of(float[] proposals, ImageObjects objects, int size, Draw draw) {
    float[] boxes = Arrays.copyOf(proposals, proposals.length + objects.boxes().length);
    System.arraycopy(objects.boxes(), 0, boxes, proposals.length, objects.boxes().length);
    int[] matches =
        Boxes.match(
            objects.boxes(), boxes, DetectorSettings.REGION, DetectorSettings.REGION, false);
    int[] labels =
        Arrays.stream(matches).map(match -> match < 0 ? 0 : objects.labels()[match]).toArray();
    int[] chosen = new BalancedSampler(size, POSITIVE).sample(labels, draw).all();
    return new SampledRegions(
        Candidates.boxes(boxes, chosen),
        IntStream.of(chosen).map(i -> Math.max(matches[i], 0)).toArray(),
        IntStream.of(chosen).map(i -> labels[i]).toArray());
  }

  /** Those that show objects. */
  SampledRegions withObjects() {
    int[] places = positive();
    return new SampledRegions(
        Candidates.boxes(boxes, places), pick(matches, places), pick(labels, places));
  }

  private static int[] pick(int[] values, int[] places) {
    return IntStream.of(places).map(i -> values[i]).toArray();
  }

  /** The places of those that show objects. */
  int[] positive() {
    return IntStream.range(0, labels.length).filter(i -> labels[i] > 0).toArray();
  }
}
