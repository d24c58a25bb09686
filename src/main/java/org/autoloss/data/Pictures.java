package org.autoloss.data;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.autoloss.internal.AtomicFiles;

/** Examples as PNG files that people can look at. */
public final class Pictures {
  private Pictures() {}

  /**
   * Writes class indices as a palette PNG in VOC's colours, whole or not at all.
   *
   * @param file replaced if it exists
   * @param width in pixels
   * @param height in pixels
   * @param classes {@code height*width} class indices as unsigned bytes
   * @throws IOException if the file cannot be written
   */
  public static void writeClasses(Path file, int width, int height, byte[] classes)
      throws IOException {
    AtomicFiles.write(file, ImageEncoder.labelsPng(new ImageFiles.Pixels(width, height, classes)));
  }

  /**
   * Reads what {@link #writeClasses} wrote.
   *
   * @param file a palette or grey PNG
   * @return {@code height*width} class indices as unsigned bytes
   * @throws IllegalArgumentException if the file cannot be read or is damaged
   */
  public static byte[] readClasses(Path file) {
    return ImageFiles.readLabels(file).bytes();
  }

  /**
   * Writes one image of a batch, its normalisation undone, whole or not at all.
   *
   * @param file replaced if it exists
   * @param batch with the normalisation of ImageNet
   * @param index of the image
   * @throws IOException if the file cannot be written
   */
  public static void writeImage(Path file, EvaluationBatch batch, int index) throws IOException {
    Extent size = batch.seen();
    Extent padded = batch.padded();
    int[] rgb = new int[size.pixels()];
    for (int i = 0; i < rgb.length; i++) {
      int at = i / size.width() * padded.width() + i % size.width();
      for (int channel = 0; channel < 3; channel++) {
        float value = batch.images()[(3 * index + channel) * padded.pixels() + at];
        int level = Math.round(Normalisation.IMAGENET.restore(channel, value));
        rgb[i] = rgb[i] << 8 | Math.max(0, Math.min(255, level));
      }
    }
    AtomicFiles.write(file, ImageEncoder.png(colours(size.width(), size.height(), rgb)));
  }

  /**
   * Writes a picture as PNG, whole or not at all.
   *
   * @param file replaced if it exists
   * @param picture to write
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, BufferedImage picture) throws IOException {
    AtomicFiles.write(file, ImageEncoder.png(picture));
  }

  /**
   * The PNG of a picture that shows where a prediction is wrong: right pixels grey, wrong ones red,
   * ignored ones white.
   *
   * @param width in pixels
   * @param labels class indices as unsigned bytes, 255 is ignored
   * @param prediction as many class indices
   * @return the file's bytes
   * @throws IOException never, as it stays in memory
   */
  public static byte[] errors(int width, byte[] labels, byte[] prediction) throws IOException {
    int[] rgb = new int[labels.length];
    Arrays.setAll(
        rgb, i -> labels[i] == -1 ? 0xffffff : labels[i] == prediction[i] ? 0xc8ccd2 : 0xc2183c);
    return ImageEncoder.png(colours(width, labels.length / width, rgb));
  }

  /**
   * An image as a picture to draw on.
   *
   * @param sample the image
   * @return as large as the image
   */
  public static BufferedImage of(ObjectSample sample) {
    int[] rgb = new int[sample.width() * sample.height()];
    byte[] bytes = sample.rgb();
    Arrays.setAll(
        rgb,
        i ->
            (bytes[3 * i] & 0xFF) << 16 | (bytes[3 * i + 1] & 0xFF) << 8 | bytes[3 * i + 2] & 0xFF);
    return colours(sample.width(), sample.height(), rgb);
  }

  /**
   * A larger picture: each pixel becomes a square.
   *
   * @param picture stays as it is
   * @param scale side of the squares
   * @return a new picture
   */
  public static BufferedImage enlarged(BufferedImage picture, int scale) {
    int width = scale * picture.getWidth();
    int height = scale * picture.getHeight();
    BufferedImage large = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = large.createGraphics();
    graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    return large;
  }

  private static BufferedImage colours(int width, int height, int[] rgb) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, rgb, 0, width);
    return image;
  }
}
