package org.autoloss.internal;

import static org.bytedeco.pytorch.global.torch.torch__efficientzerotensor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.autoloss.global.ops;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;

/**
 * Ties an operation whose gradient is computed elsewhere, and needs what flows in, into libtorch's
 * autograd.
 *
 * <p>Java cannot define a node of libtorch's graph. So nodes are borrowed that lead from the
 * input's sizes to the result's ({@code borrow_nodes} of {@code ops.h}), and hooks do the work: one
 * keeps what flows into the result, the next puts the gradient in the place of what the borrowed
 * nodes bring to the input, the last lets go of our hold on it, so that libtorch alone has it. What
 * the nodes bring is a product with zeros of libtorch's that have no memory, so it has none either.
 *
 * <p>libtorch keeps a bare pointer to a hook. A hook that is freed too early ends in an exception,
 * and one that is made in its place is called instead. Therefore hooks are never freed; they are
 * used again once no graph can come to them. That is told by a token, the zeros that the borrowed
 * product keeps: while another than we holds them, a graph is alive. A backward pass lets go of the
 * token on its way from one hook to the other, so between them a mark says that they are in use;
 * without it another thread took them for its own graph, and ended the process. There are as many
 * hooks as graphs were alive at once, and as backward passes failed half way. The token also tells
 * whether the graph is retained: if it is not, the borrowed nodes have let go of it when the
 * gradient is asked for.
 *
 * <p>What is given up is the second derivative, unless the operation sees to it: a backward pass
 * with {@code create_graph} ends with an exception. The price is some 50 us of calls, and where the
 * result is no scalar one pass over what flows in.
 *
 * <p>What libtorch gives a hook is a handle of its own, which would hold on to memory until the
 * garbage collector comes by: each is closed at once. Handles of ours are kept and used again, for
 * each that is made costs as much as a small operation.
 */
public final class OwnGradient {
  private static final Deque<OwnGradient> KEPT = new ArrayDeque<>();

  // What this thread hands out, until libtorch has read it.
  private static final ThreadLocal<Tensor> HANDED = new ThreadLocal<>();

  // What a hook returns that changes nothing.
  private static final Tensor UNCHANGED = new Tensor();

  static {
    UNCHANGED.retainReference();
  }

  private static final TensorTensorHook REFUSAL = new Refusal();
  private static final TensorTensorHook RELEASE = new Release();

  private final Tensor token = handle();
  private final Tensor view = handle(); // of the input, while hooks are put on it
  private final Tensor upstream = handle(); // what flowed into the result
  private final TensorTensorHook arrival = new Arrival();
  private final TensorTensorHook departure = new Departure();
  private Tensor zeros; // of the sizes that came last
  private Backward backward;
  private volatile boolean onTheWay; // a backward pass has come to one hook and not to the other

  /** The gradient of an operation. */
  @FunctionalInterface
  public interface Backward {
    /**
     * The gradient by the input.
     *
     * @param upstream that by the result
     * @param last whether no backward pass through the same graph can follow
     * @return contiguous and of the input's sizes; where more passes can follow, not what they need
     *     unchanged, since whoever gets it may change it
     */
    Tensor gradient(Tensor upstream, boolean last);

    /**
     * Whether the gradient has a graph of its own where one is asked for ({@code create_graph});
     * where it has none, such a backward pass ends with an exception.
     *
     * @return false, unless overridden
     */
    default boolean hasGraph() {
      return false;
    }

    /** Lets go of what is held for the gradient: no backward pass will come. */
    default void release() {}
  }

  private OwnGradient() {}

  /** An undefined tensor that outlives the scope of whoever comes first. */
  private static Tensor handle() {
    Tensor tensor = new Tensor();
    tensor.retainReference();
    return tensor;
  }

  /**
   * A result that leads back to an input.
   *
   * @param input a float32 tensor that requires a gradient
   * @param result what the operation made of it, without a graph
   * @param backward called in each backward pass, on its thread
   * @return a new tensor with the result's data, in the current scope
   */
  public static Tensor attach(Tensor input, Tensor result, Backward backward) {
    return attach(input, result, 0, backward);
  }

  /**
   * A number that leads back to an input.
   *
   * @param input a float32 tensor on the CPU that requires a gradient
   * @param result what the operation made of it
   * @param backward called in each backward pass, on its thread
   * @return a new 0-dimensional tensor, in the current scope
   */
  public static Tensor attach(Tensor input, double result, Backward backward) {
    return attach(input, null, result, backward);
  }

