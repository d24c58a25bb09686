package org.autoloss.data.scenes;

import java.util.List;

/**
 * A world of scenes: its classes, their shapes, textures, sizes and frequencies. What is learnt on
 * one family can be tried on the other.
 */
public enum SceneFamily {
  /** Outdoors: few large objects, standing in perspective, with poles and wires before the sky. */
  PARK(
      new ParkPainter(),
      "background",
      "building",
      "tree",
      "car",
      "bush",
      "rock",
      "pole",
      "bird",
      "balloon",
      "kite",
      "fence"),

  /** Under water: many small objects, thin weeds, lines and tentacles. */
  REEF(
      new ReefPainter(),
      "background",
      "coral",
      "striped fish",
      "spotted fish",
      "weed",
      "jellyfish",
      "rope",
      "starfish",
      "bubble",
      "shell",
      "stone");

  /** The fewest classes of a set of scenes, the background among them. */
  public static final int MIN_CLASSES = 7;

  /** The most classes of a set of scenes. */
  public static final int MAX_CLASSES = 11;

  private final ScenePainter painter;
  private final List<String> names;

  SceneFamily(ScenePainter painter, String... names) {
    this.painter = painter;
    this.names = List.of(names);
  }

  /**
   * The first classes of the family.
   *
   * @param classes how many, from {@link #MIN_CLASSES} to {@link #MAX_CLASSES}
   * @return their names, background first
   */
  public List<String> classNames(int classes) {
    return names.subList(0, classes);
  }

  ScenePainter painter() {
    return painter;
  }

  /** Paints what is behind the objects, which has no label. */
  ScenePainter background() {
    return this == PARK
        ? (brush, classes, wanted) ->
            new ParkBackground(brush, brush.size() * brush.between(0.25, 0.6)).paint()
        : (brush, classes, wanted) ->
            ReefPainter.paintWater(brush, brush.size() * brush.between(0.6, 0.9));
  }
}
