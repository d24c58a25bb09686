package org.autoloss.loss.handcrafted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.l1_loss;
import static org.bytedeco.pytorch.global.torch.mse_loss;
import static org.bytedeco.pytorch.global.torch.smooth_l1_loss;
import static org.bytedeco.pytorch.global.torch.tensor;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.Loss;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The hand-made losses against other compositions of libtorch operations, differentiated by
 * autograd. They share no code with the losses: the pixels that count are picked out into rows of C
 * logits, instead of masking the others, and distances are those of the plain loops.
 */
class IndependentCompositionsTest {
  static {
    Libtorch.load();
  }

  private static final Shape SHAPE = new Shape(2, 5, 17, 14);
  private static final int[] LABELS = labels();
  private static final HandcraftedReference PLAIN = new HandcraftedReference(LABELS, SHAPE);

  /** Blocks with some noise and ignored pixels, so that distances are not all 0. */
  private static int[] labels() {
    int[] labels = Batches.labels(SHAPE, 3);
    Arrays.setAll(labels, i -> i % 9 == 0 ? labels[i] : (i / 14 / 6 + i % 14 / 5 * 2) % 5);
    return labels;
  }

  /** The pixels that count: their logits and classes, and their places in the batch. */
  private record Rows(Tensor logits, Tensor classes, Tensor places) {
    static Rows of(Tensor logits) {
      int[] places =
          IntStream.range(0, LABELS.length)
              .filter(i -> LABELS[i] >= 0 && LABELS[i] < SHAPE.c())
              .toArray();
      Tensor chosen = tensor(places);
      Tensor rows = logits.permute(0, 2, 3, 1).reshape(-1, SHAPE.c()).index_select(0, chosen);
      int[] classes = Arrays.stream(places).map(i -> LABELS[i]).toArray();
      return new Rows(rows, tensor(classes).to(ScalarType.Long), chosen);
    }

    Tensor oneHot() {
      return eye(SHAPE.c()).index_select(0, classes);
    }

    Tensor probabilities() {
      return logits.softmax(1);
    }

    /** Probability of the pixel's own class. */
    Tensor own() {
      return probabilities().gather(1, classes.unsqueeze(1)).squeeze(1);
    }

    Tensor entropy() {
      return own().log().neg();
    }

    /** A map of all pixels at the places of these. */
    Tensor at(double[] map) {
      float[] values = new float[map.length];
      for (int i = 0; i < map.length; i++) {
        values[i] = (float) map[i];
      }
      return tensor(values).index_select(0, places);
    }
  }

  private static Tensor balanced(Rows rows) {
    // the mean over the classes of the mean within each, written as weights
    Tensor pixels = rows.oneHot().sum(0);
    Tensor each = pixels.mul(pixels.gt(new Scalar(0)).sum()).reciprocal();
    return each.index_select(0, rows.classes()).mul(new Scalar(rows.classes().numel()));
  }

  private static Tensor penalty() {
    double[] distance = PLAIN.edgeDistance();
    double[] phi = new double[distance.length];
    int plane = phi.length / 2;
    for (int i = 0; i < phi.length; i++) {
      int first = i / plane * plane;
      phi[i] = 1 - distance[i] / Arrays.stream(distance, first, first + plane).max().orElseThrow();
    }
    float[] values = new float[phi.length];
    for (int i = 0; i < phi.length; i++) {
      values[i] = (float) (1 + phi[i]);
    }
    return tensor(values);
  }

  private static Tensor signedDistances(Rows rows) {
    int classes = (int) SHAPE.c();
    float[] phi = new float[LABELS.length * classes];
    for (int i = 0; i < phi.length; i++) {
      phi[i] = (float) PLAIN.signedDistance(i / classes, i % classes);
    }
    return tensor(phi).view(-1, classes).index_select(0, rows.places());
  }

  private static Tensor jaccard(Rows rows) {
    Tensor p = rows.probabilities();
    Tensor y = rows.oneHot();
    Tensor smaller = p.mul(y).sum(0);
    return smaller.div(p.add(y).sum(0).sub(smaller)).mean().neg().add(new Scalar(1));
  }

  private static Tensor tversky(Rows rows) {
    Tensor p = rows.probabilities();
    Tensor y = rows.oneHot();
    Tensor right = p.mul(y).sum(0);
    Tensor wrong = p.sum(0).sub(right);
    Tensor missed = y.sum(0).sub(right);
    Tensor whole = right.add(wrong.mul(new Scalar(0.2))).add(missed.mul(new Scalar(0.9)));
    return right.div(whole).mean().neg().add(new Scalar(1));
  }

  private static Tensor dice(Rows rows) {
    Tensor p = rows.probabilities();
    Tensor y = rows.oneHot();
    // |p|^2 + |y|^2 = |p - y|^2 + 2 p y
    Tensor both = p.mul(y).sum(0).mul(new Scalar(2));
    return both.div(p.sub(y).square().sum(0).add(both)).mean().neg().add(new Scalar(1));
  }

