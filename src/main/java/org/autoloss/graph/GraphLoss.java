package org.autoloss.graph;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.autoloss.global.ops;
import org.autoloss.loss.FusedLoss;
import org.autoloss.loss.LogitsBatch;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;

/**
 * A loss graph in a training loop: {@code sum_c mean_{n,h,w} root(y, softmax(logits), 1)} over the
 * valid pixels (Li et al., "AutoLoss-Zero: Searching Loss Functions from Scratch for Generic
 * Tasks", CVPR 2022, section 3.1).
 *
 * <p>Value and gradient come from a native interpreter. A graph without {@code mean_nhw} and pools
 * is fused: its nodes stay in the cache, and the logits are read once. Otherwise each node takes an
 * array of the logits' size for the length of the call.
 *
 * <p>The value agrees with an interpreter in double precision to about 1e-6 of the mean absolute
 * value of the root, the gradient to 1e-5 of its norm, where the graph itself does not amplify
 * rounding. Probabilities are at least 1.2e-38, so that {@code sign(yhat)} is 1. Results are the
 * same, to the last bit, for any number of threads.
 */
public final class GraphLoss extends FusedLoss {
  /** The constant of inverses, logarithms and roots: the paper's. */
  public static final double DEFAULT_EPS = 1e-12;

  static final String KIND = "graph";
  static final String EXPRESSION = "expr";

  private final LossGraph graph;
  private final double eps;
  private final IntPointer code; // freed with this object

  private GraphLoss(LossGraph graph, double eps) {
    this.graph = graph;
    this.eps = requireEps(eps);
    code = new IntPointer(Bytecode.of(graph)).retainReference(); // outlives its maker's scope
  }

  static double requireEps(double eps) {
    if (!(eps >= 1e-30 && eps <= 1)) {
      throw new IllegalArgumentException("eps: expected 1e-30 to 1, got " + eps);
    }
    return eps;
  }

  /**
   * The loss of a graph, with {@link #DEFAULT_EPS}.
   *
   * @param graph a graph on {@code y}, {@code yhat} and {@code 1}, of at most 64 nodes
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if the graph has another input or is too large
   */
  public static GraphLoss of(LossGraph graph) {
    return new GraphLoss(graph, DEFAULT_EPS);
  }

  /**
   * The loss of a graph.
   *
   * @param graph a graph on {@code y}, {@code yhat} and {@code 1}, of at most 64 nodes
   * @param eps the constant of inverses, logarithms and roots, 1e-30 to 1
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if the graph has another input or is too large, or eps is out
   *     of range
   */
  public static GraphLoss of(LossGraph graph, double eps) {
    return new GraphLoss(graph, eps);
  }

  /**
   * The graph.
   *
   * @return as given at construction
   */
  public LossGraph graph() {
    return graph;
  }

  /**
   * The constant of inverses, logarithms and roots.
   *
   * @return as given at construction
   */
  public double eps() {
    return eps;
  }

  @Override
  protected double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient) {
    long count = code.limit() / Bytecode.STRIDE;
    return batch.value(b -> ops.graph_loss(code, count, eps, b, value, gradient));
  }

  @Override
  protected boolean runsOnGpu() {
    return true;
  }

  @Override
  public String toJson() {
    return artefact().toString();
  }

  /**
   * The artefact, for those who add fields of their own.
   *
   * @return a new JSON object with the nodes, eps, and the text form for readers
   */
  public ObjectNode artefact() {
    ObjectNode artefact = JsonNodeFactory.instance.objectNode();
    artefact.put("autoloss", Operator.VERSION).put("kind", KIND).put("eps", eps);
    artefact.put("expression", graph.toString()).set("nodes", graph.toJson());
    return artefact;
  }
}
