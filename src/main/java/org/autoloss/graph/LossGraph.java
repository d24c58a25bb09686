package org.autoloss.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.autoloss.internal.Excerpt;

/**
 * A loss made of primitive operators: an immutable directed acyclic graph with one root.
 *
 * <p>The loss is the sum over c of the root's mean over the valid n, h, w. Inputs are named; those
 * of segmentation are the one-hot label {@code y}, the prediction {@code yhat = softmax_c(logits)},
 * and the constant {@code 1}.
 *
 * <p>A graph is valid once constructed: operands match the operators' arities, there is no cycle,
 * every node is used, and equal parts are one shared node. Nodes are kept in the order in which a
 * walk from the root finishes them, so that equal graphs are {@link #equals} and the root is last.
 *
 * <p>Its text form is {@code neg(mul(y,log(yhat)))}; {@link #parse} and {@link #toString} are
 * inverses, and so are {@link #fromJson} and {@link #toJson}, which keep shared nodes shared.
 */
public final class LossGraph {
  /** The one-hot label. */
  public static final String LABEL = "y";

  /** The prediction, softmax of the logits over the classes. */
  public static final String PREDICTION = "yhat";

  /** The constant 1. */
  public static final String ONE = "1";

  /** The inputs of segmentation losses. */
  public static final Set<String> SEGMENTATION_INPUTS = unmodifiable(LABEL, PREDICTION, ONE);

  /**
   * The largest number of operators in the text form. Sharing can make the text exponentially
   * longer than the graph; the limit keeps printing cheap.
   */
  public static final int MAX_TEXT_OPERATORS = 10_000;

  /**
   * The largest number of operators on the path from the root to an input: more than any useful
   * loss has, and few enough for everything that walks a graph.
   */
  public static final int MAX_DEPTH = 500;

  // Any graph within the limit above has fewer nodes.
  private static final int MAX_NODES = 2 * MAX_TEXT_OPERATORS + 1;

  private static final Pattern INPUT_NAME = Pattern.compile("1|[A-Za-z][A-Za-z0-9_]*");

  private final List<Node> nodes;
  private final int depth;

  /** A node: an {@link Input}, or an operator applied to earlier nodes. */
  public sealed interface Node permits Input, Application {}

  /**
   * A named input.
   *
   * @param name an identifier that is not an operator's, or {@code 1}
   */
  public record Input(String name) implements Node {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is an operator's or not an identifier
     */
    public Input {
      if (!INPUT_NAME.matcher(name).matches() || Operator.find(name) != null) {
        throw new IllegalArgumentException(
            "input: expected 1 or an identifier that is not an operator, got '"
                + Excerpt.of(name)
                + "'");
      }
    }
  }

  /**
   * An operator and its operands.
   *
   * @param operator what is applied
   * @param operands indices of earlier nodes, as many as the arity
   */
  public record Application(Operator operator, List<Integer> operands) implements Node {
    /**
     * Checks the arity.
     *
     * @throws IllegalArgumentException if the number of operands is not the arity
     */
    public Application {
      operands = List.copyOf(operands);
      if (operands.size() != operator.arity()) {
        throw new IllegalArgumentException(
            operator + ": expected " + operator.arity() + " operands, got " + operands.size());
      }
    }
  }

  private LossGraph(List<Node> nodes) {
    this.nodes = List.copyOf(nodes);
    int[] depths = new int[nodes.size()];
    double[] operators = new double[nodes.size()];
    for (int i = 0; i < depths.length; i++) {
      if (nodes.get(i) instanceof Application application) {
        operators[i] = 1;
        for (int operand : application.operands()) {
          depths[i] = Math.max(depths[i], depths[operand] + 1);
          operators[i] += operators[operand];
        }
      }
    }
    this.depth = depths[depths.length - 1];
    if (operators[depths.length - 1] > MAX_TEXT_OPERATORS) {
      throw new IllegalArgumentException(
          "graph: expected at most "
              + MAX_TEXT_OPERATORS
              + " operators when written out, got more");
    }
  }

