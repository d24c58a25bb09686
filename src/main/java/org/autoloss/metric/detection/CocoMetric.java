package org.autoloss.metric.detection;

import static org.autoloss.metric.detection.CocoType.BBOX;
import static org.autoloss.metric.detection.CocoType.KEYPOINTS;
import static org.autoloss.metric.detection.CocoType.SEGM;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.autoloss.metric.Metric;

/**
 * What COCO's evaluation prints: average precision (AP) and average recall (AR) over categories,
 * and where no other is named over ten thresholds of overlap from 0.5 to 0.95.
 *
 * <p>Lin et al., "Microsoft COCO: common objects in context", ECCV 2014; the definitions are those
 * of pycocotools. For boxes and masks there are twelve, for keypoints ten.
 */
public enum CocoMetric implements Metric {
  /** Average precision. */
  AP("AP", Kind.PRECISION, AreaRange.ALL, Settings.LAST, Settings.ALL, BBOX, SEGM, KEYPOINTS),
  /** At the threshold 0.5. */
  AP50("AP50", Kind.PRECISION, AreaRange.ALL, Settings.LAST, 0, BBOX, SEGM, KEYPOINTS),
  /** At the threshold 0.75. */
  AP75("AP75", Kind.PRECISION, AreaRange.ALL, Settings.LAST, 5, BBOX, SEGM, KEYPOINTS),
  /** Of objects below 32 x 32 pixels. */
  AP_SMALL("APs", Kind.PRECISION, AreaRange.SMALL, Settings.LAST, Settings.ALL, BBOX, SEGM),
  /** Of objects in between. */
  AP_MEDIUM(
      "APm", Kind.PRECISION, AreaRange.MEDIUM, Settings.LAST, Settings.ALL, BBOX, SEGM, KEYPOINTS),
  /** Of objects above 96 x 96 pixels. */
  AP_LARGE(
      "APl", Kind.PRECISION, AreaRange.LARGE, Settings.LAST, Settings.ALL, BBOX, SEGM, KEYPOINTS),
  /** Average recall with the one surest detection of each image and category. */
  AR1("AR1", Kind.RECALL, AreaRange.ALL, 0, Settings.ALL, BBOX, SEGM),
  /** With the ten surest. */
  AR10("AR10", Kind.RECALL, AreaRange.ALL, 1, Settings.ALL, BBOX, SEGM),
  /** With the hundred surest. */
  AR100("AR100", Kind.RECALL, AreaRange.ALL, Settings.LAST, Settings.ALL, BBOX, SEGM),
  /** Average recall of poses, with the twenty surest. */
  AR("AR", Kind.RECALL, AreaRange.ALL, Settings.LAST, Settings.ALL, KEYPOINTS),
  /** At the threshold 0.5. */
  AR50("AR50", Kind.RECALL, AreaRange.ALL, Settings.LAST, 0, KEYPOINTS),
  /** At the threshold 0.75. */
  AR75("AR75", Kind.RECALL, AreaRange.ALL, Settings.LAST, 5, KEYPOINTS),
  /** Of objects below 32 x 32 pixels. */
  AR_SMALL("ARs", Kind.RECALL, AreaRange.SMALL, Settings.LAST, Settings.ALL, BBOX, SEGM),
  /** Of objects in between. */
  AR_MEDIUM(
      "ARm", Kind.RECALL, AreaRange.MEDIUM, Settings.LAST, Settings.ALL, BBOX, SEGM, KEYPOINTS),
  /** Of objects above 96 x 96 pixels. */
  AR_LARGE("ARl", Kind.RECALL, AreaRange.LARGE, Settings.LAST, Settings.ALL, BBOX, SEGM, KEYPOINTS);

  private final String label;
  private final Kind kind;
  private final AreaRange area;
  private final int limit;
  private final int threshold;
  private final Set<CocoType> types;

  CocoMetric(String label, Kind kind, AreaRange area, int limit, int threshold, CocoType... types) {
    this.label = label;
    this.kind = kind;
    this.area = area;
    this.limit = limit;
    this.threshold = threshold;
    this.types = Set.of(types);
  }

  enum Kind {
    PRECISION,
    RECALL
  }

  /** Which limit, which threshold: a place in their list, or one of these. */
  static final class Settings {
    static final int ALL = -1;
    static final int LAST = -1;

    private Settings() {}
  }

  @Override
  public String label() {
    return label;
  }

  /**
   * Those of a type, in the order in which pycocotools prints them.
   *
   * @param type what is compared
   * @return twelve or, for keypoints, ten
   */
  public static List<CocoMetric> of(CocoType type) {
    return Arrays.stream(values()).filter(metric -> metric.types.contains(type)).toList();
  }

  /** Its value in a result; -1 where nothing defines it. */
  double value(CocoResult result) {
    return kind == Kind.PRECISION
        ? result.meanPrecision(area, threshold)
        : result.meanRecall(area, threshold, limit);
  }

  @Override
  public String toString() {
    return label;
  }
}
