package org.autoloss.loss;

import org.autoloss.global.ops;
import org.autoloss.internal.DeviceFailures;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * A checked batch on a GPU as a native operation reads it: contiguous memory of one device, and the
 * stream that libtorch is on there.
 *
 * @param shape the sizes
 * @param logits {@code [N,C,H,W]} of {@code logitType}
 * @param logitType one of the {@code LOGIT_} constants of {@code ops.h}
 * @param labels {@code [N,H,W]} of {@code labelType}
 * @param labelType the labels' element type
 * @param stream a {@code cudaStream_t}; null is the default stream
 */
public record CudaBatch(
    Shape shape,
    Pointer logits,
    int logitType,
    Pointer labels,
    LabelType labelType,
    Pointer stream) {
  /**
   * A batch from tensors, whose memory it shares where they are contiguous. Call it within a
   * PointerScope. Copies may be freed as soon as the work is on the stream: libtorch uses their
   * memory again on that stream only.
   *
   * @param logits {@code [N,C,H,W]} float32, float16 or bfloat16 on a GPU, any strides
   * @param labels {@code [N,H,W]} uint8, int32 or int64 on the same GPU
   * @return the batch
   * @throws IllegalArgumentException if a shape, type or device is not as said
   */
  public static CudaBatch of(Tensor logits, Tensor labels) {
    Shape shape = TensorChecks.check(logits, labels);
    LabelType labelType = LabelType.of("labels", labels.scalar_type());
    int logitType =
        switch (logits.scalar_type().intern()) {
          case Half -> ops.LOGIT_FLOAT16;
          case BFloat16 -> ops.LOGIT_BFLOAT16;
          default -> ops.LOGIT_FLOAT32;
        };
    Tensor z = logits.is_contiguous() ? logits : logits.detach().contiguous();
    Tensor y = labels.is_contiguous() ? labels : labels.contiguous();
    Pointer stream = ops.cuda_current_stream(logits.device().index());
    return new CudaBatch(shape, z.data_ptr(), logitType, y.data_ptr(), labelType, stream);
  }

  /**
   * Runs native operations on this batch.
   *
   * @param operations what to run
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public void run(Runnable operations) {
    DeviceFailures.run(operations);
  }
}
