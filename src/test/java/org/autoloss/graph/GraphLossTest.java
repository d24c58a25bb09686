package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.loss.Loss;
import org.autoloss.loss.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The native interpreter against values from elsewhere, and against the reference. */
class GraphLossTest {
  private static final double EPS = GraphLoss.DEFAULT_EPS;
  private static final Shape SHAPE = new Shape(3, 5, 17, 33);

  @AfterEach
  void restoreDefaults() {
    ops.set_cpu_isa("auto");
    ops.set_num_threads(0);
  }

  static List<GoldenGraphs> golden() {
    return GoldenGraphs.all();
  }

  @ParameterizedTest
  @MethodSource("golden")
  void evaluate_goldenGraphs_givesTheirValues(GoldenGraphs golden) {
    int[] sizes = golden.shape();
    Shape shape = new Shape(sizes[0], sizes[1], sizes[2], sizes[3]);
    double magnitude =
        ReferenceInterpreter.evaluate(
                golden.graph(), EPS, golden.doubleLogits(), golden.intLabels(), sizes)
            .magnitude();
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      float[] gradient = new float[golden.logits().length];
      double value;
      try (GraphLoss loss = (GraphLoss) Loss.parse(golden.artefact())) {
        value = loss.evaluate(golden.logits(), golden.intLabels(), shape, gradient);
      }
      // Where the value or gradient cancels to nothing, float32 leaves noise of what it is made of;
      // 1e-15: the files hold log(1 + eps) as float64 rounds it, to four digits.
      assertThat(value)
          .isCloseTo(
              golden.value(), within(1e-5 * Math.abs(golden.value()) + 1e-6 * magnitude + 1e-15));
      double norm = golden.gradNorm();
      assertThat(norm(gradient)).isCloseTo(norm, within(1e-4 * norm + 1e-7 * magnitude + 1e-15));
      if (golden.gradient() != null && norm > 1e-9) {
        double[] exact = Batches.doubles(golden.gradient());
        assertThat(Batches.relativeError(gradient, exact)).isLessThanOrEqualTo(1e-4);
      }
    }
  }

  static Stream<String> expressions() {
    List<String> all = new ArrayList<>();
    for (Operator operator : Operator.values()) {
      // Below -1.7: no kink and no zero nearby, which would amplify rounding.
      String operand = "add(y,neg(exp(exp(yhat))))";
      String operands = operator.arity() == 2 ? operand + ",exp(yhat)" : operand;
      all.add("square(%s(%s))".formatted(operator, operands));
    }
    all.addAll(
        List.of(
            "yhat",
            "neg(mul(y,log(yhat)))",
            // shared nodes, read by operators of three kinds
            "mul(exp(yhat),add(mean_nhw(exp(yhat)),maxpool3(exp(yhat))))",
            // means of means and of pools, small nodes of all extents
            "neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(add(y,yhat)))))",
            "mul(mean_c(yhat),mul(mean_nhw(square(yhat)),tanh(mean_c(mean_nhw(square(yhat))))))",
            "square(add(mean_nhw(maxpool3(square(yhat))),minpool3(mul(y,yhat))))",
            "mean_c(mul(mean_nhw(mean_c(square(yhat))),maxpool3(mean_c(mul(y,yhat)))))",
            // means over pixels of what does not vary over them: they still divide by C
            "mul(yhat,mean_nhw(mean_nhw(1)))",
            "mul(exp(yhat),add(mean_nhw(mean_nhw(square(yhat))),mean_nhw(mean_nhw(y))))",
            "square(mean_nhw(mean_nhw(yhat)))",
            // ties in pools: the label, and a pool of a pool
            "mul(yhat,maxpool3(mul(y,minpool3(maxpool3(yhat)))))",
            "mul(maxpool3(add(y,mean_nhw(yhat))),yhat)",
            // a root that only repeats another node
            "maxpool3(mean_nhw(mul(y,yhat)))"));
    return all.stream();
  }

  static Stream<Arguments> cases() {
    long[][] shapes = {
      {1, 2, 1, 1}, {1, 2, 1, 7}, {2, 3, 33, 1}, {3, 5, 7, 33}, {1, 21, 129, 33}, {2, 65, 7, 9}
    };
    return expressions()
        .flatMap(
            text ->
                Arrays.stream(shapes)
                    .map(s -> Arguments.of(text, new Shape(s[0], s[1], s[2], s[3]))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void evaluate_awkwardShapes_agreesWithReferenceOnEveryInstructionSet(String text, Shape shape) {
    assertAgrees(text, shape, Batches.logits(shape, 2, 7), Batches.labels(shape, 7));
  }

  @ParameterizedTest
  @MethodSource("expressions")
  void evaluate_hugeLogitsAndTies_agreesWithReference(String text) {
    float[] logits = Batches.logits(SHAPE, 1, 3);
    // Three kinds of pixels, so that ties in pools are exact whatever the precision.
    int pixels = (int) (SHAPE.h() * SHAPE.w());
    for (int i = 0; i < logits.length; i++) {
      int kind = i % pixels / 3 % 3;
      int c = i / pixels % (int) SHAPE.c();
      logits[i] = kind == 0 ? 0.7f * c : kind == 1 ? (c == 1 ? 1e4f : -1e4f) : (c == 2 ? -1e4f : c);
    }
    assertAgrees(text, SHAPE, logits, Batches.labels(SHAPE, 3));
  }

  @ParameterizedTest
  @MethodSource("expressions")
  void evaluate_absentClass_agreesWithReference(String text) {
    int[] labels = new int[(int) SHAPE.pixels()];
    Arrays.setAll(labels, i -> i % 7 == 0 ? 255 : i / 40 % 2);
    assertAgrees(text, SHAPE, Batches.logits(SHAPE, 1, 5), labels);
  }

  @ParameterizedTest
  @MethodSource("expressions")
  void evaluate_allIgnored_isZeroWithoutGradient(String text) {
    int[] labels = new int[(int) SHAPE.pixels()];
    Arrays.fill(labels, 255);
    float[] gradient = new float[(int) SHAPE.elements()];
    try (GraphLoss loss = GraphLoss.of(LossGraph.parse(text))) {
      assertThat(loss.evaluate(Batches.logits(SHAPE, 1, 5), labels, SHAPE, gradient)).isZero();
    }
    assertThat(gradient).containsOnly(0);
  }

  @Test
  void evaluate_ignoredPixel_hasNoInfluence() {
    int[] labels = Batches.labels(SHAPE, 9);
    float[] logits = Batches.logits(SHAPE, 1, 9);
    labels[40] = 255;
    for (String text : expressions().toList()) {
      try (GraphLoss loss = GraphLoss.of(LossGraph.parse(text))) {
        double before = loss.evaluate(logits, labels, SHAPE, null);
        float[] changed = logits.clone();
        changed[40] = Float.NaN; // class 0 of that pixel
        float[] gradient = new float[logits.length];
        assertThat(loss.evaluate(changed, labels, SHAPE, gradient)).as(text).isEqualTo(before);
        for (float part : gradient) {
          assertThat(part).isFinite();
        }
        assertThat(gradient[40]).isZero();
      }
    }
  }

  @Test
  void evaluate_notANumberInAPixelThatCounts_goesThrough() {
    int[] labels = new int[(int) SHAPE.pixels()];
    float[] logits = Batches.logits(SHAPE, 1, 9);
    logits[40] = Float.NaN;
    for (String text : List.of("neg(mul(y,log(yhat)))", "maxpool3(yhat)", "tanh(mean_nhw(yhat))")) {
      try (GraphLoss loss = GraphLoss.of(LossGraph.parse(text))) {
        assertThat(loss.evaluate(logits, labels, SHAPE, null)).as(text).isNaN();
      }
    }
  }

  @Test
  void evaluate_anyNumberOfThreads_isTheSameToTheLastBit() {
    Shape shape = new Shape(3, 6, 65, 47);
    float[] logits = Batches.logits(shape, 2, 11);
    int[] labels = Batches.labels(shape, 11);
    for (String text : expressions().toList()) {
      try (GraphLoss loss = GraphLoss.of(LossGraph.parse(text))) {
        ops.set_num_threads(1);
        float[] first = new float[logits.length];
        double value = loss.evaluate(logits, labels, shape, first);
        for (int threads : new int[] {2, 5}) {
          ops.set_num_threads(threads);
          float[] gradient = new float[logits.length];
          assertThat(loss.evaluate(logits, labels, shape, gradient)).as(text).isEqualTo(value);
          assertThat(gradient).as(text).isEqualTo(first);
        }
      }
    }
  }

  @Test
  void parse_expressionAndFile_giveTheSameLoss(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("found.json");
    try (Loss loss = Loss.parse("expr:neg(mul(y,log(yhat)))")) {
      Files.writeString(file, loss.toJson());
      try (Loss read = Loss.parse("graph:" + file);
          Loss sum = Loss.parse("0.5*ce+expr:neg(mul(y,log(yhat)))")) {
        assertThat(read.toJson()).isEqualTo(loss.toJson());
        assertThat(((GraphLoss) read).graph()).isEqualTo(((GraphLoss) loss).graph());
        assertThat(sum.toJson()).contains("\"expression\":\"neg(mul(y,log(yhat)))\"");
      }
    }
  }

  @Test
  void parse_artefactWithOrWithoutVersion_givesTheSameLoss() {
    String fields = "\"kind\":\"graph\",\"expression\":\"neg(mul(y,log(yhat)))\"}";
    try (Loss bare = Loss.parse("{" + fields);
        Loss first = Loss.parse("{\"autoloss\":1," + fields);
        Loss versioned = Loss.parse("{\"autoloss\":2," + fields)) {
      assertThat(((GraphLoss) bare).graph()).hasToString("neg(mul(y,log(yhat)))");
      assertThat(bare.toJson()).isEqualTo(versioned.toJson()).contains("\"autoloss\":2");
      assertThat(bare.toJson()).isEqualTo(first.toJson());
    }
  }

  @Test
  void parse_artefactOfVersionOne_isTheLossThatItWas() {
    String old =
        "{\"autoloss\":1,\"kind\":\"graph\",\"expression\":\"exp(mean_nhw(mean_nhw(y)))\"}";
    int[] labels = {0, 0, 0, 1, 2, 255}; // shares 3/5, 1/5, 1/5, divided by C = 3 twice
    double expected = Math.exp(3 / 45.0) + 2 * Math.exp(1 / 45.0);
    try (GraphLoss loss = (GraphLoss) Loss.parse(old);
        Loss again = Loss.parse(loss.toJson());
        Loss sum =
            Loss.parse(
                "{\"autoloss\":1,\"kind\":\"sum\",\"terms\":[{\"weight\":2,\"loss\":"
                    + old
                    + "}]}")) {
      assertThat(loss.evaluate(new float[18], labels, new Shape(1, 3, 2, 3), null))
          .isCloseTo(expected, within(1e-6));
      assertThat(again.toJson()).isEqualTo(loss.toJson());
      assertThat(sum.toJson()).contains(loss.toJson());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"autoloss\":3,\"kind\":\"graph\",\"expression\":\"y\"}|artefact version 1 or 2, got 3",
        "{\"autoloss\":0,\"kind\":\"graph\",\"expression\":\"y\"}|artefact version 1 or 2, got 0",
        "{\"autoloss\":\"1\",\"kind\":\"graph\",\"expression\":\"y\"}|version 1 or 2, got \"1\"",
        "{\"autoloss\":null,\"kind\":\"graph\",\"expression\":\"y\"}|version 1 or 2, got null",
        "{\"autoloss\":1,\"kind\":\"graph\"}|expected nodes or an expression",
        "{\"autoloss\":1,\"kind\":\"graph\",\"expression\":\"neg(z)\"}|expected an operator",
        "{\"autoloss\":1,\"kind\":\"graph\",\"expression\":\"y\",\"eps\":0}|eps: expected 1e-30",
        "{\"autoloss\":1,\"kind\":\"graph\",\"expression\":\"y\",\"eps\":\"x\"}|eps: expected a",
        "graph:|expected an artefact",
        "expr:|expected an operator or one of the inputs"
      })
  void parse_malformed_saysWhatIsWrong(String text) {
    String[] parts = text.split("\\|");
    assertThatThrownBy(() -> Loss.parse(parts[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(parts[1]);
  }

  @Test
  void of_moreThan64Nodes_isRefused() {
    String text = "exp(".repeat(64) + "yhat" + ")".repeat(64);
    assertThatThrownBy(() -> Loss.parse("expr:" + text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("graph: expected at most 64 nodes, got 65");
  }

  private static void assertAgrees(String text, Shape shape, float[] logits, int[] labels) {
    LossGraph graph = LossGraph.parse(text);
    int[] sizes = {(int) shape.n(), (int) shape.c(), (int) shape.h(), (int) shape.w()};
    var exact = ReferenceInterpreter.evaluate(graph, EPS, Batches.doubles(logits), labels, sizes);
    // 1e-15: log(1 + eps) is rounded in float64, too.
    double norm = Math.sqrt(Arrays.stream(exact.sampleNorms()).map(x -> x * x).sum());
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      float[] gradient = new float[logits.length];
      try (GraphLoss loss = GraphLoss.of(graph)) {
        assertThat(loss.evaluate(logits, labels, shape, gradient))
            .as("%s on %s", text, isa)
            .isCloseTo(exact.value(), within(1e-5 * exact.magnitude() + 1e-15));
      }
      double difference = 0;
      for (int i = 0; i < gradient.length; i++) {
        difference += Math.pow(gradient[i] - exact.gradient()[i], 2);
      }
      // p (g - sum p g) cancels where the gradient by p is nearly the same for all classes.
      assertThat(Math.sqrt(difference))
          .as("gradient of %s on %s", text, isa)
          .isLessThanOrEqualTo(1e-4 * norm + 1e-6 * exact.cancelling());
    }
  }

  private static double norm(float[] values) {
    return Batches.relativeError(values, new double[values.length]);
  }
}
