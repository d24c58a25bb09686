package org.autoloss.data.scenes;

import java.util.ArrayList;
import java.util.List;

/**
 * Scenes under water: many small objects in any order. The two kinds of fish differ by the pattern
 * of their skin alone; light shafts, distant silhouettes and sand ripples belong to the background.
 */
final class ReefPainter implements ScenePainter {
  private static final int[] TRIES = {0, 4, 5, 5, 4, 3, 1, 2, 6, 2, 3};
  private static final double[] CHANCE = {0, .5, .4, .35, .4, .3, .4, .12, .25, .2, .3};

  @Override
  public void paint(Brush brush, int classes, int wanted) {
    double floor = brush.size() * brush.between(0.6, 0.9);
    paintWater(brush, floor);
    ReefObjects objects = new ReefObjects(brush, floor);
    for (int label : order(brush, classes, wanted)) {
      brush.canvas().begin(label);
      objects.paint(label);
    }
  }

  // All objects of the scene, shuffled.
  private static List<Integer> order(Brush brush, int classes, int wanted) {
    List<Integer> labels = new ArrayList<>();
    for (int label = 1; label < classes; label++) {
      for (int i = 0; i < TRIES[label]; i++) {
        if (brush.chance(CHANCE[label]) || label == wanted && i == 0) {
          labels.add(brush.random().nextInt(labels.size() + 1), label);
        }
      }
    }
    return labels;
  }

  static void paintWater(Brush brush, double floor) {
    double size = brush.size();
    Colour shallow = brush.colour(.45, .58, .3, .7, .5, .9);
    Colour deep = shallow.times(brush.between(0.25, 0.5));
    Noise noise = brush.noise();
    double slope = brush.between(-0.8, 0.8);
    double width = size * brush.between(0.06, 0.2);
    Texture water =
        (x, y) -> {
          double shaft = noise.value((x + slope * y) / width, 0.5) * (1 - y / size);
          return deep.mix(shallow, Noise.clamp01(1 - y / size + 0.3 * shaft));
        };
    brush.canvas().tint(brush.everywhere(), water, 1);
    paintSilhouettes(brush, floor, deep);
    Colour sand = brush.colour(.09, .16, .15, .45, .45, .8).mix(shallow, 0.3);
    double ripple = size * brush.between(0.02, 0.05);
    Texture ripples =
        (x, y) -> {
          double wave = noise.fractal(x / (4 * ripple), y / ripple);
          return sand.times(0.75 + 0.45 * wave);
        };
    Shape ground =
        new Shape(
            0,
            floor - 0.05 * size,
            size,
            size,
            (x, y) -> floor - 0.05 * size * noise.value(4 * x / size, 9.5) - y);
    brush.canvas().tint(ground, ripples, 1);
  }

  private static void paintSilhouettes(Brush brush, double floor, Colour deep) {
    double size = brush.size();
    for (int i = brush.random().nextInt(4); i > 0; i--) {
      double r = size * brush.between(0.08, 0.25);
      Shape rock =
          Shape.ellipse(brush.between(0, size), floor, r, r * brush.between(0.5, 1.6))
              .rough(r * 0.3, r * 0.5, brush.noise());
      Colour colour = deep.mix(brush.anyColour(), 0.25).times(0.8);
      brush
          .canvas()
          .tint(rock, Texture.clumps(colour, colour.times(0.7), size * 0.05, brush.noise()), 0.6);
    }
  }
}
