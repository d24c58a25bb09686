package org.autoloss.task.segmentation;

import java.util.Arrays;
import java.util.Locale;
import org.autoloss.data.CentreCrop;
import org.autoloss.data.EvaluationView;
import org.autoloss.data.Normalisation;
import org.autoloss.data.WholeImage;

/** What of an image a network is measured on. */
public enum EvaluationMode {
  /** The centre, of the size of a training's crops. */
  CROP,
  /** All of it: padded to the network's stride, logits brought to the size of the labels. */
  WHOLE;

  /**
   * The mode of a name.
   *
   * @param name in any case
   * @return the mode
   * @throws IllegalArgumentException if there is none of that name
   */
  public static EvaluationMode of(String name) {
    return Arrays.stream(values())
        .filter(mode -> mode.label().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "evaluate: expected crop or whole, got '" + name + "'"));
  }

  /**
   * The name on the command line and in files.
   *
   * @return lower case
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  EvaluationView view(SegmentationSettings settings, int stride) {
    return this == WHOLE
        ? new WholeImage(settings.base(), stride, Normalisation.IMAGENET)
        : new CentreCrop(
            settings.crop().height(),
            settings.crop().width(),
            settings.base(),
            Normalisation.IMAGENET);
  }
}
