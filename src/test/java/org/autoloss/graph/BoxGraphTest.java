package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.maximum;
import static org.bytedeco.pytorch.global.torch.minimum;
import static org.bytedeco.pytorch.global.torch.ones_like;

import java.util.Map;
import java.util.random.RandomGenerator;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Graphs on boxes against the same of libtorch's operations, and central differences. */
class BoxGraphTest {
  private static final double EPS = 1e-12;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void apply_randomGraphs_areAndGiveWhatLibtorchsOperationsDo() {
    RandomGenerator random = RandomStreams.stream(21);
    GraphGenerator graphs = new GraphGenerator(PairGraphLoss.inputs(LossInput.BOXES), 4);
    int compared = 0;
    for (int k = 0; k < 300; k++) {
      LossGraph graph = graphs.next(random);
      int n = 1 + random.nextInt(40);
      // boxes of some pixels, so that exponentials are finite now and then
      double[] predicted = boxes(random, n, 1.5);
      double[] target = boxes(random, n, 1.5);
      try (PointerScope scope = new PointerScope();
          Loss loss = PairGraphLoss.of(graph, LossInput.BOXES, EPS)) {
        Tensor ours = tensor(predicted).requires_grad_(true);
        Tensor value = loss.apply(ours, tensor(target));
        value.backward();
        Tensor theirs = tensor(predicted).requires_grad_(true);
        Tensor composed = composed(graph, theirs, tensor(target));
        double expected = composed.item_double();
        assertThat(value.item_double())
            .as(graph.toString())
            .isCloseTo(expected, within(1e-10 * Math.abs(expected) + 1e-13));
        if (!composed.requires_grad()) {
          assertThat(ours.grad().abs().max().item_double()).isZero();
          continue;
        }
        composed.backward();
        double norm = theirs.grad().norm().item_double();
        if (Double.isFinite(norm)) {
          compared++;
          double apart = ours.grad().sub(theirs.grad()).norm().item_double();
          assertThat(apart).as(graph.toString()).isLessThanOrEqualTo(1e-9 * norm + 1e-13);
        } else {
          assertThat(ours.grad().norm().item_double()).isNotFinite();
        }
      }
    }
    assertThat(compared).isGreaterThan(150);
  }

  @ParameterizedTest
  @EnumSource(Operator.class)
  void apply_eachOperator_hasTheGradientOfCentralDifferences(Operator operator) {
    String inner = "add(mul(i,inv(u)),neg(mul(e,inv(add(u,e)))))"; // of both signs
    String text =
        operator.arity() == 2
            ? "square(%s(%s,tanh(i)))".formatted(operator, inner)
            : "square(%s(%s))".formatted(operator, inner);
    LossGraph graph = LossGraph.parse(text, PairGraphLoss.inputs(LossInput.BOXES));
    RandomGenerator random = RandomStreams.stream(22);
    double[] predicted = boxes(random, 5, 3);
    double[] target = boxes(random, 5, 3);
    try (PointerScope scope = new PointerScope();
        Loss loss = PairGraphLoss.of(graph, LossInput.BOXES, EPS)) {
      Tensor leaf = tensor(predicted).requires_grad_(true);
      loss.apply(leaf, tensor(target)).backward();
      double[] gradient = new double[20];
      leaf.grad().contiguous().data_ptr_double().get(gradient);
      double step = 1e-6;
      double largest = 0;
      for (int i = 0; i < gradient.length; i++) {
        double at = predicted[i];
        predicted[i] = at + step;
        double above = loss.apply(tensor(predicted), tensor(target)).item_double();
        predicted[i] = at - step;
        double below = loss.apply(tensor(predicted), tensor(target)).item_double();
        predicted[i] = at;
        // truncation of 1e-12 times the curvature, rounding of 1e-10
        assertThat(gradient[i]).isCloseTo((above - below) / (2 * step), within(1e-7));
        largest = Math.max(largest, Math.abs(gradient[i]));
      }
      assertThat(largest).as("a gradient that says something").isGreaterThan(1e-4);
    }
  }

