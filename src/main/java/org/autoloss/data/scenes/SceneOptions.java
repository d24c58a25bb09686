package org.autoloss.data.scenes;

import java.util.Locale;

/**
 * What scenes are like.
 *
 * @param family the world they show
 * @param size width and height in pixels, 32 to 1024
 * @param classes how many classes occur, the background among them, 7 to 11
 * @param seed equal options give equal scenes
 * @param voidBorder whether objects have a rim of void (255) one pixel wide, as those of PASCAL VOC
 *     have
 */
public record SceneOptions(
    SceneFamily family, int size, int classes, long seed, boolean voidBorder) {
  /** Park scenes of 96x96 with 8 classes, seed 0, without rims. */
  public static final SceneOptions DEFAULT = new SceneOptions(SceneFamily.PARK, 96, 8, 0, false);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a component is outside its range
   */
  public SceneOptions {
    check("size", size, 32, 1024);
    check("classes", classes, SceneFamily.MIN_CLASSES, SceneFamily.MAX_CLASSES);
  }

  private static void check(String name, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s: expected %d to %d, got %d", name, low, high, value));
    }
  }
}
