package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Choice;

/** How data for segmentation may lie in folders. */
public enum DataFormat {
  /**
   * PASCAL VOC: {@code JPEGImages/NAME.jpg} or {@code .png}, {@code SegmentationClass/NAME.png} or
   * {@code SegmentationClassAug/NAME.png}, {@code ImageSets/Segmentation/LIST.txt}, {@code
   * classes.txt}.
   */
  VOC,
  /**
   * Cityscapes: {@code leftImg8bit/LIST/CITY/NAME_leftImg8bit.png}, {@code
   * gtFine/LIST/CITY/NAME_gtFine_labelIds.png}, whose ids become the 19 train ids.
   */
  CITYSCAPES,
  /**
   * Two folders: {@code images/NAME.jpg} or {@code .png}, {@code masks/NAME.png}, {@code
   * classes.txt}; {@code LIST.txt}, or folders in both, or {@code all}.
   */
  FOLDERS;

  /**
   * The format of a name.
   *
   * @param name in any case
   * @return the format
   * @throws IllegalArgumentException if there is none of that name
   */
  public static DataFormat of(String name) {
    return Choice.ofAnyCase("format", List.of(values()), DataFormat::label, name);
  }

  /**
   * The format of a folder, by what lies in it.
   *
   * @param root the data's folder
   * @return Cityscapes where there is {@code leftImg8bit}, folders where there are {@code images}
   *     and {@code masks}, else VOC
   */
  public static DataFormat in(Path root) {
    if (Files.isDirectory(root.resolve("leftImg8bit"))) {
      return CITYSCAPES;
    }
    boolean pair =
        Files.isDirectory(root.resolve("images")) && Files.isDirectory(root.resolve("masks"));
    return pair && !Files.isDirectory(root.resolve("JPEGImages")) ? FOLDERS : VOC;
  }

  /**
   * The name on the command line and in files.
   *
   * @return lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Opens a split, with a cache of at most a quarter of the Java heap and 1 GiB.
   *
   * @param root the data's folder
   * @param split a list; several joined by plus signs, as in {@code train+aug}; or a share in
   *     percent, as in {@code train:0-90}, which has no sample in common with {@code train:90-100}
   * @return the data set
   * @throws IllegalArgumentException if a folder, a list, an image or its labels is missing; the
   *     message names the file
   */
  public FileDataset open(Path root, String split) {
    return this == VOC ? VocDataset.open(root, split) : FileDataset.open(layout(root), split);
  }

  private Layout layout(Path root) {
    if (this == CITYSCAPES) {
      CityscapesFolders folders = new CityscapesFolders(root);
      require(folders.images(), "the folder that holds leftImg8bit and gtFine");
      return folders;
    }
    PlainFolders folders = new PlainFolders(root);
    require(folders.images(), "the folder that holds images and masks");
    require(folders.labels(), "the folder that holds images and masks");
    return folders;
  }

  private static void require(Path folder, String what) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(folder + ": expected a folder, got nothing; give " + what);
    }
  }
}
