package org.autoloss.metric.segmentation;

import java.util.List;
import java.util.stream.Collectors;
import org.autoloss.global.ops;
import org.autoloss.metric.Metric;

/**
 * Segmentation metrics over a data set, all in [0,1], larger is better: the six of Auto Seg-Loss
 * (Li et al., ICLR 2021, section 3.1), and the two boundary metrics whose names those of Auto
 * Seg-Loss recall.
 *
 * <p>With {@code TP_c}, {@code P_c}, {@code G_c} the pixels of class c that are predicted right,
 * predicted, and labelled, over the whole data set. Edges, tolerance and what ignored pixels do to
 * them: {@link ClassPolicy}.
 */
public enum SegmentationMetric implements Metric {
  /** Mean intersection over union: mean over c of {@code TP_c / (P_c + G_c - TP_c)}. */
  MIOU("mIoU", ops.METRIC_MIOU),
  /** Frequency-weighted IoU: the same ratio, weighted by {@code G_c / sum G}. */
  FWIOU("FWIoU", ops.METRIC_FWIOU),
  /** Mean accuracy: mean over c of {@code TP_c / G_c}. */
  MACC("mAcc", ops.METRIC_MACC),
  /** Global (pixel) accuracy: {@code sum TP / sum G}. */
  GACC("gAcc", ops.METRIC_GACC),
  /**
   * Boundary IoU of Auto Seg-Loss: mIoU over the pixels within the tolerance of a label edge of any
   * class, on both sides of it.
   *
   * <p>Only the label decides where it looks; what is predicted farther off, however wrong, does
   * not count. {@link #CHENG_BIOU} instead compares a region along the predicted boundary of each
   * class with one along its labelled boundary.
   */
  BIOU("BIoU", ops.METRIC_BIOU),
  /**
   * Boundary F1 of Auto Seg-Loss: the mean, over the classes with a label edge, of {@code 2PR / (P
   * + R)}; P is the share of predicted edges within the tolerance (a square, in pixels) of a label
   * edge of their class, R that of label edges within the tolerance of a predicted one, both over
   * the whole data set.
   *
   * <p>{@link #CSURKA_BF} takes the F measure of each image, a disc whose radius is a share of the
   * diagonal, and the mean over the images.
   */
  BF1("BF1", ops.METRIC_BF1),
  /**
   * Boundary IoU of Cheng et al., "Boundary IoU: Improving Object-Centric Image Segmentation
   * Evaluation", CVPR 2021, by class: the mean over c of {@code |P_c' & G_c'| / |P_c' | G_c'|},
   * where {@code P_c'} and {@code G_c'} are the pixels of the predicted and labelled class within
   * distance d of its contour, counted over the data set. The frame of the image is contour too; d
   * is a share of the image's diagonal, rounded to pixels, at least 1, and measured by a square, as
   * in the authors' code.
   *
   * <p>{@link #BIOU} looks at one band around the label edges of all classes, and at both sides of
   * them. Ignored pixels do not count: no region holds them, and no contour runs along them. The
   * policy's {@code dropBackground} leaves class 0 out of the mean, its tolerance is not used.
   */
  CHENG_BIOU("ChengBIoU", -1),
  /**
   * Boundary F measure of Csurka et al., "What is a good evaluation measure for semantic
   * segmentation?", BMVC 2013: the mean over the images, of the mean over the classes with a
   * labelled boundary in the image, of {@code 2PR / (P + R)}; P is the share of the image's
   * predicted boundary pixels nearer than theta to a labelled one of their class, R that of
   * labelled ones nearer than theta to a predicted one. Distances are Euclidean, theta is a share
   * of the image's diagonal; 0 where nothing matches. Images without a labelled boundary do not
   * count.
   *
   * <p>{@link #BF1} adds edges up over the data set before it divides, which gives long boundaries
   * more weight; here each image has the same. Ignored pixels do not count, for labels and
   * predictions alike: boundaries run between labelled pixels. The policy's {@code dropBackground}
   * leaves class 0 out, its tolerance is not used.
   */
  CSURKA_BF("CsurkaBF", -1);

  private static final int MEASURED_ONLY = -1;

  private final String label;
  private final int code;

  SegmentationMetric(String label, int code) {
    this.label = label;
    this.code = code;
  }

  @Override
  public String label() {
    return label;
  }

  /**
   * What native operations call the metric.
   *
   * @return a constant of {@code ops.h}
   * @throws IllegalArgumentException if the metric is only measured
   */
  public int code() {
    return requireSearchable().code;
  }

  /**
   * Whether the metric looks at boundaries only.
   *
   * @return true for BIoU, BF1, ChengBIoU and CsurkaBF
   */
  public boolean boundary() {
    return switch (this) {
      case MIOU, FWIOU, MACC, GACC -> false;
      case BIOU, BF1, CHENG_BIOU, CSURKA_BF -> true;
    };
  }

  /**
   * Whether the metric is one of the six of Auto Seg-Loss: these have a surrogate, are scored by
   * AutoLoss-Zero's rejection protocol and fill the papers' tables. The others are only measured.
   *
   * @return false for ChengBIoU and CsurkaBF
   */
  public boolean searchable() {
    return code != MEASURED_ONLY;
  }

  /**
   * The metrics that a search can optimise.
   *
   * @return the six of Auto Seg-Loss, in order
   */
  public static List<SegmentationMetric> allSearchable() {
    return all().stream().filter(metric -> metric.searchable()).toList();
  }

  /**
   * All segmentation metrics.
   *
   * @return in the order of tables
   */
  public static List<SegmentationMetric> all() {
    return List.of(values());
  }

  /**
   * This metric, if a search can optimise it.
   *
   * @return this
   * @throws IllegalArgumentException if it is only measured
   */
  public SegmentationMetric requireSearchable() {
    if (!searchable()) {
      throw new IllegalArgumentException(
          "metric: expected one of "
              + allSearchable().stream().map(Metric::label).collect(Collectors.joining(", "))
              + ", which can be searched for, got "
              + label
              + ", which is only measured");
    }
    return this;
  }

  /**
   * A metric as one that a search can optimise.
   *
   * @param metric any metric
   * @return the same
   * @throws IllegalArgumentException if it is of another task, or only measured
   */
  public static SegmentationMetric searchable(Metric metric) {
    if (metric instanceof SegmentationMetric segmentation) {
      return segmentation.requireSearchable();
    }
    throw new IllegalArgumentException(
        "metric: expected one of segmentation, got "
            + metric.label()
            + ", which is of another task");
  }

  /**
   * The metric of a name, in any case.
   *
   * @param name for example {@code mIoU}
   * @return the metric
   * @throws IllegalArgumentException if there is none of that name
   */
  public static SegmentationMetric of(String name) {
    return Metric.of(name, all());
  }

  @Override
  public String toString() {
    return label;
  }
}
