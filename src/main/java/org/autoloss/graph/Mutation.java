package org.autoloss.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.graph.LossGraph.Application;
import org.autoloss.graph.LossGraph.Input;
import org.autoloss.graph.LossGraph.Node;

/**
 * The three mutations of AutoLoss-Zero (Li et al., CVPR 2022, figure 3). Each makes a new, valid
 * graph; the old one stays as it is.
 */
public enum Mutation {
  /**
   * Puts a random operator between a random node and what uses it, or on top of the root. A second
   * operand is a random input.
   */
  INSERT {
    @Override
    int rewrite(Rewriting rewriting, int made) {
      return rewriting.applied(rewriting.generator.operator(rewriting.random), made);
    }

    @Override
    List<Integer> candidates(List<Node> nodes) {
      return indices(nodes, false);
    }
  },

  /** Takes a random operator out; one of its operands, at random, takes its place. */
  DELETE {
    @Override
    int rewrite(Rewriting rewriting, int made) {
      List<Integer> operands = rewriting.operands(made);
      return operands.get(rewriting.random.nextInt(operands.size()));
    }
  },

  /**
   * Exchanges a random operator for a random other one. A missing operand is a random input; a
   * surplus one, at random, is dropped.
   */
  REPLACE {
    @Override
    int rewrite(Rewriting rewriting, int made) {
      Operator old = ((Application) rewriting.builder.node(made)).operator();
      Operator drawn;
      do {
        drawn = rewriting.generator.operator(rewriting.random);
      } while (drawn == old);
      List<Integer> operands = rewriting.operands(made);
      if (operands.size() == 2 && drawn.arity() == 2) {
        return rewriting.builder.apply(drawn, operands.get(0), operands.get(1));
      }
      return rewriting.applied(drawn, operands.get(rewriting.random.nextInt(operands.size())));
    }
  };

  /**
   * Mutates a graph.
   *
   * @param graph the graph to start from
   * @param generator where new operators and inputs come from
   * @param random where the randomness comes from
   * @return the mutant; the graph itself if it has no operator that could be deleted or replaced
   * @throws IllegalArgumentException if the mutant would exceed the size limit of {@link LossGraph}
   */
  public LossGraph apply(LossGraph graph, GraphGenerator generator, RandomGenerator random) {
    List<Integer> candidates = candidates(graph.nodes());
    if (candidates.isEmpty()) {
      return graph;
    }
    int chosen = candidates.get(random.nextInt(candidates.size()));
    return new Rewriting(graph, generator, random).run(this, chosen);
  }

  /**
   * Draws one of the mutations.
   *
   * @param random where the randomness comes from
   * @return each with the same probability
   */
  public static Mutation next(RandomGenerator random) {
    return values()[random.nextInt(values().length)];
  }

  /** The index of what takes the place of the chosen node, whose copy is {@code made}. */
  abstract int rewrite(Rewriting rewriting, int made);

  /** Which nodes may be chosen. */
  List<Integer> candidates(List<Node> nodes) {
    return indices(nodes, true);
  }

  private static List<Integer> indices(List<Node> nodes, boolean operatorsOnly) {
    List<Integer> indices = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      if (!operatorsOnly || nodes.get(i) instanceof Application) {
        indices.add(i);
      }
    }
    return indices;
  }

  /** Copies a graph node by node, with one node exchanged. */
  private static final class Rewriting {
    final LossGraph graph;
    final GraphGenerator generator;
    final RandomGenerator random;
    final LossGraph.Builder builder = new LossGraph.Builder();

    Rewriting(LossGraph graph, GraphGenerator generator, RandomGenerator random) {
      this.graph = graph;
      this.generator = generator;
      this.random = random;
    }

    LossGraph run(Mutation mutation, int chosen) {
      int[] copies = new int[graph.nodes().size()];
      for (int i = 0; i < copies.length; i++) {
        copies[i] = copy(graph.nodes().get(i), copies);
        if (i == chosen) {
          copies[i] = mutation.rewrite(this, copies[i]);
        }
      }
      return builder.build(copies[copies.length - 1]);
    }

    private int copy(Node node, int[] copies) {
      if (node instanceof Application application) {
        int[] operands =
            application.operands().stream().mapToInt(operand -> copies[operand]).toArray();
        return builder.apply(application.operator(), operands);
      }
      return builder.input(((Input) node).name());
    }

    List<Integer> operands(int made) {
      return ((Application) builder.node(made)).operands();
    }

    /** An operator on one given operand; a second one is a random input, on a random side. */
    int applied(Operator operator, int operand) {
      if (operator.arity() == 1) {
        return builder.apply(operator, operand);
      }
      int input = generator.input(builder, random);
      return random.nextBoolean()
          ? builder.apply(operator, operand, input)
          : builder.apply(operator, input, operand);
    }
  }
}
