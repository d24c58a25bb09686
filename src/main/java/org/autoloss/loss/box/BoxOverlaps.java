package org.autoloss.loss.box;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.Arrays;
import org.autoloss.global.ops;
import org.autoloss.internal.Natives;
import org.autoloss.internal.OwnGradient;
import org.autoloss.loss.LabelType;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Intersection, union and enclosing area of predicted and target boxes, pair by pair: what losses
 * on boxes are made of (Rezatofighi et al., "Generalized intersection over union", CVPR 2019; Liu
 * et al., "Loss function discovery for object detection via convergence-simulation driven search",
 * ICLR 2021).
 *
 * <p>A box is {@code (x1, y1, x2, y2)}; sides below 0 are 0. Predictions may be deltas, which are
 * decoded on the way: with anchor centre and sides {@code x, y, w, h}, the box has the centre
 * {@code x + w dx / wx, y + h dy / wy} and the sides {@code w exp(dw / ww), h exp(dh / wh)}, the
 * exponents cut at {@code ln(1000 / 16)} from above (Ren et al., "Faster R-CNN", NeurIPS 2015,
 * equation 2).
 *
 * <p>Native, areas and their derivatives in one pass. The derivatives are a constant to libtorch,
 * which multiplies them with what flows in; a second derivative through these areas is therefore
 * not to be had: a backward pass with {@code create_graph} throws. Of equal corners each takes half
 * of the derivative, as in libtorch.
 */
public final class BoxOverlaps {
  private static final double LARGEST_RATIO = Math.log(1000.0 / 16);
  private static final int AREAS = 3;
  private static final int SIDES = 4;

  static {
    Natives.loadKernels();
  }

  private BoxOverlaps() {}

  /**
   * The areas of boxes.
   *
   * @param predicted {@code [N,4]} float32 on the CPU
   * @param target {@code [N,4]} float32 on the CPU; without a gradient
   * @return {@code [N,3]}: intersection, union, enclosing; a new tensor that leads back to
   *     predicted
   * @throws IllegalArgumentException if a shape, type or device is not as said
   */
  public static Tensor of(Tensor predicted, Tensor target) {
    return areas(predicted, target, null, null);
  }

  /**
   * The areas of boxes that are given as deltas.
   *
   * @param deltas {@code [N,4]} float32 on the CPU
   * @param target {@code [N,4]} float32 on the CPU; without a gradient
   * @param anchors {@code [N,4]} float32 on the CPU; without a gradient
   * @param weights wx, wy, ww, wh: what deltas are divided by
   * @return {@code [N,3]}: intersection, union, enclosing; a new tensor that leads back to the
   *     deltas
   * @throws IllegalArgumentException if a shape, type or device is not as said
   */
  public static Tensor ofDeltas(Tensor deltas, Tensor target, Tensor anchors, double... weights) {
    if (weights.length != SIDES || Arrays.stream(weights).anyMatch(w -> !(w > 0))) {
      throw new IllegalArgumentException(
          "weights: expected 4 numbers above 0, got " + Arrays.toString(weights));
    }
    check("anchors", anchors, anchors.dim() == 2 ? anchors.size(0) : -1);
    double[] coding = Arrays.copyOf(weights, SIDES + 1);
    coding[SIDES] = LARGEST_RATIO;
    return areas(deltas, target, anchors, coding);
  }

  private static Tensor areas(Tensor predicted, Tensor target, Tensor anchors, double[] coding) {
    long n = predicted.dim() == 2 ? predicted.size(0) : -1;
    check("predicted", predicted, n);
    check("target", target, n);
    if (anchors != null) {
      check("anchors", anchors, n);
    }
    Tensor result = new Tensor(); // belongs to the caller's scope, if any; all else to ours
    try (PointerScope scope = new PointerScope()) {
      boolean learns = GradMode.is_enabled() && predicted.requires_grad();
      Tensor areas = empty(n, AREAS);
      Tensor derivatives = learns ? empty(n, AREAS, SIDES) : null;
      FloatPointer from = anchors == null ? null : anchors.detach().contiguous().data_ptr_float();
      ops.box_overlaps(
          predicted.detach().contiguous().data_ptr_float(),
          target.detach().contiguous().data_ptr_float(),
          n,
          from,
          coding == null ? null : new DoublePointer(coding),
          areas.data_ptr_float(),
          learns ? derivatives.data_ptr_float() : null);
      result.put(learns ? led(predicted, areas, derivatives) : areas);
    }
    return result;
  }

  /** Areas that change by their derivatives: the difference that is added is 0. */
  private static Tensor led(Tensor predicted, Tensor areas, Tensor derivatives) {
    Tensor change = OwnGradient.once(predicted.sub(predicted.detach())).unsqueeze(2);
    return areas.add(derivatives.bmm(change).squeeze(2));
  }

  private static void check(String argument, Tensor boxes, long count) {
    if (boxes.dim() != 2 || boxes.size(1) != SIDES || boxes.size(0) != count) {
      throw new IllegalArgumentException(
          argument
              + ": expected shape [N,4], the same N for all, got "
              + Arrays.toString(boxes.shape()));
    }
    if (boxes.scalar_type().intern() != ScalarType.Float || !boxes.is_cpu()) {
      throw new IllegalArgumentException(
          argument
              + ": expected float32 on the CPU, got "
              + LabelType.typeName(boxes.scalar_type())
              + " on "
              + boxes.device().str().getString());
    }
  }
}