  @Test
  void apply_floatsOfAnyStrides_giveFloats() {
    RandomGenerator random = RandomStreams.stream(23);
    double[] predicted = boxes(random, 30, 200);
    double[] target = boxes(random, 30, 200);
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("expr:add(1,neg(mul(i,inv(u))))")) {
      Tensor wide = tensor(predicted).to(ScalarType.Float);
      Tensor leaf = wide.t().contiguous().requires_grad_(true); // columns side by side
      Tensor value = loss.apply(leaf.t(), tensor(target).to(ScalarType.Float));
      assertThat(value.scalar_type().intern()).isEqualTo(ScalarType.Float);
      value.mul(new Scalar(2)).backward();
      Tensor doubles = wide.to(ScalarType.Double).requires_grad_(true);
      Tensor exact = loss.apply(doubles, tensor(target).to(ScalarType.Float));
      exact.backward();
      assertThat(value.item_double()).isCloseTo(exact.item_double(), within(1e-7));
      Tensor expected = doubles.grad().mul(new Scalar(2)).t().to(ScalarType.Float);
      assertThat(leaf.grad().sub(expected).abs().max().item_double()).isLessThan(1e-9);
    }
  }

  @Test
  void apply_secondDerivative_isRefused() {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("expr:square(mul(i,inv(u)))")) {
      RandomGenerator random = RandomStreams.stream(24);
      Tensor leaf = tensor(boxes(random, 3, 2)).requires_grad_(true);
      Tensor value = loss.apply(leaf.mul(leaf), tensor(boxes(random, 3, 2)));
      value.backward(new Tensor(), new BoolOptional(true), true, new TensorArrayRefOptional());
      Tensor gradient = leaf.grad();
      assertThatThrownBy(() -> gradient.square().sum().backward())
          .hasMessageContaining("loss: expected to be differentiated once");
    }
  }

  @Test
  void apply_withoutGradient_leadsNowhere() {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard();
        Loss loss = Loss.parse("expr:mul(i,inv(u))")) {
      double[] boxes = boxes(RandomStreams.stream(25), 3, 2);
      Tensor value = loss.apply(tensor(boxes), tensor(boxes));
      assertThat(value.requires_grad()).isFalse();
      assertThat(value.item_double()).isCloseTo(1, within(1e-9)); // of a box with itself
    }
  }

  private static Tensor composed(LossGraph graph, Tensor p, Tensor t) {
    Tensor inner = area(maximum(low(p), low(t)), minimum(high(p), high(t)));
    Tensor union = area(low(p), high(p)).add(area(low(t), high(t))).sub(inner);
    Tensor outer = area(minimum(low(p), low(t)), maximum(high(p), high(t)));
    long[] shape = {p.size(0), 1, 1, 1};
    Map<String, Tensor> inputs =
        Map.of(
            "i", inner.view(shape),
            "u", union.view(shape),
            "e", outer.view(shape),
            "1", ones_like(union.detach().view(shape)));
    Tensor root = new TensorOperators(EPS, null).root(graph, inputs);
    return root.sum().div(new Scalar((double) p.size(0)));
  }

  private static Tensor low(Tensor boxes) {
    return boxes.narrow(1, 0, 2);
  }

  private static Tensor high(Tensor boxes) {
    return boxes.narrow(1, 2, 2);
  }

  private static Tensor area(Tensor low, Tensor high) {
    Tensor sides = high.sub(low).clamp_min(new Scalar(0));
    return sides.select(1, 0).mul(sides.select(1, 1));
  }

  private static double[] boxes(RandomGenerator random, int n, double size) {
    double[] boxes = new double[4 * n];
    for (int i = 0; i < boxes.length; i += 4) {
      for (int axis = 0; axis < 2; axis++) {
        boxes[i + axis] = random.nextDouble() * size;
        boxes[i + axis + 2] = boxes[i + axis] + (0.2 + random.nextDouble()) * size;
      }
    }
    return boxes;
  }

  private static Tensor tensor(double[] boxes) {
    Tensor flat = Tensor.create(boxes, boxes.length / 4, 4);
    return flat.clone();
  }
}
