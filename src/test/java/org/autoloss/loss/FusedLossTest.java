package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.autoloss.Batches;
import org.autoloss.internal.Libtorch;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.surrogate.SurrogateLoss;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A native loss within libtorch's autograd, seen through the surrogate of mIoU. */
class FusedLossTest {
  private static final long[] SIZES = {2, 5, 6, 7};
  private static final ByteOrder FOREIGN =
      ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
          ? ByteOrder.LITTLE_ENDIAN
          : ByteOrder.BIG_ENDIAN;

  static {
    Libtorch.load();
  }

  private final SurrogateLoss loss = SurrogateLoss.of(SegmentationMetric.MIOU);

  private final Tensor largeLogits = randn(2, 21, 64, 64).set_requires_grad(true);
  private final Tensor largeLabels = randint(21, new long[] {2, 64, 64}).to(ScalarType.Long);

  private static Tensor logits() {
    return randn(SIZES).set_requires_grad(true);
  }

  private static Tensor labels() {
    return randint(5, new long[] {2, 6, 7}).to(ScalarType.Long);
  }

  private static double difference(Tensor a, Tensor b) {
    return a.sub(b).abs().max().item_float();
  }

  /** Value and gradient of the array form, which knows nothing of libtorch. */
  private Tensor exactGradient(Tensor logits, Tensor labels) {
    float[] z = new float[(int) logits.numel()];
    logits.detach().contiguous().data_ptr_float().get(z);
    int[] y = new int[(int) labels.numel()];
    labels.to(ScalarType.Int).contiguous().data_ptr_int().get(y);
    float[] gradient = new float[z.length];
    loss.evaluate(z, y, new Shape(SIZES[0], SIZES[1], SIZES[2], SIZES[3]), gradient);
    Tensor result = zeros(SIZES);
    result.data_ptr_float().put(gradient);
    return result;
  }

  @Test
  void apply_leafLogits_givesTheArrayFormsGradient() {
    try (PointerScope scope = new PointerScope()) {
      Tensor z = logits();
      Tensor y = labels();
      loss.apply(z, y).backward();
      assertThat(difference(z.grad(), exactGradient(z, y))).isZero();
    }
  }

  @Test
  void apply_logitsOfAMillion_giveTheArrayFormsGradientInOneBuffer() {
    try (PointerScope scope = new PointerScope()) {
      long[] sizes = {1, 4, 512, 512};
      Tensor z = randn(sizes).set_requires_grad(true);
      assertThat(z.numel()).isGreaterThanOrEqualTo(Autograd.LARGE);
      Tensor y = randint(4, new long[] {1, 512, 512}).to(ScalarType.Int);
      loss.apply(z, y).backward();
      float[] gradient = new float[(int) z.numel()];
      float[] logits = gradient.clone();
      int[] labels = new int[(int) y.numel()];
      z.detach().data_ptr_float().get(logits);
      y.data_ptr_int().get(labels);
      loss.evaluate(logits, labels, new Shape(1, 4, 512, 512), gradient);
      float[] got = new float[gradient.length];
      z.grad().data_ptr_float().get(got);
      assertThat(got).isEqualTo(gradient);
      long memory = z.grad().data_ptr().address();
      z.mutable_grad().reset();
      loss.apply(z, y).backward();
      assertThat(z.grad().data_ptr().address()).isEqualTo(memory);
      Tensor held = z.grad().detach();
      z.mutable_grad().reset();
      loss.apply(z, y).backward();
      assertThat(z.grad().data_ptr().address()).isNotEqualTo(memory);
      assertThat(difference(held, z.grad())).isZero();
    }
  }

