package org.autoloss.loss;

import static org.bytedeco.pytorch.global.torch.empty;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.autoloss.global.ops;
import org.autoloss.loss.WeightedSumLoss.Term;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A weighted sum of fused losses as one of them, on the CPU: gradients are added where they are
 * made, and one is tied into autograd. As separate scalars each term costs a tie, a product, a sum
 * and their way back: of small tensors three times what the losses do.
 *
 * <p>Means over pixels come last and add theirs in the pass that finds it. Cross entropy is one of
 * these here; its value and gradient are libtorch's but for rounding.
 */
final class FusedSum extends FusedLoss {
  /** Gradients to keep for the next call: one for each thread that is likely to call. */
  private static final int KEPT = 2;

  private final List<Part> parts;
  private final Deque<Spare> spares = new ConcurrentLinkedDeque<>();

  private record Part(double weight, FusedLoss loss) {}

  /** Memory of libtorch's, which JavaCPP's limit on its own does not count. */
  private record Spare(Tensor tensor, FloatPointer memory) {
    static Spare of(long count) {
      Tensor tensor =
          empty(
              new long[] {count}, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
      tensor.retainReference(); // outlives the caller's scope
      return new Spare(tensor, new FloatPointer(tensor.data_ptr()));
    }

    long count() {
      return tensor.numel();
    }

    void release() {
      tensor.releaseReference();
    }
  }

  private FusedSum(List<Part> parts) {
    // those last that add their gradient where another's is
    this.parts =
        parts.stream()
            .sorted(Comparator.comparing(part -> part.loss() instanceof PixelLoss))
            .toList();
  }

  /**
   * The sum of some terms, whose losses stay theirs.
   *
   * @return null where a term has no kernel, or where all have a second derivative, which this has
   *     not
   */
  static FusedSum of(List<Term> terms) {
    List<Part> parts = new ArrayList<>();
    boolean fused = collect(1, terms, parts);
    boolean derivable = parts.stream().allMatch(part -> part.loss() instanceof PixelLoss);
    return fused && !derivable ? new FusedSum(parts) : null;
  }

  private static boolean collect(double weight, List<Term> terms, List<Part> parts) {
    for (Term term : terms) {
      double product = weight * term.weight();
      if (term.loss() instanceof WeightedSumLoss sum) {
        if (!collect(product, sum.terms(), parts)) {
          return false;
        }
      } else if (term.loss() instanceof CrossEntropyLoss) {
        parts.add(new Part(product, new Entropy()));
      } else if (term.loss() instanceof FusedLoss loss && loss.input() == LossInput.CLASSES) {
        parts.add(new Part(product, loss));
      } else {
        return false;
      }
    }
    return true;
  }

  @Override
  protected double compute(LogitsBatch batch, FloatPointer value, FloatPointer gradient) {
    parts.forEach(part -> part.loss().checkOpen());
    return gradient == null ? value(batch) : sum(batch, gradient);
  }

  private double value(LogitsBatch batch) {
    double total = 0;
    for (Part part : parts) {
      total += part.weight() * part.loss().compute(batch, null, null);
    }
    return total;
  }

  /** The value, and the gradient into memory that is the first part's before it is all's. */
  private double sum(LogitsBatch batch, FloatPointer gradient) {
    Part first = parts.get(0);
    double total = first.weight() * first.loss().compute(batch, null, gradient);
    double own = first.weight(); // what the gradient is still to be multiplied by
    for (Part part : parts.subList(1, parts.size())) {
      double value =
          part.loss() instanceof PixelLoss pixels
              ? pixels.add(batch, own, part.weight(), gradient)
              : add(part, batch, own, gradient);
      total += part.weight() * value;
      own = 1;
    }
    if (parts.size() == 1) {
      ops.add_weighted(0, null, own, gradient, batch.shape().elements());
    }
    return total;
  }

  /** Adds a gradient by way of memory of its own. */
  private double add(Part part, LogitsBatch batch, double own, FloatPointer gradient) {
    long count = batch.shape().elements();
    Spare spare = take(count);
    try {
      double value = part.loss().compute(batch, null, spare.memory());
      ops.add_weighted(part.weight(), spare.memory(), own, gradient, count);
      return value;
    } finally {
      giveBack(spare);
    }
  }

  private Spare take(long count) {
    Spare spare = spares.pollFirst();
    if (spare != null && spare.count() >= count) {
      return spare;
    }
    if (spare != null) {
      spare.release();
    }
    return Spare.of(count);
  }

  private void giveBack(Spare spare) {
    spares.addFirst(spare);
    if (spares.size() > KEPT) {
      releaseLast();
    }
  }

  private void releaseLast() {
    Spare spare = spares.pollLast();
    if (spare != null) {
      spare.release();
    }
  }

  @Override
  public String toJson() {
    return WeightedSumLoss.toJson(
        parts.stream().map(part -> new Term(part.weight(), part.loss())).toList());
  }

  @Override
  public void close() {
    super.close();
    while (!spares.isEmpty()) {
      releaseLast();
    }
  }

  /** Cross entropy as a kernel. */
  private static final class Entropy extends PixelLoss {
    Entropy() {
      super(rule -> {});
    }

    @Override
    protected Tensor compose(MaskedBatch batch) {
      return batch.meanCrossEntropy();
    }

    @Override
    public String toJson() {
      return new CrossEntropyLoss().toJson();
    }
  }
}
