package org.autoloss.graph;

import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Draws random graphs, as AutoLoss-Zero starts its population: from the root down, operators drawn
 * uniformly; at the maximum depth, inputs drawn uniformly.
 */
public final class GraphGenerator {
  private final List<String> inputs;
  private final List<Operator> operators;
  private final int maxDepth;

  /**
   * A generator of graphs of all operators.
   *
   * @param inputs the names to draw from
   * @param maxDepth the largest depth of a graph, 1 to 10; the paper's is 3
   * @throws IllegalArgumentException if there are no inputs or the depth is out of range
   */
  public GraphGenerator(Collection<String> inputs, int maxDepth) {
    this(inputs, List.of(Operator.values()), maxDepth);
  }

  /**
   * A generator.
   *
   * @param inputs the names to draw from
   * @param operators to draw from, at least two
   * @param maxDepth the largest depth of a graph, 1 to 10; the paper's is 3
   * @throws IllegalArgumentException if there are no inputs, too few operators, or the depth is out
   *     of range
   */
  public GraphGenerator(Collection<String> inputs, Collection<Operator> operators, int maxDepth) {
    if (operators.size() < 2) {
      throw new IllegalArgumentException(
          "operators: expected at least two, got " + operators.size());
    }
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("inputs: expected at least one, got none");
    }
    if (maxDepth < 1 || maxDepth > 10) {
      throw new IllegalArgumentException("maxDepth: expected 1 to 10, got " + maxDepth);
    }
    this.inputs = List.copyOf(inputs);
    this.operators = List.copyOf(operators);
    this.maxDepth = maxDepth;
  }

  /**
   * Draws a graph.
   *
   * @param random where the randomness comes from
   * @return a graph of at least one operator
   */
  public LossGraph next(RandomGenerator random) {
    LossGraph.Builder builder = new LossGraph.Builder();
    return builder.build(grow(builder, 0, random));
  }

  /** Adds a random input to a builder. */
  int input(LossGraph.Builder builder, RandomGenerator random) {
    return builder.input(inputs.get(random.nextInt(inputs.size())));
  }

  /** A random operator. */
  Operator operator(RandomGenerator random) {
    return operators.get(random.nextInt(operators.size()));
  }

  private int grow(LossGraph.Builder builder, int depth, RandomGenerator random) {
    // Below the root one draw in four ends the branch early, so that all depths appear.
    if (depth == maxDepth || (depth > 0 && random.nextInt(4) == 0)) {
      return input(builder, random);
    }
    Operator operator = operator(random);
    int[] operands = new int[operator.arity()];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = grow(builder, depth + 1, random);
    }
    return builder.apply(operator, operands);
  }
}
