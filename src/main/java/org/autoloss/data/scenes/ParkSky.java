package org.autoloss.data.scenes;

/**
 * Birds, balloons and kites.
 *
 * @param brush to paint with
 * @param light of the scene
 */
record ParkSky(Brush brush, ParkLight light) {
  void paintBird(double x, double base, double unit) {
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

  void paintBalloon(double x, double unit) {
    double r = Math.max(4, unit * brush.between(0.3, 0.6));
    double y = brush.size() * brush.between(0.1, 0.5);
    Texture stripes =
        Texture.stripes(brush.anyColour(), brush.anyColour(), Math.max(1.5, r * 0.28), 1, 0);
    double basket = y + r * 1.9;
    for (int end = -1; end <= 1; end += 2) {
      Shape rope = Shape.line(x + end * r * 0.7, y + r * 0.8, x + end * r * 0.2, basket, .5, .5);
      brush.canvas().paint(rope, Texture.plain(Colour.grey(0.2)), 8);
    }
    brush.canvas().paint(Shape.ellipse(x, y, r, r * 1.15), light.lit(stripes, x, r), 8);
    Shape box = Shape.box(x - r * 0.25, basket - 1, x + r * 0.25, basket + r * 0.3);
    brush.canvas().paint(box, Texture.plain(new Colour(.45, .3, .15)), 8);
  }

  void paintKite(double x, double unit) {
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
}
