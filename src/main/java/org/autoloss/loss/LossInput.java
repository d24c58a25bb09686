package org.autoloss.loss;

import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Choice;

/**
 * What a branch of a network gives its loss: the meaning of the two tensors of {@link Loss#apply},
 * and so which losses fit.
 */
public enum LossInput {
  /**
   * Classes of pixels or of regions: predicted {@code [N,C,H,W]} float32 logits, target {@code
   * [N,H,W]} class indices; H and W are 1 for regions. The inputs of a loss graph are the one-hot
   * label y, softmax(predicted) and 1.
   */
  CLASSES("[N,C,H,W]"),
  /**
   * Yes or no, such as an anchor's objectness or the mask of one class: predicted {@code [N,1,H,W]}
   * float32 logits of a sigmoid, target of the same shape in [0,1]. A loss graph sees two channels,
   * {@code yhat = (1 - sigma, sigma)} and {@code y = (1 - t, t)}, so that a sum over classes has
   * the negative term as well.
   */
  BINARY("[N,1,H,W]"),
  /**
   * Heat maps: predicted and target {@code [N,K,H,W]} float32, compared as they are; {@code yhat}
   * and {@code y} in a loss graph.
   */
  HEATMAP("[N,K,H,W]"),
  /**
   * Boxes: predicted and target {@code [N,4]} float32, corners {@code x1, y1, x2, y2}, in pixels of
   * the resized image. A loss graph sees the areas {@code i}, {@code u}, {@code e} of intersection,
   * union and smallest enclosing box, each {@code [N,1,1,1]}.
   */
  BOXES("[N,4]"),
  /**
   * Boxes as differences to their anchors: predicted and target {@code [N,4]} float32, as the box
   * coder has them. A branch of boxes takes such losses too, and is then given these.
   */
  DELTAS("[N,4]");

  private final String shape;

  LossInput(String shape) {
    this.shape = shape;
  }

  /**
   * The name in artefacts.
   *
   * @return for example {@code boxes}
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The shape of what is predicted.
   *
   * @return for example {@code [N,4]}
   */
  public String shape() {
    return shape;
  }

  /**
   * Whether a branch of this input can be trained by a loss.
   *
   * @param loss what the loss compares
   * @return true for its own input, and for boxes also where it compares deltas
   */
  public boolean accepts(LossInput loss) {
    return loss == this || this == BOXES && loss == DELTAS;
  }

  /**
   * The input of a name.
   *
   * @param name for example {@code boxes}
   * @return the input
   * @throws IllegalArgumentException if there is none of that name
   */
  public static LossInput of(String name) {
    return Choice.of("input", List.of(values()), LossInput::label, name);
  }
}
