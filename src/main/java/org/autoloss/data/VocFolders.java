package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where things lie in a folder of PASCAL VOC segmentation. */
record VocFolders(Path root) {
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
    return lists().resolve(split + ".txt");
  }

  Path classes() {
    return root.resolve("classes.txt");
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
