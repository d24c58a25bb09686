package org.autoloss.search.evolution;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.LossGraph;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.autoloss.nn.Checkpoint;
import org.autoloss.task.Branch;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.TorchThreads;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * How much a graph weighs beside the losses of a network's other branches. Graphs have no constant
 * but 1, and evolution cannot set a scale: papers give {@code -log IoU} of boxes the weight 10 that
 * it needs beside cross entropy. So a graph gets
 *
 * <pre>w = s |dB/dp| / |dG/dp|</pre>
 *
 * where {@code G} is its loss, {@code B} the branch's usual one, and {@code p} what the network
 * puts out for the branch, of boxes their deltas. Norms are taken over the first batches of the
 * network that trainings begin with, its heads fresh. A weight has two digits; it is 1 where a
 * gradient is 0 or not finite.
 *
 * <p>The share {@code s} is 1, of boxes 0.1: smooth L1 of deltas pulls no harder at a box that is
 * far off, losses of overlaps do. With {@code e/i} for the boxes of the region head, shares of
 * 0.03, 0.1, 0.3 and 0.9 gave an AP of 27, 31, 25 and 14 percent on blood cells after 120 steps;
 * the papers' 10 for {@code -log IoU} and GIoU was 0.2 there.
 *
 * <p>Not thread-safe.
 */
final class GradientBalance {
  private static final int BATCHES = 3;
  private static final double SHARE_OF_BOXES = 0.1;
  private static final MathContext DIGITS = new MathContext(2);

  private final Task task;
  private final Checkpoint start;
  private final long seed;
  private final double eps;
  private final Map<Term, Double> squares = new HashMap<>();

  /** A branch, and the graph that is its loss; null for the usual one. */
  private record Term(String branch, LossGraph graph) {}

  GradientBalance(Task task, Checkpoint start, long seed, double eps) {
    this.task = task;
    this.start = start;
    this.seed = seed;
    this.eps = eps;
  }

  /**
   * The weights of candidates' graphs, by the names of their branches. What is not known is
   * measured at once: to open the network and to make its predictions costs more than the
   * gradients.
   */
  List<Map<String, Double>> weights(List<Genotype> candidates) {
    Map<Term, Loss> unknown = new LinkedHashMap<>();
    for (Branch branch : task.branches()) {
      for (Genotype candidate : candidates) {
        LossGraph graph = candidate.graphs().get(branch.name());
        if (graph != null) {
          addUnknown(branch, null, unknown);
          addUnknown(branch, graph, unknown);
        }
      }
    }
    if (!unknown.isEmpty()) {
      measure(unknown);
    }
    return candidates.stream().map(this::weights).toList();
  }

  private void addUnknown(Branch branch, LossGraph graph, Map<Term, Loss> unknown) {
    Term term = new Term(branch.name(), graph);
    if (!squares.containsKey(term) && !unknown.containsKey(term)) {
      unknown.put(
          term,
          graph == null
              ? Loss.parse(branch.baseline(), branch.input())
              : BranchGraphs.loss(branch.input(), graph, eps));
    }
  }

  private Map<String, Double> weights(Genotype candidate) {
    Map<String, Double> weights = new LinkedHashMap<>();
    for (Branch branch : task.branches()) {
      LossGraph graph = candidate.graphs().get(branch.name());
      if (graph != null) {
        weights.put(branch.name(), weight(branch, graph));
      }
    }
    return weights;
  }

  private double weight(Branch branch, LossGraph graph) {
    double usual = squares.get(new Term(branch.name(), null));
    double own = squares.get(new Term(branch.name(), graph));
    double share = branch.input() == LossInput.BOXES ? SHARE_OF_BOXES : 1;
    double weight = share * Math.sqrt(usual / own);
    return weight > 0 && Double.isFinite(weight)
        ? new BigDecimal(weight).round(DIGITS).doubleValue()
        : 1;
  }

  private void measure(Map<Term, Loss> losses) {
    try (TaskModel model = task.resume(start, Split.TRAIN, seed)) {
      model.resetHeads();
      for (long step = 0; step < BATCHES; step++) {
        long batch = step;
        TorchThreads.single(() -> add(model, batch, losses));
      }
    } finally {
      losses.values().forEach(Loss::close);
    }
  }

  private Void add(TaskModel model, long batch, Map<Term, Loss> losses) {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Pair> pairs = model.forward(batch);
      losses.forEach(
          (term, loss) -> squares.merge(term, square(loss, pairs.get(term.branch())), Double::sum));
    }
    return null;
  }

  /** The squared norm of a loss's gradient by what the network puts out. */
  private static double square(Loss loss, Pair pair) {
    Tensor put = pair.deltas() == null ? pair.predicted() : pair.deltas().predicted();
    Tensor value = loss.apply(pair);
    if (!value.requires_grad() || !put.requires_grad()) {
      return 0; // of a batch without objects, or of a task that puts out something else
    }
    TensorVector gradient =
        torch.grad(
            new TensorVector(value),
            new TensorVector(put),
            new TensorVector(),
            new BoolOptional(true), // the next loss goes back the same way
            false,
            true);
    Tensor g = gradient.get(0);
    return g.defined() ? g.to(torch.ScalarType.Double).square().sum().item_double() : 0;
  }
}
