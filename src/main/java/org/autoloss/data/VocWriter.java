package org.autoloss.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes samples in the layout that {@link VocDataset} reads: JPEG images, palette PNG labels in
 * VOC's colours, lists, class names.
 */
public final class VocWriter {
  private static final float JPEG_QUALITY = 0.85f;

  private final VocFolders folders;

  /**
   * Makes the folders.
   *
   * @param root the folder to write into
   * @param classes the class names, background first
   * @throws IOException if a folder or file cannot be written
   */
  public VocWriter(Path root, List<String> classes) throws IOException {
    folders = new VocFolders(root);
    Files.createDirectories(folders.images());
    Files.createDirectories(folders.labels());
    Files.createDirectories(folders.lists());
    Files.write(folders.classNames(), classes);
  }

  /**
   * Writes an image and its labels.
   *
   * @param sample its name becomes the files' name
   * @throws IOException if a file cannot be written
   * @throws IllegalArgumentException if the name is no plain file name
   */
  public void write(Sample sample) throws IOException {
    requirePlain(sample.name());
    int width = sample.width();
    int height = sample.height();
    ImageEncoder.writeJpeg(
        folders.image(sample.name()),
        new ImageFiles.Pixels(width, height, sample.rgb()),
        JPEG_QUALITY);
    Files.write(
        folders.label(sample.name()),
        ImageEncoder.labelsPng(new ImageFiles.Pixels(width, height, sample.labels())));
  }

  /**
   * Writes the list of a split.
   *
   * @param split the list's name
   * @param names the samples' names
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if a name is no plain file name
   */
  public void writeSplit(String split, List<String> names) throws IOException {
    requirePlain(split);
    names.forEach(VocWriter::requirePlain);
    Files.write(folders.list(split), names);
  }

  private static void requirePlain(String name) {
    if (!VocFolders.isPlain(name)) {
      throw new IllegalArgumentException(
          "name: expected a file name without folder and extension, got \"" + name + "\"");
    }
  }
}
