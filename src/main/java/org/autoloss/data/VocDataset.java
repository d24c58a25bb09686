package org.autoloss.data;

import java.nio.file.Path;

/** Opens PASCAL VOC segmentation as it lies on disk, and own data in its layout. */
public final class VocDataset {
  private VocDataset() {}

  /**
   * Opens a split, with a cache of at most a quarter of the Java heap and 1 GiB.
   *
   * @param root the folder that holds JPEGImages, SegmentationClass and ImageSets
   * @param split the name of a list in ImageSets/Segmentation, such as {@code train}; several
   *     joined by plus signs, or a share such as {@code train:0-90}
   * @return the data set
   * @throws IllegalArgumentException if a folder, a list, an image or its labels is missing, or a
   *     list is empty or holds a bad name; the message names the file
   */
  public static FileDataset open(Path root, String split) {
    return FileDataset.open(layout(root), split);
  }

  /**
   * Opens a split.
   *
   * @param root the folder that holds JPEGImages, SegmentationClass and ImageSets
   * @param split as in {@link #open(Path, String)}
   * @param cacheBytes how many bytes of decoded samples to keep; 0 keeps none
   * @return the data set
   * @throws IllegalArgumentException as {@link #open(Path, String)}, or if cacheBytes is negative
   */
  public static FileDataset open(Path root, String split, long cacheBytes) {
    return FileDataset.open(layout(root), split, cacheBytes);
  }

  private static Layout layout(Path root) {
    VocFolders folders = new VocFolders(root);
    folders.requireFolders();
    return folders;
  }
}
