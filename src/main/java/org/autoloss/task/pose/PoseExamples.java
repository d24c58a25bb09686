package org.autoloss.task.pose;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.autoloss.data.ObjectLabel;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.Pictures;
import org.autoloss.data.pose.PoseDataset;
import org.autoloss.metric.detection.FoundPoints;
import org.autoloss.metric.detection.KeypointSimilarity;
import org.autoloss.metric.detection.Keypoints;
import org.autoloss.metric.detection.PckMetric;
import org.autoloss.nn.Network;
import org.autoloss.task.ExampleFiles;

/**
 * The first images of a split that show poses: the skeletons that are there, those that a network
 * sees, and how far each point is off. Limbs of the left are orange, those of the right blue;
 * points that are hidden in the image are hollow.
 *
 * @param poses the objects
 * @param settings sizes, and how alike poses are
 */
record PoseExamples(PoseDataset poses, PoseSettings settings) {
  private static final int SHARP =
      256; // small images are enlarged, so that lines can be told apart
  private static final Color LEFT = new Color(0xff8c1a);
  private static final Color RIGHT = new Color(0x2f8fff);
  private static final Color MIDDLE = new Color(0x4cd137);
  private static final Color MISSED = new Color(0xff2d55);
  private static final double RADIUS = 3;
  private static final String LEGEND =
      "Limbs of the left are orange, those of the right blue; hollow points are hidden. The last"
          + " picture of each loss leads from where a point is to where it was seen: red where PCK"
          + " misses it.";

  void draw(Network network, ExampleFiles files) throws IOException {
    Files.createDirectories(files.folder());
    files.writeLegend(LEGEND);
    int drawn = 0;
    for (int i = 0; i < poses.images().size() && drawn < ExampleFiles.COUNT; i++) {
      int[] inImage = poses.inImage(i);
      if (inImage.length > 0) {
        List<PoseEvaluator.Found> found =
            new PoseEvaluator(poses, settings).find(network, Arrays.stream(inImage));
        write(files, drawn++, poses.images().get(i), found);
      }
    }
  }

  private void write(
      ExampleFiles files, int index, ObjectSample image, List<PoseEvaluator.Found> found)
      throws IOException {
    Pictures.write(files.image(index), new Drawing(image).done());
    Drawing labels = new Drawing(image);
    Drawing prediction = new Drawing(image);
    Drawing errors = new Drawing(image);
    FoundPoints counts = new FoundPoints(poses.skeleton().size());
    KeypointSimilarity similarity = settings.similarity(poses.skeleton());
    double alike = 0;
    for (PoseEvaluator.Found each : found) {
      ObjectLabel object = each.object();
      labels.skeleton(object.keypoints(), true);
      prediction.skeleton(each.points(), false);
      errors.differences(each);
      counts.add(each.points(), object.keypoints(), object.box());
      alike +=
          similarity.of(each.points(), object.keypoints(), object.box(), object.area())
              / found.size();
    }
    Pictures.write(files.labels(index), labels.done());
    Pictures.write(files.prediction(index), prediction.done());
    Pictures.write(files.errors(index), errors.done());
    files.writeCaption(
        index,
        String.format(
            Locale.ROOT, "OKS %.2f, PCK %.0f %%", alike, 100 * counts.mean(PckMetric.PCK)));
  }

  /** An image, enlarged if it is small, with lines on it. */
  private final class Drawing {
    private final BufferedImage picture;
    private final Graphics2D graphics;
    private final int scale;

    Drawing(ObjectSample image) {
      int longer = Math.max(image.width(), image.height());
      scale = Math.max(1, (SHARP + longer - 1) / longer);
      picture = Pictures.enlarged(Pictures.of(image), scale);
      graphics = picture.createGraphics();
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setStroke(new BasicStroke(Math.max(2f, picture.getWidth() / 160f)));
    }

    BufferedImage done() {
      graphics.dispose();
      return picture;
    }

    /**
     * Draws bones between points, then the points.
     *
     * @param labelled whether v tells which points there are, and which of them are hidden
     */
    void skeleton(Keypoints points, boolean labelled) {
      for (List<Integer> bone : poses.skeleton().bones()) {
        int a = bone.get(0);
        int b = bone.get(1);
        if (!labelled || points.labelled(a) && points.labelled(b)) {
          graphics.setColor(side(a).equals(side(b)) ? side(a) : MIDDLE);
          line(points.x(a), points.y(a), points.x(b), points.y(b));
        }
      }
      for (int k = 0; k < points.size(); k++) {
        if (!labelled || points.labelled(k)) {
          graphics.setColor(side(k));
          dot(points.x(k), points.y(k), labelled && points.values()[3 * k + 2] == 1);
        }
      }
    }

    /** A line from where each labelled point is to where it was seen; red where PCK misses it. */
    void differences(PoseEvaluator.Found found) {
      Keypoints truth = found.object().keypoints();
      Keypoints seen = found.points();
      for (int k = 0; k < truth.size(); k++) {
        if (truth.labelled(k)) {
          boolean near = PckMetric.PCK.found(seen, truth, k, found.object().box());
          graphics.setColor(near ? MIDDLE : MISSED);
          line(truth.x(k), truth.y(k), seen.x(k), seen.y(k));
          dot(truth.x(k), truth.y(k), true);
          dot(seen.x(k), seen.y(k), false);
        }
      }
    }

    private Color side(int point) {
      String name = poses.skeleton().points().get(point).toLowerCase(Locale.ROOT);
      return name.contains("left") ? LEFT : name.contains("right") ? RIGHT : MIDDLE;
    }

    private void line(double x1, double y1, double x2, double y2) {
      graphics.draw(new Line2D.Double(scale * x1, scale * y1, scale * x2, scale * y2));
    }

    private void dot(double x, double y, boolean hollow) {
      double radius = RADIUS * Math.max(1, picture.getWidth() / 320.0);
      Ellipse2D dot =
          new Ellipse2D.Double(scale * x - radius, scale * y - radius, 2 * radius, 2 * radius);
      if (hollow) {
        graphics.draw(dot);
      } else {
        graphics.fill(dot);
      }
    }
  }
}
