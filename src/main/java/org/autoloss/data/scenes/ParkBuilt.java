package org.autoloss.data.scenes;

/**
 * Buildings, cars, poles with their wires, fences.
 *
 * @param brush to paint with
 * @param light of the scene
 */
record ParkBuilt(Brush brush, ParkLight light) {
  void paintBuilding(double x, double base, double unit) {
    double half = unit * brush.between(0.4, 0.95);
    double height = unit * brush.between(0.9, 2.2);
    double top = base - height;
    Colour wall = brush.colour(0, .16, .0, .6, .35, .9);
    light.shadow(x, base, half);
    Texture wallTexture =
        brush.chance(0.5)
            ? Texture.bricks(wall, wall.times(1.25), Math.max(2, unit * 0.09), brush.noise())
            : Texture.clumps(wall, wall.times(0.9), unit * 0.2, brush.noise());
    Texture windows = windows(wallTexture, x - half, top, unit * brush.between(0.28, 0.4));
    Shape body = Shape.box(x - half, top, x + half, base);
    brush.canvas().paint(body, light.lit(windows, x, half), 1);
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

  void paintCar(double x, double base, double unit) {
    double half = unit * brush.between(0.5, 0.75);
    double height = unit * brush.between(0.22, 0.32);
    double cabin = height * (brush.chance(0.3) ? 1.5 : 0.8);
    double wheel = height * 0.42;
    int front = brush.side();
    double low = base - wheel * 0.8;
    double shoulder = low - height;
    light.shadow(x, base, half);
    Texture paint = light.lit(Texture.plain(brush.anyColour()), x, half);
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

  // A lamp, a mast, or a row of poles with wires between them.
  void paintPoles(double x, double base, double unit) {
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

  void paintFence(double x, double base, double unit) {
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
