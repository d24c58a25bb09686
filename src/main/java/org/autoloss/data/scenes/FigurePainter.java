package org.autoloss.data.scenes;

import java.util.List;

/**
 * Scenes of articulated figures before the background of a family: one to three, of which one may
 * hide parts of another, and bars in front of them. A figure is seen from the front, in light
 * colours, or from behind, in dark ones: that alone tells left from right, so that the mirror image
 * of a figure is one, too.
 *
 * @param background paints what is behind
 */
record FigurePainter(ScenePainter background) implements ScenePainter {
  /** The points of a figure. */
  static final List<String> KEYPOINTS =
      List.of(
          "head",
          "left_shoulder",
          "right_shoulder",
          "left_elbow",
          "right_elbow",
          "left_wrist",
          "right_wrist",
          "left_hip",
          "right_hip",
          "left_knee",
          "right_knee",
          "left_ankle",
          "right_ankle");

  /** Which points are joined, by their places. */
  static final List<List<Integer>> SKELETON =
      List.of(
          List.of(1, 3),
          List.of(3, 5),
          List.of(2, 4),
          List.of(4, 6),
          List.of(7, 9),
          List.of(9, 11),
          List.of(8, 10),
          List.of(10, 12),
          List.of(1, 2),
          List.of(7, 8));

  private static final int HIDDEN = 0; // the label of what is in front
  private static final int FIGURE = 1;

  @Override
  public void paint(Brush brush, int classes, int wanted) {
    background.paint(brush, classes, wanted);
    int figures = 1 + brush.random().nextInt(3);
    for (int i = 0; i < figures; i++) {
      paintFigure(brush);
    }
    for (int i = brush.random().nextInt(3); i > 0; i--) {
      paintBar(brush);
    }
  }

  private static void paintBar(Brush brush) {
    double size = brush.size();
    double x = brush.between(0, size);
    double[] ends = {x, -2, x + size * brush.between(-0.3, 0.3), size + 2};
    double radius = size * brush.between(0.01, 0.05);
    Colour colour = brush.anyColour();
    brush.canvas().begin(HIDDEN);
    brush
        .canvas()
        .paint(
            Shape.line(ends[0], ends[1], ends[2], ends[3], radius, radius),
            Texture.stripes(colour, colour.times(0.7), 3, 0.6, 0.8),
            HIDDEN);
  }

  private static void paintFigure(Brush brush) {
    double height = brush.size() * brush.between(0.35, 0.8);
    boolean front = brush.chance(0.5);
    double[] p = joints(brush, height, front ? 1 : -1);
    brush.canvas().begin(FIGURE, p);
    Colour limbs = colour(brush, front, 0.4);
    Colour cloth = colour(brush, front, 0.2);
    Colour head = Colour.hsv(brush.between(0.02, 0.1), 0.35, front ? 0.95 : 0.15); // skin, or hair
    double thick = Math.max(1, height * brush.between(0.03, 0.05));
    int behind = brush.chance(0.5) ? 1 : 2;
    limbs(brush, p, behind, limbs, thick);
    Shape trunk =
        Shape.polygon(p[2], p[3], p[4], p[5], p[2 * 8], p[2 * 8 + 1], p[2 * 7], p[2 * 7 + 1]);
    brush.canvas().paint(trunk, Texture.plain(cloth), FIGURE);
    limbs(brush, p, 3 - behind, limbs, thick);
    Shape round = Shape.circle(p[0], p[1], Math.max(1.5, height * 0.085));
    brush.canvas().paint(round, Texture.plain(head), FIGURE);
  }

  private static Colour colour(Brush brush, boolean light, double saturation) {
    double darkest = light ? 0.65 : 0.25;
    return brush.colour(0, 1, saturation, 0.95, darkest, darkest + 0.25);
  }

  /** An arm and a leg of one side: 1 for the left one, 2 for the right one. */
  private static void limbs(Brush brush, double[] p, int side, Colour colour, double thick) {
    for (int[] chain : new int[][] {{0, 2, 4}, {6, 8, 10}}) {
      for (int i = 0; i < 2; i++) {
        int a = 2 * (side + chain[i]);
        int b = 2 * (side + chain[i + 1]);
        double r = thick * (i == 0 ? 1 : 0.75);
        Texture skin = Texture.plain(colour.times(i == 0 ? 1 : 0.8));
        brush.canvas().paint(Shape.line(p[a], p[a + 1], p[b], p[b + 1], r, r * 0.85), skin, FIGURE);
      }
    }
  }

  /**
   * Coordinates of {@link #KEYPOINTS}.
   *
   * @param facing 1 if seen from the front, where left is on the right; -1 if seen from behind
   */
  private static double[] joints(Brush brush, double height, int facing) {
    double[] p = new double[2 * KEYPOINTS.size()];
    double lean = brush.between(-0.45, 0.45);
    double x = brush.between(0.1, 0.9) * brush.size();
    double y = brush.between(0.35, 0.85) * brush.size(); // of the hips' middle
    double trunk = 0.32 * height;
    double upX = StrictMath.sin(lean);
    double upY = -StrictMath.cos(lean);
    set(p, 0, x + 1.4 * trunk * upX, y + 1.4 * trunk * upY);
    for (int side = 1; side <= 2; side++) {
      int out = side == 1 ? facing : -facing;
      double shoulder = out * 0.11 * height;
      double hip = out * 0.07 * height;
      set(p, side, x + trunk * upX - shoulder * upY, y + trunk * upY + shoulder * upX);
      set(p, 6 + side, x - hip * upY, y + hip * upX);
      chain(p, side, 0.17 * height, out * brush.between(-0.3, 2.7), brush.between(-2, 2));
      chain(p, 6 + side, 0.24 * height, out * brush.between(-0.2, 0.9), brush.between(-1, 1));
    }
    return p;
  }

  /** Two bones from a joint: angles are turned from straight down. */
  private static void chain(double[] p, int from, double bone, double angle, double bend) {
    double x = p[2 * from];
    double y = p[2 * from + 1];
    double turn = angle;
    for (int i = 1; i <= 2; i++) {
      x += bone * StrictMath.sin(turn);
      y += bone * StrictMath.cos(turn);
      set(p, from + 2 * i, x, y);
      turn += bend;
    }
  }

  private static void set(double[] p, int joint, double x, double y) {
    p[2 * joint] = x;
    p[2 * joint + 1] = y;
  }
}
