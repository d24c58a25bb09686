package org.autoloss.data.coco;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.GroundTruth;

/**
 * The content of an annotation file: COCO's {@code instances_*.json} and {@code
 * person_keypoints_*.json}, and those that other data sets have in this format.
 *
 * @param images in the file's order
 * @param categories in the file's order
 * @param objects in the file's order; segmentations as runs of the image's size
 * @param renumbered how many objects have numbers of 0 or less, which pycocotools would take for no
 *     match at all; here no object is known by its number
 */
public record CocoFile(
    List<CocoImage> images,
    List<CocoCategory> categories,
    List<GroundTruth> objects,
    int renumbered) {
  /**
   * Reads an annotation file. Masks and keypoints that nobody asks for take no memory.
   *
   * @param file which
   * @param types what is read beside boxes: masks, keypoints
   * @return its content
   * @throws IllegalArgumentException if it is not such a file, or an object lacks a field, or is of
   *     an image or category that the file does not have; the message names the file
   */
  public static CocoFile read(Path file, Set<CocoType> types) {
    return new CocoFileReader(file, types).read();
  }

  /**
   * The numbers of all images.
   *
   * @return in the file's order
   */
  public List<Long> imageIds() {
    return images.stream().map(CocoImage::id).toList();
  }

  /**
   * The numbers of all categories.
   *
   * @return in the file's order
   */
  public List<Integer> categoryIds() {
    return categories.stream().map(CocoCategory::id).toList();
  }
}
