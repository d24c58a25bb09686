package org.autoloss.plot;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * What a loss says to predictions from all wrong to all right: an image of two classes side by
 * side, where each pixel gives the probability p to its own class; or a heat map that is p times
 * its target.
 *
 * @param input what the loss compares: classes, or heat maps
 * @param probability p, ascending
 * @param value the loss
 * @param push minus the derivative by the logit of the pixel's own class, summed over pixels; of
 *     heat maps that by p
 */
record LossResponse(LossInput input, double[] probability, double[] value, double[] push) {
  private static final int POINTS = 99;
  private static final int SIZE = 16;
  private static final double SIGMA = 2; // of a bump

  /** Measures a loss. */
  static LossResponse of(Loss loss) {
    double[] p = IntStream.rangeClosed(1, POINTS).mapToDouble(i -> i / (POINTS + 1.0)).toArray();
    double[] value = new double[POINTS];
    double[] push = new double[POINTS];
    for (int i = 0; i < POINTS; i++) {
      if (loss.input() == LossInput.HEATMAP) {
        measureMap(loss, p[i], i, value, push);
      } else {
        measure(loss, p[i], i, value, push);
      }
    }
    return new LossResponse(loss.input(), p, value, push);
  }

  /** A bump of the height p. */
  private static void measureMap(Loss loss, double p, int index, double[] value, double[] push) {
    float[] target = new float[SIZE * SIZE];
    float[] map = new float[target.length];
    for (int i = 0; i < target.length; i++) {
      double x = i % SIZE - SIZE / 2.0;
      double y = i / SIZE - SIZE / 2.0;
      target[i] = (float) Math.exp(-(x * x + y * y) / (2 * SIGMA * SIGMA));
      map[i] = (float) p * target[i];
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor z = Tensor.create(map, 1, 1, SIZE, SIZE).set_requires_grad(true);
      Tensor result = loss.apply(z, Tensor.create(target, 1, 1, SIZE, SIZE));
      requireGradient(result);
      result.backward();
      value[index] = result.item_double();
      z.grad().contiguous().data_ptr_float().get(map);
      for (int i = 0; i < map.length; i++) {
        push[index] -= map[i] * target[i];
      }
    }
  }

  private static void measure(Loss loss, double p, int index, double[] value, double[] push) {
    int pixels = SIZE * SIZE;
    long[] labels = new long[pixels];
    float[] logits = new float[2 * pixels];
    for (int i = 0; i < pixels; i++) {
      labels[i] = i % SIZE < SIZE / 2 ? 0 : 1;
      logits[(int) labels[i] * pixels + i] = (float) Math.log(p / (1 - p));
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor z = Tensor.create(logits, 1, 2, SIZE, SIZE).set_requires_grad(true);
      Tensor result = loss.apply(z, Tensor.create(labels, 1, SIZE, SIZE));
      requireGradient(result);
      result.backward();
      value[index] = result.item_double();
      float[] gradient = new float[2 * pixels];
      z.grad().contiguous().data_ptr_float().get(gradient);
      for (int i = 0; i < pixels; i++) {
        push[index] -= gradient[(int) labels[i] * pixels + i];
      }
    }
  }

  private static void requireGradient(Tensor value) {
    if (!value.requires_grad()) {
      throw new IllegalStateException(
          "loss: expected a value with a gradient by the logits, got a constant");
    }
  }

  /** Value, and push beside that of cross entropy, each in parts of its largest. */
  List<Chart<?, ?>> charts() {
    boolean maps = input == LossInput.HEATMAP;
    String x =
        maps
            ? "height p of a bump, in parts of the target's"
            : "probability p of the right class, at all pixels";
    XYChart values = Style.lines("the whole loss: value", x, "loss");
    Style.unitWidth(values);
    values.getStyler().setLegendVisible(false);
    line(values, "loss", value, 0);
    XYChart pushes =
        Style.lines(
            maps
                ? "the whole loss: push on the bump's height"
                : "the whole loss: push on the right class's logit",
            x,
            "push / largest push");
    Style.unitWidth(pushes);
    try (Loss baseline = Loss.parse(maps ? "mse" : "ce", input)) {
      double[] other = inPartsOfLargest(of(baseline).push);
      Style.line(
          pushes,
          maps ? "squared error" : "cross entropy",
          probability,
          other,
          Style.REFERENCE,
          Style.THIN);
    }
    line(pushes, "this loss", inPartsOfLargest(push), 1);
    return List.of(values, pushes);
  }

  private void line(XYChart chart, String name, double[] y, int colour) {
    // XChart leaves NaN out, and fails on infinity.
    double[] finite = Arrays.stream(y).map(v -> Double.isFinite(v) ? v : Double.NaN).toArray();
    Style.line(chart, name, probability, finite, Style.COLOURS.get(colour), Style.SOLID);
  }

  private static double[] inPartsOfLargest(double[] values) {
    double largest = Arrays.stream(values).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    return largest == 0 ? values : Arrays.stream(values).map(v -> v / largest).toArray();
  }
}
