package org.autoloss.loss;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * A checked batch as a native operation reads it: contiguous memory of the right size and type,
 * valid for the length of the call.
 *
 * @param shape the sizes
 * @param logits {@code [N,C,H,W]} float32
 * @param labels {@code [N,H,W]} of {@code labelType}
 * @param labelType the labels' element type
 */
public record LogitsBatch(Shape shape, FloatPointer logits, Pointer labels, LabelType labelType) {
  /**
   * A batch from tensors, whose memory it shares where they are contiguous. Call it within a
   * PointerScope, for as long as the batch is in use.
   *
   * @param logits {@code [N,C,H,W]} float32, any strides
   * @param labels {@code [N,H,W]} uint8, int32 or int64
   * @return the batch
   * @throws IllegalArgumentException if a shape, type or device is not as said
   */
  public static LogitsBatch of(Tensor logits, Tensor labels) {
    Shape shape = TensorChecks.check(logits, labels);
    TensorChecks.requireCpu("logits", logits); // a kernel of the CPU would read a GPU's address
    LabelType labelType = LabelType.of("labels", labels.scalar_type());
    // detach() only where contiguous() copies, and would otherwise record that for autograd
    Tensor z = logits.is_contiguous() ? logits : logits.detach().contiguous();
    Tensor y = labels.is_contiguous() ? labels : labels.contiguous();
    return new LogitsBatch(shape, z.data_ptr_float(), y.data_ptr(), labelType);
  }
}
