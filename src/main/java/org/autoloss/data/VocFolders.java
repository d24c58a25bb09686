package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where things lie in a folder of PASCAL VOC segmentation. */
record VocFolders(Path root) {
  /** How the names of lists end. */
  static final String LIST = ".txt";

  Path images() {
    return root.resolve("JPEGImages");
  }

  Path labels() {
    return root.resolve("SegmentationClass");
  }

  Path lists() {
    return root.resolve("ImageSets").resolve("Segmentation");
  }

  Path image(String name) {
    return images().resolve(name + ".jpg");
  }

  Path label(String name) {
    return labels().resolve(name + ".png");
  }

  Path list(String split) {
    return lists().resolve(split + LIST);
  }

  Path classes() {
    return root.resolve("classes.txt");
  }

  /**
   * Whether this is PASCAL VOC itself, and not own data in its layout: it has a list of images for
   * each of VOC's objects.
   */
  boolean isVoc() {
    return VocColours.CLASSES.stream()
        .skip(1) // the background
        .map(name -> root.resolve("ImageSets").resolve("Main").resolve(name + "_trainval" + LIST))
        .allMatch(Files::isRegularFile);
  }

  /** Names the first folder that is missing. */
  void requireFolders() {
    requireFolder(root);
    requireFolder(images());
    requireFolder(labels());
    requireFolder(lists());
  }

  private static void requireFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          folder
              + ": expected a folder, got "
              + (Files.exists(folder) ? "a file" : "nothing")
              + "; give the folder that holds JPEGImages, SegmentationClass and ImageSets, such as"
              + " VOCdevkit/VOC2012");
    }
  }

  /**
   * Whether a name is a plain file name: anything else could lead out of the folder.
   *
   * @return false for a blank name and for one with a separator or a control character, "." and
   *     ".."
   */
  static boolean isPlain(String name) {
    return !name.isBlank()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }
}
