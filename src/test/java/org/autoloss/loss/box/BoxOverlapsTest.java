package org.autoloss.loss.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.bytedeco.pytorch.global.torch.maximum;
import static org.bytedeco.pytorch.global.torch.minimum;
import static org.bytedeco.pytorch.global.torch.stack;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Random;
import org.autoloss.Golden;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.Npy;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Areas and their gradient against plain formulas, central differences, libtorch, torchvision. */
class BoxOverlapsTest {
  private static final String FOLDER = "regions";
  private static final double[] WEIGHTS = {10, 10, 5, 5};

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void of_randomBoxes_equalsPlainFormulasAndCentralDifferences() {
    Random random = new Random(1);
    int n = 300;
    float[] predicted = boxes(random, n);
    float[] target = boxes(random, n);
    float[] flow = normal(random, 3 * n);
    try (PointerScope scope = new PointerScope()) {
      Tensor boxes = leaf(predicted, n);
      Tensor areas = BoxOverlaps.of(boxes, Tensor.create(target, n, 4));
      areas.mul(Tensor.create(flow, n, 3)).sum().backward();
      float[] got = values(areas);
      float[] gradient = values(boxes.grad());
      for (int i = 0; i < n; i++) {
        double[] p = box(predicted, i);
        double[] t = box(target, i);
        double[] expected = areas(p, t);
        for (int k = 0; k < 3; k++) {
          // float32 products and differences of areas up to 2,500
          assertThat((double) got[3 * i + k]).isCloseTo(expected[k], offset(1e-3));
        }
        for (int side = 0; side < 4; side++) {
          double difference = difference(p, t, side, flow, 3 * i);
          assertThat((double) gradient[4 * i + side]).isCloseTo(difference, offset(2e-3));
        }
      }
    }
  }

  @Test
  void of_doubles_areAndGiveThoseOfLibtorchsOperations() {
    Random random = new Random(4);
    int n = 100;
    try (PointerScope scope = new PointerScope()) {
      Tensor predicted = Tensor.create(boxes(random, n), n, 4).to(ScalarType.Double);
      Tensor t = Tensor.create(boxes(random, n), n, 4).to(ScalarType.Double);
      Tensor flow = Tensor.create(normal(random, 3 * n), n, 3);
      Tensor ours = predicted.clone().requires_grad_(true);
      Tensor areas = BoxOverlaps.of(ours, t);
      areas.mul(flow).sum().backward();
      Tensor theirs = predicted.clone().requires_grad_(true);
      Tensor composed = composed(theirs, t);
      composed.mul(flow).sum().backward();
      assertThat(areas.sub(composed).abs().max().item_double()).isZero();
      // sums of up to eight products of numbers up to 50
      assertThat(ours.grad().sub(theirs.grad()).abs().max().item_double()).isLessThan(1e-12);
      BoxAreas named = BoxAreas.of(predicted.to(ScalarType.Float), t);
      assertThat(named.enclosing().equal(areas.select(1, 2))).isTrue();
      assertThat(named.union().equal(areas.select(1, 1))).isTrue();
      assertThat(named.intersection().equal(areas.select(1, 0))).isTrue();
    }
  }

  @Test
  void of_secondDerivative_isRefused() {
    try (PointerScope scope = new PointerScope()) {
      Tensor boxes = leaf(boxes(new Random(1), 5), 5);
      Tensor loss = BoxOverlaps.of(boxes, Tensor.create(boxes(new Random(2), 5), 5, 4)).sum();
      assertThatThrownBy(
              () ->
                  loss.backward(
                      new Tensor(), new BoolOptional(true), true, new TensorArrayRefOptional()))
          .hasMessageContaining("operation: expected to be differentiated once");
    }
  }

  @Test
  void ofDeltas_randomDeltas_equalsCentralDifferencesOfTheDecodedBoxes() {
    Random random = new Random(2);
    int n = 300;
    float[] anchors = boxes(random, n);
    float[] target = boxes(random, n);
    float[] deltas = normal(random, 4 * n);
    deltas[2] = 30; // beyond the largest ratio: cut, without a gradient
    float[] flow = normal(random, 3 * n);
    try (PointerScope scope = new PointerScope()) {
      Tensor leaf = leaf(deltas, n);
      Tensor areas =
          BoxOverlaps.ofDeltas(
              leaf, Tensor.create(target, n, 4), Tensor.create(anchors, n, 4), WEIGHTS);
      areas.mul(Tensor.create(flow, n, 3)).sum().backward();
      float[] gradient = values(leaf.grad());
      for (int i = 0; i < n; i++) {
        double[] d = box(deltas, i);
        for (int k = 0; k < 4; k++) {
          double before = d[k];
          d[k] = before + 1e-5;
          double above = weighted(decode(d, box(anchors, i)), box(target, i), flow, 3 * i);
          d[k] = before - 1e-5;
          double below = weighted(decode(d, box(anchors, i)), box(target, i), flow, 3 * i);
          d[k] = before;
          double expected = (above - below) / 2e-5;
          assertThat((double) gradient[4 * i + k])
              .isCloseTo(expected, offset(1e-2 + 1e-5 * Math.abs(expected)));
        }
      }
      assertThat(gradient[2]).isZero();
    }
  }

