package org.autoloss.data;

import java.util.List;
import org.autoloss.metric.detection.Box;

/**
 * What there is to find in an image, for all tasks on objects.
 *
 * @param objects in the data set's order
 */
public record Target(List<ObjectLabel> objects) {
  /** Copies the list. */
  public Target {
    objects = List.copyOf(objects);
  }

  /**
   * Those that a network learns from: no crowds, none that are to be ignored, none without an area.
   *
   * @return a new target
   */
  public Target forTraining() {
    return new Target(
        objects.stream()
            .filter(object -> !object.crowd() && !object.ignored())
            .filter(object -> object.box().width() > 0 && object.box().height() > 0)
            .toList());
  }

  /**
   * How many objects there are.
   *
   * @return 0 or more
   */
  public int size() {
    return objects.size();
  }

  /**
   * The boxes by their corners.
   *
   * @return {@code x1, y1, x2, y2} of each object
   */
  public float[] boxes() {
    float[] boxes = new float[4 * objects.size()];
    for (int i = 0; i < objects.size(); i++) {
      Box box = objects.get(i).box();
      boxes[4 * i] = (float) box.x();
      boxes[4 * i + 1] = (float) box.y();
      boxes[4 * i + 2] = (float) (box.x() + box.width());
      boxes[4 * i + 3] = (float) (box.y() + box.height());
    }
    return boxes;
  }

  /**
   * The classes.
   *
   * @return of each object, from 1
   */
  public long[] labels() {
    return objects.stream().mapToLong(ObjectLabel::label).toArray();
  }
}
