package org.autoloss.task.detection;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.autoloss.data.CocoDataset;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.VocObjects;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.metric.detection.CocoType;

/**
 * A split, and what it holds.
 *
 * @param dataset the split
 */
record DetectionData(ObjectDataset dataset) {
  /**
   * Opens a split in COCO's layout, or in VOC's where the folder has no annotations of COCO.
   *
   * @param types what is read beside boxes; only COCO's layout has it
   */
  static DetectionData open(Path root, String split, Set<CocoType> types) {
    boolean coco = Files.isDirectory(root.resolve("annotations"));
    if (!coco && !types.isEmpty()) {
      throw new IllegalArgumentException(
          root
              + ": expected COCO's layout, a folder annotations beside images, got none; objects"
              + " have masks or keypoints there alone");
    }
    ObjectDataset dataset =
        coco ? CocoDataset.open(root, split, types) : VocObjects.open(root, split);
    if (dataset.classNames().isEmpty()) {
      throw new IllegalArgumentException(
          root + ": expected at least one category in " + split + ", got none");
    }
    return new DetectionData(dataset);
  }

  /** How many objects of each category there are, crowds left out, by the categories' names. */
  Map<String, Long> counts() {
    CocoFile file = dataset.annotations();
    Map<Integer, Long> byId = new LinkedHashMap<>();
    file.categories().forEach(category -> byId.put(category.id(), 0L));
    file.objects().stream()
        .filter(object -> !object.crowd())
        .forEach(object -> byId.merge(object.category(), 1L, Long::sum));
    Map<String, Long> counts = new LinkedHashMap<>();
    file.categories()
        .forEach(category -> counts.merge(label(category), byId.get(category.id()), Long::sum));
    return counts;
  }

  private static String label(CocoCategory category) {
    return category.name().isEmpty() ? Integer.toString(category.id()) : category.name();
  }
}
