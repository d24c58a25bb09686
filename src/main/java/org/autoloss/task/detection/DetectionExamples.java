package org.autoloss.task.detection;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Pictures;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.RunLengths;
import org.autoloss.nn.models.rcnn.ImageDetections;
import org.autoloss.nn.models.rcnn.ObjectDetector;
import org.autoloss.task.ExampleFiles;

/**
 * The first images of a split with their objects, and with those that a network is sure of: boxes
 * in the colours of classes; masks, where there are any, in a colour for each object.
 *
 * @param dataset the split
 * @param settings sizes of images
 */
record DetectionExamples(ObjectDataset dataset, DetectionSettings settings) {
  private static final float SURE = 0.5f;
  private static final float HUE = 0.61803399f; // neighbouring numbers get distant colours
  private static final int HALVES = 0x7F7F7F; // of red, green and blue, shifted by a bit

  void draw(ObjectDetector detector, ExampleFiles files) throws IOException {
    Files.createDirectories(files.folder());
    for (int i = 0; i < Math.min(ExampleFiles.COUNT, dataset.size()); i++) {
      ObjectSample sample = dataset.get(i);
      ImageDetections found =
          new DetectionEvaluator(dataset, settings).detect(detector, List.of(sample)).get(0);
      Pictures.write(files.image(i), picture(sample));
      Pictures.write(files.labels(i), picture(sample, objects(sample)));
      Pictures.write(files.prediction(i), picture(sample, objects(sample, found)));
    }
  }

  /** What is drawn of an object; the mask is null where there is none. */
  private record Drawn(Box box, int label, RunLengths mask) {}

  private static List<Drawn> objects(ObjectSample sample) {
    return sample.target().objects().stream()
        .map(
            each ->
                new Drawn(
                    each.box(),
                    each.label(),
                    each.mask() == null ? null : each.mask().runs(sample.height(), sample.width())))
        .toList();
  }

  private static List<Drawn> objects(ObjectSample sample, ImageDetections found) {
    float[] b = found.boxes();
    return IntStream.range(0, found.scores().length)
        .filter(i -> found.scores()[i] >= SURE)
        .mapToObj(
            i ->
                new Drawn(
                    Box.ofCorners(b[4 * i], b[4 * i + 1], b[4 * i + 2], b[4 * i + 3]),
                    found.labels()[i],
                    found.mask(i, sample.height(), sample.width())))
        .toList();
  }

  private static BufferedImage picture(ObjectSample sample, List<Drawn> objects) {
    BufferedImage picture = picture(sample);
    for (int i = 0; i < objects.size(); i++) {
      if (objects.get(i).mask() != null) {
        fill(picture, objects.get(i).mask(), colour(i)); // neighbours of one class differ
      }
    }
    Graphics2D graphics = picture.createGraphics();
    graphics.setStroke(new BasicStroke(Math.max(1, picture.getWidth() / 200f)));
    for (Drawn each : objects) {
      graphics.setColor(colour(each.label()));
      int left = (int) Math.round(each.box().x());
      int top = (int) Math.round(each.box().y());
      graphics.drawRect(
          left, top, (int) Math.round(each.box().width()), (int) Math.round(each.box().height()));
    }
    graphics.dispose();
    return picture;
  }

  /** Half the colour, half the picture. */
  private static void fill(BufferedImage picture, RunLengths mask, Color colour) {
    byte[] inside = mask.decode();
    int width = picture.getWidth();
    for (int i = 0; i < inside.length; i++) {
      if (inside[i] != 0) {
        int below = picture.getRGB(i % width, i / width);
        picture.setRGB(
            i % width, i / width, (below >> 1 & HALVES) + (colour.getRGB() >> 1 & HALVES));
      }
    }
  }

  private static Color colour(int number) {
    return Color.getHSBColor(number * HUE, 1, 1);
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
}
