package org.autoloss.task.instances;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.data.CocoWriter;
import org.autoloss.data.ObjectLabel;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Target;
import org.autoloss.data.coco.CocoCategory;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.detection.RunLengths;

/** Draws images with red and blue ellipses on grey, with their masks in COCO's format. */
final class DiscScenes {
  private static final int WIDTH = 80;
  private static final int HEIGHT = 64;
  private static final byte GREY = (byte) 128;

  private DiscScenes() {}

  static void write(Path folder, String split, int count, long seed) throws IOException {
    CocoWriter writer =
        new CocoWriter(
            folder,
            List.of(
                new CocoCategory(3, "red", List.of(), List.of()),
                new CocoCategory(7, "blue", List.of(), List.of())));
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[3 * WIDTH * HEIGHT];
      Arrays.fill(rgb, GREY);
      List<ObjectLabel> objects = new ArrayList<>();
      for (int k = 0; k < 2; k++) {
        objects.add(disc(rgb, k * WIDTH / 2, RandomStreams.stream(seed, i, k)));
      }
      writer.write(new ObjectSample(split + i, i + 1, WIDTH, HEIGHT, rgb, new Target(objects)));
    }
    writer.writeSplit(split);
  }

  private static ObjectLabel disc(byte[] rgb, int left, RandomGenerator random) {
    int w = 14 + random.nextInt(14);
    int h = 14 + random.nextInt(14);
    double x = left + random.nextInt(WIDTH / 2 - w) + w / 2.0;
    double y = random.nextInt(HEIGHT - h) + h / 2.0;
    boolean red = random.nextBoolean();
    byte[] inside = new byte[WIDTH * HEIGHT];
    for (int i = 0; i < inside.length; i++) {
      double dx = (i % WIDTH + .5 - x) * 2 / w;
      double dy = (i / WIDTH + .5 - y) * 2 / h;
      if (dx * dx + dy * dy <= 1) {
        inside[i] = 1;
        rgb[3 * i] = (byte) (red ? 255 : 0);
        rgb[3 * i + 1] = 0;
        rgb[3 * i + 2] = (byte) (red ? 0 : 255);
      }
    }
    RunLengths mask = RunLengths.encode(HEIGHT, WIDTH, inside);
    return new ObjectLabel(red ? 1 : 2, mask.bounds(), mask.area(), false, false, mask, null);
  }
}
