package org.autoloss.nn.models.rcnn;

import java.util.Arrays;
import java.util.Locale;
import org.autoloss.nn.box.Boxes;

/**
 * Where the two implementations of Faster R-CNN that published numbers come from differ, though
 * both have the same weights: torchvision's, and mmdetection's (2.8), which papers on losses use.
 *
 * <p>What else differs there is not in the network: the background is mmdetection's last class, its
 * images are resized by OpenCV, and its batch norms learn scale and shift while their statistics
 * stay.
 */
public enum Variant {
  /** torchvision's. */
  TORCHVISION(
      true, 0, BoxCoder.PROPOSALS, BoxCoder.DETECTIONS, 2, false, 1e-3f, 1e-2f, "smooth_l1"),

  /**
   * mmdetection's: anchors keep their fractions; an object without an anchor of 0.7 takes those
   * that overlap it most from 0.3 on, also from other objects; the logarithms of sides are bounded
   * on both sides; regions are shifted by half a pixel and sampled once for each pixel; no box is
   * too small; 1,000 proposals instead of 2,000 in trainings; L1 instead of smooth L1.
   */
  MMDET(
      false,
      0.3f,
      BoxCoder.PROPOSALS.withBound(),
      BoxCoder.DETECTIONS.withBound(),
      0,
      true,
      0,
      0,
      "l1");

  /** The option of networks. */
  public static final String OPTION = "variant";

  private static final float SIDE = 224;
  private static final int SIDE_LEVEL = 4;
  private static final float FINEST_SIDE = 56;
  private static final int FINEST_LEVEL = 2;
  private static final double EPSILON = 1e-6;

  private final boolean roundedAnchors;
  private final float leastTie;
  private final BoxCoder proposals;
  private final BoxCoder detections;
  private final int samples;
  private final boolean aligned;
  private final float proposalSide;
  private final float detectionSide;
  private final String boxLoss;

  Variant(
      boolean roundedAnchors,
      float leastTie,
      BoxCoder proposals,
      BoxCoder detections,
      int samples,
      boolean aligned,
      float proposalSide,
      float detectionSide,
      String boxLoss) {
    this.roundedAnchors = roundedAnchors;
    this.leastTie = leastTie;
    this.proposals = proposals;
    this.detections = detections;
    this.samples = samples;
    this.aligned = aligned;
    this.proposalSide = proposalSide;
    this.detectionSide = detectionSide;
    this.boxLoss = boxLoss;
  }

  /**
   * The variant of a network.
   *
   * @param network its specification, such as {@code fasterrcnn:resnet50,variant=mmdet}
   * @return torchvision's where it has no such option
   */
  public static Variant of(String network) {
    String option = OPTION + "=" + MMDET.label();
    return Arrays.stream(network.split("[:,]")).map(String::strip).anyMatch(option::equals)
        ? MMDET
        : TORCHVISION;
  }

  /**
   * The name.
   *
   * @return such as {@code mmdet}
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The loss that both branches of boxes have.
   *
   * @return its specification, of deltas
   */
  public String boxLoss() {
    return boxLoss;
  }

  /**
   * How regions are chosen where nobody says otherwise.
   *
   * @return the settings
   */
  public DetectorSettings settings() {
    DetectorSettings usual = DetectorSettings.TORCHVISION;
    return this == TORCHVISION
        ? usual
        : new DetectorSettings(
            usual.candidates(),
            new DetectorSettings.Phases(1000, 1000),
            usual.anchorSamples(),
            usual.regionSamples(),
            usual.score(),
            usual.detections());
  }

  /** Whether the corners of anchors are rounded. */
  boolean roundsAnchors() {
    return roundedAnchors;
  }

  /** How anchors are told about objects. */
  int[] matchAnchors(float[] objects, float[] anchors) {
    boolean ownBest = this == TORCHVISION;
    int[] matches =
        Boxes.match(
            objects, anchors, DetectorSettings.ANCHOR_LOW, DetectorSettings.ANCHOR_HIGH, ownBest);
    if (!ownBest) {
      claim(matches, objects, anchors);
    }
    return matches;
  }

  /**
   * Gives each object the anchors that overlap it more than all others do, if by the least of ties:
   * also those that are of another object, and of two objects the later one has them.
   */
  private void claim(int[] matches, float[] objects, float[] anchors) {
    float[] overlaps = Boxes.iou(objects, anchors);
    for (int g = 0; g < objects.length / 4; g++) {
      float largest = leastTie;
      for (int i = 0; i < matches.length; i++) {
        largest = Math.max(largest, overlaps[g * matches.length + i]);
      }
      for (int i = 0; i < matches.length; i++) {
        matches[i] = overlaps[g * matches.length + i] == largest ? g : matches[i];
      }
    }
  }

  /** Between proposals and anchors. */
  BoxCoder proposals() {
    return proposals;
  }

  /** Between detections and proposals. */
  BoxCoder detections() {
    return detections;
  }

  /** Samples in a cell of a pooled region along each axis; 0 for as many as it has pixels. */
  int samples() {
    return samples;
  }

  /** Whether regions are shifted by half a pixel before they are pooled. */
  boolean aligned() {
    return aligned;
  }

  /** Sides in pixels below which a proposal is none. */
  float proposalSide() {
    return proposalSide;
  }

  /** Sides in pixels below which a detection is none. */
  float detectionSide() {
    return detectionSide;
  }

  /** Which power of two the stride has of the level that suits a region, before it is bounded. */
  double level(double side) {
    return this == TORCHVISION // which computes in float32
        ? SIDE_LEVEL + (float) (Math.log((float) side / SIDE) / Math.log(2)) + (float) EPSILON
        : FINEST_LEVEL + Math.log(side / FINEST_SIDE + EPSILON) / Math.log(2);
  }
}
