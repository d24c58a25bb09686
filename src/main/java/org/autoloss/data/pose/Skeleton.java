package org.autoloss.data.pose;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.autoloss.data.ObjectTransform;
import org.autoloss.data.coco.CocoCategory;

/**
 * The keypoints of a kind of object.
 *
 * @param points their names
 * @param bones pairs of places in {@code points}, for pictures
 */
public record Skeleton(List<String> points, List<List<Integer>> bones) {
  /** Those of COCO's people. */
  public static final List<String> COCO =
      List.of(
          "nose",
          "left_eye",
          "right_eye",
          "left_ear",
          "right_ear",
          "left_shoulder",
          "right_shoulder",
          "left_elbow",
          "right_elbow",
          "left_wrist",
          "right_wrist",
          "left_hip",
          "right_hip",
          "left_knee",
          "right_knee",
          "left_ankle",
          "right_ankle");

  private static final List<String> LOWER = List.of("hip", "knee", "ankle", "foot", "toe", "heel");

  /** Copies the lists. */
  public Skeleton {
    points = List.copyOf(points);
    bones = List.copyOf(bones);
  }

  /**
   * The skeleton of a category.
   *
   * @param category of an annotation file
   * @param points how many keypoints its objects have, which get numbers where it names none
   * @return the skeleton
   * @throws IllegalArgumentException if it names another number of keypoints, or a bone ends at
   *     none of them
   */
  public static Skeleton of(CocoCategory category, int points) {
    List<String> names =
        category.keypoints().isEmpty()
            ? IntStream.rangeClosed(1, points).mapToObj(Integer::toString).toList()
            : category.keypoints();
    return new Skeleton(names, category.skeleton()).require(category.name(), points);
  }

  private Skeleton require(String category, int expected) {
    boolean joined =
        bones.stream().flatMap(List::stream).allMatch(end -> end >= 0 && end < points.size());
    if (points.size() != expected || !joined) {
      throw new IllegalArgumentException(
          "category "
              + category
              + ": expected the names of "
              + expected
              + " keypoints, as its objects have, and bones between them, got "
              + points.size()
              + " names and the bones "
              + bones);
    }
    return this;
  }

  /**
   * How many keypoints there are.
   *
   * @return 1 or more
   */
  public int size() {
    return points.size();
  }

  /**
   * Where each keypoint goes when left and right are exchanged.
   *
   * @return for each the one that it becomes, by their names
   */
  public List<Integer> mirror() {
    return ObjectTransform.mirrorOf(points);
  }

  /**
   * Whether a keypoint belongs to the lower half of a body, from the hips on, by its name.
   *
   * @param point which
   * @return false for those that are not called so
   */
  public boolean isLower(int point) {
    String name = points.get(point).toLowerCase(Locale.ROOT);
    return LOWER.stream().anyMatch(name::contains);
  }

  /**
   * Whether these are COCO's 17 keypoints of people.
   *
   * @return by their names
   */
  public boolean isCoco() {
    return points.equals(COCO);
  }
}