  /**
   * Reads the text form of a segmentation loss. White space does not matter.
   *
   * @param text for example {@code neg(mul(y,log(yhat)))}
   * @return the graph
   * @throws IllegalArgumentException if the text is malformed; the message points at the place
   */
  public static LossGraph parse(String text) {
    return parse(text, SEGMENTATION_INPUTS);
  }

  /**
   * Reads the text form of a loss on other inputs.
   *
   * @param text for example {@code add(1,neg(mul(intersection,inv(union))))}
   * @param inputs the names that may appear
   * @return the graph
   * @throws IllegalArgumentException if the text is malformed; the message points at the place
   */
  public static LossGraph parse(String text, Set<String> inputs) {
    return new GraphText(text, inputs).parse();
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @param json an array of nodes
   * @return the graph
   * @throws IllegalArgumentException if it is not a graph
   */
  public static LossGraph fromJson(JsonNode json) {
    if (!json.isArray() || json.isEmpty()) {
      throw new IllegalArgumentException(
          "nodes: expected a non-empty array of nodes, got " + describe(json));
    }
    if (json.size() > MAX_NODES) {
      throw new IllegalArgumentException(
          "nodes: expected at most " + MAX_NODES + " nodes, got " + json.size());
    }
    Builder builder = new Builder();
    List<Integer> made = new ArrayList<>();
    for (JsonNode node : json) {
      made.add(node(node, made, builder));
    }
    return builder.build(made.get(made.size() - 1));
  }

  private static int node(JsonNode node, List<Integer> made, Builder builder) {
    if (!node.isArray() || !node.path(0).isTextual()) {
      throw new IllegalArgumentException(
          "nodes: expected [name, operand, ...] at node "
              + made.size()
              + ", got "
              + describe(node));
    }
    String name = node.path(0).textValue();
    Operator operator = Operator.find(name);
    if (operator == null && node.size() == 1) {
      return builder.input(name);
    }
    if (operator == null) {
      throw new IllegalArgumentException(
          "nodes: expected an operator at node "
              + made.size()
              + ", got '"
              + Excerpt.of(name)
              + "'");
    }
    int[] operands = new int[node.size() - 1];
    for (int i = 0; i < operands.length; i++) {
      JsonNode operand = node.get(i + 1);
      if (!operand.isInt() || operand.intValue() < 0 || operand.intValue() >= made.size()) {
        throw new IllegalArgumentException(
            "nodes: expected the index of an earlier node at node "
                + made.size()
                + ", got "
                + describe(operand));
      }
      operands[i] = made.get(operand.intValue());
    }
    return builder.apply(operator, operands);
  }

  private static String describe(JsonNode node) {
    return node.isMissingNode() ? "nothing" : Excerpt.of(node.toString());
  }

  /**
   * The nodes; operands come before the operators that use them, the root is last.
   *
   * @return an immutable list
   */
  public List<Node> nodes() {
    return nodes;
  }

  /**
   * The number of operators on the longest path from the root to an input.
   *
   * @return 0 if the root is an input
   */
  public int depth() {
    return depth;
  }

  /**
   * The number of operators, shared ones counted once.
   *
   * @return 0 if the root is an input
   */
  public int operatorCount() {
    return (int) nodes.stream().filter(node -> node instanceof Application).count();
  }

  /**
   * The names of the inputs that the graph reads.
   *
   * @return names in the order of the nodes
   */
  public Set<String> inputs() {
    Set<String> names = new LinkedHashSet<>();
    for (Node node : nodes) {
      if (node instanceof Input input) {
        names.add(input.name());
      }
    }
    return names;
  }

  /**
   * The graph as a JSON array: {@code [["y"],["yhat"],["log",1],["mul",0,2],["neg",3]]}.
   *
   * @return one array per node: a name, and the indices of the operands
   */
  public ArrayNode toJson() {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (Node node : nodes) {
      ArrayNode entry = array.addArray();
      if (node instanceof Application application) {
        entry.add(application.operator().label());
        application.operands().forEach(entry::add);
      } else {
        entry.add(((Input) node).name());
      }
    }
    return array;
  }

  /**
   * The graph as a formula.
   *
   * @return LaTeX for math mode, needs amsmath; {@code slog} and {@code ssqrt} are the odd
   *     logarithm and root of {@link Operator}
   */
  public String toLatex() {
    return GraphPrinter.latex(this);
  }

  /**
   * The graph in Graphviz's language.
   *
   * @return a {@code digraph}, arrows from operands to operators
   */
  public String toDot() {
    return GraphPrinter.dot(this);
  }

  /**
   * The text form.
   *
   * @return for example {@code neg(mul(y,log(yhat)))}
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    print(nodes.size() - 1, text);
    return text.toString();
  }

  private void print(int index, StringBuilder text) {
    if (nodes.get(index) instanceof Application application) {
      text.append(application.operator().label()).append('(');
      for (int i = 0; i < application.operands().size(); i++) {
        text.append(i == 0 ? "" : ",");
        print(application.operands().get(i), text);
      }
      text.append(')');
    } else {
      text.append(((Input) nodes.get(index)).name());
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LossGraph graph && nodes.equals(graph.nodes);
  }

  @Override
  public int hashCode() {
    return nodes.hashCode();
  }

  static Set<String> unmodifiable(String... names) {
    return java.util.Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(names)));
  }

  /**
   * Makes graphs from the inputs up. Equal nodes are made once; what the root does not reach is
   * dropped.
   */
  public static final class Builder {
    private final List<Node> made = new ArrayList<>();
    private final List<Integer> depths = new ArrayList<>();
    private final Map<Node, Integer> indices = new HashMap<>();

    /** An empty builder. */
    public Builder() {}

    /**
     * The node of an input.
     *
     * @param name the input's name
     * @return the node's index in this builder
     * @throws IllegalArgumentException if the name is an operator's or not an identifier
     */
    public int input(String name) {
      return add(new Input(name), 0);
    }

    /**
     * The node of an operator.
     *
     * @param operator what to apply
     * @param operands indices that this builder gave
     * @return the node's index in this builder
     * @throws IllegalArgumentException if the number of operands is not the arity, an index is not
     *     of this builder, or the node is deeper than {@link #MAX_DEPTH}
     */
    public int apply(Operator operator, int... operands) {
      int depth = 0;
      for (int operand : operands) {
        node(operand);
        depth = Math.max(depth, depths.get(operand) + 1);
      }
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException(
            "graph: expected at most " + MAX_DEPTH + " operators on a path, got more");
      }
      return add(new Application(operator, Arrays.stream(operands).boxed().toList()), depth);
    }

    /**
     * A node that was made.
     *
     * @param index an index that this builder gave
     * @return the node
     * @throws IllegalArgumentException if the index is not of this builder
     */
    public Node node(int index) {
      if (index < 0 || index >= made.size()) {
        throw new IllegalArgumentException(
            "operand: expected an index below " + made.size() + ", got " + index);
      }
      return made.get(index);
    }

    /**
     * The graph below a node.
     *
     * @param root an index that this builder gave
     * @return the graph
     * @throws IllegalArgumentException if the index is not of this builder, or the graph has more
     *     than {@link #MAX_TEXT_OPERATORS} operators when written out
     */
    public LossGraph build(int root) {
      node(root);
      int[] places = new int[made.size()];
      Arrays.fill(places, -1);
      List<Node> ordered = new ArrayList<>();
      place(root, places, ordered);
      return new LossGraph(ordered);
    }

    private int add(Node node, int depth) {
      return indices.computeIfAbsent(
          node,
          key -> {
            made.add(key);
            depths.add(depth);
            return made.size() - 1;
          });
    }

    private void place(int index, int[] places, List<Node> ordered) {
      if (places[index] >= 0) {
        return;
      }
      Node node = made.get(index);
      if (node instanceof Application application) {
        application.operands().forEach(operand -> place(operand, places, ordered));
        node =
            new Application(
                application.operator(),
                application.operands().stream().map(operand -> places[operand]).toList());
      }
      places[index] = ordered.size();
      ordered.add(node);
    }
  }
}
