package org.autoloss.data.scenes;

/**
 * The objects of a park.
 *
 * @param brush to paint with
 * @param sun where the light comes from: below 0 left, above 0 right
 */
record ParkObjects(Brush brush, double sun) {
  /** Paints an object that stands at a place; unit is the height of a man there, more or less. */
  void paint(int label, double x, double base, double unit) {
    switch (label) {
      case 1 -> paintBuilding(x, base, unit);
      case 2 -> paintTree(x, base, unit);
      case 3 -> paintCar(x, base, unit);
      case 4 -> paintMound(x, base, unit, 4);
      case 5 -> paintMound(x, base, unit, 5);
      case 6 -> paintPoles(x, base, unit);
      case 7 -> paintBird(x, base, unit);
      case 8 -> paintBalloon(x, unit);
      case 9 -> paintKite(x, unit);
      default -> paintFence(x, base, unit);
    }
  }

  private void shadow(double x, double base, double halfWidth) {
    Shape shape =
        Shape.ellipse(x - sun * halfWidth, base, halfWidth * 1.1, Math.max(1, halfWidth * 0.22));
    brush.canvas().tint(shape, Texture.plain(Colour.grey(0.05)), 0.45);
  }

  private Texture lit(Texture texture, double x, double halfWidth) {
    return texture.shaded(x - halfWidth, 1 - sun, x + halfWidth, 1 + sun);
  }

  private Texture leaves(double unit) {
    Colour light = brush.colour(.08, .36, .3, .7, .4, .75);
    double size = Math.max(1.6, unit * brush.between(0.08, 0.14));
    return Texture.clumps(light.times(0.35), light, size, brush.noise());
  }

  private void paintBuilding(double x, double base, double unit) {
    double half = unit * brush.between(0.4, 0.95);
    double height = unit * brush.between(0.9, 2.2);
    double top = base - height;
    Colour wall = brush.colour(0, .16, .0, .6, .35, .9);
    shadow(x, base, half);
    Texture wallTexture =
        brush.chance(0.5)
            ? Texture.bricks(wall, wall.times(1.25), Math.max(2, unit * 0.09), brush.noise())
            : Texture.clumps(wall, wall.times(0.9), unit * 0.2, brush.noise());
    Texture windows = windows(wallTexture, x - half, top, unit * brush.between(0.28, 0.4));
    Shape body = Shape.box(x - half, top, x + half, base);
    brush.canvas().paint(body, lit(windows, x, half), 1);
    if (brush.chance(0.6)) {
      double ridge = top - unit * brush.between(0.25, 0.6);
      Shape roof =
          Shape.polygon(
              x - half * 1.12,
              top,
              x - half * .2,
              ridge,
              x + half * .2,
              ridge,
              x + half * 1.12,
              top);
      Colour tiles = brush.colour(0, .1, .1, .7, .2, .6);
      brush
          .canvas()
          .paint(roof, Texture.stripes(tiles, tiles.times(.8), Math.max(1.5, unit * .07), 0, 1), 1);
    } else {
      double at = x + half * brush.between(-0.8, 0.8);
      Shape antenna = Shape.line(at, top, at, top - unit * brush.between(0.3, 0.7), .6, .5);
      brush.canvas().paint(antenna, Texture.plain(Colour.grey(0.2)), 1);
    }
  }

  private Texture windows(Texture wall, double left, double top, double spacing) {
    Colour glass =
        brush.chance(0.3) ? new Colour(1, .9, .5) : brush.colour(.5, .65, .1, .5, .15, .5);
    return (x, y) -> {
      double u = (x - left) / spacing - Math.floor((x - left) / spacing);
      double v = (y - top) / spacing - Math.floor((y - top) / spacing);
      return u > 0.3 && u < 0.75 && v > 0.25 && v < 0.8 ? glass : wall.at(x, y);
    };
  }

