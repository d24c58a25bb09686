package org.autoloss.data;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.metric.detection.CocoType;

/**
 * Opens data sets in COCO's layout:
 *
 * <pre>
 * ROOT/annotations/SPLIT.json   images, categories, annotations
 * ROOT/images/NAME              the images, JPEG or PNG
 * </pre>
 *
 * Labels are given to the categories in ascending order of their numbers, from 1.
 */
public final class CocoDataset {
  private CocoDataset() {}

  /**
   * Opens a split.
   *
   * @param root the folder that holds annotations and images
   * @param split the annotation file's name, without {@code .json}
   * @param types what is read beside boxes
   * @return the data set
   * @throws IllegalArgumentException if the annotations are damaged, or an image is missing
   */
  public static ObjectDataset open(Path root, String split, Set<CocoType> types) {
    if (!VocFolders.isPlain(split)) {
      throw new IllegalArgumentException(
          "split: expected the name of a file in "
              + root.resolve("annotations")
              + ", got \""
              + org.autoloss.internal.Excerpt.of(split)
              + "\"");
    }
    return read(
        root.resolve("annotations").resolve(split + ".json"), root.resolve("images"), types);
  }

  /**
   * Opens an annotation file and a folder of images, wherever they lie.
   *
   * @param annotations the file
   * @param images the folder
   * @param types what is read beside boxes
   * @return the data set
   * @throws IllegalArgumentException if the annotations are damaged, or an image is missing
   */
  public static ObjectDataset read(Path annotations, Path images, Set<CocoType> types) {
    CocoFile file = CocoFile.read(annotations, types);
    CocoFile ordered =
        new CocoFile(
            file.images(),
            file.categories().stream().sorted(Comparator.comparingInt(CocoCategory::id)).toList(),
            file.objects(),
            file.renumbered());
    return new AnnotatedImages(images, ordered, annotations);
  }
}
