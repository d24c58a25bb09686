package org.autoloss.data.scenes;

/**
 * The objects of a reef.
 *
 * @param brush to paint with
 * @param floor where the sand begins, in pixels from above
 */
record ReefObjects(Brush brush, double floor) {
  void paint(int label) {
    double size = brush.size();
    double x = brush.between(0, size);
    double onFloor = brush.between(floor, size);
    double inWater = brush.between(0.05, 0.9) * size;
    double unit = size * brush.between(0.06, 0.13);
    switch (label) {
      case 1 -> paintCoral(x, onFloor, unit);
      case 2, 3 -> paintFish(x, inWater, unit, label);
      case 4 -> paintWeed(x, onFloor, unit);
      case 5 -> paintJellyfish(x, inWater * 0.7, unit);
      case 6 -> paintRope(x, unit);
      case 7 -> paintStarfish(x, onFloor, unit * 0.5);
      case 8 -> paintBubble(x, inWater, unit * brush.between(0.15, 0.4));
      case 9 -> paintShell(x, onFloor, unit * 0.6);
      default -> paintStone(x, onFloor, unit);
    }
  }

  private void paintCoral(double x, double base, double unit) {
    Colour colour = brush.colour(.85, 1.15, .35, .85, .45, .95);
    if (brush.chance(0.5)) {
      Texture skin = Texture.clumps(colour, colour.times(0.6), 2, brush.noise());
      paintBranch(x, base, 0, unit * brush.between(1, 1.6), Math.max(1, unit * 0.16), 3, skin);
      return;
    }
    Noise noise = brush.noise();
    double scale = Math.max(2, unit * 0.22);
    // A maze, as on brain corals: the level lines of a smooth noise.
    Texture maze =
        (px, py) -> {
          double level = 5 * noise.value(px / scale, py / scale);
          return level - Math.floor(level) < 0.5 ? colour : colour.times(0.55);
        };
    Shape dome =
        Shape.ellipse(x, base, unit * brush.between(0.9, 1.5), unit * brush.between(0.7, 1.2))
            .rough(unit * 0.12, unit * 0.6, noise);
    brush.canvas().paint(dome.above(base + unit * 0.2), maze, 1);
  }

  private void paintBranch(
      double x, double y, double lean, double length, double radius, int depth, Texture skin) {
    double x1 = x + lean * length;
    double y1 = y - length * (1 - 0.4 * Math.abs(lean));
    brush.canvas().paint(Shape.line(x, y, x1, y1, radius, radius * 0.75), skin, 1);
    for (int i = 0; depth > 0 && i < 2; i++) {
      double turn = (i == 0 ? -1 : 1) * brush.between(0.25, 0.7);
      paintBranch(
          x1,
          y1,
          lean * 0.5 + turn,
          length * brush.between(0.5, 0.75),
          Math.max(0.6, radius * 0.75),
          depth - 1,
          skin);
    }
  }

  private void paintFish(double x, double y, double unit, int label) {
    int front = brush.side();
    double half = unit * brush.between(0.9, 1.5);
    double high = half * brush.between(0.4, 0.65);
    Colour ground = brush.anyColour();
    Colour mark = brush.chance(0.5) ? Colour.grey(brush.between(0, 1)) : brush.anyColour();
    double period = Math.max(2, half * brush.between(0.16, 0.28));
    Texture skin =
        label == 2
            ? Texture.stripes(ground, mark, period, 1, 0)
            : Texture.dots(ground, mark, period * 1.5);
    Shape body = Shape.ellipse(x, y, half, high);
    double tail = x - front * half * 0.85;
    Shape fan =
        Shape.polygon(
            tail,
            y,
            tail - front * half * .6,
            y - high * .9,
            tail - front * half * .45,
            y,
            tail - front * half * .6,
            y + high * .9);
    Shape fin =
        Shape.polygon(
            x - half * .4, y - high * .7, x, y - high * 1.6, x + half * .35, y - high * .7);
    brush.canvas().paint(Shape.union(body, fan, fin), skin, label);
    Shape eye = Shape.circle(x + front * half * 0.65, y - high * 0.2, Math.max(0.8, half * 0.09));
    brush.canvas().paint(eye, Texture.plain(Colour.grey(0.02)), label);
  }

