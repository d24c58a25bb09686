package org.autoloss.data.scenes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Outdoor scenes. Objects stand on the ground between the horizon and the lower edge; the lower
 * they stand, the nearer and larger they are, and the later they are painted.
 *
 * <p>Bush and rock have the same outlines and colours and differ by texture; tree and bush the same
 * texture and differ by shape; clouds, hills, paths, shadows and patches of leaves on the ground
 * belong to the background.
 */
final class ParkPainter implements ScenePainter {
  // How often a scene tries to place an object of each class, and how often it succeeds.
  private static final int[] TRIES = {0, 3, 4, 2, 3, 3, 2, 3, 1, 1, 1};
  private static final double[] CHANCE = {0, .5, .5, .45, .4, .4, .45, .08, .2, .2, .25};

  private record Placed(int label, double x, double base, double unit) {}

  @Override
  public void paint(Brush brush, int classes, int wanted) {
    double size = brush.size();
    double horizon = size * brush.between(0.25, 0.6);
    new ParkBackground(brush, horizon).paint();
    ParkObjects objects = new ParkObjects(brush, new ParkLight(brush, brush.between(-0.3, 0.3)));
    for (Placed placed : place(brush, classes, wanted, horizon)) {
      brush.canvas().begin(placed.label);
      objects.paint(placed.label, placed.x, placed.base, placed.unit);
    }
  }

  private static List<Placed> place(Brush brush, int classes, int wanted, double horizon) {
    List<Placed> all = new ArrayList<>();
    for (int label = 1; label < classes; label++) {
      int sure = label == wanted ? 1 : 0;
      for (int i = 0; i < TRIES[label] + sure; i++) {
        if (i < sure || brush.chance(CHANCE[label])) {
          all.add(placed(brush, label, horizon));
        }
      }
    }
    all.sort(Comparator.comparingDouble(Placed::base));
    return all;
  }

  private static Placed placed(Brush brush, int label, double horizon) {
    double depth = brush.between(0.03, 1);
    double size = brush.size();
    return new Placed(
        label,
        brush.between(-0.02, 1.02) * size,
        horizon + depth * (size * 1.02 - horizon),
        size * (0.1 + 0.28 * depth));
  }
}
