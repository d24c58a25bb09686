package org.autoloss.nn.models.rcnn;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.autoloss.internal.Excerpt;
import org.autoloss.metric.detection.Segmentation;
import org.autoloss.nn.box.RoiAlign;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** What the masks of regions should have been: their objects' masks, pooled by RoIAlign. */
public enum MaskTargets {
  /** Shares of pixels, in between at outlines, as torchvision has them. */
  SOFT(false),
  /**
   * Yes where half of a pixel or more is inside, and regions are aligned, as mmdetection has it.
   */
  BINARY(true);

  private static final int PIXELS = MaskHead.SIZE * MaskHead.SIZE;
  private static final int ROI = 5;
  private static final int ADAPTIVE = 0;
  private static final float HALF = 0.5f;

  private final boolean binary;

  MaskTargets(boolean binary) {
    this.binary = binary;
  }

  /**
   * The name in settings.
   *
   * @return for example {@code soft}
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Those of a name.
   *
   * @param name for example {@code soft}
   * @return the targets
   * @throws IllegalArgumentException if there are none of that name
   */
  public static MaskTargets of(String name) {
    return Arrays.stream(values())
        .filter(each -> each.label().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "maskTargets: expected soft or binary, got '" + Excerpt.of(name) + "'"));
  }

  /**
   * The targets of an image's regions with objects, one after the other.
   *
   * @param regions of the image
   * @param masks of its objects, in pixels of the resized image
   * @param height of the resized image
   * @param width of the resized image
   * @return 28 x 28 values for each
   */
  float[] of(SampledRegions regions, List<Segmentation> masks, int height, int width) {
    int[] positive = regions.positive();
    float[] targets = new float[positive.length * PIXELS];
    IntStream.of(positive)
        .map(region -> regions.matches()[region])
        .distinct()
        .forEach(
            object -> { // one at a time: a mask takes as much memory as the image
              int[] places =
                  IntStream.range(0, positive.length)
                      .filter(i -> regions.matches()[positive[i]] == object)
                      .toArray();
              int[] own = IntStream.of(places).map(i -> positive[i]).toArray();
              byte[] pixels = masks.get(object).runs(height, width).decode();
              float[] pooled =
                  pooled(pixels, height, width, Candidates.boxes(regions.boxes(), own));
              for (int i = 0; i < places.length; i++) {
                System.arraycopy(pooled, i * PIXELS, targets, places[i] * PIXELS, PIXELS);
              }
            });
    return targets;
  }

  private float[] pooled(byte[] pixels, int height, int width, float[] boxes) {
    float[] map = new float[pixels.length];
    for (int i = 0; i < map.length; i++) {
      map[i] = pixels[i];
    }
    float[] rois = new float[boxes.length / 4 * ROI];
    for (int i = 0; i < boxes.length / 4; i++) {
      System.arraycopy(boxes, 4 * i, rois, ROI * i + 1, 4);
    }
    RoiAlign align = new RoiAlign(MaskHead.SIZE, MaskHead.SIZE, 1, ADAPTIVE, binary);
    float[] shares;
    try (PointerScope scope = new PointerScope()) {
      shares = StepTensors.floats(align.apply(Tensor.create(map, 1, 1, height, width), rois));
    }
    for (int i = 0; binary && i < shares.length; i++) {
      shares[i] = shares[i] >= HALF ? 1 : 0;
    }
    return shares;
  }
}
