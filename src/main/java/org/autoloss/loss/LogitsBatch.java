package org.autoloss.loss;

import java.lang.ref.Reference;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.autoloss.global.ops;
import org.autoloss.internal.ElementTypes;
import org.autoloss.internal.NativeBatch;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * A checked batch as a native operation reads it: contiguous memory of the right size and type, of
 * the CPU or of one GPU, valid for the length of the call.
 *
 * @param shape the sizes
 * @param logits {@code [N,C,H,W]} of {@code logitType}; null for operations on labels alone
 * @param logitType one of the {@code LOGIT_} constants of {@code ops.h}; float32 on the CPU
 * @param labels {@code [N,H,W]} of {@code labelType}; null for operations that need none
 * @param labelType the labels' element type
 * @param device the GPU's number; -1 for the CPU
 * @param stream on a GPU the {@code cudaStream_t} that libtorch is on; null is the default stream
 */
public record LogitsBatch(
    Shape shape,
    Pointer logits,
    int logitType,
    Pointer labels,
    LabelType labelType,
    int device,
    Pointer stream) {
  private static final int CPU = -1;

  /** A tensor's memory, which it keeps. */
  private static final class Memory extends Pointer {
    private final Tensor owner;

    Memory(long address, Tensor owner) {
      this.address = address;
      this.owner = owner;
    }
  }

  /**
   * A batch in the CPU's memory.
   *
   * @param shape the sizes
   * @param logits {@code [N,C,H,W]} float32; null for operations on labels alone
   * @param labels {@code [N,H,W]} of {@code labelType}; null for operations that need none
   * @param labelType the labels' element type
   * @return the batch
   */
  public static LogitsBatch onCpu(
      Shape shape, Pointer logits, Pointer labels, LabelType labelType) {
    return new LogitsBatch(shape, logits, ops.LOGIT_FLOAT32, labels, labelType, CPU, null);
  }

  /**
   * A batch from tensors, whose memory it shares where they are contiguous. Call it within a
   * PointerScope, for as long as the batch is in use. On a GPU, copies may be freed as soon as the
   * work is on the stream: libtorch uses their memory again on that stream only.
   *
   * @param logits {@code [N,C,H,W]} float32, on a GPU also float16 or bfloat16; any strides
   * @param labels {@code [N,H,W]} uint8, int32 or int64, on the same device
   * @return the batch
   * @throws IllegalArgumentException if a shape, type or device is not as said
   */
  public static LogitsBatch of(Tensor logits, Tensor labels) {
    NativeBatch plain = NativeBatch.plain(logits, labels);
    if (plain != null) {
      return onCpu(
          new Shape(plain.n(), plain.c(), plain.h(), plain.w()),
          new Memory(plain.logits(), logits),
          new Memory(plain.labels(), labels),
          LabelType.ofCode(plain.labelType()));
    }
    Shape shape = TensorChecks.check(logits, labels);
    LabelType labelType = LabelType.of("labels", labels.scalar_type());
    Tensor z = inMemory(logits);
    Tensor y = inMemory(labels);
    return logits.is_cpu()
        ? onCpu(shape, z.data_ptr_float(), y.data_ptr(), labelType)
        : onGpu(shape, logits, z.data_ptr(), logitType(logits), y.data_ptr(), labelType);
  }

  /**
   * A batch of values alone, from a checked tensor.
   *
   * @param shape the sizes
   * @param values {@code [N,C,H,W]} float32, contiguous
   * @return the batch, without labels
   */
  public static LogitsBatch ofValues(Shape shape, Tensor values) {
    return values.is_cuda()
        ? onGpu(shape, values, values.data_ptr(), ops.LOGIT_FLOAT32, null, LabelType.INT64)
        : onCpu(shape, values.data_ptr(), null, LabelType.INT64);
  }

  /**
   * A batch of labels alone, from a checked tensor.
   *
   * @param shape the sizes
   * @param labels {@code [N,H,W]} uint8, int32 or int64, contiguous
   * @return the batch, without logits
   */
  public static LogitsBatch ofLabels(Shape shape, Tensor labels) {
    LabelType type = LabelType.of("labels", labels.scalar_type());
    return labels.is_cuda()
        ? onGpu(shape, labels, null, ops.LOGIT_FLOAT32, labels.data_ptr(), type)
        : onCpu(shape, null, labels.data_ptr(), type);
  }

  /**
   * How many pixels count.
   *
   * @param shape the sizes
   * @param labels {@code [N,H,W]} uint8, int32 or int64, on the CPU, any strides
   * @return the number of labels in {@code [0,C)}
   */
  static long labelled(Shape shape, Tensor labels) {
    Tensor y = inMemory(labels);
    return (long) ofLabels(shape, y).value(ops::count_labelled);
  }

  /** A tensor whose memory holds what it is, in order: itself, or a copy. */
  private static Tensor inMemory(Tensor tensor) {
    // a view of what a conjugate is made of may stand for minus what its memory holds
    return tensor.is_contiguous() && !tensor.is_neg()
        ? tensor
        : tensor.detach().resolve_neg().contiguous(); // autograd would record the copy
  }

  private static LogitsBatch onGpu(
      Shape shape, Tensor there, Pointer logits, int logitType, Pointer labels, LabelType type) {
    int device = there.device().index();
    Pointer stream = TensorPlace.currentStream(device);
    return new LogitsBatch(shape, logits, logitType, labels, type, device, stream);
  }

  private static int logitType(Tensor logits) {
    return switch (ElementTypes.of(logits)) {
      case Half -> ops.LOGIT_FLOAT16;
      case BFloat16 -> ops.LOGIT_BFLOAT16;
      default -> ops.LOGIT_FLOAT32;
    };
  }

  /**
   * Whether this is memory of a GPU.
   *
   * @return false for the CPU's
   */
  public boolean onGpu() {
    return device >= 0;
  }

  /**
   * Calls a native operation that gives a number.
   *
   * @param operation takes the batch as native code has it, good for the one call
   * @return what the operation returns
   * @throws IllegalArgumentException if an argument is bad
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  @SuppressWarnings("exports") // native code is for the packages of this library alone
  public double value(ToDoubleFunction<ops.Batch> operation) {
    try {
      return operation.applyAsDouble(
          NativeBatch.of(
              logits,
              logitType,
              labels,
              labelType.code(),
              shape.n(),
              shape.c(),
              shape.h(),
              shape.w(),
              device,
              stream));
    } catch (RuntimeException e) {
      throw onGpu() ? DeviceFailures.translate(e) : e;
    } finally {
      Reference.reachabilityFence(this); // native code has addresses alone
    }
  }

  /**
   * Calls a native operation.
   *
   * @param operation takes the batch as native code has it, good for the one call
   * @throws IllegalArgumentException if an argument is bad
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  @SuppressWarnings("exports")
  public void run(Consumer<ops.Batch> operation) {
    value(
        batch -> {
          operation.accept(batch);
          return 0;
        });
  }
}
