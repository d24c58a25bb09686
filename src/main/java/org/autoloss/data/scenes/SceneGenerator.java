package org.autoloss.data.scenes;

import java.util.Locale;
import java.util.random.RandomGenerator;
import org.autoloss.data.Sample;
import org.autoloss.internal.RandomStreams;

/**
 * Draws synthetic scenes. A scene depends on the options, its split and its index alone, so that a
 * longer split begins with the scenes of a shorter one. Thread-safe.
 */
public final class SceneGenerator {
  private static final long SCENE = 1;
  private static final int MIN_VISIBLE_PIXELS = 4;
  private static final int MAX_ATTEMPTS = 100;

  private final SceneOptions options;

  /**
   * A generator.
   *
   * @param options what the scenes are like
   */
  public SceneGenerator(SceneOptions options) {
    this.options = options;
  }

  /**
   * Draws a scene. Scene {@code i} of a split, for i below {@code classes - 1}, is sure to show
   * class {@code i + 1}: so each class occurs in each split that is long enough, rare ones too.
   *
   * @param split the split it belongs to
   * @param index its number there, from 0
   * @return the scene, before JPEG compression
   */
  public Sample scene(SceneSplit split, int index) {
    int wanted = index + 1 < options.classes() ? index + 1 : 0;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      RandomGenerator random =
          RandomStreams.stream(
              options.seed(), SCENE, options.family().ordinal(), split.ordinal(), index, attempt);
      Canvas canvas = new Canvas(options.size(), options.voidBorder());
      options.family().painter().paint(new Brush(canvas, random), options.classes(), wanted);
      if (wanted == 0 || canvas.count(wanted) >= MIN_VISIBLE_PIXELS) {
        return canvas.develop(
            String.format(Locale.ROOT, "%s_%05d", split.listName(), index), random);
      }
    }
    throw new AssertionError(
        "class " + wanted + " stays hidden in scene " + index + " of " + split.listName());
  }
}
