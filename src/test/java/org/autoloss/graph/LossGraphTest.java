package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossGraphTest {
  private static final String CROSS_ENTROPY = "neg(mul(y,log(yhat)))";

  @Test
  void parse_randomGraphs_printsTheSameText() throws JsonProcessingException {
    GraphGenerator generator = new GraphGenerator(LossGraph.SEGMENTATION_INPUTS, 6);
    RandomGenerator random = RandomStreams.stream(1);
    ObjectMapper json = new ObjectMapper();
    for (int i = 0; i < 3000; i++) {
      LossGraph graph = generator.next(random);
      assertThat(LossGraph.parse(graph.toString())).isEqualTo(graph);
      assertThat(LossGraph.fromJson(json.readTree(graph.toJson().toString()))).isEqualTo(graph);
      assertThat(graph.depth()).isBetween(1, 6);
    }
  }

  @Test
  void parse_whiteSpace_isIgnored() {
    assertThat(LossGraph.parse(" neg ( mul( y ,\n log(yhat) ) ) ").toString())
        .isEqualTo(CROSS_ENTROPY);
  }

  @Test
  void parse_equalParts_areSharedNodes() {
    LossGraph graph = LossGraph.parse("add(exp(yhat),mul(exp(yhat),exp(yhat)))");
    assertThat(graph.nodes()).hasSize(4);
    assertThat(graph.operatorCount()).isEqualTo(3);
    assertThat(graph.toJson()).hasToString("[[\"yhat\"],[\"exp\",0],[\"mul\",1,1],[\"add\",1,2]]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "neg(mul(y,log(yhat));expected ')' (neg takes 1) at character 21, got the end",
        "neg(y,yhat);expected ')' (neg takes 1) at character 6, got ',yhat)'",
        "add(y);expected ',' (add takes 2) at character 6, got ')'",
        "foo(y);expected an operator or one of the inputs y, yhat, 1 at character 1, got 'foo(y)'",
        "neg(2);expected an operator or one of the inputs y, yhat, 1 at character 5, got '2)'",
        "y y;expected the end at character 3, got 'y'",
        "'';expected an operator or one of the inputs y, yhat, 1 at character 1, got the end"
      })
  void parse_malformedText_pointsAtThePlace(String text, String message) {
    assertThatThrownBy(() -> LossGraph.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void parse_hostileNesting_isRefused() {
    assertThatThrownBy(() -> LossGraph.parse("neg(".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a shorter expression");
  }

  @Test
  void fromJson_deepChain_isRefusedBeforeTheStackEnds() {
    assertThatThrownBy(() -> LossGraph.fromJson(chain(5_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("graph: expected at most 500 operators on a path, got more");
    assertThatThrownBy(() -> LossGraph.fromJson(chain(LossGraph.MAX_DEPTH + 1)))
        .hasMessage("graph: expected at most 500 operators on a path, got more");
    assertThatThrownBy(() -> LossGraph.fromJson(chain(50_000)))
        .hasMessage("nodes: expected at most 20001 nodes, got 50001");
  }

  @Test
  void fromJson_deepestChain_isReadAndPrinted() {
    LossGraph graph = LossGraph.fromJson(chain(LossGraph.MAX_DEPTH));
    assertThat(graph.depth()).isEqualTo(LossGraph.MAX_DEPTH);
    assertThat(LossGraph.parse(graph.toString())).isEqualTo(graph);
    assertThat(LossGraph.fromJson(graph.toJson())).isEqualTo(graph);
    assertThat(graph.toLatex()).startsWith("\\exp\\left(\\exp\\left(");
    assertThat(CanonicalForm.of(graph).depth()).isEqualTo(LossGraph.MAX_DEPTH);
    String deeper = "exp(" + graph + ")";
    assertThatThrownBy(() -> LossGraph.parse(deeper))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("500 within each other at most");
  }

  /** exp(exp(...exp(yhat)...)). */
  private static ArrayNode chain(int length) {
    ArrayNode nodes = JsonNodeFactory.instance.arrayNode();
    nodes.addArray().add("yhat");
    for (int i = 0; i < length; i++) {
      nodes.addArray().add("exp").add(i);
    }
    return nodes;
  }

  @Test
  void build_exponentialText_isRefused() {
    LossGraph.Builder builder = new LossGraph.Builder();
    int node = builder.input("yhat");
    for (int i = 0; i < 60; i++) {
      node = builder.apply(Operator.MUL, node, node);
    }
    int root = node;
    assertThatThrownBy(() -> builder.build(root))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 10000 operators");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[];nodes: expected a non-empty array of nodes, got []",
        "[[\"y\"],[\"neg\",1]];expected the index of an earlier node at node 1, got 1",
        "[[\"y\"],[\"add\",0]];add: expected 2 operands, got 1",
        "[[\"y\"],[\"foo\",0]];expected an operator at node 1, got 'foo'",
        "[[\"neg\"]];neg: expected 1 operands, got 0"
      })
  void fromJson_malformedNodes_areRefused(String text, String message) throws Exception {
    var json = new ObjectMapper().readTree(text);
    assertThatThrownBy(() -> LossGraph.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void parse_inputsOfAnotherTask_areNamed() {
    Set<String> boxes = Set.of("intersection", "union", "enclosing", "1");
    LossGraph giou =
        LossGraph.parse("neg(add(mul(intersection,inv(union)),mul(union,inv(enclosing))))", boxes);
    assertThat(giou.inputs()).containsExactly("intersection", "union", "enclosing");
    assertThatThrownBy(() -> LossGraph.parse("neg(y)", boxes))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Bytecode.of(giou)).hasMessageContaining("got 'intersection'");
  }

  @Test
  void toLatex_nestedSums_areParenthesised() {
    assertThat(LossGraph.parse("mul(add(y,1),neg(add(y,yhat)))").toLatex())
        .isEqualTo("\\left(y + 1\\right) \\cdot \\left(-\\left(y + \\hat{y}\\right)\\right)");
    assertThat(LossGraph.parse(CROSS_ENTROPY).toLatex())
        .isEqualTo("-y \\cdot \\operatorname{slog}\\left(\\hat{y}\\right)");
  }

  @Test
  void toDot_crossEntropy_listsNodesAndEdges() {
    assertThat(LossGraph.parse(CROSS_ENTROPY).toDot())
        .contains("n0 [label=\"y\", shape=box]", "n3 [label=\"mul\", shape=ellipse]", "n3 -> n4;");
  }
}
