package org.autoloss.metric.detection;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.autoloss.internal.Excerpt;

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
    return Arrays.stream(values())
        .filter(each -> each.label().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "type: expected one of "
                        + Arrays.stream(values())
                            .map(CocoType::label)
                            .collect(Collectors.joining(", "))
                        + ", got '"
                        + Excerpt.of(name)
                        + "'"));
  }
}