  private void paintTree(double x, double base, double unit) {
    double height = unit * brush.between(1.1, 2.1);
    double thick = Math.max(0.7, unit * brush.between(0.04, 0.08));
    Texture bark =
        Texture.clumps(new Colour(.3, .22, .15), new Colour(.5, .4, .3), 2, brush.noise());
    shadow(x, base, unit * 0.4);
    double lean = unit * brush.between(-0.1, 0.1);
    Shape trunk = Shape.line(x, base, x + lean, base - height * 0.7, thick, thick * 0.6);
    brush.canvas().paint(trunk, bark, 2);
    switch (brush.random().nextInt(5)) {
      case 0 -> brush.canvas().paint(conifer(x, base, height), lit(leaves(unit), x, unit * .4), 2);
      case 1 -> paintBranches(x + lean, base - height * 0.4, height * 0.35, thick, bark);
      default -> {
        Shape crown = crown(x + lean, base - height * 0.72, unit * brush.between(0.35, 0.6));
        brush.canvas().paint(crown, lit(leaves(unit), x, unit * 0.5), 2);
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

  private void paintCar(double x, double base, double unit) {
    double half = unit * brush.between(0.5, 0.75);
    double height = unit * brush.between(0.22, 0.32);
    double cabin = height * (brush.chance(0.3) ? 1.5 : 0.8);
    double wheel = height * 0.42;
    int front = brush.side();
    double low = base - wheel * 0.8;
    double shoulder = low - height;
    shadow(x, base, half);
    Texture paint = lit(Texture.plain(brush.anyColour()), x, half);
    Shape body =
        Shape.polygon(
            x - half, low, x - half * 0.96, shoulder, x + half * 0.96, shoulder, x + half, low);
    Shape top = cabin(x, front, half, shoulder, shoulder - cabin, 1);
    brush.canvas().paint(Shape.union(body, top), paint, 3);
    Shape glass = cabin(x, front, half, shoulder, shoulder - cabin * 0.8, 0.82);
    brush.canvas().paint(glass, Texture.plain(brush.colour(.5, .65, .1, .4, .1, .35)), 3);
    for (int end = -1; end <= 1; end += 2) {
      double at = x + end * half * 0.6;
      brush
          .canvas()
          .paint(Shape.circle(at, base - wheel, wheel), Texture.plain(Colour.grey(.1)), 3);
      brush
          .canvas()
          .paint(Shape.circle(at, base - wheel, wheel * 0.45), Texture.plain(Colour.grey(.6)), 3);
    }
  }

  private static Shape cabin(
      double x, int front, double half, double low, double high, double scale) {
    return Shape.polygon(
        x - front * half * 0.75 * scale,
        low,
        x - front * half * 0.6 * scale,
        high,
        x + front * half * 0.2 * scale,
        high,
        x + front * half * 0.5 * scale,
        low);
  }

  // Bushes and rocks: one outline and overlapping colours, told apart by their texture.
  private void paintMound(double x, double base, double unit, int label) {
    double half = unit * brush.between(0.25, 0.6);
    double height = unit * brush.between(0.3, 0.65);
    Shape left = Shape.ellipse(x - half * 0.3, base, half * 0.7, height * brush.between(0.7, 1));
    Shape right = Shape.ellipse(x + half * 0.3, base, half * 0.7, height * brush.between(0.5, 1));
    Shape outline = Shape.union(left, right).rough(unit * 0.07, unit * 0.15, brush.noise());
    shadow(x, base, half);
    Colour colour = brush.colour(.07, .34, .1, .55, .4, .75);
    Texture texture =
        label == 4
            ? Texture.clumps(colour.times(0.4), colour, Math.max(1.6, unit * 0.1), brush.noise())
            : Texture.facets(colour, Math.max(3, unit * 0.25), brush.noise());
    brush.canvas().paint(outline.above(base), lit(texture, x, half), label);
  }

  // A lamp, a mast, or a row of poles with wires between them.
  private void paintPoles(double x, double base, double unit) {
    double height = unit * brush.between(1.6, 2.8);
    double radius = Math.max(0.55, unit * brush.between(0.015, 0.04));
    Texture texture = Texture.plain(brush.colour(.05, .12, .0, .4, .1, .75));
    double spacing = unit * brush.between(1.2, 2.4) * brush.side();
    int poles = brush.chance(0.55) ? 2 + brush.random().nextInt(2) : 1;
    for (int i = 0; i < poles; i++) {
      double at = x + i * spacing;
      double top = base - height;
      brush.canvas().paint(Shape.line(at, base, at, top, radius, radius * 0.8), texture, 6);
      double arm = unit * 0.2;
      if (poles > 1) {
        brush.canvas().paint(Shape.line(at - arm, top + 2, at + arm, top + 2, .6, .6), texture, 6);
      } else if (brush.chance(0.6)) {
        paintLamp(at, top, arm * brush.side(), texture);
      }
      if (i > 0) {
        paintWire(at - spacing - arm, at - arm, top + 2, unit, texture);
        paintWire(at - spacing + arm, at + arm, top + 2, unit, texture);
      }
    }
  }

  private void paintLamp(double x, double top, double arm, Texture texture) {
    Shape lamp = Shape.line(x, top, x + arm * 2, top - 1, 0.6, 0.6);
    Shape head =
        Shape.ellipse(x + arm * 2, top, Math.abs(arm) * 0.6, Math.max(1, Math.abs(arm) * 0.3));
    brush.canvas().paint(lamp, texture, 6);
    brush.canvas().paint(head, Texture.plain(Colour.grey(brush.between(0.2, 1))), 6);
  }

  private void paintWire(double x0, double x1, double y, double unit, Texture texture) {
    double sag = unit * 0.25;
    double[] points = new double[18];
    for (int i = 0; i <= 8; i++) {
      double t = i / 8.0;
      points[2 * i] = Noise.mix(x0, x1, t);
      points[2 * i + 1] = y + 4 * sag * t * (1 - t);
    }
    brush.canvas().paint(Shape.polyline(points, 0.55, 0.55), texture, 6);
  }

  private void paintBird(double x, double base, double unit) {
    double y = Math.min(base, brush.size() * 0.9) * brush.between(0.1, 0.7);
    double wing = Math.max(2.2, unit * brush.between(0.12, 0.28));
    double lift = wing * brush.between(-0.3, 0.8);
    Texture texture = Texture.plain(Colour.grey(brush.chance(0.6) ? .1 : .95));
    double thick = Math.max(0.6, wing * 0.16);
    Shape left = Shape.line(x, y, x - wing, y - lift, thick, 0.5);
    Shape right = Shape.line(x, y, x + wing, y - lift, thick, 0.5);
    Shape body = Shape.ellipse(x, y + thick * 0.3, Math.max(1, wing * 0.3), Math.max(0.8, thick));
    brush.canvas().paint(Shape.union(left, right, body), texture, 7);
  }

  private void paintBalloon(double x, double unit) {
    double r = Math.max(4, unit * brush.between(0.3, 0.6));
    double y = brush.size() * brush.between(0.1, 0.5);
    Texture stripes =
        Texture.stripes(brush.anyColour(), brush.anyColour(), Math.max(1.5, r * 0.28), 1, 0);
    double basket = y + r * 1.9;
    for (int end = -1; end <= 1; end += 2) {
      Shape rope = Shape.line(x + end * r * 0.7, y + r * 0.8, x + end * r * 0.2, basket, .5, .5);
      brush.canvas().paint(rope, Texture.plain(Colour.grey(0.2)), 8);
    }
    brush.canvas().paint(Shape.ellipse(x, y, r, r * 1.15), lit(stripes, x, r), 8);
    Shape box = Shape.box(x - r * 0.25, basket - 1, x + r * 0.25, basket + r * 0.3);
    brush.canvas().paint(box, Texture.plain(new Colour(.45, .3, .15)), 8);
  }

  private void paintKite(double x, double unit) {
    double r = Math.max(3.5, unit * brush.between(0.2, 0.4));
    double y = brush.size() * brush.between(0.08, 0.45);
    double tilt = r * brush.between(-0.5, 0.5);
    double length = r * brush.between(2.5, 5);
    double[] tail = brush.wave(x + tilt, y + r * 1.4, x + tilt * 3, y + r + length, r * 0.8);
    brush.canvas().paint(Shape.polyline(tail, 0.6, 0.5), Texture.plain(brush.anyColour()), 9);
    Shape sail =
        Shape.polygon(x - tilt, y - r, x + r * .8, y, x + tilt, y + r * 1.4, x - r * .8, y);
    Texture chequer =
        Texture.chequer(brush.anyColour(), brush.anyColour(), Math.max(2, r * 0.45), 0.8, 0.6);
    brush.canvas().paint(sail, chequer, 9);
  }

  private void paintFence(double x, double base, double unit) {
    double height = unit * brush.between(0.4, 0.6);
    double half = unit * brush.between(0.8, 1.8);
    double spacing = Math.max(3.5, unit * 0.2);
    double radius = Math.max(0.55, unit * 0.025);
    Texture wood = Texture.plain(brush.colour(.05, .12, .0, .5, .3, .95));
    for (double at = x - half; at <= x + half; at += spacing) {
      brush.canvas().paint(Shape.line(at, base, at, base - height, radius, radius), wood, 10);
    }
    for (double level = 0.35; level < 1; level += 0.4) {
      double y = base - height * level;
      brush.canvas().paint(Shape.line(x - half, y, x + half, y, radius, radius), wood, 10);
    }
  }
}
