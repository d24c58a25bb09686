package org.autoloss.nn.models.rcnn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * From answers about anchors to regions (Ren et al., section 3.3): the surest anchors of each
 * level, moved by their deltas, cut at the image's edges, without those that a surer one of the
 * same level overlaps.
 */
final class Proposals {
  private final float[] anchors;
  private final int[] counts; // of anchors at each level

  private final Variant variant;

  private Proposals(float[] anchors, int[] counts, Variant variant) {
    this.anchors = anchors;
    this.counts = counts;
    this.variant = variant;
  }

  /** For the anchors of a batch's pyramid. */
  static Proposals of(FasterRcnn network, List<Tensor> features, int[] padded) {
    AnchorGenerator generator = network.anchors();
    List<float[]> levels = new ArrayList<>();
    for (int i = 0; i < generator.levels(); i++) {
      int[] grid = {(int) features.get(i).size(2), (int) features.get(i).size(3)};
      levels.add(generator.anchors(i, grid, padded));
    }
    int[] counts = levels.stream().mapToInt(level -> level.length / 4).toArray();
    float[] all = new float[4 * Arrays.stream(counts).sum()];
    int at = 0;
    for (float[] level : levels) {
      System.arraycopy(level, 0, all, at, level.length);
      at += level.length;
    }
    return new Proposals(all, counts, network.variant());
  }

  /** The places of values in falling order, of equal ones in their own; NaN comes first. */
  static int[] descending(float[] values, int from, int to) {
    long[] keys = new long[to - from];
    for (int i = 0; i < keys.length; i++) {
      int bits = Float.floatToIntBits(values[from + i]);
      long ascending = bits ^ (bits >> 31 & Integer.MAX_VALUE); // as signed integers
      keys[i] = -ascending << 32 | i;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> from + (int) key).toArray();
  }

  float[] anchors() {
    return anchors;
  }

  /**
   * The proposals of an image, the surest first.
   *
   * @param logits of all anchors
   * @param deltas of all anchors
   */
  Candidates choose(
      float[] logits, float[] deltas, int height, int width, int candidates, int most) {
    int[] places = new int[logits.length];
    int[] levels = new int[logits.length];
    int found = 0;
    int from = 0;
    for (int level = 0; level < counts.length; level++) {
      int[] order = descending(logits, from, from + counts[level]);
      int taken = Math.min(candidates, order.length);
      System.arraycopy(order, 0, places, found, taken);
      Arrays.fill(levels, found, found + taken, level);
      found += taken;
      from += counts[level];
    }
    places = Arrays.copyOf(places, found);
    float[] scores = new float[found];
    for (int i = 0; i < found; i++) {
      scores[i] = (float) (1 / (1 + Math.exp(-logits[places[i]])));
    }
    float[] boxes =
        variant
            .proposals()
            .decode(Candidates.boxes(deltas, places), Candidates.boxes(anchors, places));
    Candidates all = new Candidates(boxes, scores, Arrays.copyOf(levels, found));
    all.clip(height, width);
    return all.large(variant.proposalSide(), -1).best(DetectorSettings.PROPOSAL_OVERLAP, most);
  }
}
