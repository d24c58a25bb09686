package org.autoloss.metric.detection;

import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Choice;

/** What of objects and detections is compared. */
public enum CocoType {
  /** Boxes, by their intersection over union. */
  BBOX,
  /** Masks, by their intersection over union. */
  SEGM,
  /** Poses, by {@link KeypointSimilarity}. */
  KEYPOINTS;

  /**
   * pycocotools' name.
   *
   * @return for example {@code bbox}
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of a name.
   *
   * @param name for example {@code bbox}, in any case
   * @return the type
   * @throws IllegalArgumentException if there is none of that name
   */
  public static CocoType of(String name) {
    return Choice.ofAnyCase("type", List.of(values()), CocoType::label, name);
  }
}
