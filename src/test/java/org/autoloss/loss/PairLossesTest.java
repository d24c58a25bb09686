package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.tensor;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.autoloss.Golden;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.Npy;
import org.autoloss.internal.RandomStreams;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses on boxes, yes or no, and heat maps. */
class PairLossesTest {
  // Central differences in float64 with a step of 1e-5 of values around 1: 1e-10 of truncation and
  // 1e-11 of rounding, some 1e3 of curvature.
  private static final double DIFFERENCES = 1e-6;

  static {
    Libtorch.load();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "iou | boxes",
        "iou:log | boxes",
        "giou | boxes",
        "diou | boxes",
        "cse_a:reg | boxes",
        "cse_b:reg | boxes",
        "expr:add(1,neg(mul(i,inv(u)))) | boxes",
        "expr:tanh(mul(mean_nhw(inv(e)),sqrt(i))) | boxes",
        "l1 | deltas",
        "smooth_l1 | deltas",
        "smooth_l1:0.5 | deltas",
        "bce | binary",
        "focal | binary",
        "focal:gamma=1.5,alpha=0.6 | binary",
        "cse_b:cls | binary",
        "expr:neg(mul(y,log(yhat))) | binary",
        "expr:square(add(maxpool3(yhat),neg(y))) | binary",
        "mse | heatmap",
        "wing | heatmap",
        "wing:omega=0.4,eps=0.3 | heatmap",
        "awing | heatmap",
        "kl | heatmap",
        "expr:exp(mul(minpool3(yhat),mean_c(y))) | heatmap",
        "0.5*mse+2*wing | heatmap",
      })
  void apply_anyLoss_hasTheGradientOfCentralDifferences(String text, String input) {
    LossInput on = LossInput.of(input);
    RandomGenerator random = RandomStreams.stream(7, on.ordinal());
    long[] shape =
        switch (on) {
          case BOXES, DELTAS -> new long[] {5, 4};
          case BINARY -> new long[] {3, 1, 4, 5};
          default -> new long[] {2, 3, 5, 4};
        };
    double[] predicted = new double[(int) elements(shape)];
    double[] target = new double[predicted.length];
    for (int i = 0; i < predicted.length; i++) {
      boolean far = on == LossInput.BOXES && i % 4 > 1; // x2, y2
      predicted[i] = random.nextDouble() * 3 + (far ? 4 : 0) - (on == LossInput.BOXES ? 0 : 1.5);
      target[i] =
          on == LossInput.BOXES ? random.nextDouble() * 3 + (far ? 4 : 0) : random.nextDouble();
    }
    try (Loss loss = Loss.parse(text, on);
        Loss again = Loss.parse(loss.toJson())) {
      assertThat(on.accepts(loss.input())).isTrue();
      double[] gradient = gradient(loss, predicted, target, shape);
      assertThat(value(again, predicted, target, shape))
          .isEqualTo(value(loss, predicted, target, shape));
      double step = 1e-5;
      double largest = 0;
      for (int i = 0; i < predicted.length; i++) {
        double[] up = predicted.clone();
        double[] down = predicted.clone();
        up[i] += step;
        down[i] -= step;
        double slope =
            (value(loss, up, target, shape) - value(loss, down, target, shape)) / (2 * step);
        assertThat(gradient[i]).as(text + " " + i).isCloseTo(slope, within(DIFFERENCES));
        largest = Math.max(largest, Math.abs(slope));
      }
      assertThat(largest).as("a gradient that says something").isGreaterThan(1e-4);
    }
  }

  private static long elements(long[] shape) {
    long count = 1;
    for (long each : shape) {
      count *= each;
    }
    return count;
  }

  private static Tensor doubles(double[] values, long[] shape) {
    return from_blob(new DoublePointer(values), shape, new TensorOptions(ScalarType.Double))
        .clone();
  }

  private static double value(Loss loss, double[] predicted, double[] target, long[] shape) {
    try (PointerScope scope = new PointerScope()) {
      return loss.apply(doubles(predicted, shape), doubles(target, shape)).item_double();
    }
  }

  private static double[] gradient(Loss loss, double[] predicted, double[] target, long[] shape) {
    try (PointerScope scope = new PointerScope()) {
      Tensor p = doubles(predicted, shape).requires_grad_(true);
      loss.apply(p, doubles(target, shape)).backward();
      double[] gradient = new double[predicted.length];
      p.grad().contiguous().data_ptr_double().get(gradient);
      return gradient;
    }
  }

  @ParameterizedTest
  @CsvSource({"giou,generalized", "diou,distance", "ciou,complete"})
  void apply_boxesOfTorchvision_haveItsValuesAndGradients(String name, String file) {
    Npy predicted = Npy.read(Golden.file("boxes", "box_losses.boxes1.npy"));
    Npy target = Npy.read(Golden.file("boxes", "box_losses.boxes2.npy"));
    float[] values = read(file, "values");
    float[] expected = read(file, "gradient1");
    int count = values.length;
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(name)) {
      Tensor p =
          from_blob(new FloatPointer(predicted.floats()), predicted.shape()).requires_grad_(true);
      Tensor t = from_blob(new FloatPointer(target.floats()), target.shape());
      Tensor value = loss.apply(p, t);
      value.backward();
      double mean = 0;
      for (float each : values) {
        mean += each / count;
      }
      assertThat(value.item_double()).isCloseTo(mean, within(1e-6)); // float32 on both sides
      float[] gradient = new float[4 * count];
      p.grad().data_ptr_float().get(gradient);
      for (int i = 0; i < gradient.length; i++) {
        assertThat((double) gradient[i] * count).isCloseTo(expected[i], within(2e-6));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"iou", "giou", "diou", "ciou"})
  void apply_boxesWithoutHeight_areFinite(String name) {
    long[] shape = {2, 4};
    double[] flat = {5, 5, 9, 5, 0, 0, 0, 0};
    double[] boxes = {0, 0, 10, 10, 1, 1, 4, 3};
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(name)) {
      assertThat(gradient(loss, flat, boxes, shape)).doesNotContain(Double.NaN);
      assertThat(gradient(loss, boxes, flat, shape)).doesNotContain(Double.NaN);
      assertThat(value(loss, flat, boxes, shape)).isFinite();
      assertThat(value(loss, boxes, flat, shape)).isFinite();
    }
  }

  private static float[] read(String loss, String what) {
    return Npy.read(Golden.file("boxes", loss + "_box_iou_loss." + what + ".npy")).floats();
  }

  @Test
  void apply_cse_isItsFormula() {
    // i = 12, u = 20 + 16 - 12 = 24, e = 5 x 6 = 30
    double[] p = {0, 0, 4, 5};
    double[] t = {1, 1, 5, 5};
    double u = 20 + 16 - 12 + 1e-7;
    double e = 25 + 1e-7;
    try (Loss a = Loss.parse("cse_a:reg");
        Loss b = Loss.parse("cse_b:reg");
        Loss cls = Loss.parse("cse_b:cls")) {
      assertThat(value(a, p, t, new long[] {1, 4}))
          .isCloseTo(1 - 12 / u + (e - 12 - 2) / e, within(1e-12));
      assertThat(value(b, p, t, new long[] {1, 4}))
          .isCloseTo(-((1 + 12 - e) / (5 + u) + 1 + e) / (e - (u + 12) / 3), within(1e-12));
      double x = 0.7;
      double s = 1 / (1 + Math.exp(-x));
      double gd = 2 * Math.atan(Math.tanh(Math.PI / 8 * x));
      double sgdf = (gd * 2 / Math.PI + 1) / 2;
      double q = 0.6;
      // erf(sqrt(pi)/4 sig(1 - y)) with y = 1
      double erfHalf = 0.24596892647166024;
      double positive = q * (1 + (erfHalf + 1) / 2) * Math.log(s);
      double negative = (sgdf - q) * (s - q) * Math.log(1 - s);
      assertThat(value(cls, new double[] {x}, new double[] {q}, new long[] {1, 1, 1, 1}))
          .isCloseTo(-.25 * (positive + negative), within(1e-6));
    }
  }

  @Test
  void apply_cseOfClasses_weighsByQuality() {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("cse_a:cls", LossInput.CLASSES);
        Loss sum = Loss.parse("3*cse_a:cls");
        Loss again = Loss.parse(loss.toJson())) {
      Tensor logits = tensor(new float[] {1, 2, 0, 3, 1, 1}).view(2, 3, 1, 1);
      Tensor labels = tensor(new long[] {2, 0}).view(2, 1, 1);
      Tensor quality = tensor(new float[] {.5f, 1}).view(2, 1, 1);
      double first = Math.log(Math.exp(1) + Math.exp(2) + 1);
      double second = Math.log(Math.exp(3) + 2 * Math.exp(1)) - 3;
      double expected = ((1 + Math.sin(.5)) * first + (1 + Math.sin(1)) * second) / 2;
      double plain = (1 + Math.sin(1)) * (first + second) / 2;
      assertThat(((QualityLoss) loss).apply(logits, labels, quality).item_double())
          .isCloseTo(expected, within(1e-6));
      assertThat(((QualityLoss) sum).apply(logits, labels, quality).item_double())
          .isCloseTo(3 * expected, within(3e-6));
      assertThat(again.apply(logits, labels).item_double()).isCloseTo(plain, within(1e-6));
    }
  }

  @Test
  void apply_extremeLogits_isFinite() {
    float[] predicted = {1e4f, -1e4f, 0, 50, -50, 1e4f};
    float[] target = {0, 1, .5f, 1, 0, 1};
    for (String text : new String[] {"bce", "focal", "cse_b:cls", "expr:neg(mul(y,log(yhat)))"}) {
      try (PointerScope scope = new PointerScope();
          Loss loss = Loss.parse(text, LossInput.BINARY)) {
        Tensor p = tensor(predicted).view(1, 1, 2, 3).set_requires_grad(true);
        Tensor value = loss.apply(p, tensor(target).view(1, 1, 2, 3));
        value.backward();
        assertThat(value.item_double()).as(text).isFinite();
        assertThat(p.grad().isfinite().all().item_bool()).as(text).isTrue();
      }
    }
  }

  @Test
  void apply_nothing_isZeroWithAGradient() {
    for (String text : new String[] {"giou", "cse_a:reg", "expr:inv(u)"}) {
      try (PointerScope scope = new PointerScope();
          Loss loss = Loss.parse(text, LossInput.BOXES)) {
        Tensor p = zeros(0, 4).set_requires_grad(true);
        Tensor value = loss.apply(p, zeros(0, 4));
        value.backward();
        assertThat(value.item_double()).isZero();
      }
    }
  }

  @Test
  void apply_wrongTensors_areRefused() {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("giou")) {
      assertThatThrownBy(() -> loss.apply(zeros(3, 5), zeros(3, 5)))
          .hasMessage("predicted: expected [N,4], got [3, 5]");
      assertThatThrownBy(() -> loss.apply(zeros(3, 4), zeros(2, 4)))
          .hasMessage("target: expected the shape of what is predicted, [3, 4], got [2, 4]");
      assertThatThrownBy(() -> loss.apply(zeros(3, 4).to(ScalarType.Long), zeros(3, 4)))
          .hasMessage("predicted: expected float32, got int64");
      assertThatThrownBy(() -> loss.apply(zeros(3, 4).to_sparse(), zeros(3, 4)))
          .hasMessage(
              "predicted: expected a dense tensor, got one of layout Sparse; call to_dense() first");
      assertThatThrownBy(() -> loss.apply(zeros(3, 4), null))
          .hasMessage("target: expected a tensor, got null");
      loss.close();
      assertThatThrownBy(() -> loss.apply(zeros(3, 4), zeros(3, 4)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void parse_wrongInput_isRefused() {
    assertThatThrownBy(() -> Loss.parse("dice", LossInput.BOXES))
        .hasMessageContaining("giou")
        .hasMessageContaining("on boxes, got 'dice'");
    assertThatThrownBy(() -> Loss.parse("cse_a:cls", LossInput.BOXES))
        .hasMessage("loss: expected one on boxes, got 'cse_a:cls', which is on classes");
    assertThatThrownBy(() -> Loss.parse("{\"kind\":\"mse\"}", LossInput.BINARY))
        .hasMessageContaining("on binary, got 'mse'");
    assertThatThrownBy(() -> Loss.parse("giou+l1", LossInput.BOXES))
        .hasMessage(
            "loss: expected terms that compare the same, got some on boxes and some on deltas");
    assertThatThrownBy(() -> Loss.parse("cse_a")).hasMessageContaining("expected cse_a:cls or");
    assertThatThrownBy(() -> Loss.parse("giou:x")).hasMessageContaining("got 'x'");
    assertThatThrownBy(() -> Loss.parse("smooth_l1:-1", LossInput.DELTAS))
        .hasMessage("smooth_l1: beta: expected above 0, got -1.0");
    assertThatThrownBy(() -> Loss.parse("{\"kind\":\"graph\",\"input\":\"pixels\"}"))
        .hasMessageContaining("input: expected one of classes, binary, heatmap, boxes, deltas");
    assertThatThrownBy(() -> Loss.parse("expr:add(y,1)", LossInput.BOXES))
        .hasMessageContaining("'y");
  }

  @Test
  void set_ofFourBranches_readsEachOnItsInput() {
    Map<String, LossInput> branches = new LinkedHashMap<>();
    branches.put("loss_objectness", LossInput.BINARY);
    branches.put("loss_rpn_box_reg", LossInput.BOXES);
    branches.put("loss_classifier", LossInput.CLASSES);
    branches.put("loss_box_reg", LossInput.BOXES);
    String text =
        "loss_classifier=ce;loss_box_reg=giou,weight=10;loss_objectness=focal;"
            + "loss_rpn_box_reg=l1 , weight = 1e-1";
    try (PointerScope scope = new PointerScope();
        LossSet set = LossSet.parse(text, branches);
        LossSet again = LossSet.parse(set.toJson(), branches)) {
      assertThat(set.loss("loss_rpn_box_reg").input()).isEqualTo(LossInput.DELTAS);
      assertThat(set.loss("loss_objectness").input()).isEqualTo(LossInput.BINARY);
      assertThat(again.toJson()).isEqualTo(set.toJson());
      Tensor boxes = tensor(new float[] {0, 0, 2, 2}).view(1, 4);
      Tensor shifted = tensor(new float[] {1, 1, 3, 3}).view(1, 4);
      double giou = 1 - 1 / 7.0 + 2 / 9.0;
      assertThat(set.apply(Map.of("loss_box_reg", new Pair(boxes, shifted))).item_double())
          .isCloseTo(10 * giou, within(1e-5));
      assertThat(
              set.apply(Map.of("loss_box_reg", new Pair(boxes, shifted).withShare(.25)))
                  .item_double())
          .isCloseTo(2.5 * giou, within(1e-5));
    }
  }
}
