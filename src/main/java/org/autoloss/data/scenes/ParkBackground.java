package org.autoloss.data.scenes;

/**
 * Sky, clouds, hills, ground and a path.
 *
 * @param brush to paint with
 * @param horizon where the ground begins, in pixels from above
 */
record ParkBackground(Brush brush, double horizon) {
  void paint() {
    paintSky();
    paintHills();
    paintGround();
    if (brush.chance(0.5)) {
      paintPath();
    }
    if (brush.chance(0.5)) {
      paintPatches();
    }
  }

  private void paintSky() {
    boolean dusk = brush.chance(0.2);
    Colour high =
        dusk ? brush.colour(.6, .8, .2, .5, .3, .6) : brush.colour(.53, .63, .15, .6, .6, .95);
    Colour low =
        dusk ? brush.colour(.0, .12, .3, .6, .7, .95) : brush.colour(.5, .62, .0, .25, .75, 1);
    Colour cloud = Colour.grey(brush.between(0.6, 1));
    double cover = brush.between(0.3, 0.7);
    double scale = brush.size() * brush.between(0.12, 0.35);
    Noise noise = brush.noise();
    Texture sky =
        (x, y) -> {
          double white = 3 * (noise.fractal(x / scale, 2 * y / scale) - cover);
          return high.mix(low, Noise.clamp01(y / horizon)).mix(cloud, Noise.clamp01(white));
        };
    brush.canvas().tint(brush.everywhere(), sky, 1);
  }

  private void paintHills() {
    int ridges = brush.random().nextInt(3);
    double size = brush.size();
    for (int i = 0; i < ridges; i++) {
      Noise noise = brush.noise();
      double height = size * brush.between(0.05, 0.25);
      double width = size * brush.between(0.2, 0.6);
      Shape hill =
          new Shape(
              0,
              horizon - height,
              size,
              horizon + 2,
              (x, y) -> horizon - height * noise.fractal(x / width, 0.5) - y);
      Colour far = brush.colour(.25, .65, .1, .45, .35, .7);
      brush.canvas().tint(hill, Texture.clumps(far, far.times(0.85), size * 0.04, noise), 1);
    }
  }

  private void paintGround() {
    Colour a =
        switch (brush.random().nextInt(4)) {
          case 0, 1 -> brush.colour(.17, .36, .25, .65, .3, .7); // grass
          case 2 -> brush.colour(.07, .13, .2, .5, .5, .85); // sand
          default -> brush.colour(.0, 1, .0, .12, .3, .6); // asphalt
        };
    Colour b = a.times(brush.between(0.65, 0.9)).mix(brush.anyColour(), 0.12);
    Noise noise = brush.noise();
    double scale = brush.size() * brush.between(0.02, 0.12);
    // Clumps grow towards the viewer.
    Texture ground =
        (x, y) -> {
          double near = 0.3 + (y - horizon) / (brush.size() - horizon);
          double value = noise.fractal(x / (scale * near), 2 * (y - horizon) / (scale * near));
          return a.mix(b, Noise.clamp01(2.5 * value - 0.75)).times(0.85 + 0.2 * near);
        };
    brush.canvas().tint(Shape.box(-2, horizon, brush.size() + 2.0, brush.size() + 2.0), ground, 1);
  }

  private void paintPath() {
    double size = brush.size();
    double far = brush.between(0.2, 0.8) * size;
    double near = brush.between(-0.2, 1.2) * size;
    double width = brush.between(0.15, 0.5) * size;
    Shape path =
        Shape.polygon(far, horizon, near + width / 2, size + 2, near - width / 2, size + 2);
    Colour colour = brush.colour(.05, .12, .0, .35, .4, .8);
    brush
        .canvas()
        .tint(path, Texture.clumps(colour, colour.times(0.85), size * 0.03, brush.noise()), 0.9);
  }

  // Fallen leaves and puddles: textures of objects that are none.
  private void paintPatches() {
    double size = brush.size();
    for (int i = 0; i < 3; i++) {
      double y = brush.between(horizon, size);
      double r = size * brush.between(0.04, 0.14);
      Shape patch =
          Shape.ellipse(brush.between(0, size), y, r, r * 0.3).rough(r * 0.3, r, brush.noise());
      Colour colour = brush.colour(.05, .4, .2, .6, .3, .7);
      brush
          .canvas()
          .tint(patch, Texture.clumps(colour, colour.times(0.5), size * 0.03, brush.noise()), 0.8);
    }
  }
}