  private void paintWeed(double x, double base, double unit) {
    Colour colour = brush.colour(.2, .48, .35, .8, .3, .75);
    int blades = 3 + brush.random().nextInt(5);
    for (int i = 0; i < blades; i++) {
      double foot = x + unit * brush.between(-0.8, 0.8);
      double height = unit * brush.between(1.5, 4.5);
      double[] blade =
          brush.wave(foot, base, foot + unit * brush.between(-.6, .6), base - height, unit * .6);
      double radius = Math.max(0.8, unit * brush.between(0.08, 0.16));
      Texture shade = Texture.plain(colour.times(brush.between(0.7, 1.2)));
      brush.canvas().paint(Shape.polyline(blade, radius, 0.5), shade, 4);
    }
  }

  private void paintJellyfish(double x, double y, double unit) {
    Colour colour = brush.colour(.5, 1.05, .1, .6, .6, 1);
    double half = unit * brush.between(0.7, 1.3);
    for (int i = -2; i <= 2; i++) {
      double from = x + i * half * 0.36;
      double length = half * brush.between(1.2, 3);
      double[] points =
          brush.wave(from, y, from + half * brush.between(-.4, .4), y + length, half * .35);
      brush.canvas().glaze(Shape.polyline(points, 0.7, 0.5), Texture.plain(colour), 0.8, 5);
    }
    Shape bell = Shape.ellipse(x, y, half, half * brush.between(0.7, 1)).above(y + half * 0.1);
    Texture skin =
        (px, py) -> colour.times(0.75 + 0.35 * Math.abs(px - x) / half).mix(Colour.grey(1), 0.15);
    brush.canvas().glaze(bell, skin, 0.7, 5);
  }

  private void paintRope(double x, double unit) {
    double radius = brush.between(0.55, 1.3);
    double end = x + brush.size() * brush.between(-0.5, 0.5);
    double[] points =
        brush.wave(
            x, -2, end, brush.size() * brush.between(0.5, 1.1), unit * brush.between(0, 1.2));
    Colour colour = brush.colour(.05, .15, .0, .5, .15, .95);
    Texture strands = Texture.stripes(colour, colour.times(0.7), 1.5, 0.6, 0.8);
    brush.canvas().paint(Shape.polyline(points, radius, radius), strands, 6);
  }

  private void paintStarfish(double x, double y, double radius) {
    double[] corners = new double[20];
    double turn = brush.between(0, 1);
    for (int i = 0; i < 10; i++) {
      double angle = 2 * Math.PI * (turn + i / 10.0);
      double r = Math.max(3, radius) * (i % 2 == 0 ? 1.25 : 0.5);
      corners[2 * i] = x + r * StrictMath.cos(angle);
      corners[2 * i + 1] = y + 0.75 * r * StrictMath.sin(angle);
    }
    Colour colour = brush.colour(.95, 1.12, .4, .85, .5, .95);
    Texture skin = Texture.dots(colour, colour.times(1.3), 2.5);
    brush.canvas().paint(Shape.polygon(corners), skin, 7);
  }

  private void paintBubble(double x, double y, double radius) {
    double r = Math.max(1.5, radius);
    Colour rim = new Colour(.8, .95, 1);
    Texture film =
        (px, py) -> {
          double k = Math.hypot(px - x, py - y) / r;
          return rim.times(0.4 + 0.6 * k * k);
        };
    brush.canvas().glaze(Shape.circle(x, y, r), film, 0.5, 8);
    Shape shine = Shape.circle(x - r * 0.35, y - r * 0.35, Math.max(0.6, r * 0.2));
    brush.canvas().tint(shine, Texture.plain(Colour.grey(1)), 0.9);
  }

  private void paintShell(double x, double y, double radius) {
    double r = Math.max(3, radius);
    Colour colour = brush.colour(.02, .15, .1, .6, .6, .95);
    // Ribs run from the hinge below.
    Texture ribs =
        (px, py) -> {
          double across = 7 * (px - x) / Math.max(1, y + r * 0.3 - py);
          return Math.floor(across) % 2 == 0 ? colour : colour.times(0.7);
        };
    Shape fan = Shape.ellipse(x, y, r, r * 0.9).above(y + r * 0.5);
    brush.canvas().paint(fan, ribs, 9);
  }

  private void paintStone(double x, double y, double unit) {
    double half = unit * brush.between(0.5, 1.1);
    Colour colour = brush.colour(.5, 1.15, .05, .35, .3, .7);
    Shape outline =
        Shape.ellipse(x, y, half, half * brush.between(0.5, 0.8))
            .rough(half * 0.15, half * 0.6, brush.noise());
    brush
        .canvas()
        .paint(outline, Texture.facets(colour, Math.max(2.5, half * .5), brush.noise()), 10);
  }
}
