package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.tensor;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.Map;
import java.util.random.RandomGenerator;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses of heat maps against plain Java, with all maps and without some. */
class HeatMapLossesTest {
  private static final int N = 3;
  private static final int K = 4;
  private static final int H = 5;
  private static final int W = 3;
  private static final int MAP = H * W;
  private static final double[] PRESENT = {1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0}; // no map of point 3
  // float64 on both sides, sums of 180 numbers in another order
  private static final double ROUNDING = 1e-12;

  private final double[] predicted = new double[N * K * MAP];
  private final double[] target = new double[N * K * MAP];

  static {
    Libtorch.load();
  }

  HeatMapLossesTest() {
    RandomGenerator random = RandomStreams.stream(5);
    for (int i = 0; i < predicted.length; i++) {
      predicted[i] = random.nextDouble() * 4 - 1.5; // both branches of wing and awing
      target[i] = random.nextDouble();
    }
  }

  /** A function of one pixel. */
  private interface Formula {
    double at(double p, double y);
  }

  private double mean(Formula formula, double[] present) {
    double sum = 0;
    for (int i = 0; i < predicted.length; i++) {
      sum += present[i / MAP] * formula.at(predicted[i], target[i]);
    }
    return sum / predicted.length;
  }

  /** The mean over the maps that are there of {@code sum q log(q / softmax(beta p))}. */
  private double divergence(double beta, double[] present) {
    double total = 0;
    double maps = 0;
    for (int m = 0; m < N * K; m++) {
      double mass = 0;
      double partition = 0;
      for (int i = m * MAP; i < (m + 1) * MAP; i++) {
        mass += target[i];
        partition += Math.exp(beta * predicted[i]);
      }
      for (int i = m * MAP; i < (m + 1) * MAP; i++) {
        double q = target[i] / mass;
        double r = Math.exp(beta * predicted[i]) / partition;
        total += present[m] * q * Math.log(q / r);
      }
      maps += present[m];
    }
    return total / maps;
  }

  private static double wing(double d, double omega, double eps) {
    return d < omega
        ? omega * Math.log(1 + d / eps)
        : d - (omega - omega * Math.log(1 + omega / eps));
  }

  /** Equations 3 and 4 of the paper, as they stand there. */
  private static double awing(
      double d, double y, double omega, double theta, double eps, double alpha) {
    double a =
        omega
            * (1 / (1 + Math.pow(theta / eps, alpha - y)))
            * (alpha - y)
            * Math.pow(theta / eps, alpha - y - 1)
            * (1 / eps);
    double c = theta * a - omega * Math.log(1 + Math.pow(theta / eps, alpha - y));
    return d < theta ? omega * Math.log(1 + Math.pow(d / eps, alpha - y)) : a * d - c;
  }

  @Test
  void apply_eachLoss_isItsFormula() {
    double[] all = new double[N * K];
    java.util.Arrays.fill(all, 1);
    for (double[] present : new double[][] {all, PRESENT}) {
      Tensor there = present == all ? null : maps(present, N, K);
      check("mse", there, mean((p, y) -> (p - y) * (p - y), present));
      check("wing", there, mean((p, y) -> wing(Math.abs(p - y), 10, 2), present));
      check(
          "wing:omega=0.8,eps=0.3", there, mean((p, y) -> wing(Math.abs(p - y), .8, .3), present));
      check("awing", there, mean((p, y) -> awing(Math.abs(p - y), y, 14, .5, 1, 2.1), present));
      check(
          "awing:omega=3,theta=0.7,eps=0.4,alpha=1.5",
          there,
          mean((p, y) -> awing(Math.abs(p - y), y, 3, .7, .4, 1.5), present));
      check("kl", there, divergence(10, present));
      check("kl:beta=2", there, divergence(2, present));
    }
  }

