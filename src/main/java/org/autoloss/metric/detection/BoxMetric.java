package org.autoloss.metric.detection;

import java.util.List;
import java.util.stream.Stream;
import org.autoloss.metric.Metric;

/**
 * A metric of COCO of the boxes of objects, beside the same of their masks.
 *
 * @param metric one of those of boxes
 */
public record BoxMetric(CocoMetric metric) implements Metric {
  @Override
  public String label() {
    return "box" + metric.label();
  }

  /**
   * Those of masks and those of boxes.
   *
   * @return COCO's twelve of masks, then its twelve of boxes
   */
  public static List<Metric> besideMasks() {
    return Stream.concat(
            CocoMetric.of(CocoType.SEGM).stream().map(Metric.class::cast),
            CocoMetric.of(CocoType.BBOX).stream().map(BoxMetric::new))
        .toList();
  }

  @Override
  public String toString() {
    return label();
  }
}
