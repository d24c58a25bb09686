package org.autoloss.loss.box;

import java.util.Arrays;
import org.autoloss.global.ops;
import org.autoloss.internal.ElementTypes;
import org.autoloss.internal.Natives;
import org.autoloss.internal.OwnGradient;
import org.autoloss.internal.Scoped;
import org.autoloss.loss.TensorPlace;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
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
 * <p>Native, areas and their derivatives in one pass; on a GPU on libtorch's current stream. The
 * derivatives are a constant to libtorch, which multiplies them with what flows in; a second
 * derivative through these areas is therefore not to be had: a backward pass with {@code
 * create_graph} throws. Of equal corners each takes half of the derivative, as in libtorch.
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
   * @param predicted {@code [N,4]} float32 or float64, on the CPU or an NVIDIA GPU
   * @param target {@code [N,4]} of the same type and place; without a gradient
   * @return {@code [N,3]}: intersection, union, enclosing; a new tensor that leads back to
   *     predicted
   * @throws IllegalArgumentException if a shape, type or device is not as said
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static Tensor of(Tensor predicted, Tensor target) {
    return areas(predicted, target, null, null);
  }

  /**
   * The areas of boxes that are given as deltas.
   *
   * @param deltas {@code [N,4]} float32 or float64, on the CPU or an NVIDIA GPU
   * @param target {@code [N,4]} of the same type and place; without a gradient
   * @param anchors {@code [N,4]} of the same type and place; without a gradient
   * @param weights wx, wy, ww, wh: what deltas are divided by
   * @return {@code [N,3]}: intersection, union, enclosing; a new tensor that leads back to the
   *     deltas
   * @throws IllegalArgumentException if a shape, type or device is not as said
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static Tensor ofDeltas(Tensor deltas, Tensor target, Tensor anchors, double... weights) {
    if (weights.length != SIDES || Arrays.stream(weights).anyMatch(w -> !(w > 0))) {
      throw new IllegalArgumentException(
          "weights: expected 4 numbers above 0, got " + Arrays.toString(weights));
    }
    BoxTensors.count("anchors", anchors);
    double[] coding = Arrays.copyOf(weights, SIDES + 1);
    coding[SIDES] = LARGEST_RATIO;
    return areas(deltas, target, anchors, coding);
  }

  private static Tensor areas(Tensor predicted, Tensor target, Tensor anchors, double[] coding) {
    long n = check(predicted, target, anchors);
    return Scoped.result(
        () -> {
          boolean learns = GradMode.is_enabled() && predicted.requires_grad();
          ScalarType type = ElementTypes.of(predicted);
          Tensor areas = BoxTensors.beside(predicted, type, n, AREAS);
          Tensor derivatives = learns ? BoxTensors.beside(predicted, type, n, AREAS, SIDES) : null;
          Tensor from = predicted.detach().contiguous();
          Tensor to = target.detach().contiguous();
          Tensor base = anchors == null ? null : anchors.detach().contiguous();
          DoublePointer code = coding == null ? null : new DoublePointer(coding);
          TensorPlace at = TensorPlace.of(predicted);
          TensorPlace.run(() -> write(from, to, base, code, areas, derivatives, at));
          return learns ? led(predicted, areas, derivatives) : areas;
        });
  }

  private static void write(
      Tensor from,
      Tensor to,
      Tensor base,
      DoublePointer code,
      Tensor areas,
      Tensor derivatives,
      TensorPlace at) {
    long n = from.size(0);
    if (ElementTypes.of(from) == ScalarType.Double) {
      DoublePointer anchors = base == null ? null : base.data_ptr_double();
      DoublePointer slopes = derivatives == null ? null : derivatives.data_ptr_double();
      ops.box_overlaps(
          from.data_ptr_double(),
          to.data_ptr_double(),
          n,
          anchors,
          code,
          areas.data_ptr_double(),
          slopes,
          at.device(),
          at.stream());
    } else {
      FloatPointer anchors = base == null ? null : base.data_ptr_float();
      FloatPointer slopes = derivatives == null ? null : derivatives.data_ptr_float();
      ops.box_overlaps(
          from.data_ptr_float(),
          to.data_ptr_float(),
          n,
          anchors,
          code,
          areas.data_ptr_float(),
          slopes,
          at.device(),
          at.stream());
    }
  }

  /** Areas that change by their derivatives: the difference that is added is 0. */
  private static Tensor led(Tensor predicted, Tensor areas, Tensor derivatives) {
    Tensor change = OwnGradient.once(predicted.sub(predicted.detach())).unsqueeze(2);
    return areas.add(derivatives.bmm(change).squeeze(2));
  }

  private static long check(Tensor predicted, Tensor target, Tensor anchors) {
    long n = BoxTensors.count("predicted", predicted);
    ScalarType type = ElementTypes.of(predicted);
    if (type != ScalarType.Double) {
      BoxTensors.require("predicted", predicted, ScalarType.Float, predicted);
    }
    check("target", target, n, predicted);
    if (anchors != null) {
      check("anchors", anchors, n, predicted);
    }
    return n;
  }

  private static void check(String argument, Tensor boxes, long count, Tensor predicted) {
    long got = BoxTensors.count(argument, boxes);
    if (got != count) {
      throw new IllegalArgumentException(
          argument + ": expected " + count + " boxes, as many as predicted, got " + got);
    }
    BoxTensors.require(argument, boxes, ElementTypes.of(predicted), predicted);
  }
}