  private static Tensor attach(Tensor input, Tensor result, double number, Backward backward) {
    OwnGradient own = take();
    Tensor made = new Tensor();
    try {
      own.backward = backward;
      ops.borrow_nodes(input, own.zerosLike(input), result, number, own.token, own.view, made);
      own.view.register_hook(own.departure);
      own.view.register_hook(RELEASE);
      made.register_hook(own.arrival);
      return made;
    } finally {
      own.view.reset(); // it would keep the graph
      giveBack(own);
    }
  }

  /**
   * A tensor whose gradient counts as a constant: a backward pass with {@code create_graph} that
   * comes to it ends with an exception, instead of a second derivative that lacks a part.
   *
   * @param tensor one that requires a gradient
   * @return the same tensor
   */
  public static Tensor once(Tensor tensor) {
    tensor.register_hook(REFUSAL);
    return tensor;
  }

  /** Zeros without memory, of a tensor's sizes, type and device. */
  private Tensor zerosLike(Tensor like) {
    if (zeros == null || !alike(zeros, like)) {
      released(zeros);
      try (PointerScope scope = new PointerScope()) {
        zeros = torch__efficientzerotensor(like.shape(), like.options());
        zeros.retainReference();
      }
    }
    return zeros;
  }

  private static boolean alike(Tensor one, Tensor other) {
    boolean alike =
        one.dim() == other.dim()
            && one.scalar_type() == other.scalar_type()
            && one.is_cuda() == other.is_cuda()
            && (one.is_cpu() || one.device().index() == other.device().index());
    for (long i = 0; alike && i < one.dim(); i++) {
      alike = one.size(i) == other.size(i);
    }
    return alike;
  }

  private static OwnGradient take() {
    synchronized (KEPT) {
      for (Iterator<OwnGradient> each = KEPT.iterator(); each.hasNext(); ) {
        OwnGradient own = each.next();
        if (own.free()) {
          each.remove();
          own.forget();
          return own;
        }
      }
    }
    return new OwnGradient();
  }

  private static void giveBack(OwnGradient own) {
    synchronized (KEPT) {
      KEPT.addLast(own);
    }
  }

  private boolean free() {
    return letGo() && !onTheWay; // in this order: the mark is set before
  }

  /** Whether the borrowed nodes no longer hold the token. */
  private boolean letGo() {
    return token.use_count() <= 1;
  }

  private void forget() {
    if (backward != null) {
      backward.release();
      backward = null;
    }
    upstream.reset();
  }

  private static void released(Tensor tensor) {
    if (tensor != null) {
      tensor.releaseReference();
    }
  }

  private static void refuseSecondDerivative() {
    if (GradMode.is_enabled()) { // as it is in a backward pass just if a graph is made of it
      throw new NoSecondDerivative();
    }
  }

  /** Its text is what {@code backward} throws: libtorch hands on no more of an exception. */
  private static final class NoSecondDerivative extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String toString() {
      return "operation: expected to be differentiated once, got a second derivative through one"
          + " that has none; differentiate without create_graph";
    }
  }

  /** Lets gradients pass that no graph is made of. */
  private static final class Refusal extends TensorTensorHook {
    Refusal() {
      retainReference();
    }

    @Override
    public TensorBase call(TensorBase flow) {
      flow.close();
      refuseSecondDerivative();
      return UNCHANGED;
    }
  }

  /** Keeps what flows into the result. */
  private final class Arrival extends TensorTensorHook {
    Arrival() {
      retainReference();
    }

    @Override
    public TensorBase call(TensorBase flow) {
      try (flow) {
        if (!letGo()) { // else an earlier pass has used the graph up, as libtorch says next
          if (!backward.hasGraph()) {
            refuseSecondDerivative();
          }
          onTheWay = true;
          upstream.put(flow);
        }
      }
      return UNCHANGED;
    }
  }

  /** Puts the gradient in the place of what the borrowed nodes bring. */
  private final class Departure extends TensorTensorHook {
    Departure() {
      retainReference();
    }

    @Override
    public TensorBase call(TensorBase borrowed) {
      borrowed.close();
      boolean last = letGo();
      released(HANDED.get()); // of a pass that failed on the way
      HANDED.remove();
      try (PointerScope scope = new PointerScope()) {
        Tensor gradient = backward.gradient(upstream, last);
        gradient.retainReference();
        HANDED.set(gradient);
        return gradient;
      } finally {
        if (last) {
          forget();
        }
        upstream.reset();
        onTheWay = false; // last: from here on, they may be another's
      }
    }
  }

  /** Lets go of what the thread has just handed out. */
  private static final class Release extends TensorTensorHook {
    Release() {
      retainReference();
    }

    @Override
    public TensorBase call(TensorBase flow) {
      flow.close();
      released(HANDED.get());
      HANDED.remove();
      return UNCHANGED;
    }
  }
}
