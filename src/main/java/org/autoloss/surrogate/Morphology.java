package org.autoloss.surrogate;

import java.nio.FloatBuffer;
import org.autoloss.global.ops;
import org.autoloss.internal.DirectBuffers;
import org.autoloss.internal.Natives;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;

/**
 * Minimum and maximum over square windows, label edges and their dilation: what boundary metrics
 * are made of.
 *
 * <p>Windows are cut off at the border of the image; the stride is 1. The cost of an element does
 * not depend on the window (van Herk, Pattern Recognition Letters 1992; Gil and Werman, IEEE TPAMI
 * 1993). NaN goes through, as in libtorch. Results are the same for any number of threads.
 *
 * <p>Tensors may be on the CPU or, where the library was built with CUDA, on an NVIDIA GPU; what is
 * returned is on the same device. There the work goes to libtorch's current stream, without
 * waiting.
 */
public enum Morphology {
  /** The largest value of each window. */
  MAX(ops.POOL_MAX),
  /** The smallest value of each window. */
  MIN(ops.POOL_MIN);

  static {
    Natives.loadKernels();
  }

  private final int kind;

  Morphology(int kind) {
    this.kind = kind;
  }

  /**
   * Pools a tensor: each value becomes the extreme of the window around it. Differentiable through
   * libtorch's autograd: what arrives at a result goes to the value that it is, of equal ones the
   * first in row-major order, of several NaN the last. The backward pass gives the same bits each
   * time. With a gradient, 8 bytes an element are kept for it.
   *
   * @param values {@code [N,C,H,W]} float32, any strides
   * @param window side of the window, odd
   * @return {@code [N,C,H,W]} float32, a new tensor
   * @throws IllegalArgumentException if the window is even or below 1, or the shape, type or device
   *     is not as said
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public Tensor pool(Tensor values, int window) {
    checkWindow(window);
    return TensorMorphology.pool(kind, values, window);
  }

  /**
   * Pools an array.
   *
   * @param values {@code N*C*H*W} values, row-major
   * @param shape the sizes
   * @param window side of the window, odd
   * @return a new array of the same layout
   * @throws IllegalArgumentException if the window is even or below 1, or the array does not have
   *     as many values as the shape says
   */
  public float[] pool(float[] values, Shape shape, int window) {
    checkSize("values", values.length, shape.elements());
    checkWindow(window);
    float[] result = new float[values.length];
    try (FloatPointer from = new FloatPointer(values);
        FloatPointer to = new FloatPointer(shape.elements())) {
      values(shape, from).run(b -> ops.pool(kind, window, b, to));
      to.get(result);
    }
    return result;
  }

  /**
   * Pools a direct buffer without a copy. Positions and limits are not used.
   *
   * @param values direct, native order, {@code N*C*H*W} values or more
   * @param shape the sizes
   * @param window side of the window, odd
   * @param result direct, native order, {@code N*C*H*W} values or more, overwritten; other memory
   *     than {@code values}
   * @throws IllegalArgumentException if the window is even or below 1, a buffer is not direct, not
   *     in native order or too small, or the result's is read-only or the memory of the values
   */
  public void pool(FloatBuffer values, Shape shape, int window, FloatBuffer result) {
    DirectBuffers.check("values", values, shape.elements());
    DirectBuffers.checkWritable("result", result, shape.elements());
    checkWindow(window);
    try (FloatPointer from = new FloatPointer(values.duplicate().clear());
        FloatPointer to = new FloatPointer(result.duplicate().clear())) {
      if (shape.elements() > 0 && from.address() == to.address()) {
        throw new IllegalArgumentException("result: expected other memory than values, got it");
      }
      values(shape, from).run(b -> ops.pool(kind, window, b, to));
    }
  }

  /**
   * The gradient of {@link #pool(float[], Shape, int)}. What arrives at a result goes to the value
   * that it is: of equal ones the first in row-major order, of several NaN the last.
   *
   * @param values what was pooled
   * @param byResult the gradient by the result, as many values
   * @param shape the sizes
   * @param window side of the window, odd
   * @return the gradient by the values, a new array
   * @throws IllegalArgumentException if the window is even or below 1, or an array does not have as
   *     many values as the shape says
   */
  public float[] gradient(float[] values, float[] byResult, Shape shape, int window) {
    checkSize("values", values.length, shape.elements());
    checkSize("byResult", byResult.length, shape.elements());
    checkWindow(window);
    float[] gradient = new float[values.length];
    try (FloatPointer from = new FloatPointer(values);
        FloatPointer upstream = new FloatPointer(byResult);
        FloatPointer to = new FloatPointer(shape.elements())) {
      values(shape, from).run(b -> ops.pool_gradient(kind, window, b, upstream, to));
      to.get(gradient);
    }
    return gradient;
  }

