package org.autoloss.internal;

import static org.bytedeco.pytorch.global.torch.scalar_tensor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.UnaryOperator;
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
 * of the operation, and two hooks do the work: one keeps what flows into the result, the other puts
 * the gradient in the place of what the borrowed nodes bring to the input.
 *
 * <p>libtorch keeps a bare pointer to a hook. A hook that is freed too early ends in an exception,
 * and one that is made in its place is called instead. Therefore hooks are never freed; they are
 * used again once no graph can come to them. That is told by a token, a number that the borrowed
 * nodes multiply by and so keep: while another than we holds its memory, a graph is alive. A
 * backward pass lets go of the token on its way from one hook to the other, so between them a mark
 * says that they are in use; without it another thread took them for its own graph, and ended the
 * process. There are as many hooks as graphs were alive at once, and as backward passes failed half
 * way. On a GPU the token stays on the CPU.
 *
 * <p>What is given up is the second derivative: a backward pass with {@code create_graph} ends with
 * an exception. The price is one pass over the input and one over what flows in, for the sums.
 */
public final class OwnGradient {
  private static final Deque<OwnGradient> KEPT = new ArrayDeque<>();

  // What this thread handed out last. libtorch has read it when the thread comes here again, and
  // holds its memory as long as it needs.
  private static final ThreadLocal<Tensor> HANDED = new ThreadLocal<>();

  private static final TensorTensorHook REFUSAL = new Refusal();

  // without dimensions: such a number of the CPU may stand in a product on any device
  private final Tensor token = scalar_tensor(new Scalar(1.0), new TensorOptions(ScalarType.Float));
  private final TensorTensorHook arrival = new Arrival();
  private final TensorTensorHook departure = new Departure();
  private UnaryOperator<Tensor> backward;
  private Tensor upstream; // what flowed into the result
  private volatile boolean onTheWay; // a backward pass has come to one hook and not to the other

  private OwnGradient() {
    token.retainReference(); // outlives the scope of whoever comes first
  }

  /**
   * A result that leads back to an input.
   *
   * @param input a float32 tensor that requires a gradient
   * @param result what the operation made of it, without a graph
   * @param backward the gradient by the input from that by the result, contiguous and of the
   *     input's sizes; called in the backward pass, on its thread
   * @return a new tensor with the result's data, in the current scope
   */
  public static Tensor attach(Tensor input, Tensor result, UnaryOperator<Tensor> backward) {
    OwnGradient own = take();
    try {
      own.backward = backward;
      Tensor here = input.view_as(input);
      here.register_hook(own.departure);
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
    try (Storage storage = token.storage()) {
      return storage.use_count() == 1 && !onTheWay; // in this order: the mark is set before
    }
  }

  private void forget() {
    backward = null;
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
      refuseSecondDerivative();
      return flow;
    }
  }

  /** Keeps what flows into the result. */
  private final class Arrival extends TensorTensorHook {
    Arrival() {
      retainReference();
    }

    @Override
    public TensorBase call(TensorBase flow) {
      refuseSecondDerivative();
      onTheWay = true;
      upstream = released(upstream);
      upstream = new Tensor(flow);
      upstream.retainReference();
      return flow;
    }
  }

  /** Puts the gradient in the place of what the borrowed nodes bring. */
  private final class Departure extends TensorTensorHook {
    Departure() {
      retainReference();
    }

    @Override
    public TensorBase call(TensorBase borrowed) {
      released(HANDED.get());
      Tensor gradient = new Tensor();
      gradient.retainReference();
      HANDED.set(gradient);
      try (PointerScope scope = new PointerScope()) {
        gradient.put(backward.apply(upstream));
      } finally {
        upstream = released(upstream);
        onTheWay = false; // last: from here on, they may be another's
      }
      return gradient;
    }
  }
}
