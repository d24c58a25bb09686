package org.autoloss.loss.handcrafted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.tensor;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.Arrays;
import java.util.function.Function;
import org.autoloss.Batches;
import org.autoloss.global.ops;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Loss;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** The native losses against compositions of libtorch operations with libtorch's autograd. */
class NativeCompositionsTest {
  static {
    Libtorch.load();
  }

  private static final Shape SHAPE = new Shape(2, 7, 33, 29);

  private static void assertAgree(String specification, Function<MaskedBatch, Tensor> composed) {
    assertAgree(specification, composed, SHAPE);
  }

  private static void assertAgree(
      String specification, Function<MaskedBatch, Tensor> composed, Shape shape) {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(specification)) {
      long[] sizes = {shape.n(), shape.c(), shape.h(), shape.w()};
      Tensor a = tensor(Batches.logits(shape, 2, 3)).view(sizes).set_requires_grad(true);
      Tensor b = a.detach().clone().set_requires_grad(true);
      Tensor y = tensor(Batches.labels(shape, 3)).view(shape.n(), shape.h(), shape.w());
      Tensor value = loss.apply(a, y);
      Tensor expected = composed.apply(MaskedBatch.of(b, y));
      value.backward();
      expected.backward();
      // both sum some 10^4 float32 terms
      assertThat(value.item_float()).isCloseTo(expected.item_float(), within(1e-5f));
      double scale = b.grad().norm().item_float();
      assertThat(scale).isPositive();
      assertThat(a.grad().sub(b.grad()).norm().item_float() / scale).isLessThanOrEqualTo(1e-4);
    }
  }

  private static Tensor sum(Tensor values) {
    return values.sum(0, 2, 3);
  }

  private static Tensor masked(MaskedBatch batch) {
    return batch.probabilities().mul(batch.valid().unsqueeze(1));
  }

  @Test
  void dice_composition_agrees() {
    assertAgree(
        "dice",
        batch -> {
          Tensor p = masked(batch);
          Tensor y = batch.oneHot();
          Tensor ratio = sum(p.mul(y)).mul(new Scalar(2)).div(sum(p.square()).add(sum(y.square())));
          return ratio.mean().neg().add(new Scalar(1));
        });
  }

  @Test
  void jaccard_composition_agrees() {
    assertAgree(
        "jaccard",
        batch -> {
          Tensor p = masked(batch);
          Tensor y = batch.oneHot();
          Tensor both = sum(p.mul(y));
          return both.div(sum(p).add(sum(y)).sub(both)).mean().neg().add(new Scalar(1));
        });
  }

  @Test
  void lovasz_compositionWithSort_agrees() {
    assertAgree("lovasz", NativeCompositionsTest::lovasz);
  }

  @Test
  void lovasz_morePixelsThanShortEntriesHold_agreesWithTheComposition() {
    assertAgree("lovasz", NativeCompositionsTest::lovasz, new Shape(2, 3, 560, 480));
  }

  /**
   * Berman's own formulation: sort, cumulative sums, dot product, class by class. In double
   * precision, for differences of neighbours are small.
   */
  private static Tensor lovasz(MaskedBatch batch) {
    long classes = batch.shape().c();
    Tensor counted = batch.valid().flatten().nonzero().flatten();
    Tensor p = batch.logits().to(ScalarType.Double).softmax(1);
    p = p.permute(0, 2, 3, 1).reshape(-1, classes);
    Tensor y = batch.oneHot().to(ScalarType.Double).permute(0, 2, 3, 1).reshape(-1, classes);
    p = p.index_select(0, counted);
    y = y.index_select(0, counted);
    TensorVector losses = new TensorVector();
    for (int c = 0; c < classes; c++) {
      Tensor own = y.select(1, c);
      T_TensorTensor_T sorted = own.sub(p.select(1, c)).abs().sort(0, true);
      Tensor label = own.index_select(0, sorted.get1());
      Tensor all = label.sum();
      Tensor left = all.sub(label.cumsum(0));
      Tensor whole = all.add(label.neg().add(new Scalar(1)).cumsum(0));
      Tensor jaccard = left.div(whole).neg().add(new Scalar(1));
      Tensor before =
          cat(
              new TensorVector(
                  zeros(1).to(ScalarType.Double), jaccard.narrow(0, 0, jaccard.size(0) - 1)));
      losses.push_back(sorted.get0().dot(jaccard.sub(before)).view(1));
    }
    return cat(losses).mean().to(ScalarType.Float);
  }

  @Test
  void lovasz_ties_valueIsTheSameInAnyOrder() {
    Shape shape = new Shape(1, 3, 8, 8);
    float[] logits = new float[192]; // all errors of a class equal 1/3 or 2/3
    int[] labels = new int[64];
    Arrays.setAll(labels, i -> i % 3);
    int[] reversed = new int[64];
    Arrays.setAll(reversed, i -> labels[63 - i]);
    try (LovaszLoss loss = new LovaszLoss(false)) {
      float[] gradient = new float[192];
      double value = loss.evaluate(logits, labels, shape, gradient);
      assertThat(value).isCloseTo(loss.evaluate(logits, reversed, shape, null), within(1e-6));
      assertThat(value)
          .isCloseTo(
              new HandcraftedReference(labels, shape).lovasz(new double[192], false), within(1e-6));
      float[] again = new float[192];
      loss.evaluate(logits, labels, shape, again);
      assertThat(again).isEqualTo(gradient);
    }
  }

  /** Few pixels are sorted in another way than many; ignored ones make many of the same few. */
  @Test
  void lovasz_fewPixelsAndManyIgnored_areTheSameToTheLastBit() {
    Shape few = new Shape(1, 3, 8, 8);
    Shape many = new Shape(1, 3, 8, 48);
    float[] logits = Batches.logits(few, 2, 5);
    Arrays.fill(logits, 20, 40, 0f); // ties among others
    int[] labels = Batches.labels(few, 5);
    float[] wide = new float[3 * 384];
    int[] ignored = new int[384];
    Arrays.fill(ignored, -1);
    System.arraycopy(labels, 0, ignored, 0, 64);
    for (int c = 0; c < 3; c++) {
      System.arraycopy(logits, c * 64, wide, c * 384, 64);
    }
    try (LovaszLoss loss = new LovaszLoss(false)) {
      float[] expected = new float[192];
      float[] gradient = new float[3 * 384];
      double value = loss.evaluate(logits, labels, few, expected);
      assertThat(loss.evaluate(wide, ignored, many, gradient)).isEqualTo(value);
      for (int c = 0; c < 3; c++) {
        assertThat(Arrays.copyOfRange(gradient, c * 384, c * 384 + 64))
            .isEqualTo(Arrays.copyOfRange(expected, c * 64, c * 64 + 64));
      }
    }
  }

  @Test
  void lovasz_surelyWrong_isOne() {
    float[] logits = {50, 50, -50, -50}; // errors of 1 and 0, without rounding
    try (LovaszLoss loss = new LovaszLoss(false)) {
      Shape shape = new Shape(1, 2, 1, 2);
      assertThat(loss.evaluate(logits, new int[] {1, 1}, shape, null)).isCloseTo(1, within(1e-6));
      assertThat(loss.evaluate(logits, new int[] {1, 0}, shape, null))
          .isCloseTo(
              new HandcraftedReference(new int[] {1, 0}, shape)
                  .lovasz(new double[] {50, 50, -50, -50}, false),
              within(1e-6));
    }
  }

  @Test
  void edgeDistance_randomAndBlockLabels_isExact() {
    for (long[] s : new long[][] {{1, 1}, {1, 7}, {33, 1}, {13, 21}, {40, 33}}) {
      Shape shape = new Shape(2, 3, s[0], s[1]);
      int[] labels = new int[(int) shape.pixels()];
      for (int block : new int[] {1, 5, 17, 1000}) {
        Arrays.setAll(labels, i -> (int) (i / s[1] / block + i % s[1] / block) % 3);
        float[] distance = edgeDistance(labels, shape);
        double[] expected = new HandcraftedReference(labels, shape).edgeDistance();
        for (int i = 0; i < expected.length; i++) {
          assertThat(distance[i]).isEqualTo((float) expected[i]);
        }
      }
    }
  }

  private static float[] edgeDistance(int[] labels, Shape s) {
    float[] result = new float[labels.length];
    try (IntPointer y = new IntPointer(labels);
        FloatPointer d = new FloatPointer(result.length)) {
      LogitsBatch.onCpu(s, null, y, LabelType.INT32).run(b -> ops.edge_distance(b, d));
      d.get(result);
    }
    return result;
  }
}