  /**
   * Label edges: pixels with a class whose 3x3 neighbourhood inside the image holds another label,
   * ignored ones too.
   *
   * @param labels {@code N*H*W} values, row-major; one outside {@code [0,C)} marks an ignored pixel
   * @param shape the sizes; C is the number of classes
   * @param dropBackground whether class 0 has no edges
   * @return {@code N*H*W} values, 1 at an edge, else 0
   * @throws IllegalArgumentException if the array does not have as many values as the shape says
   */
  public static byte[] labelEdges(int[] labels, Shape shape, boolean dropBackground) {
    checkSize("labels", labels.length, shape.pixels());
    byte[] result = new byte[labels.length];
    try (IntPointer y = new IntPointer(labels);
        BytePointer edges = new BytePointer(shape.pixels())) {
      int drop = dropBackground ? 1 : 0;
      labels(shape, y).run(b -> ops.find_label_edges(b, drop, edges));
      edges.get(result);
    }
    return result;
  }

  /**
   * Label edges of a tensor, as those of an array.
   *
   * @param labels {@code [N,H,W]} uint8, int32 or int64, any strides; one outside {@code [0,C)}
   *     marks an ignored pixel
   * @param classes C, 1 to 1,024
   * @param dropBackground whether class 0 has no edges
   * @return {@code [N,H,W]} uint8, 1 at an edge, else 0; a new tensor
   * @throws IllegalArgumentException if the shape, type, device or number of classes is not as said
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static Tensor labelEdges(Tensor labels, int classes, boolean dropBackground) {
    return TensorMorphology.labelEdges(labels, classes, dropBackground);
  }

  /**
   * The label edges of each class, dilated by a square, as bit sets.
   *
   * @param labels {@code N*H*W} values, row-major; one outside {@code [0,C)} marks an ignored pixel
   * @param shape the sizes; C is the number of classes
   * @param tolerance pixels, 0 or more: the square has {@code 2 tolerance + 1}
   * @param dropBackground whether class 0 has no edges
   * @return {@code [N,ceil(C/64),H,W]}, row-major: bit {@code c % 64} of word {@code c / 64} says
   *     whether an edge of class c is within the tolerance
   * @throws IllegalArgumentException if the array does not have as many values as the shape says,
   *     or the tolerance is negative
   */
  public static long[] dilatedEdges(
      int[] labels, Shape shape, int tolerance, boolean dropBackground) {
    checkSize("labels", labels.length, shape.pixels());
    checkTolerance(tolerance);
    long[] result = new long[Math.toIntExact(shape.pixels() * ((shape.c() + 63) / 64))];
    try (IntPointer y = new IntPointer(labels);
        LongPointer bits = new LongPointer(result.length)) {
      int drop = dropBackground ? 1 : 0;
      labels(shape, y).run(b -> ops.dilate_label_edges(b, tolerance, drop, bits));
      bits.get(result);
    }
    return result;
  }

  /**
   * The label edges of each class of a tensor, dilated by a square, as bit sets.
   *
   * @param labels {@code [N,H,W]} uint8, int32 or int64, any strides; one outside {@code [0,C)}
   *     marks an ignored pixel
   * @param classes C, 1 to 1,024
   * @param tolerance pixels, 0 or more: the square has {@code 2 tolerance + 1}
   * @param dropBackground whether class 0 has no edges
   * @return {@code [N,ceil(C/64),H,W]} int64, a new tensor: bit {@code c % 64} of word {@code c /
   *     64} says whether an edge of class c is within the tolerance
   * @throws IllegalArgumentException if the shape, type, device or number of classes is not as
   *     said, or the tolerance is negative
   * @throws org.autoloss.NativeLossException if CUDA fails
   */
  public static Tensor dilatedEdges(
      Tensor labels, int classes, int tolerance, boolean dropBackground) {
    checkTolerance(tolerance);
    return TensorMorphology.dilatedEdges(labels, classes, tolerance, dropBackground);
  }

  private static LogitsBatch values(Shape shape, FloatPointer values) {
    return LogitsBatch.onCpu(shape, values, null, LabelType.INT32);
  }

  private static LogitsBatch labels(Shape shape, IntPointer labels) {
    return LogitsBatch.onCpu(shape, null, labels, LabelType.INT32);
  }

  private static void checkTolerance(int tolerance) {
    if (tolerance < 0) {
      throw new IllegalArgumentException("tolerance: expected 0 or more pixels, got " + tolerance);
    }
  }

  private static void checkWindow(int window) {
    if (window < 1 || window % 2 == 0) {
      throw new IllegalArgumentException("window: expected an odd number, got " + window);
    }
  }

  private static void checkSize(String argument, long got, long expected) {
    if (got != expected) {
      throw new IllegalArgumentException(
          argument + ": expected " + expected + " values, as the shape says, got " + got);
    }
  }
}