  private void check(String text, Tensor present, double expected) {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(text, LossInput.HEATMAP)) {
      double value = loss.apply(pair(predicted).withPresent(present)).item_double();
      assertThat(value).as(text).isCloseTo(expected, within(ROUNDING * Math.max(1, expected)));
    }
  }

  @Test
  void apply_graphWithoutSomeMaps_takesMeansOverTheOthers() {
    // sum over points of the mean, over their maps, of p mean_nhw(y) + mean_c(p)
    double[] meanOfPoint = new double[K];
    double[] maps = new double[K];
    double[] meanOfPixel = new double[N * MAP];
    double[] points = new double[N];
    for (int m = 0; m < N * K; m++) {
      maps[m % K] += PRESENT[m];
      points[m / K] += PRESENT[m];
      for (int i = 0; i < MAP; i++) {
        meanOfPoint[m % K] += PRESENT[m] * target[m * MAP + i];
        meanOfPixel[m / K * MAP + i] += PRESENT[m] * predicted[m * MAP + i];
      }
    }
    double expected = 0;
    for (int m = 0; m < N * K; m++) {
      for (int i = 0; PRESENT[m] > 0 && i < MAP; i++) {
        double first = predicted[m * MAP + i] * meanOfPoint[m % K] / (maps[m % K] * MAP);
        double second = meanOfPixel[m / K * MAP + i] / points[m / K];
        expected += (first + second) / (maps[m % K] * MAP);
      }
    }
    check("expr:add(mul(yhat,mean_nhw(y)),mean_c(yhat))", maps(PRESENT, N, K), expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mse",
        "wing",
        "awing",
        "kl",
        "0.5*mse+2*wing",
        "expr:square(add(yhat,neg(y)))",
        "expr:mul(inv(add(y,square(yhat))),mean_c(yhat))",
        "expr:exp(mul(minpool3(yhat),mean_nhw(mul(y,yhat))))",
        "expr:square(add(maxpool3(yhat),neg(y)))",
        // infinite where nothing is: 0 times infinity must not reach the mean
        "expr:tanh(exp(inv(add(y,mean_nhw(square(yhat))))))"
      })
  void apply_withoutSomeMaps_isBlindForThem(String text) {
    double[] other = predicted.clone();
    for (int i = 0; i < other.length; i++) {
      if (PRESENT[i / MAP] == 0) {
        other[i] = Double.NaN;
      }
    }
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(text, LossInput.HEATMAP)) {
      double[] gradient = gradient(loss, other);
      assertThat(value(loss, other)).isEqualTo(value(loss, predicted)).isFinite();
      double step = 1e-5;
      double largest = 0;
      for (int i = 0; i < predicted.length; i++) {
        if (PRESENT[i / MAP] == 0) {
          assertThat(gradient[i]).isZero();
          continue;
        }
        double[] up = predicted.clone();
        double[] down = predicted.clone();
        up[i] += step;
        down[i] -= step;
        double slope = (value(loss, up) - value(loss, down)) / (2 * step);
        // curvature of the third kind, 1e-10 of 1 to 1e3, and rounding of 1e-11
        assertThat(gradient[i]).isCloseTo(slope, within(1e-6 * Math.max(1, Math.abs(slope))));
        largest = Math.max(largest, Math.abs(slope));
      }
      assertThat(largest).as("a gradient that says something").isGreaterThan(1e-4);
    }
  }

  @Test
  void apply_graphWithoutAPointOrASample_isThatOfFewer() {
    String text = "expr:mul(exp(mul(mean_c(yhat),y)),add(mean_nhw(y),maxpool3(yhat)))";
    double[] point = {1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1};
    double[] sample = {1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1};
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(text, LossInput.HEATMAP)) {
      Pair all = pair(predicted);
      Tensor points = tensor(new long[] {0, 1, 3});
      Tensor samples = tensor(new long[] {0, 2});
      assertThat(loss.apply(all.withPresent(maps(point, N, K))).item_double())
          .isCloseTo(fewer(loss, all, 1, points), within(ROUNDING));
      assertThat(loss.apply(all.withPresent(maps(sample, N, K))).item_double())
          .isCloseTo(fewer(loss, all, 0, samples), within(ROUNDING));
    }
  }

  private static double fewer(Loss loss, Pair all, long dimension, Tensor kept) {
    return loss.apply(
            all.predicted().index_select(dimension, kept),
            all.target().index_select(dimension, kept))
        .item_double();
  }

  @Test
  void apply_noMapAtAll_isZeroWithAGradient() {
    for (String text : new String[] {"mse", "awing", "kl", "expr:inv(yhat)", "expr:mean_c(yhat)"}) {
      try (PointerScope scope = new PointerScope();
          Loss loss = Loss.parse(text, LossInput.HEATMAP)) {
        Tensor p = zeros(1, 2, 3, 3).set_requires_grad(true);
        Tensor value =
            loss.apply(new Pair(p, zeros(1, 2, 3, 3)).withPresent(zeros(new long[] {1, 2})));
        value.backward();
        assertThat(value.item_double()).as(text).isZero();
        assertThat(p.grad().abs().sum().item_double()).as(text).isZero();
      }
    }
  }

  @Test
  void apply_graphThatDoesNotLookAtThePrediction_hasAGradientOfZero() {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("expr:square(y)", LossInput.HEATMAP)) {
      Tensor p = ones(1, 1, 2, 2).set_requires_grad(true);
      Tensor value = loss.apply(p, ones(1, 1, 2, 2));
      value.backward();
      assertThat(value.item_double()).isEqualTo(1);
      assertThat(p.grad().abs().sum().item_double()).isZero();
    }
  }

  @Test
  void set_pairWithoutSomeMaps_leavesThemOut() {
    try (PointerScope scope = new PointerScope();
        LossSet set = LossSet.parse("mse,weight=3", Map.of("maps", LossInput.HEATMAP))) {
      Tensor p = tensor(new float[] {1, 2, 3, 4}).view(1, 2, 1, 2);
      Pair pair =
          new Pair(p, zeros(1, 2, 1, 2), p).withPresent(tensor(new float[] {0, 1}).view(1, 2));
      double once = 3 * (9 + 16) / 4.0;
      assertThat(set.apply(Map.of("maps", pair)).item_double())
          .isCloseTo(once + Pair.AUXILIARY_WEIGHT * once, within(1e-5));
    }
  }

  @Test
  void apply_wrongPresent_isRefused() {
    try (PointerScope scope = new PointerScope();
        Loss mse = Loss.parse("mse", LossInput.HEATMAP);
        Loss giou = Loss.parse("giou")) {
      Pair pair = new Pair(zeros(2, 3, 4, 4), zeros(2, 3, 4, 4));
      assertThatThrownBy(() -> mse.apply(pair.withPresent(ones(3, 2))))
          .hasMessage(
              "present: expected one number for each heat map, [N,K], got [3, 2] for heatmap of"
                  + " [2, 3, 4, 4]");
      assertThatThrownBy(() -> giou.apply(new Pair(ones(2, 4), ones(2, 4)).withPresent(ones(2, 4))))
          .hasMessageStartingWith("present: expected one number for each heat map");
    }
  }

  private static Tensor doubles(double[] values, long... shape) {
    return from_blob(new DoublePointer(values), shape, new TensorOptions(ScalarType.Double))
        .clone();
  }

  private static Tensor maps(double[] present, long... shape) {
    return doubles(present, shape);
  }

  private Pair pair(double[] prediction) {
    return new Pair(doubles(prediction, N, K, H, W), doubles(target, N, K, H, W));
  }

  private double value(Loss loss, double[] prediction) {
    try (PointerScope scope = new PointerScope()) {
      return loss.apply(pair(prediction).withPresent(maps(PRESENT, N, K))).item_double();
    }
  }

  private double[] gradient(Loss loss, double[] prediction) {
    try (PointerScope scope = new PointerScope()) {
      Tensor p = doubles(prediction, N, K, H, W).requires_grad_(true);
      loss.apply(new Pair(p, doubles(target, N, K, H, W)).withPresent(maps(PRESENT, N, K)))
          .backward();
      double[] gradient = new double[prediction.length];
      p.grad().contiguous().data_ptr_double().get(gradient);
      return gradient;
    }
  }
}
