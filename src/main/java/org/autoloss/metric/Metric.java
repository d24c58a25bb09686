package org.autoloss.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.autoloss.internal.Excerpt;

/**
 * Segmentation metrics over a data set, all in [0,1], larger is better: the six of Auto Seg-Loss
 * (Li et al., ICLR 2021, section 3.1), and the two boundary metrics whose names those of Auto
 * Seg-Loss recall.
 *
 * <p>With {@code TP_c}, {@code P_c}, {@code G_c} the pixels of class c that are predicted right,
 * predicted, and labelled, over the whole data set. Edges, tolerance and what ignored pixels do to
 * them: {@link ClassPolicy}.
 */
public enum Metric {
  /** Mean intersection over union: mean over c of {@code TP_c / (P_c + G_c - TP_c)}. */
  MIOU("mIoU"),
  /** Frequency-weighted IoU: the same ratio, weighted by {@code G_c / sum G}. */
  FWIOU("FWIoU"),
  /** Mean accuracy: mean over c of {@code TP_c / G_c}. */
  MACC("mAcc"),
  /** Global (pixel) accuracy: {@code sum TP / sum G}. */
  GACC("gAcc"),
  /**
   * Boundary IoU of Auto Seg-Loss: mIoU over the pixels within the tolerance of a label edge of any
   * class, on both sides of it.
   *
   * <p>Only the label decides where it looks; what is predicted farther off, however wrong, does
   * not count. {@link #CHENG_BIOU} instead compares a region along the predicted boundary of each
   * class with one along its labelled boundary.
   */
  BIOU("BIoU"),
  /**
   * Boundary F1 of Auto Seg-Loss: the mean, over the classes with a label edge, of {@code 2PR / (P
   * + R)}; P is the share of predicted edges within the tolerance (a square, in pixels) of a label
   * edge of their class, R that of label edges within the tolerance of a predicted one, both over
   * the whole data set.
   *
   * <p>{@link #CSURKA_BF} takes the F measure of each image, a disc whose radius is a share of the
   * diagonal, and the mean over the images.
   */
  BF1("BF1"),
  /**
   * Boundary IoU of Cheng et al., "Boundary IoU: Improving Object-Centric Image Segmentation
   * Evaluation", CVPR 2021, by class: the mean over c of {@code |P_c' & G_c'| / |P_c' | G_c'|},
   * where {@code P_c'} and {@code G_c'} are the pixels of the predicted and labelled class within
   * distance d of its contour, counted over the data set. The frame of the image is contour too; d
   * is a share of the image's diagonal, rounded to pixels, at least 1, and measured by a square, as
   * in the authors' code.
   *
   * <p>{@link #BIOU} looks at one band around the label edges of all classes, and at both sides of
   * them. Ignored pixels have no say: no region holds them, and no contour runs along them. The
   * policy's {@code dropBackground} leaves class 0 out of the mean, its tolerance is not used.
   */
  CHENG_BIOU("ChengBIoU"),
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
   * more weight; here each image has the same. Ignored pixels have no say, for labels and
   * predictions alike: boundaries run between labelled pixels. The policy's {@code dropBackground}
   * leaves class 0 out, its tolerance is not used.
   */
  CSURKA_BF("CsurkaBF");

  private final String label;

  Metric(String label) {
    this.label = label;
  }

  /**
   * The name in text, tables and files.
   *
   * @return for example {@code mIoU}
   */
  public String label() {
    return label;
  }

  /**
   * Whether the metric looks at boundaries only.
   *
   * @return true for BIoU, BF1, ChengBIoU and CsurkaBF
   */
  public boolean boundary() {
    return ordinal() >= BIOU.ordinal();
  }

  /**
   * Whether the metric is one of the six of Auto Seg-Loss: these have a surrogate, are scored by
   * AutoLoss-Zero's rejection protocol and fill the papers' tables. The others are only measured.
   *
   * @return false for ChengBIoU and CsurkaBF
   */
  public boolean searchable() {
    return ordinal() <= BF1.ordinal();
  }

  /**
   * The metrics that a search can optimise.
   *
   * @return the six of Auto Seg-Loss, in order
   */
  public static List<Metric> allSearchable() {
    return Arrays.stream(values()).filter(Metric::searchable).toList();
  }

  /**
   * This metric, if a search can optimise it.
   *
   * @return this
   * @throws IllegalArgumentException if it is only measured
   */
  public Metric requireSearchable() {
    if (!searchable()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "metric: expected one of %s, which can be searched for, got %s, which is only"
                  + " measured",
              allSearchable().stream().map(Metric::label).collect(Collectors.joining(", ")),
              label));
    }
    return this;
  }

  /**
   * The metric of a name, in any case.
   *
   * @param name for example {@code mIoU}
   * @return the metric
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Metric of(String name) {
    for (Metric metric : values()) {
      if (metric.label.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
        return metric;
      }
    }
    throw new IllegalArgumentException(
        "metric: expected one of "
            + Arrays.stream(values()).map(Metric::label).collect(Collectors.joining(", "))
            + ", got '"
            + Excerpt.of(name)
            + "'");
  }

  @Override
  public String toString() {
    return label;
  }
}