  /** Exponentials of such logits alone would be infinite, or 0. */
  @ParameterizedTest
  @ValueSource(
      strings = {"asl:mIoU", "asl:gAcc", "asl:BIoU", "asl:BF1", "dice", "lovasz", "ssim", "ce"})
  void apply_logitsFarFromZero_areThoseNearIt(String specification) {
    try (PointerScope scope = new PointerScope();
        Loss any = Loss.parse(specification)) {
      manual_seed(7);
      Tensor y = labels();
      // few digits, so that the sums are exact
      Tensor near = logits().detach().mul(new Scalar(64)).round().div(new Scalar(64));
      float[] offsets = new float[84];
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] = List.of(0f, 30f, -30f, 75f, -75f, 1000f, -1000f).get(i % 7);
      }
      Tensor far = near.add(Tensor.create(offsets, 2, 1, 6, 7));
      near.set_requires_grad(true);
      far.set_requires_grad(true);
      Tensor value = any.apply(near, y);
      Tensor same = any.apply(far, y);
      value.backward();
      same.backward();
      assertThat(same.item_float()).isCloseTo(value.item_float(), within(1e-6f));
      // where a curve is steep, the last digit of a probability is four of the slope
      assertThat(difference(far.grad(), near.grad()))
          .isLessThan(1e-4 * near.grad().abs().max().item_float());
    }
  }

  /** Probabilities of 1 are 1, and no number near it, where a curve may be steep. */
  @ParameterizedTest
  @ValueSource(
      strings = {"asl:mIoU", "asl:mAcc", "asl:gAcc", "asl:BIoU", "dice", "lovasz", "jaccard"})
  void apply_sureAndRight_isZeroWithoutAGradient(String specification) {
    try (PointerScope scope = new PointerScope();
        Loss any = Loss.parse(specification)) {
      manual_seed(7);
      Tensor y = labels();
      Tensor right = y.unsqueeze(1).eq(arange(new Scalar(5)).view(1, 5, 1, 1)).to(ScalarType.Float);
      // sums of exponentials that are no powers of two
      Tensor offsets = randn(2, 1, 6, 7).mul(new Scalar(5));
      Tensor z = right.mul(new Scalar(60)).add(offsets).set_requires_grad(true);
      Tensor value = any.apply(z, y);
      value.backward();
      assertThat(value.item_float()).isCloseTo(0, within(1e-6f));
      assertThat(z.grad().abs().max().item_float()).isLessThan(1e-12f);
    }
  }

  @Test
  void apply_labelsOfEveryType_giveTheSame() {
    try (PointerScope scope = new PointerScope()) {
      Tensor z = logits();
      Tensor y = labels();
      float expected = loss.apply(z, y).item_float();
      for (ScalarType type : List.of(ScalarType.Byte, ScalarType.Int)) {
        assertThat(loss.apply(z, y.to(type)).item_float()).isEqualTo(expected);
      }
    }
  }

  @Test
  void apply_inWeightedSumWithOtherLosses_addsGradients() {
    try (PointerScope scope = new PointerScope();
        Loss ce = new CrossEntropyLoss();
        Loss both = Loss.parse("0.3*ce+2*asl:mIoU")) {
      Tensor z = logits();
      Tensor y = labels();
      Tensor other = labels();
      Tensor sum =
          loss.apply(z, y)
              .mul(new Scalar(2.0))
              .add(ce.apply(z, y).mul(new Scalar(0.3)))
              .add(loss.apply(z, other))
              .add(z.pow(new Scalar(2.0)).mean());
      sum.backward();
      Tensor r = z.detach().clone().set_requires_grad(true);
      both.apply(r, y).add(r.pow(new Scalar(2.0)).mean()).backward();
      Tensor expected = r.grad().add(exactGradient(z, other));
      assertThat(difference(z.grad(), expected)).isLessThan(1e-6);
    }
  }

  @Test
  void apply_afterANetwork_reachesItsWeights() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = randn(2, 3, 6, 7);
      Tensor w = randn(5, 3, 1, 1).set_requires_grad(true);
      Tensor y = labels();
      Tensor z = org.bytedeco.pytorch.global.torch.conv2d(x, w);
      loss.apply(z, y).backward();
      Tensor g = exactGradient(z, y);
      Tensor expected = g.transpose(0, 1).reshape(5, 84).mm(x.transpose(0, 1).reshape(3, 84).t());
      assertThat(difference(w.grad().view(5, 3), expected)).isLessThan(1e-6);
    }
  }

  @Test
  void apply_nonContiguousLogits_givesTheSameGradient() {
    try (PointerScope scope = new PointerScope()) {
      Tensor leaf = randn(2, 6, 7, 5).set_requires_grad(true);
      Tensor z = leaf.permute(0, 3, 1, 2);
      Tensor y = labels();
      loss.apply(z, y).backward();
      Tensor expected = exactGradient(z, y).permute(0, 2, 3, 1);
      assertThat(difference(leaf.grad(), expected)).isZero();
    }
  }

  @Test
  void apply_twoBackwardPasses_addUpWhereTheGraphIsRetained() {
    try (PointerScope scope = new PointerScope()) {
      Tensor z = logits();
      Tensor y = labels();
      Tensor value = loss.apply(z, y);
      BackwardPasses.retaining(value);
      value.backward();
      assertThat(difference(z.grad(), exactGradient(z, y).mul(new Scalar(2.0)))).isLessThan(1e-7);
      assertThatThrownBy(value::backward).hasMessageContaining("second time");
    }
  }

  @Test
  void apply_gradientsDisabledOrNotWanted_givesAPlainScalar() {
    try (PointerScope scope = new PointerScope()) {
      Tensor z = logits();
      Tensor y = labels();
      assertThat(loss.apply(z.detach(), y).requires_grad()).isFalse();
      GradMode.set_enabled(false);
      try {
        Tensor value = loss.apply(z, y);
        assertThat(value.requires_grad()).isFalse();
        assertThat(value.dim()).isZero();
      } finally {
        GradMode.set_enabled(true);
      }
      assertThat(loss.apply(z, y).requires_grad()).isTrue();
    }
  }

  @Test
  void apply_severalLossesBeforeBackward_keepTheirOwnGradients() {
    try (PointerScope scope = new PointerScope()) {
      List<Tensor> inputs = new ArrayList<>();
      List<Tensor> targets = new ArrayList<>();
      List<Tensor> values = new ArrayList<>();
      for (int i = 0; i < 10; i++) { // more than are kept for reuse
        inputs.add(logits());
        targets.add(labels());
        values.add(loss.apply(inputs.get(i), targets.get(i)));
      }
      for (int i = 0; i < 10; i++) {
        values.get(i).backward();
        assertThat(difference(inputs.get(i).grad(), exactGradient(inputs.get(i), targets.get(i))))
            .isZero();
      }
    }
  }

  @Test
  void apply_fromSeveralThreads_isCorrectInEach() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      Callable<Double> task =
          () -> {
            double worst = 0;
            for (int i = 0; i < 50; i++) {
              try (PointerScope scope = new PointerScope()) {
                Tensor z = logits();
                Tensor y = labels();
                loss.apply(z, y).backward();
                worst = Math.max(worst, difference(z.grad(), exactGradient(z, y)));
              }
            }
            return worst;
          };
      List<Future<Double>> results = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        results.add(pool.submit(task));
      }
      for (Future<Double> result : results) {
        assertThat(result.get()).isZero();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void apply_manyCallsWithScope_keepsMemoryFlat() {
    long grown =
        growth(
            () -> {
              try (PointerScope scope = new PointerScope()) {
                loss.apply(largeLogits, largeLabels).backward();
              }
            });
    assertThat(grown).isLessThan(32L << 20);
  }

  @Test
  void apply_manyCallsWithoutScope_keepsMemoryBounded() {
    long grown = growth(() -> loss.apply(largeLogits, largeLabels).backward());
    assertThat(grown).isLessThan(800L << 20); // two to three rounds of the LeakGuard, not 2,000 MiB
  }

  /**
   * How much larger the process is after 3,000 steps of 672 KiB each (2,000 MiB) than after 300.
   */
  private static long growth(Runnable step) {
    long before = 0;
    for (int i = 0; i < 3000; i++) {
      step.run();
      if (i == 300) {
        before = Pointer.physicalBytes();
      }
    }
    return Pointer.physicalBytes() - before;
  }

  @Test
  void evaluate_directBuffers_givesTheArrayFormsResult() {
    Shape shape = new Shape(1, 3, 4, 5);
    float[] z = Batches.logits(shape, 1, 3);
    int[] y = Batches.labels(shape, 3);
    float[] gradient = new float[z.length];
    double expected = loss.evaluate(z, y, shape, gradient);
    FloatBuffer zs = floats(60).put(z);
    FloatBuffer gs = floats(60);
    ByteBuffer bytes = ByteBuffer.allocateDirect(20);
    for (int i = 0; i < 20; i++) {
      bytes.put(i, (byte) (y[i] >= 0 && y[i] < 3 ? y[i] : 255));
    }
    assertThat(loss.evaluate(zs, bytes, shape, gs)).isEqualTo(expected);
    float[] copied = new float[60];
    gs.get(0, copied);
    assertThat(copied).isEqualTo(gradient);
    assertThatThrownBy(() -> loss.evaluate(FloatBuffer.wrap(z), bytes, shape, null))
        .hasMessageContaining("logits: expected a direct buffer");
    assertThatThrownBy(() -> loss.evaluate(floats(59), bytes, shape, null))
        .hasMessage("logits: expected 60 values or more, got 59");
  }

  private static FloatBuffer floats(int count) {
    return bytes(4 * count).asFloatBuffer();
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder());
  }

  @Test
  void evaluate_nothing_isRefused() {
    Shape shape = new Shape(1, 3, 4, 5);
    assertThatThrownBy(() -> loss.evaluate(null, new int[20], shape, null))
        .hasMessage("logits: expected an array, got null");
    assertThatThrownBy(() -> loss.evaluate(new float[60], null, shape, null))
        .hasMessage("labels: expected an array, got null");
    assertThatThrownBy(() -> loss.evaluate(new float[60], new int[20], null, null))
        .hasMessage("shape: expected one, got null");
  }

  @Test
  void evaluate_buffersThatNativeCodeWouldMisread_areRefused() {
    Shape shape = new Shape(1, 3, 4, 5);
    FloatBuffer z = floats(60);
    IntBuffer y = bytes(80).asIntBuffer();
    FloatBuffer foreign = ByteBuffer.allocateDirect(240).order(FOREIGN).asFloatBuffer();
    String order = ": expected native order, " + ByteOrder.nativeOrder() + ", got " + FOREIGN;
    assertRefused(foreign, y, shape, null, "logits" + order);
    assertRefused(z, y, shape, foreign, "gradient" + order);
    ByteBuffer labels = ByteBuffer.allocateDirect(160).order(FOREIGN);
    assertRefused(z, labels.asIntBuffer(), shape, null, "labels" + order);
    assertRefused(z, labels.asLongBuffer(), shape, null, "labels" + order);
    assertThat(loss.evaluate(z, labels, shape, null)).isFinite(); // bytes have no order
    assertRefused(
        z, y, shape, z.asReadOnlyBuffer(), "gradient: expected a buffer to write to, got a read");
    assertThat(loss.evaluate(z.asReadOnlyBuffer(), y.asReadOnlyBuffer(), shape, null)).isFinite();
    FloatBuffer heap = FloatBuffer.allocate(60);
    assertRefused(z, y, shape, heap, "gradient: expected a direct buffer, got one on the heap");
    assertRefused(
        z, IntBuffer.allocate(20), shape, null, "labels: expected a direct buffer, got one on the");
    assertRefused(z, null, shape, null, "labels: expected a direct buffer, got null");
    assertRefused(null, y, shape, null, "logits: expected a direct buffer, got null");
    assertRefused(
        bytes(242).position(2).slice().order(ByteOrder.nativeOrder()).asFloatBuffer(),
        y,
        shape,
        null,
        "logits: expected memory that begins at a multiple of 4 bytes, got one 2 bytes beyond it");
    ShortBuffer shorts = bytes(80).asShortBuffer();
    assertRefused(z, shorts, shape, null, "labels: expected a ByteBuffer, IntBuffer or LongBuffer");
  }

  private void assertRefused(
      FloatBuffer z, Buffer y, Shape shape, FloatBuffer gradient, String message) {
    assertThatThrownBy(() -> loss.evaluate(z, y, shape, gradient))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void apply_badArguments_saysWhatWasExpectedAndWhatCame() {
    try (PointerScope scope = new PointerScope()) {
      Tensor z = logits();
      Tensor y = labels();
      assertFails(null, y, "logits: expected a tensor, got null");
      assertFails(new Tensor(), y, "logits: expected a tensor, got an undefined one");
      assertFails(
          z.detach().to_sparse(),
          y,
          "logits: expected a dense tensor, got one of layout Sparse; call to_dense() first");
      assertFails(randn(5, 6, 7), y, "logits: expected 4 dimensions [N,C,H,W], got [5,6,7]");
      assertFails(z.to(ScalarType.Double), y, "logits: expected float32, got float64");
      assertFails(z, y.to(ScalarType.Float), "labels: expected uint8, int32 or int64, got float32");
      assertFails(
          z,
          y.transpose(1, 2),
          "labels: expected [2,6,7], as the logits are [2,5,6,7], got [2,7,6]");
      assertFails(
          randn(1, 1025, 1, 1),
          zeros(1, 1, 1).to(ScalarType.Long),
          "classes: expected 1 to 1024 (dimension 1 of the logits), got 1025");
    }
  }

  private void assertFails(Tensor z, Tensor y, String message) {
    assertThatThrownBy(() -> loss.apply(z, y))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void apply_closed_isRefused() {
    SurrogateLoss closed = SurrogateLoss.of(SegmentationMetric.GACC);
    closed.close();
    closed.close();
    try (PointerScope scope = new PointerScope()) {
      assertThatThrownBy(() -> closed.apply(logits(), labels()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("loss: expected an open loss, got a closed one");
    }
  }
}
