package org.autoloss.nn.box;

import java.util.Arrays;
import org.autoloss.global.ops;
import org.autoloss.internal.Scoped;
import org.autoloss.loss.TensorPlace;
import org.autoloss.loss.box.BoxTensors;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What {@link Boxes} does with tensors, on the CPU or on a GPU. */
final class TensorBoxes {
  private TensorBoxes() {}

  static Tensor iou(Tensor first, Tensor second) {
    long n = check("first", first, first);
    long m = check("second", second, first);
    return Scoped.result(
        () -> {
          Tensor iou = BoxTensors.beside(first, ScalarType.Float, n, m);
          Tensor a = first.detach().contiguous();
          Tensor b = second.detach().contiguous();
          TensorPlace at = TensorPlace.of(first);
          TensorPlace.run(
              () ->
                  ops.pairwise_iou(
                      a.data_ptr_float(),
                      n,
                      b.data_ptr_float(),
                      m,
                      iou.data_ptr_float(),
                      at.device(),
                      at.stream()));
          return iou;
        });
  }

  static Tensor match(Tensor targets, Tensor boxes, double low, double high, boolean restoreBest) {
    Boxes.checkThresholds(low, high);
    return Scoped.result(
        () -> {
          Tensor overlaps = iou(targets, boxes);
          Tensor matches = BoxTensors.beside(boxes, ScalarType.Long, boxes.size(0));
          TensorPlace at = TensorPlace.of(boxes);
          TensorPlace.run(
              () ->
                  ops.match_boxes(
                      overlaps.data_ptr_float(),
                      targets.size(0),
                      boxes.size(0),
                      low,
                      high,
                      restoreBest ? 1 : 0,
                      matches.data_ptr_long(),
                      at.device(),
                      at.stream()));
          return matches;
        });
  }

  static Tensor suppress(Tensor boxes, Tensor scores, Tensor classes, double threshold) {
    long n = check("boxes", boxes, boxes);
    check("scores", scores, ScalarType.Float, boxes);
    if (classes != null) {
      check("classes", classes, ScalarType.Long, boxes);
    }
    Boxes.checkThreshold(threshold);
    return Scoped.result(
        () -> {
          Tensor kept = BoxTensors.beside(boxes, ScalarType.Long, n);
          Tensor from = boxes.detach().contiguous();
          Tensor by = scores.detach().contiguous();
          LongPointer of = classes == null ? null : classes.contiguous().data_ptr_long();
          TensorPlace at = TensorPlace.of(boxes);
          long count =
              TensorPlace.value(
                  () ->
                      ops.suppress_boxes(
                          from.data_ptr_float(),
                          by.data_ptr_float(),
                          of,
                          n,
                          threshold,
                          kept.data_ptr_long(),
                          at.device(),
                          at.stream()));
          return kept.narrow(0, 0, count);
        });
  }

  private static long check(String argument, Tensor boxes, Tensor like) {
    long count = BoxTensors.count(argument, boxes);
    BoxTensors.require(argument, boxes, ScalarType.Float, like);
    return count;
  }

  private static void check(String argument, Tensor values, ScalarType type, Tensor boxes) {
    if (values.dim() != 1 || values.size(0) != boxes.size(0)) {
      throw new IllegalArgumentException(
          argument
              + ": expected shape ["
              + boxes.size(0)
              + "], a value for each box, got "
              + Arrays.toString(values.shape()));
    }
    BoxTensors.require(argument, values, type, boxes);
  }
}