  /**
   * One convolution with the whole window of 11 x 11, instead of two with its rows and columns. In
   * float64: by oneDNN, the gradient of a float32 convolution of one channel is wrong on some
   * processors.
   */
  private static Tensor ssim(Tensor logits) {
    float[] counted = new float[LABELS.length];
    float[] truth = new float[(int) SHAPE.elements()];
    int plane = (int) (SHAPE.h() * SHAPE.w());
    for (int i = 0; i < LABELS.length; i++) {
      if (LABELS[i] >= 0 && LABELS[i] < SHAPE.c()) {
        counted[i] = 1;
        truth[(i / plane * (int) SHAPE.c() + LABELS[i]) * plane + i % plane] = 1;
      }
    }
    long planes = SHAPE.n() * SHAPE.c();
    Tensor valid = tensor(counted).view(SHAPE.n(), 1, SHAPE.h(), SHAPE.w());
    Tensor p = logits.softmax(1).mul(valid).reshape(planes, 1, SHAPE.h(), SHAPE.w());
    Tensor y = tensor(truth).view(planes, 1, SHAPE.h(), SHAPE.w());
    Tensor meanP = blurred(p);
    Tensor meanY = blurred(y);
    Tensor squares = meanP.square().add(meanY.square());
    Tensor product = meanP.mul(meanY);
    Tensor spread = blurred(p.square().add(y.square())).sub(squares);
    Tensor common = blurred(p.mul(y)).sub(product);
    Tensor similarity =
        product
            .mul(new Scalar(2))
            .add(new Scalar(1e-4))
            .mul(common.mul(new Scalar(2)).add(new Scalar(9e-4)))
            .div(squares.add(new Scalar(1e-4)).mul(spread.add(new Scalar(9e-4))));
    Tensor sum = similarity.view(SHAPE.n(), SHAPE.c(), SHAPE.h(), SHAPE.w()).mul(valid).sum();
    return sum.div(valid.sum().mul(new Scalar(SHAPE.c()))).neg().add(new Scalar(1));
  }

  private static Tensor blurred(Tensor planes) {
    float[] window = new float[121];
    double sum = 0;
    for (int k = 0; k < 121; k++) {
      double squared = Math.pow(k / 11 - 5, 2) + Math.pow(k % 11 - 5, 2);
      window[k] = (float) Math.exp(-squared / (2 * 1.5 * 1.5));
      sum += window[k];
    }
    Tensor kernel = tensor(window).div(new Scalar(sum)).view(1, 1, 11, 11).to(ScalarType.Double);
    Tensor wide = planes.to(ScalarType.Double);
    long[] one = {1, 1};
    return conv2d(wide, kernel, new TensorOptional(), one, new long[] {5, 5}, one, 1);
  }

  private static final Map<String, Function<Tensor, Tensor>> COMPOSITIONS = compositions();

  private static Map<String, Function<Tensor, Tensor>> compositions() {
    Map<String, Function<Tensor, Tensor>> all = new LinkedHashMap<>();
    all.put("ce", z -> Rows.of(z).entropy().mean());
    all.put("wce", onRows(rows -> rows.entropy().mul(balanced(rows)).mean()));
    all.put(
        "wce:border=10,sigma=2",
        onRows(
            rows -> {
              Tensor weights = balanced(rows).add(rows.at(PLAIN.borderWeights(10, 2)));
              return rows.entropy().mul(weights).mean();
            }));
    all.put(
        "dpce",
        onRows(rows -> rows.entropy().mul(penalty().index_select(0, rows.places())).mean()));
    all.put(
        "focal:gamma=1.5",
        onRows(
            rows -> {
              Tensor miss = rows.own().neg().add(new Scalar(1));
              return miss.sqrt().mul(miss).mul(rows.entropy()).mean();
            }));
    all.put("dice", onRows(IndependentCompositionsTest::dice));
    all.put("jaccard", onRows(IndependentCompositionsTest::jaccard));
    all.put("tversky:alpha=0.2,beta=0.9", onRows(IndependentCompositionsTest::tversky));
    all.put("ssim", IndependentCompositionsTest::ssim);
    all.put("basnet", z -> Rows.of(z).entropy().mean().add(ssim(z)).add(jaccard(Rows.of(z))));
    all.put("boundary", onRows(rows -> rows.probabilities().mul(signedDistances(rows)).mean()));
    all.put("l1", onRows(rows -> l1_loss(rows.probabilities(), rows.oneHot())));
    all.put("mse", onRows(rows -> mse_loss(rows.probabilities(), rows.oneHot())));
    all.put(
        "smooth_l1:beta=0.3",
        onRows(rows -> smooth_l1_loss(rows.probabilities(), rows.oneHot(), 1, 0.3)));
    return all;
  }

  private static Function<Tensor, Tensor> onRows(Function<Rows, Tensor> composition) {
    return logits -> composition.apply(Rows.of(logits));
  }

  static Stream<String> losses() {
    return COMPOSITIONS.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("losses")
  void apply_independentComposition_agreesInValueAndGradient(String specification) {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(specification)) {
      long[] sizes = {SHAPE.n(), SHAPE.c(), SHAPE.h(), SHAPE.w()};
      Tensor a = tensor(Batches.logits(SHAPE, 2, 3)).view(sizes).set_requires_grad(true);
      Tensor b = a.detach().clone().set_requires_grad(true);
      Tensor value = loss.apply(a, tensor(LABELS).view(SHAPE.n(), SHAPE.h(), SHAPE.w()));
      Tensor expected = COMPOSITIONS.get(specification).apply(b);
      value.backward();
      expected.backward();
      // both sum some 10^3 float32 terms
      float size = Math.max(1, Math.abs(expected.item_float()));
      assertThat(value.item_float()).isCloseTo(expected.item_float(), within(1e-5f * size));
      double scale = b.grad().norm().item_float();
      assertThat(scale).isPositive();
      assertThat(a.grad().sub(b.grad()).norm().item_float() / scale).isLessThanOrEqualTo(1e-4);
    }
  }
}
