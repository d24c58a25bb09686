package org.autoloss.task.detection;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Pictures;
import org.autoloss.nn.models.rcnn.ImageDetections;
import org.autoloss.nn.models.rcnn.RegionDetector;
import org.autoloss.task.ExampleFiles;

/**
 * The first images of a split with the boxes of their objects, and with those that a network is
 * sure of.
 *
 * @param dataset the split
 * @param settings sizes of images
 */
record DetectionExamples(ObjectDataset dataset, DetectionSettings settings) {
  private static final float SURE = 0.5f;
  private static final float HUE = 0.61803399f; // neighbouring classes get distant colours

  void draw(RegionDetector detector, ExampleFiles files) throws IOException {
    Files.createDirectories(files.folder());
    for (int i = 0; i < Math.min(ExampleFiles.COUNT, dataset.size()); i++) {
      ObjectSample sample = dataset.get(i);
      ImageDetections all =
          new DetectionEvaluator(dataset, settings).detect(detector, List.of(sample)).get(0);
      int[] sure =
          IntStream.range(0, all.scores().length).filter(k -> all.scores()[k] >= SURE).toArray();
      write(files.image(i), picture(sample));
      write(files.labels(i), boxes(sample, sample.target().boxes(), labels(sample)));
      write(files.prediction(i), boxes(sample, all, sure));
    }
  }

  private static BufferedImage boxes(ObjectSample sample, ImageDetections all, int[] sure) {
    float[] boxes = new float[4 * sure.length];
    for (int i = 0; i < sure.length; i++) {
      System.arraycopy(all.boxes(), 4 * sure[i], boxes, 4 * i, 4);
    }
    return boxes(sample, boxes, IntStream.of(sure).map(i -> all.labels()[i]).toArray());
  }

  private static BufferedImage boxes(ObjectSample sample, float[] boxes, int[] labels) {
    BufferedImage picture = picture(sample);
    Graphics2D graphics = picture.createGraphics();
    graphics.setStroke(new BasicStroke(Math.max(1, picture.getWidth() / 200f)));
    for (int i = 0; i < labels.length; i++) {
      graphics.setColor(Color.getHSBColor(labels[i] * HUE, 1, 1));
      graphics.drawRect(
          Math.round(boxes[4 * i]),
          Math.round(boxes[4 * i + 1]),
          Math.round(boxes[4 * i + 2] - boxes[4 * i]),
          Math.round(boxes[4 * i + 3] - boxes[4 * i + 1]));
    }
    graphics.dispose();
    return picture;
  }

  private static int[] labels(ObjectSample sample) {
    return LongStream.of(sample.target().labels()).mapToInt(Math::toIntExact).toArray();
  }

  private static BufferedImage picture(ObjectSample sample) {
    BufferedImage picture =
        new BufferedImage(sample.width(), sample.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = sample.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      int colour = (rgb[i] & 0xFF) << 16 | (rgb[i + 1] & 0xFF) << 8 | rgb[i + 2] & 0xFF;
      picture.setRGB(i / 3 % sample.width(), i / 3 / sample.width(), colour);
    }
    return picture;
  }

  private static void write(Path file, BufferedImage picture) throws IOException {
    Pictures.write(file, picture);
  }
}
