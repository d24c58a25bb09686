package org.autoloss.internal;

import java.nio.ByteBuffer;
import org.autoloss.global.ops;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * The {@code Batch} of {@code ops.h}, one for each thread, filled before each of its calls.
 *
 * <p>A struct of JavaCPP's own costs an allocation and a crossing into native code for each field,
 * as much as a small loss. So its memory is kept, and written as a buffer, which the compiler turns
 * into plain stores.
 */
public final class NativeBatch {
  private static final ThreadLocal<NativeBatch> OWN = ThreadLocal.withInitial(NativeBatch::new);

  private static final int LOGITS = offset("logits");
  private static final int LABELS = offset("labels");
  private static final int N = offset("n");
  private static final int C = offset("c");
  private static final int H = offset("h");
  private static final int W = offset("w");
  private static final int LOGIT_TYPE = offset("logit_type");
  private static final int LABEL_TYPE = offset("label_type");
  private static final int DEVICE = offset("device");
  private static final int STREAM = offset("stream");

  private final ops.Batch struct = new ops.Batch();
  private final ByteBuffer fields = struct.asByteBuffer();

  private NativeBatch() {
    struct.retainReference(); // outlives the scope of whoever comes first
  }

  private static int offset(String field) {
    return Loader.offsetof(ops.Batch.class, field);
  }

  /**
   * This thread's batch, with new contents. Good until the thread asks again; the caller sees to it
   * that the memory outlives the native call.
   *
   * @param logits memory; null where the operation reads none
   * @param logitType one of the {@code LOGIT_} constants of {@code ops.h}
   * @param labels memory; null where the operation reads none
   * @param labelType one of the {@code LABEL_} constants
   * @param n images
   * @param c classes
   * @param h height
   * @param w width
   * @param device the GPU's number; -1 for the CPU
   * @param stream of the GPU; null is the default stream
   * @return the struct
   */
  public static ops.Batch of(
      Pointer logits,
      int logitType,
      Pointer labels,
      int labelType,
      long n,
      long c,
      long h,
      long w,
      int device,
      Pointer stream) {
    NativeBatch own = OWN.get();
    ByteBuffer fields = own.fields;
    fields.putLong(LOGITS, address(logits));
    fields.putLong(LABELS, address(labels));
    fields.putLong(N, n);
    fields.putLong(C, c);
    fields.putLong(H, h);
    fields.putLong(W, w);
    fields.putInt(LOGIT_TYPE, logitType);
    fields.putInt(LABEL_TYPE, labelType);
    fields.putInt(DEVICE, device);
    fields.putLong(STREAM, address(stream));
    return own.struct;
  }

  /**
   * This thread's batch, with what two tensors are, if that is what {@code plain_batch} of {@code
   * ops.h} takes. Good until the thread asks again; the tensors must outlive what is done with it.
   *
   * @param logits a tensor, or null
   * @param labels a tensor, or null
   * @return the batch; null if the tensors are not like that
   */
  public static NativeBatch plain(Tensor logits, Tensor labels) {
    NativeBatch own = OWN.get();
    return ops.plain_batch(logits, labels, own.struct) ? own : null;
  }

  /** {@return where the logits are} */
  public long logits() {
    return fields.getLong(LOGITS);
  }

  /** {@return where the labels are} */
  public long labels() {
    return fields.getLong(LABELS);
  }

  /** {@return one of the {@code LABEL_} constants} */
  public int labelType() {
    return fields.getInt(LABEL_TYPE);
  }

  /** {@return images} */
  public long n() {
    return fields.getLong(N);
  }

  /** {@return classes} */
  public long c() {
    return fields.getLong(C);
  }

  /** {@return height} */
  public long h() {
    return fields.getLong(H);
  }

  /** {@return width} */
  public long w() {
    return fields.getLong(W);
  }

  private static long address(Pointer pointer) {
    if (pointer == null) {
      return 0;
    }
    long position = pointer.position();
    return pointer.address() + (position == 0 ? 0 : position * pointer.sizeof());
  }
}
