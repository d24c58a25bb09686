package org.autoloss.data;

import java.util.List;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.coco.CocoImage;

/**
 * Images with objects in a fixed order: boxes, and masks or keypoints where they are asked for.
 * Thread-safe.
 */
public interface ObjectDataset {
  /**
   * How many images there are.
   *
   * @return 1 or more
   */
  int size();

  /**
   * Reads an image.
   *
   * @param index from 0
   * @return a new sample
   * @throws IllegalArgumentException if its file is damaged, or of another size than the data set
   *     says
   */
  ObjectSample get(int index);

  /**
   * What is in the data set, as results are measured by it.
   *
   * @return its images, categories and objects
   */
  CocoFile annotations();

  /**
   * The number, in results, of a class.
   *
   * @param label from 1
   * @return the category's number
   */
  int category(int label);

  /**
   * What tells whether a data set elsewhere is the same: SHA-256 of the objects, as far as they
   * were read, and of the images.
   *
   * @return hexadecimal
   * @throws IllegalArgumentException if an image cannot be read
   */
  String digest();

  /**
   * The names of the images.
   *
   * @return in the order of samples
   */
  default List<String> names() {
    return annotations().images().stream().map(CocoImage::fileName).toList();
  }

  /**
   * The names of the classes.
   *
   * @return in the order of labels, that of label 1 first; without the background
   */
  default List<String> classNames() {
    return annotations().categories().stream().map(CocoCategory::name).toList();
  }
}
