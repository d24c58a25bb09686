package org.autoloss.data.scenes;

/** Knows who paints the objects of which class. */
final class ParkObjects {
  private final ParkPlants plants;
  private final ParkBuilt built;
  private final ParkSky sky;

  ParkObjects(Brush brush, ParkLight light) {
    plants = new ParkPlants(brush, light);
    built = new ParkBuilt(brush, light);
    sky = new ParkSky(brush, light);
  }

  /** Paints an object that stands at a place; unit is the height of a man there, more or less. */
  void paint(int label, double x, double base, double unit) {
    switch (label) {
      case 1 -> built.paintBuilding(x, base, unit);
      case 2 -> plants.paintTree(x, base, unit);
      case 3 -> built.paintCar(x, base, unit);
      case 4 -> plants.paintMound(x, base, unit, 4);
      case 5 -> plants.paintMound(x, base, unit, 5);
      case 6 -> built.paintPoles(x, base, unit);
      case 7 -> sky.paintBird(x, base, unit);
      case 8 -> sky.paintBalloon(x, unit);
      case 9 -> sky.paintKite(x, unit);
      default -> built.paintFence(x, base, unit);
    }
  }
}
