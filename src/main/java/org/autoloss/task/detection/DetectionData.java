package org.autoloss.task.detection;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.autoloss.data.CocoDataset;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.VocObjects;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.coco.CocoImage;
import org.autoloss.internal.InputFiles;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.GroundTruth;

/**
 * A split, and what tells whether data elsewhere are the same.
 *
 * @param dataset the split
 * @param images the folder of its images
 */
record DetectionData(ObjectDataset dataset, Path images) {
  private static final String IMAGES = "images";
  private static final int LONGEST = 256 << 20;

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
    DetectionData data =
        coco
            ? new DetectionData(CocoDataset.open(root, split, types), root.resolve(IMAGES))
            : new DetectionData(VocObjects.open(root, split), vocImages(root));
    if (data.dataset().classNames().isEmpty()) {
      throw new IllegalArgumentException(
          root + ": expected at least one category in " + split + ", got none");
    }
    return data;
  }

  private static Path vocImages(Path root) {
    Path usual = root.resolve("JPEGImages");
    return Files.isDirectory(usual) ? usual : root.resolve(IMAGES);
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

  /** The names of the images' files. */
  List<String> names() {
    return dataset.annotations().images().stream().map(CocoImage::fileName).toList();
  }

  /** SHA-256 of what is in the images, and of the images that are there by name. */
  String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      CocoFile file = dataset.annotations();
      file.categories().forEach(each -> sha.update(bytes(each.id() + " " + each.name())));
      for (GroundTruth each : file.objects()) {
        sha.update(
            bytes(
                each.image()
                    + " "
                    + each.category()
                    + " "
                    + each.box()
                    + " "
                    + each.area()
                    + " "
                    + each.crowd()
                    + " "
                    + each.ignored()
                    + (each.segmentation() == null ? "" : " " + each.segmentation())));
      }
      for (CocoImage image : file.images()) {
        sha.update(bytes(image.id() + " " + image.fileName()));
        sha.update(InputFiles.bytes(images.resolve(image.fileName()), "an image", LONGEST));
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static byte[] bytes(String line) {
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
