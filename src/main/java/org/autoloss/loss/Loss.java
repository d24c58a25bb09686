package org.autoloss.loss;

import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * A loss to minimise, callable from a training loop on libtorch.
 *
 * <pre>{@code
 * try (Loss loss = Loss.parse("0.5*ce+asl:mIoU")) {
 *   Tensor value = loss.apply(logits, labels);
 *   value.backward();
 * }
 * }</pre>
 *
 * <p>Every loss keeps one contract. Logits are float32 of shape {@code [N,C,H,W]} with any strides;
 * labels are uint8, int32 or int64 of shape {@code [N,H,W]} on the same device. There are 2 classes
 * or more: softmax over one is constant, and teaches nothing. A label outside {@code [0,C)} marks
 * an ignored pixel, which has no value and receives no gradient. A NaN in the logits of a pixel
 * that counts makes the value NaN.
 *
 * <p>A loss may be used by several threads at once.
 */
public interface Loss extends AutoCloseable {
  /**
   * The loss of a batch, as an ordinary differentiable scalar.
   *
   * @param logits {@code [N,C,H,W]} float32, any strides
   * @param labels {@code [N,H,W]} uint8, int32 or int64
   * @return a new 0-dimensional float32 tensor on the logits' device; it has a gradient function if
   *     the logits require a gradient and gradients are enabled. It belongs to the caller
   * @throws IllegalArgumentException if a shape, type or device is not as said above, or there are
   *     fewer than 2 classes
   * @throws IllegalStateException if this loss is closed
   */
  Tensor apply(Tensor logits, Tensor labels);

  /**
   * The loss of what a branch of a network gives. Losses that look at more than prediction and
   * target, such as a {@link QualityLoss}, take it from the pair.
   *
   * @param pair its auxiliary prediction, share and deltas are not looked at
   * @return as of {@link #apply(Tensor, Tensor)}
   * @throws IllegalArgumentException as of {@link #apply(Tensor, Tensor)}
   */
  default Tensor apply(Pair pair) {
    return apply(pair.predicted(), pair.target());
  }

  /**
   * What this loss compares. Losses of boxes and maps take {@link LossInput}'s shapes in place of
   * logits and labels.
   *
   * @return classes, unless it says otherwise
   */
  default LossInput input() {
    return LossInput.CLASSES;
  }

  /**
   * This loss as a JSON artefact, which {@link #parse} and {@link #read} turn back into the same
   * loss, to the last bit.
   *
   * @return one JSON object
   */
  String toJson();

  /** Frees what the loss keeps between calls. Closing twice is harmless. */
  @Override
  void close();

  /**
   * The loss that a specification describes.
   *
   * <p>A specification is a name with an optional argument ({@code ce}, {@code asl:mIoU}, {@code
   * asl:found.json}), the path of an artefact that a search has left ({@code
   * runs/asl-miou-0/found.json}), a weighted sum of such ({@code 0.5*ce+asl:mIoU}), or a JSON
   * artefact. A path that holds a plus sign is understood where it is there, and in quotation marks
   * ({@code asl:"mIoU+BF1/found.json"}). The field {@code autoloss} of an artefact is the version
   * of its format, 1 or, for graphs, 2; it may be left out. Names of losses on classes come first,
   * then those on boxes and maps.
   *
   * @param specification what to build
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if the specification is malformed, or names an unknown loss or
   *     an unreadable file
   */
  static Loss parse(String specification) {
    return LossParser.parse(specification);
  }

  /**
   * The loss that a specification describes, for a branch of a network. The same name may be
   * another loss there: {@code l1} of boxes is that of their deltas.
   *
   * @param specification what to build
   * @param input what the branch gives
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if the specification is malformed, or names an unknown loss or
   *     one on another input, or an unreadable file
   */
  static Loss parse(String specification, LossInput input) {
    return LossParser.parse(specification, input);
  }

  /**
   * The loss that a JSON artefact on disk describes.
   *
   * @param file a file that {@link #toJson} or a search wrote
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if the file cannot be read or does not hold a loss
   */
  static Loss read(Path file) {
    return LossParser.read(file);
  }
}
