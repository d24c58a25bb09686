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
  private final SceneLayout layout;

  /**
   * A generator.
   *
   * @param options what the scenes are like
   */
  public SceneGenerator(SceneOptions options) {
    this(options, SceneLayout.SEGMENTATION);
  }

  /**
   * A generator.
   *
   * @param options what the scenes are like
   * @param layout what they are for: those of poses show figures, the others all classes
   */
  public SceneGenerator(SceneOptions options, SceneLayout layout) {
    this.options = options;
    this.layout = layout;
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
    return draw(split, index).sample();
  }

  /**
   * Draws a scene, and tells its objects. Of each at least four pixels are visible.
   *
   * @param split the split it belongs to
   * @param index its number there, from 0
   * @return the picture of {@link #scene}, and the objects
   */
  public Scene draw(SceneSplit split, int index) {
    int wanted = layout.wanted(index, options.classes());
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      RandomGenerator random =
          RandomStreams.stream(
              options.seed(), SCENE, options.family().ordinal(), split.ordinal(), index, attempt);
      Canvas canvas = new Canvas(options.size(), options.voidBorder());
      layout.painter(options.family()).paint(new Brush(canvas, random), options.classes(), wanted);
      if (wanted == 0 || canvas.count(wanted) >= MIN_VISIBLE_PIXELS) {
        String name = String.format(Locale.ROOT, "%s_%05d", split.listName(), index);
        return new Scene(canvas.develop(name, random), canvas.target(MIN_VISIBLE_PIXELS));
      }
    }
    throw new AssertionError(
        "class " + wanted + " stays hidden in scene " + index + " of " + split.listName());
  }
}
