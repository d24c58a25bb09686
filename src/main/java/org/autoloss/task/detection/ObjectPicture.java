package org.autoloss.task.detection;

import java.awt.AWTError;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Pictures;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.RunLengths;

/**
 * An image with boxes, and masks where there are any. Small images are enlarged, so that names can
 * be read.
 *
 * @param sample the image
 */
record ObjectPicture(ObjectSample sample) {
  /** Of a detection that shows an object. */
  static final Color RIGHT = new Color(0x2bdc62);

  /** Of a detection that shows none. */
  static final Color WRONG = new Color(0xff3b3b);

  /** Of an object that no detection shows. */
  static final Color MISSED = new Color(0xff9a1f);

  private static final int READABLE = 320;
  private static final float HUE = 0.61803399f; // neighbouring numbers get distant colours
  private static final int HALVES = 0x7F7F7F; // of red, green and blue, shifted by a bit
  private static final int FONT = 11;
  private static final Color SHADE = new Color(0, 0, 0, 150);

  /**
   * What is drawn of an object.
   *
   * @param box around it
   * @param colour of the box
   * @param dashed whether the box is dashed
   * @param name beside the box
   * @param mask null where there is none
   */
  record Drawn(Box box, Color colour, boolean dashed, String name, RunLengths mask) {}

  static Color ofClass(int label) {
    return Color.getHSBColor(label * HUE, 1, 1);
  }

  BufferedImage of(List<Drawn> objects) {
    BufferedImage image = Pictures.of(sample);
    for (int i = 0; i < objects.size(); i++) {
      if (objects.get(i).mask() != null) {
        fill(image, objects.get(i).mask(), ofClass(i)); // neighbours of one class differ
      }
    }
    int longer = Math.max(sample.width(), sample.height());
    int scale = Math.max(1, READABLE / longer);
    BufferedImage picture = Pictures.enlarged(image, scale);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    objects.forEach(each -> box(graphics, each, scale, picture.getWidth() / 200f));
    objects.forEach(each -> name(graphics, each, scale));
    graphics.dispose();
    return picture;
  }

  private static void box(Graphics2D graphics, Drawn object, int scale, float width) {
    float line = Math.max(1.5f, width);
    graphics.setStroke(
        object.dashed()
            ? new BasicStroke(
                line, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {6, 4}, 0)
            : new BasicStroke(line));
    graphics.setColor(object.colour());
    graphics.drawRect(
        (int) Math.round(scale * object.box().x()),
        (int) Math.round(scale * object.box().y()),
        (int) Math.round(scale * object.box().width()),
        (int) Math.round(scale * object.box().height()));
  }

  /** Above the box where there is room, else within it; nothing on a machine without fonts. */
  private static void name(Graphics2D graphics, Drawn object, int scale) {
    try {
      graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, FONT));
      int wide = graphics.getFontMetrics().stringWidth(object.name()) + 4;
      int left = Math.max(0, (int) Math.round(scale * object.box().x()));
      int above = (int) Math.round(scale * object.box().y()) - FONT - 3;
      int top = Math.max(0, above);
      graphics.setColor(SHADE);
      graphics.fillRect(left, top, wide, FONT + 3);
      graphics.setColor(object.colour());
      graphics.drawString(object.name(), left + 2, top + FONT);
    } catch (LinkageError | InternalError | AWTError | RuntimeException e) {
      // Boxes say the most.
    }
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
}