  @Test
  void of_equalCornersAndBoxesInsideOthers_gradientIsLibtorchs() {
    float[] predicted = {
      0, 0, 10, 10, 2, 2, 8, 8, 0, 0, 10, 5, 10, 0, 20, 10, 30, 30, 40, 40, 5, 5, 5, 9, 8, 8, 2, 2
    };
    float[] target = {
      0, 0, 10, 10, 0, 0, 10, 10, 2, 0, 6, 5, 0, 0, 10, 10, 0, 0, 10, 10, 0, 0, 10, 10, 0, 0, 9, 9
    };
    float[] flow = normal(new Random(3), 21);
    try (PointerScope scope = new PointerScope()) {
      Tensor t = Tensor.create(target, 7, 4);
      Tensor ours = leaf(predicted, 7);
      Tensor areas = BoxOverlaps.of(ours, t);
      areas.mul(Tensor.create(flow, 7, 3)).sum().backward();
      Tensor theirs = leaf(predicted, 7);
      Tensor composed = composed(theirs, t);
      composed.mul(Tensor.create(flow, 7, 3)).sum().backward();
      assertThat(values(areas)).containsExactly(values(composed));
      float[] expected = values(theirs.grad());
      float[] got = values(ours.grad());
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i]).as("of number %d", i).isCloseTo(expected[i], offset(1e-5f));
      }
    }
  }

  @Test
  void of_goldenPairs_givesTorchvisionsGiouLossAndItsGradient() {
    JsonNode entry = entry("generalized_box_iou_loss");
    Npy first = Golden.array(FOLDER, entry.path("inputs"), "boxes1");
    int n = (int) first.shape()[0];
    float[] target = Golden.array(FOLDER, entry.path("inputs"), "boxes2").floats();
    Scalar eps = new Scalar(entry.path("eps").asDouble());
    try (PointerScope scope = new PointerScope()) {
      Tensor boxes = leaf(first.floats(), n);
      Tensor areas = BoxOverlaps.of(boxes, Tensor.create(target, n, 4));
      Tensor i = areas.select(1, 0);
      Tensor u = areas.select(1, 1);
      Tensor e = areas.select(1, 2);
      Tensor loss = e.sub(u).div(e.add(eps)).sub(i.div(u.add(eps))).add(new Scalar(1));
      loss.sum().backward();
      assertClose(values(loss), entry.path("outputs").path("values"));
      assertClose(values(boxes.grad()), entry.path("outputs").path("gradient1"));
    }
  }

  @Test
  void ofDeltas_goldenDeltas_decodesAsTorchvisionDoes() {
    for (String name : new String[] {"box_decode_rpn", "box_decode_roi"}) {
      JsonNode entry = entry(name);
      Npy deltas = Golden.array(FOLDER, entry.path("inputs"), "deltas");
      int n = (int) deltas.shape()[0];
      float[] anchors = Golden.array(FOLDER, entry.path("inputs"), "anchors").floats();
      float[] boxes = Golden.array(FOLDER, entry.path("outputs").path("out"), "file").floats();
      try (PointerScope scope = new PointerScope()) {
        float[] areas =
            values(
                BoxOverlaps.ofDeltas(
                    Tensor.create(deltas.floats(), n, 4),
                    Tensor.create(boxes, n, 4),
                    Tensor.create(anchors, n, 4),
                    Golden.doubles(entry.path("weights"))));
        for (int i = 0; i < n; i++) {
          // the same box: its corners are apart by rounding, at coordinates of up to 1,000
          float outer = areas[3 * i + 2];
          assertThat(areas[3 * i]).isCloseTo(outer, offset(1e-4f * outer + 1e-3f));
        }
      }
    }
  }

  @Test
  void of_badArguments_areNamed() {
    try (PointerScope scope = new PointerScope()) {
      Tensor two = Tensor.create(new float[8], 2, 4);
      Tensor three = Tensor.create(new float[12], 3, 4);
      assertThatThrownBy(() -> BoxOverlaps.of(two, three))
          .hasMessage("target: expected 2 boxes, as many as predicted, got 3");
      assertThatThrownBy(() -> BoxOverlaps.of(Tensor.create(new float[6], 2, 3), two))
          .hasMessage("predicted: expected shape [N,4], got [2, 3]");
      assertThatThrownBy(() -> BoxOverlaps.of(Tensor.create(new double[8], 2, 4), two))
          .hasMessage("target: expected float64 on cpu, got float32 on cpu");
      assertThatThrownBy(() -> BoxOverlaps.of(Tensor.create(new int[8], 2, 4), two))
          .hasMessage("predicted: expected float32 on cpu, got int32 on cpu");
      assertThatThrownBy(() -> BoxOverlaps.ofDeltas(two, two, two, 1, 1, 0, 1))
          .hasMessage("weights: expected 4 numbers above 0, got [1.0, 1.0, 0.0, 1.0]");
      Tensor none = Tensor.create(new float[0], 0, 4);
      assertThat(BoxOverlaps.of(none, none).shape()).containsExactly(0, 3);
    }
  }

  /** The areas by libtorch's operations. */
  private static Tensor composed(Tensor p, Tensor t) {
    Tensor inner = sides(maximum(low(p), low(t)), minimum(high(p), high(t)));
    Tensor outer = sides(minimum(low(p), low(t)), maximum(high(p), high(t)));
    Tensor union = sides(low(p), high(p)).add(sides(low(t), high(t))).sub(inner);
    return stack(new TensorVector(inner, union, outer), 1);
  }

  private static Tensor low(Tensor boxes) {
    return boxes.narrow(1, 0, 2);
  }

  private static Tensor high(Tensor boxes) {
    return boxes.narrow(1, 2, 2);
  }

  private static Tensor sides(Tensor low, Tensor high) {
    return high.sub(low).clamp_min(new Scalar(0)).prod(1);
  }

  private static double[] areas(double[] p, double[] t) {
    double inner = side(p[0], p[2], t[0], t[2]) * side(p[1], p[3], t[1], t[3]);
    double own = (p[2] - p[0]) * (p[3] - p[1]);
    double other = (t[2] - t[0]) * (t[3] - t[1]);
    double outer =
        (Math.max(p[2], t[2]) - Math.min(p[0], t[0]))
            * (Math.max(p[3], t[3]) - Math.min(p[1], t[1]));
    return new double[] {inner, own + other - inner, outer};
  }

  private static double side(double a1, double a2, double b1, double b2) {
    return Math.max(0, Math.min(a2, b2) - Math.max(a1, b1));
  }

  private static double[] decode(double[] d, double[] anchor) {
    double width = anchor[2] - anchor[0];
    double height = anchor[3] - anchor[1];
    double limit = Math.log(1000.0 / 16);
    double x = anchor[0] + width / 2 + d[0] / WEIGHTS[0] * width;
    double y = anchor[1] + height / 2 + d[1] / WEIGHTS[1] * height;
    double w = width * Math.exp(Math.min(d[2] / WEIGHTS[2], limit));
    double h = height * Math.exp(Math.min(d[3] / WEIGHTS[3], limit));
    return new double[] {x - w / 2, y - h / 2, x + w / 2, y + h / 2};
  }

  private static double weighted(double[] p, double[] t, float[] flow, int at) {
    double[] areas = areas(p, t);
    return areas[0] * flow[at] + areas[1] * flow[at + 1] + areas[2] * flow[at + 2];
  }

  private static double difference(double[] p, double[] t, int side, float[] flow, int at) {
    double before = p[side];
    p[side] = before + 1e-5;
    double above = weighted(p, t, flow, at);
    p[side] = before - 1e-5;
    double below = weighted(p, t, flow, at);
    p[side] = before;
    return (above - below) / 2e-5;
  }

  private static void assertClose(float[] got, JsonNode expected) {
    float[] there = Golden.array(FOLDER, expected, "file").floats();
    double square = 0;
    for (int i = 0; i < there.length; i++) {
      square += Math.pow(got[i] - there[i], 2);
    }
    assertThat(Math.sqrt(square) / expected.path("norm").asDouble())
        .isCloseTo(0, offset(10 * expected.path("float64Error").asDouble()));
  }

  private static JsonNode entry(String name) {
    return Golden.entries(FOLDER).stream()
        .filter(each -> each.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static float[] boxes(Random random, int n) {
    float[] boxes = new float[4 * n];
    for (int i = 0; i < n; i++) {
      boxes[4 * i] = random.nextFloat() * 30;
      boxes[4 * i + 1] = random.nextFloat() * 30;
      boxes[4 * i + 2] = boxes[4 * i] + 1 + random.nextFloat() * 20;
      boxes[4 * i + 3] = boxes[4 * i + 1] + 1 + random.nextFloat() * 20;
    }
    return boxes;
  }

  private static float[] normal(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double[] box(float[] boxes, int i) {
    return new double[] {boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]};
  }

  private static Tensor leaf(float[] values, int n) {
    Tensor leaf = Tensor.create(values, n, 4);
    leaf.requires_grad_(true);
    return leaf;
  }

  private static float[] values(Tensor tensor) {
    Tensor whole = tensor.detach().contiguous();
    float[] values = new float[(int) whole.numel()];
    whole.data_ptr_float().get(values);
    return values;
  }
}
