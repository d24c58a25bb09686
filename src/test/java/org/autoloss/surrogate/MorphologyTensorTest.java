package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.zeros;

import org.autoloss.Batches;
import org.autoloss.Kernels;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pooling, edges and dilation of tensors, against libtorch, arrays and central differences. */
class MorphologyTensorTest {
  private static final Shape SHAPE = new Shape(2, 3, 33, 17);

  private PointerScope scope;

  @BeforeEach
  void open() {
    Libtorch.load();
    scope = new PointerScope();
  }

  @AfterEach
  void close() {
    scope.close();
    Kernels.setThreads(0);
  }

  private static Tensor tensor(float[] values, Shape s) {
    return Tensor.create(values, s.n(), s.c(), s.h(), s.w());
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      tensor.contiguous().data_ptr_float().get(values);
    }
    return values;
  }

  private static Tensor largest(Tensor values, int window) {
    long[] side = {window, window};
    long[] one = {1, 1};
    return max_pool2d(values, side, one, new long[] {window / 2, window / 2}, one, false);
  }

  private static float[] gradient(Tensor result, Tensor values, Tensor upstream) {
    result.backward(upstream, new BoolOptional(), false, new TensorArrayRefOptional());
    float[] gradient = floats(values.grad());
    values.mutable_grad().reset();
    return gradient;
  }

  /** Values with many ties. */
  private static float[] ties(Shape shape) {
    float[] values = Batches.logits(shape, 2, 5);
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.round(values[i]);
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 11})
  void pool_ofTies_hasLibtorchsValuesAndGradients(int window) {
    float[] x = ties(SHAPE);
    Tensor upstream = tensor(Batches.logits(SHAPE, 1, 7), SHAPE);
    Tensor values = tensor(x, SHAPE).set_requires_grad(true);
    Tensor expected = largest(values, window);
    Tensor got = Morphology.MAX.pool(values, window);
    assertThat(floats(got)).isEqualTo(floats(expected));
    float[] byLibtorch = gradient(expected, values, upstream);
    // Sums of up to 121 numbers of the order of 1, perhaps in another order.
    assertThat(gradient(got, values, upstream)).containsExactly(byLibtorch, within(1e-4f));
    Tensor opposite = tensor(x, SHAPE).neg().set_requires_grad(true);
    Tensor smallest = Morphology.MIN.pool(opposite, window);
    assertThat(floats(smallest.neg())).isEqualTo(floats(expected));
    assertThat(gradient(smallest, opposite, upstream)).containsExactly(byLibtorch, within(1e-4f));
  }

  @ParameterizedTest
  @EnumSource
  void pool_stridedAndNotFinite_isThatOfArrays(Morphology kind) {
    float[] x = Batches.logits(SHAPE, 2, 9);
    x[5] = Float.NaN;
    x[40] = Float.NaN;
    x[77] = Float.NEGATIVE_INFINITY;
    x[400] = Float.POSITIVE_INFINITY;
    float[] upstream = Batches.logits(SHAPE, 1, 11);
    Tensor strided = tensor(x, SHAPE).transpose(2, 3).contiguous().transpose(2, 3);
    assertThat(strided.is_contiguous()).isFalse();
    assertThat(floats(kind.pool(strided, 7))).isEqualTo(kind.pool(x, SHAPE, 7));
    Tensor leaf = strided.detach().set_requires_grad(true);
    Tensor result = kind.pool(leaf, 7);
    assertThat(floats(result)).isEqualTo(kind.pool(x, SHAPE, 7));
    assertThat(gradient(result, leaf, tensor(upstream, SHAPE)))
        .containsExactly(kind.gradient(x, upstream, SHAPE, 7), within(1e-4f));
  }

  @ParameterizedTest
  @EnumSource
  void pool_insideAGraph_agreesWithCentralDifferences(Morphology kind) {
    Shape shape = new Shape(1, 2, 5, 6);
    float[] x = Batches.logits(shape, 2, 3);
    Tensor values = tensor(x, shape).set_requires_grad(true);
    // A square on both sides, so that the chain rule matters.
    Tensor loss = kind.pool(values.square(), 3).square().sum();
    loss.backward();
    float[] gradient = floats(values.grad());
    // So small a step that no window changes its choice; squares of some 10 keep 1e-3 of it.
    double step = 1e-3;
    for (int i = 0; i < x.length; i++) {
      double difference = at(kind, x, shape, i, step) - at(kind, x, shape, i, -step);
      assertThat((double) gradient[i])
          .isCloseTo(difference / (2 * step), within(1e-2 * (1 + Math.abs(gradient[i]))));
    }
  }

  private static double at(Morphology kind, float[] x, Shape shape, int place, double step) {
    float[] squares = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      double moved = x[i] + (i == place ? step : 0);
      squares[i] = (float) (moved * moved);
    }
    double sum = 0;
    for (float value : kind.pool(squares, shape, 3)) {
      sum += (double) value * value;
    }
    return sum;
  }

  @Test
  void pool_anyNumberOfThreadsAndAgain_givesTheSameGradient() {
    Shape shape = new Shape(2, 4, 65, 70);
    Tensor values = tensor(ties(shape), shape).set_requires_grad(true);
    Tensor upstream = tensor(Batches.logits(shape, 1, 2), shape);
    int before = torch.get_num_threads();
    float[] expected = gradient(Morphology.MAX.pool(values, 11), values, upstream);
    try {
      for (int threads : new int[] {1, 2, 3}) {
        Kernels.setThreads(threads);
        torch.set_num_threads(threads);
        assertThat(gradient(Morphology.MAX.pool(values, 11), values, upstream)).isEqualTo(expected);
      }
    } finally {
      torch.set_num_threads(before);
    }
  }

  @Test
  void fetch_sorting_isWhatGatherGives() {
    float[] x = ties(SHAPE);
    Tensor values = tensor(x, SHAPE).set_requires_grad(true);
    Tensor upstream = tensor(Batches.logits(SHAPE, 1, 7), SHAPE);
    Tensor places =
        zeros(new long[] {2, 3, 33, 17}).to(ScalarType.Long).add_(values.to(ScalarType.Long).abs());
    Tensor gathered = TensorMorphology.fetch(values, places, SHAPE, false);
    Tensor sorted = TensorMorphology.fetch(values, places, SHAPE, true);
    assertThat(floats(sorted)).isEqualTo(floats(gathered));
    assertThat(gradient(sorted, values, upstream))
        .containsExactly(gradient(gathered, values, upstream), within(1e-3f));
  }

  @Test
  void pool_noGradientOrNoPixel_hasNoGradientFunction() {
    Tensor values = tensor(ties(SHAPE), SHAPE).set_requires_grad(true);
    try (NoGradGuard guard = new NoGradGuard()) {
      assertThat(Morphology.MAX.pool(values, 3).requires_grad()).isFalse();
    }
    assertThat(Morphology.MAX.pool(values.detach(), 3).requires_grad()).isFalse();
    Tensor empty = zeros(2, 3, 0, 5).set_requires_grad(true);
    Tensor pooled = Morphology.MAX.pool(empty, 3);
    assertThat(pooled.shape()).containsExactly(2, 3, 0, 5);
    assertThat(gradient(pooled, empty, zeros(2, 3, 0, 5))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 70})
  void edges_eachTypeOfLabels_areThoseOfArrays(int classes) {
    Shape shape = new Shape(2, classes, 9, 33);
    int[] labels = Batches.labels(shape, 2);
    for (int i = 0; i < labels.length; i++) {
      labels[i] = labels[i] < 0 || labels[i] >= classes ? 255 : labels[i]; // fits each type
    }
    byte[] edges = Morphology.labelEdges(labels, shape, true);
    long[] dilated = Morphology.dilatedEdges(labels, shape, 2, true);
    Tensor y = Tensor.create(labels, 2, 9, 33).transpose(1, 2).contiguous().transpose(1, 2);
    assertThat(y.is_contiguous()).isFalse();
    for (ScalarType type : new ScalarType[] {ScalarType.Byte, ScalarType.Int, ScalarType.Long}) {
      Tensor typed = y.to(type);
      Tensor found = Morphology.labelEdges(typed, classes, true);
      assertThat(found.shape()).containsExactly(2, 9, 33);
      byte[] got = new byte[edges.length];
      found.data_ptr_byte().get(got);
      assertThat(got).isEqualTo(edges);
      Tensor bits = Morphology.dilatedEdges(typed, classes, 2, true);
      assertThat(bits.shape()).containsExactly(2, (classes + 63) / 64, 9, 33);
      long[] words = new long[dilated.length];
      bits.data_ptr_long().get(words);
      assertThat(words).isEqualTo(dilated);
    }
  }

  @Test
  void badTensors_areOneSentence() {
    Tensor values = zeros(1, 1, 2, 2);
    assertRefused(() -> Morphology.MAX.pool(values, 4), "window: expected an odd number, got 4");
    assertRefused(
        () -> Morphology.MAX.pool((Tensor) null, 3), "values: expected a tensor, got null");
    assertRefused(
        () -> Morphology.MIN.pool(new Tensor(), 3),
        "values: expected a tensor, got an undefined one");
    assertRefused(
        () -> Morphology.MIN.pool(zeros(2, 2), 3),
        "values: expected 4 dimensions [N,C,H,W], got [2,2]");
    assertRefused(
        () -> Morphology.MIN.pool(values.to(ScalarType.Double), 3),
        "values: expected float32, got float64");
    Tensor labels = zeros(1, 2, 2).to(ScalarType.Int);
    assertRefused(
        () -> Morphology.labelEdges(zeros(2, 2), 3, false),
        "labels: expected 3 dimensions [N,H,W], got [2,2]");
    assertRefused(
        () -> Morphology.labelEdges(zeros(1, 2, 2), 3, false),
        "labels: expected uint8, int32 or int64, got float32");
    assertRefused(
        () -> Morphology.labelEdges(labels, 0, false),
        "classes: expected 1 to 1024 (dimension 1 of the logits), got 0");
    assertRefused(
        () -> Morphology.dilatedEdges(labels, 3, -1, false),
        "tolerance: expected 0 or more pixels, got -1");
    assertRefused(
        () ->
            Morphology.MAX.pool(
                values.to(new org.bytedeco.pytorch.Device("meta"), ScalarType.Float), 3),
        "values: expected a tensor on the CPU, got one on meta; call cpu() first");
  }

  private static void assertRefused(Runnable call, String sentence) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(sentence);
  }
}
