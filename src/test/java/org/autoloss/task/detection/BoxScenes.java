package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;
import org.autoloss.internal.RandomStreams;

/** Draws images with red and blue rectangles on grey, with their boxes in COCO's format. */
public final class BoxScenes {
  private static final int WIDTH = 80;
  private static final int HEIGHT = 64;

  private BoxScenes() {}

  public static void write(Path folder, String split, int count, long seed) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.createObjectNode();
    ArrayNode images = json.putArray("images");
    ArrayNode annotations = json.putArray("annotations");
    ArrayNode categories = json.putArray("categories");
    categories.addObject().put("id", 3).put("name", "red");
    categories.addObject().put("id", 7).put("name", "blue");
    Files.createDirectories(folder.resolve("images"));
    Files.createDirectories(folder.resolve("annotations"));
    for (int i = 0; i < count; i++) {
      RandomGenerator random = RandomStreams.stream(seed, i);
      String name = split + i + ".png";
      images
          .addObject()
          .put("id", i + 1)
          .put("file_name", name)
          .put("width", WIDTH)
          .put("height", HEIGHT);
      BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = image.createGraphics();
      graphics.setColor(Color.GRAY);
      graphics.fillRect(0, 0, WIDTH, HEIGHT);
      for (int k = 0; k < 2; k++) {
        int w = 14 + random.nextInt(14);
        int h = 14 + random.nextInt(14);
        int x = k * WIDTH / 2 + random.nextInt(WIDTH / 2 - w);
        int y = random.nextInt(HEIGHT - h);
        boolean red = random.nextBoolean();
        graphics.setColor(red ? Color.RED : Color.BLUE);
        graphics.fillRect(x, y, w, h);
        ObjectNode object = annotations.addObject();
        object.put("id", annotations.size()).put("image_id", i + 1).put("category_id", red ? 3 : 7);
        object.putArray("bbox").add(x).add(y).add(w).add(h);
        object.put("area", w * h).put("iscrowd", 0);
      }
      graphics.dispose();
      ImageIO.write(image, "png", folder.resolve("images").resolve(name).toFile());
    }
    Files.writeString(folder.resolve("annotations").resolve(split + ".json"), json.toString());
  }
}
