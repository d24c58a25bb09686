package org.autoloss.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** A small folder in the layout of PASCAL VOC, for tests to read and to damage. */
record VocFixture(Path root) {
  static final int WIDTH = 40;
  static final int HEIGHT = 30;
  static final List<String> CLASSES = List.of("background", "cat", "dog");

  /** Samples {@code a} and {@code b} in the split {@code train}. */
  static VocFixture in(Path root) throws IOException {
    VocWriter writer = new VocWriter(root, CLASSES);
    writer.write(sample("a", 1));
    writer.write(sample("b", 2));
    writer.writeSplit("train", List.of("a", "b"));
    return new VocFixture(root);
  }

  /** Smooth colours, which JPEG keeps well, and random labels with some void. */
  static Sample sample(String name, long seed) {
    Random random = new Random(seed);
    byte[] rgb = new byte[3 * WIDTH * HEIGHT];
    byte[] labels = new byte[WIDTH * HEIGHT];
    for (int i = 0; i < labels.length; i++) {
      rgb[3 * i] = (byte) (40 + 3 * (i % WIDTH));
      rgb[3 * i + 1] = (byte) (200 - 4 * (i / WIDTH));
      rgb[3 * i + 2] = (byte) (60 + 20 * seed);
      int label = random.nextInt(CLASSES.size() + 1);
      labels[i] = (byte) (label == CLASSES.size() ? 255 : label);
    }
    return new Sample(name, WIDTH, HEIGHT, rgb, labels);
  }

  Path image(String name) {
    return root.resolve("JPEGImages").resolve(name + ".jpg");
  }

  Path label(String name) {
    return root.resolve("SegmentationClass").resolve(name + ".png");
  }

  Path list() {
    return root.resolve("ImageSets").resolve("Segmentation").resolve("train.txt");
  }

  Path classes() {
    return root.resolve("classes.txt");
  }

  FileDataset open() {
    return VocDataset.open(root, "train");
  }

  static void cut(Path file, int bytesToKeep) throws IOException {
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), bytesToKeep));
  }

  static void writePng(Path file, int type, int width, int height, int value) throws IOException {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int band = 0; band < image.getRaster().getNumBands(); band++) {
          image.getRaster().setSample(x, y, band, value);
        }
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
