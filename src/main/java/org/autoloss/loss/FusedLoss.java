package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.scalar_tensor;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.function.Function;
import org.autoloss.global.ops;
import org.autoloss.internal.DirectBuffers;
import org.autoloss.internal.Natives;
import org.autoloss.internal.Scoped;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A loss whose value and gradient come from one native operation.
 *
 * <p>Subclasses give {@link #compute}; this class checks arguments, hands over memory, and ties the
 * result into libtorch's autograd. It is also callable without libtorch, on arrays and direct
 * buffers.
 *
 * <p>Tensors on an NVIDIA GPU are taken where the library was built with CUDA and the loss has a
 * kernel: logits in float32, float16 or bfloat16, labels on the same GPU. The work goes to
 * libtorch's current stream, and {@code apply} returns without waiting for it; its value is a
 * float32 tensor on the GPU.
 */
public abstract class FusedLoss implements Loss {
  private static final LeakGuard RECLAIMER = new LeakGuard();

  private final GradientBuffers buffers = new GradientBuffers();
  private volatile boolean closed;

  /** For subclasses. */
  protected FusedLoss() {
    Natives.loadKernels();
  }

  /**
   * The value, and where wanted the gradient. Called with checked arguments, by several threads at
   * once. A batch on a GPU is given only to losses that say {@link #runsOnGpu}; there it puts the
   * work on the batch's stream and does not wait for it.
   *
   * @param batch the logits and labels
   * @param value on a GPU one float32 there, to be written; null on the CPU
   * @param gradient {@code [N,C,H,W]} float32 where the batch is, to be overwritten; bfloat16 for
   *     such logits where the loss says {@link #narrowsGradient}, whatever the pointer's type is;
   *     null where only the value is wanted
   * @return the loss; on a GPU not used
   */
  protected abstract double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient);

  /**
   * Whether there is a kernel for batches on a GPU.
   *
   * @return false, unless overridden
   */
  protected boolean runsOnGpu() {
    return false;
  }

  /**
   * Whether on a GPU the gradient of bfloat16 logits is written in bfloat16, which has the range of
   * float32; what flows in is rounded to it as well, a scale that is a power of 2 stays exact.
   * Other gradients are float32.
   *
   * @return false, unless overridden
   */
  protected boolean narrowsGradient() {
    return false;
  }

  /** What the second derivative on the CPU is. */
  Autograd.Curvature curvature(Tensor labels) {
    return Autograd.Curvature.REFUSED;
  }

  /**
   * The loss of a batch on a GPU where there is no kernel, from libtorch's operations.
   *
   * @return a 0-dimensional tensor; null where there is none
   */
  Tensor composed(Tensor logits, Tensor labels) {
    return null;
  }

  @Override
  public final Tensor apply(Tensor logits, Tensor labels) {
    checkOpen();
    return Scoped.result(
        () -> onGpu(logits) ? applyOnGpu(logits, labels) : applyOnCpu(logits, labels));
  }

  /** Whether there is a tensor, on a GPU. */
  static boolean onGpu(Tensor logits) {
    return logits != null && !logits.isNull() && logits.defined() && logits.is_cuda();
  }

  private Tensor applyOnCpu(Tensor logits, Tensor labels) {
    LogitsBatch batch = LogitsBatch.of(logits, labels);
    if (!wantsGradient(logits)) {
      return scalar_tensor(
          new Scalar(compute(batch, null, null)), new TensorOptions(ScalarType.Float));
    }
    return withGradient(
        logits,
        GradientBuffers.Place.cpu(batch.shape()),
        gradient ->
            Autograd.attach(
                logits,
                gradient.tensor(),
                compute(batch, null, gradient.memory()),
                curvature(labels)));
  }

  private Tensor applyOnGpu(Tensor logits, Tensor labels) {
    Tensor composed = composed(logits, labels);
    if (composed != null) {
      return composed;
    }
    LogitsBatch batch = LogitsBatch.of(logits, labels);
    if (!runsOnGpu()) {
      throw new IllegalArgumentException(
          "logits: expected a tensor on the CPU, as this loss has no CUDA kernel, got one on a GPU;"
              + " call cpu() first");
    }
    TensorOptions options = logits.options().dtype(new ScalarTypeOptional(ScalarType.Float));
    Tensor value = empty(new long[0], options, new MemoryFormatOptional());
    if (!wantsGradient(logits)) {
      compute(batch, value.data_ptr_float(), null);
      return value;
    }
    long stream = batch.stream() == null ? 0 : batch.stream().address();
    boolean narrow = narrowsGradient() && batch.logitType() == ops.LOGIT_BFLOAT16;
    ScalarType type = narrow ? ScalarType.BFloat16 : ScalarType.Float;
    return withGradient(
        logits,
        new GradientBuffers.Place(batch.shape(), type, batch.device(), stream),
        gradient -> {
          compute(batch, value.data_ptr_float(), gradient.memory());
          return Autograd.attach(logits, gradient.tensor(), value);
        });
  }

  private static boolean wantsGradient(Tensor logits) {
    return GradMode.is_enabled() && logits.requires_grad();
  }

  /** What is made with a gradient buffer, which is given back whatever happens. */
  private Tensor withGradient(
      Tensor logits,
      GradientBuffers.Place place,
      Function<GradientBuffers.Buffer, Tensor> computation) {
    GradientBuffers.Buffer gradient = buffers.take(logits, place);
    try {
      return computation.apply(gradient);
    } finally {
      buffers.giveBack(gradient);
      RECLAIMER.add(place.bytes());
    }
  }

  /**
   * The value and gradient on arrays. Copies them into native memory and back; use direct buffers
   * where that matters.
   *
   * @param logits {@code N*C*H*W} values, row-major
   * @param labels {@code N*H*W} values, row-major
   * @param shape the sizes
   * @param gradient {@code N*C*H*W} values, overwritten; null where only the value is wanted
   * @return the loss
   * @throws IllegalArgumentException if an array has another length than the shape says, or there
   *     are fewer than 2 classes
   * @throws IllegalStateException if this loss is closed
   */
  public final double evaluate(float[] logits, int[] labels, Shape shape, float[] gradient) {
    checkCall(shape);
    requireGiven("logits", "an array", logits);
    requireGiven("labels", "an array", labels);
    checkSize("logits", logits.length, shape.elements());
    checkSize("labels", labels.length, shape.pixels());
    if (gradient != null) {
      checkSize("gradient", gradient.length, shape.elements());
    }
    try (FloatPointer z = new FloatPointer(logits);
        IntPointer y = new IntPointer(labels);
        FloatPointer g = gradient == null ? null : new FloatPointer(shape.elements())) {
      double value = compute(LogitsBatch.onCpu(shape, z, y, LabelType.INT32), null, g);
      if (gradient != null) {
        g.get(gradient);
      }
      return value;
    }
  }

  /**
   * The value and gradient on direct buffers, without a copy. Positions and limits are not used:
   * the data begin at index 0.
   *
   * @param logits direct, native order, {@code N*C*H*W} values or more
   * @param labels direct, native order, {@code N*H*W} values or more: a {@link ByteBuffer} (uint8),
   *     {@link IntBuffer} or {@link LongBuffer}
   * @param shape the sizes
   * @param gradient direct, native order, {@code N*C*H*W} values or more, overwritten; null where
   *     only the value is wanted
   * @return the loss
   * @throws IllegalArgumentException if a buffer is not direct, not in native order, too small, or
   *     of another type, or the gradient's is read-only, or there are fewer than 2 classes
   * @throws IllegalStateException if this loss is closed
   */
  public final double evaluate(
      FloatBuffer logits, Buffer labels, Shape shape, FloatBuffer gradient) {
    checkCall(shape);
    DirectBuffers.check("logits", logits, shape.elements());
    DirectBuffers.check("labels", labels, shape.pixels());
    if (gradient != null) {
      DirectBuffers.checkWritable("gradient", gradient, shape.elements());
    }
    try (PointerScope scope = new PointerScope()) {
      FloatPointer z = new FloatPointer(logits.duplicate().clear());
      FloatPointer g = gradient == null ? null : new FloatPointer(gradient.duplicate().clear());
      return compute(labelled(shape, z, labels), null, g);
    }
  }

  private static LogitsBatch labelled(Shape shape, FloatPointer logits, Buffer labels) {
    if (labels instanceof ByteBuffer bytes) {
      Pointer y = new BytePointer(bytes.duplicate().clear());
      return LogitsBatch.onCpu(shape, logits, y, LabelType.UINT8);
    }
    if (labels instanceof IntBuffer ints) {
      Pointer y = new IntPointer(ints.duplicate().clear());
      return LogitsBatch.onCpu(shape, logits, y, LabelType.INT32);
    }
    if (labels instanceof LongBuffer longs) {
      Pointer y = new LongPointer(longs.duplicate().clear());
      return LogitsBatch.onCpu(shape, logits, y, LabelType.INT64);
    }
    throw new IllegalArgumentException(
        "labels: expected a ByteBuffer, IntBuffer or LongBuffer, got "
            + labels.getClass().getSimpleName());
  }

  private void checkCall(Shape shape) {
    checkOpen();
    requireGiven("shape", "one", shape);
    TensorChecks.requireClasses(shape);
  }

  private static void requireGiven(String argument, String expected, Object given) {
    if (given == null) {
      throw new IllegalArgumentException(argument + ": expected " + expected + ", got null");
    }
  }

  private static void checkSize(String argument, long got, long expected) {
    if (got != expected) {
      throw new IllegalArgumentException(
          argument + ": expected " + expected + " values, as the shape says, got " + got);
    }
  }

  final void checkOpen() {
    if (closed) {
      throw new IllegalStateException("loss: expected an open loss, got a closed one");
    }
  }

  @Override
  public void close() {
    closed = true;
    buffers.close();
  }
}
