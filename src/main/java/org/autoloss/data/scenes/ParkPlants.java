package org.autoloss.data.scenes;

/**
 * Trees, bushes, and rocks, which have the outlines of bushes.
 *
 * @param brush to paint with
 * @param light of the scene
 */
record ParkPlants(Brush brush, ParkLight light) {
  private Texture leaves(double unit) {
    Colour light = brush.colour(.08, .36, .3, .7, .4, .75);
    double size = Math.max(1.6, unit * brush.between(0.08, 0.14));
    return Texture.clumps(light.times(0.35), light, size, brush.noise());
  }

  void paintTree(double x, double base, double unit) {
    double height = unit * brush.between(1.1, 2.1);
    double thick = Math.max(0.7, unit * brush.between(0.04, 0.08));
    Texture bark =
        Texture.clumps(new Colour(.3, .22, .15), new Colour(.5, .4, .3), 2, brush.noise());
    light.shadow(x, base, unit * 0.4);
    double lean = unit * brush.between(-0.1, 0.1);
    Shape trunk = Shape.line(x, base, x + lean, base - height * 0.7, thick, thick * 0.6);
    brush.canvas().paint(trunk, bark, 2);
    switch (brush.random().nextInt(5)) {
      case 0 ->
          brush.canvas().paint(conifer(x, base, height), light.lit(leaves(unit), x, unit * .4), 2);
      case 1 -> paintBranches(x + lean, base - height * 0.4, height * 0.35, thick, bark);
      default -> {
        Shape crown = crown(x + lean, base - height * 0.72, unit * brush.between(0.35, 0.6));
        brush.canvas().paint(crown, light.lit(leaves(unit), x, unit * 0.5), 2);
      }
    }
  }

  private Shape conifer(double x, double base, double height) {
    Shape[] tiers = new Shape[3];
    for (int i = 0; i < 3; i++) {
      double half = height * (0.3 - 0.07 * i);
      double low = base - height * (0.18 + 0.24 * i);
      tiers[i] = Shape.polygon(x - half, low, x, low - height * 0.38, x + half, low);
    }
    return Shape.union(tiers).rough(height * 0.03, 3, brush.noise());
  }

  private Shape crown(double x, double y, double radius) {
    Shape[] puffs = new Shape[6];
    for (int i = 0; i < puffs.length; i++) {
      puffs[i] =
          Shape.circle(
              x + radius * brush.between(-0.7, 0.7),
              y + radius * brush.between(-0.6, 0.5),
              radius * brush.between(0.4, 0.7));
    }
    return Shape.union(puffs).rough(radius * 0.15, Math.max(2, radius * 0.25), brush.noise());
  }

  // A tree in winter: thin branches only.
  private void paintBranches(double x, double y, double length, double thick, Texture bark) {
    for (int i = 0; i < 6; i++) {
      double sx = length * brush.between(-0.9, 0.9);
      double sy = -length * brush.between(0.4, 1);
      double y0 = y - length * 0.9 * i / 6;
      Shape branch = Shape.line(x, y0, x + sx, y0 + sy, Math.max(0.6, thick * 0.6), 0.5);
      Shape twig =
          Shape.line(
              x + sx / 2, y0 + sy / 2, x + sx * brush.between(0.2, 1.2), y0 + sy * 1.1, .6, .5);
      brush.canvas().paint(Shape.union(branch, twig), bark, 2);
    }
  }

  // Bushes and rocks: one outline and overlapping colours, told apart by their texture.
  void paintMound(double x, double base, double unit, int label) {
    double half = unit * brush.between(0.25, 0.6);
    double height = unit * brush.between(0.3, 0.65);
    Shape left = Shape.ellipse(x - half * 0.3, base, half * 0.7, height * brush.between(0.7, 1));
    Shape right = Shape.ellipse(x + half * 0.3, base, half * 0.7, height * brush.between(0.5, 1));
    Shape outline = Shape.union(left, right).rough(unit * 0.07, unit * 0.15, brush.noise());
    light.shadow(x, base, half);
    Colour colour = brush.colour(.07, .34, .1, .55, .4, .75);
    Texture texture =
        label == 4
            ? Texture.clumps(colour.times(0.4), colour, Math.max(1.6, unit * 0.1), brush.noise())
            : Texture.facets(colour, Math.max(3, unit * 0.25), brush.noise());
    brush.canvas().paint(outline.above(base), light.lit(texture, x, half), label);
  }
}
