package org.autoloss.graph;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.ones_like;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import org.autoloss.internal.ElementTypes;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.PairLoss;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A loss graph on boxes, yes or no, or heat maps: {@code sum_c mean_{n,h,w} root}, where the inputs
 * of the graph are those that {@link LossInput} names for each.
 *
 * <p>Li et al., "AutoLoss-Zero", CVPR 2022, search losses of detectors and poses; what a graph
 * reads there their paper leaves open. The areas of boxes are what Liu et al., ICLR 2021, search
 * on.
 *
 * <p>Computed in float64, whatever the type of the predictions: areas of boxes in pixels and their
 * squares leave float32 little room. On boxes value and gradient come from one native operation,
 * and a second derivative is refused; on the others libtorch's operations do it.
 *
 * <p>Heat maps that are left out ({@link org.autoloss.loss.Pair#present}) count in no mean: neither
 * in those of the graph, nor in that of the root. A point whose maps are all left out adds nothing.
 */
public final class PairGraphLoss extends PairLoss {
  /** The area of the intersection. */
  public static final String INTERSECTION = "i";

  /** The area of the union. */
  public static final String UNION = "u";

  /** The area of the smallest enclosing box. */
  public static final String ENCLOSING = "e";

  private static final Set<String> BOX_INPUTS =
      LossGraph.unmodifiable(INTERSECTION, UNION, ENCLOSING, LossGraph.ONE);

  private final LossGraph graph;
  private final double eps;
  private final BoxGraph onBoxes; // null for other inputs

  private PairGraphLoss(LossGraph graph, LossInput input, double eps) {
    super(input);
    this.graph = graph;
    this.eps = GraphLoss.requireEps(eps);
    for (LossGraph.Node node : graph.nodes()) {
      if (node instanceof LossGraph.Input leaf && !inputs(input).contains(leaf.name())) {
        throw new IllegalArgumentException(
            "graph: expected the inputs "
                + String.join(", ", inputs(input))
                + " of "
                + input.label()
                + ", got '"
                + leaf.name()
                + "'");
      }
    }
    onBoxes = input == LossInput.BOXES ? new BoxGraph(graph, eps) : null;
  }

  /**
   * The loss of a graph.
   *
   * @param graph a graph on {@link #inputs} of the input
   * @param input what is compared: boxes, binary or heatmap
   * @param eps the constant of inverses, logarithms and roots, 1e-30 to 1
   * @return the loss; the caller closes it
   * @throws IllegalArgumentException if the graph has another input, eps is out of range, or there
   *     are no graphs on this input
   */
  public static PairGraphLoss of(LossGraph graph, LossInput input, double eps) {
    if (input == LossInput.CLASSES || input == LossInput.DELTAS) {
      throw new IllegalArgumentException(
          "input: expected boxes, binary or heatmap, got " + input.label());
    }
    return new PairGraphLoss(graph, input, eps);
  }

  /**
   * The names that a graph may have as inputs.
   *
   * @param input what is compared
   * @return for example i, u, e, 1 for boxes; none for deltas, which graphs do not see
   */
  public static Set<String> inputs(LossInput input) {
    return switch (input) {
      case BOXES -> BOX_INPUTS;
      case DELTAS -> Set.of();
      default -> LossGraph.SEGMENTATION_INPUTS;
    };
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
  protected Tensor compute(Tensor predicted, Tensor target) {
    if (onBoxes == null) {
      return compute(predicted, target, null);
    }
    boolean learns = GradMode.is_enabled() && predicted.requires_grad();
    BoxGraph.Result result = onBoxes.evaluate(predicted, target, learns, typeOf(predicted));
    return learns ? withGradient(predicted, result.gradient(), result.value()) : result.value();
  }

  private static ScalarType typeOf(Tensor predicted) {
    boolean wide = ElementTypes.of(predicted) == ScalarType.Double;
    return wide ? ScalarType.Double : ScalarType.Float;
  }

  @Override
  protected Tensor compute(Tensor predicted, Tensor target, Tensor present) {
    TensorOperators operators =
        new TensorOperators(eps, present == null ? null : present.to(ScalarType.Double));
    Map<String, Tensor> leaves =
        leaves(
            operators.withoutAbsent(predicted.to(ScalarType.Double)),
            operators.withoutAbsent(target.to(ScalarType.Double)));
    return operators.meanOverPixels(operators.root(graph, leaves)).sum().to(typeOf(predicted));
  }

  private Map<String, Tensor> leaves(Tensor predicted, Tensor target) {
    if (input() != LossInput.BINARY) {
      return maps(predicted, target);
    }
    Tensor no = target.neg().add(new Scalar(1));
    return maps(
        cat(new TensorVector(probability(predicted.neg()), probability(predicted)), 1),
        cat(new TensorVector(no, target), 1));
  }

  /** At least float32's smallest normal number, as in graphs on classes: its sign is 1. */
  private static Tensor probability(Tensor logits) {
    return logits.sigmoid().clamp_min(new Scalar((double) Float.MIN_NORMAL));
  }

  private static Map<String, Tensor> maps(Tensor prediction, Tensor label) {
    return Map.of(
        LossGraph.PREDICTION, prediction, LossGraph.LABEL, label, LossGraph.ONE, ones_like(label));
  }

  @Override
  public String toJson() {
    return artefact().toString();
  }

  /**
   * The artefact, for those who add fields of their own.
   *
   * @return a new JSON object with the input, the nodes, eps, and the text form for readers
   */
  public ObjectNode artefact() {
    ObjectNode artefact = JsonNodeFactory.instance.objectNode();
    artefact.put("autoloss", Operator.VERSION).put("kind", GraphLoss.KIND);
    artefact.put("input", input().label()).put("eps", eps);
    artefact.put("expression", graph.toString()).set("nodes", graph.toJson());
    return artefact;
  }
}
