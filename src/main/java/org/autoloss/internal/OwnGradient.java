package org.autoloss.internal;

import static org.bytedeco.pytorch.global.torch.scalar_tensor;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Storage;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorTensorHook;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Ties an operation whose gradient is computed elsewhere, and needs what flows in, into libtorch's
 * autograd.
 *
 * <p>Java cannot define a node of libtorch's graph. So nodes are borrowed that lead from the
 * input's sizes to the result's, a sum and its expansion, the result's data are swapped for those
 * of the operation, and hooks do the work: one keeps what flows into the result, the next puts the
 * gradient in the place of what the borrowed nodes bring to the input, the last lets go of our hold
 * on it, so that libtorch alone has it. The sum is over some zeros that stand for all others, so it
 * reads next to no memory.
 *
 * <p>libtorch keeps a bare pointer to a hook. A hook that is freed too early ends in an exception,
 * and one that is made in its place is called instead. Therefore hooks are never freed; they are
 * used again once no graph can come to them. That is told by a token, a number that the borrowed
 * nodes multiply by and so keep: while another than we holds its memory, a graph is alive. A
 * backward pass lets go of the token on its way from one hook to the other, so between them a mark
 * says that they are in use; without it another thread took them for its own graph, and ended the
 * process. There are as many hooks as graphs were alive at once, and as backward passes failed half
 * way. On a GPU the token stays on the CPU. The token also tells whether the graph is retained: if
 * it is not, the borrowed nodes have let go of it when the gradient is asked for.
 *
 * <p>What is given up is the second derivative, unless the operation sees to it: a backward pass
 * with {@code create_graph} ends with an exception. The price is some 80 us of calls, and one pass
 * over what flows in.
 *
 * <p>What libtorch gives a hook is a handle of its own, which would hold on to memory until the
 * garbage collector comes by: each is closed at once.
 */
public final class OwnGradient {
  private static final Deque<OwnGradient> KEPT = new ArrayDeque<>();

  // Elements that the sum of zeros runs through at a time: few enough for the nearest cache.
  private static final int ROW = 4096;

  // What this thread hands out, until libtorch has read it.
  private static final ThreadLocal<Tensor> HANDED = new ThreadLocal<>();

  // What a hook returns that changes nothing.
  private static final Tensor UNCHANGED = new Tensor();

  static {
    UNCHANGED.retainReference();
  }

  private static final TensorTensorHook REFUSAL = new Refusal();
  private static final TensorTensorHook RELEASE = new Release();

  // without dimensions: such a number of the CPU may stand in a product on any device
  private final Tensor token = scalar_tensor(new Scalar(1.0), new TensorOptions(ScalarType.Float));
  private final TensorTensorHook arrival = new Arrival();
  private final TensorTensorHook departure = new Departure();
  private Backward backward;
  private Tensor upstream; // what flowed into the result
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

  private OwnGradient() {
    token.retainReference(); // outlives the scope of whoever comes first
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
    OwnGradient own = take();
    try {
      own.backward = backward;
      Tensor here = input.view_as(input);
      here.register_hook(own.departure);
      here.register_hook(RELEASE);
      here.set_data(nothing(input));
      // an alias, for what is counted is who holds the memory
      Tensor there = here.sum().mul(own.token.detach()).expand(result.shape());
      there.register_hook(own.arrival);
      there.set_data(result);
      return there;
    } finally {
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

  /** Zeros of a tensor's sizes and type in little memory: the first dimensions stand still. */
  private static Tensor nothing(Tensor like) {
    long[] sizes = like.shape();
    long[] stored = new long[sizes.length];
    Arrays.fill(stored, 1);
    long elements = 1;
    for (int i = sizes.length - 1; i >= 0 && elements < ROW; i--) {
      stored[i] = sizes[i];
      elements *= sizes[i];
    }
    return zeros(stored, like.options()).expand(sizes);
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
    try (Storage storage = token.storage()) {
      return storage.use_count() == 1;
    }
  }

  private void forget() {
    if (backward != null) {
      backward.release();
      backward = null;
    }
    upstream = released(upstream);
  }

  private static Tensor released(Tensor tensor) {
    if (tensor != null) {
      tensor.releaseReference();
    }
    return null;
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
          upstream = released(upstream);
          try (PointerScope scope = new PointerScope()) { // the caller's would hold on to it
            upstream = new Tensor(flow);
            upstream.retainReference();
          }
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
        upstream = released(upstream);
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
