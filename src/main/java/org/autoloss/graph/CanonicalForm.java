package org.autoloss.graph;

import java.util.List;
import org.autoloss.graph.LossGraph.Application;
import org.autoloss.graph.LossGraph.Builder;
import org.autoloss.graph.LossGraph.Input;
import org.autoloss.graph.LossGraph.Node;

/**
 * Brings graphs that are equal by simple algebra to one form, which never changes the loss by more
 * than rounding, for whatever values of the inputs.
 *
 * <ul>
 *   <li>operands of add and mul are ordered;
 *   <li>{@code neg(neg(x)) = x}; negations move outwards through mul, add of two, the odd functions
 *       tanh, log and sqrt, and means; {@code maxpool3(neg(x)) = neg(minpool3(x))} and the reverse;
 *       abs and square swallow them;
 *   <li>{@code mul(x,1) = x}, {@code mul(x,x) = square(x)}, {@code square(abs(x)) = square(x)}, and
 *       {@code abs(x) = x} where x cannot be negative;
 *   <li>{@code mean_c} of what does not vary between classes is that itself; so are {@code
 *       mean_nhw} and a pool of what does not vary between pixels; {@code mean_nhw} goes inside
 *       {@code mean_c};
 *   <li>means at the root are dropped, as the loss takes them itself.
 * </ul>
 *
 * <p>Not used, because they are off by more than rounding near 0, where eps matters: {@code
 * inv(neg(x)) = neg(inv(x))}, {@code log(exp(x)) = x}, {@code square(sqrt(x)) = abs(x)}, {@code
 * sqrt(1) = 1}. The gradient fingerprints catch those.
 */
public final class CanonicalForm {
  private final Builder builder = new Builder();

  private CanonicalForm() {}

  /**
   * The canonical form of a graph.
   *
   * @param graph any graph
   * @return a graph of the same loss; its own canonical form
   */
  public static LossGraph of(LossGraph graph) {
    LossGraph current = graph;
    // A rule may open the way for another one further down (a neg that an abs above swallows).
    // Every rule shrinks the graph or moves a negation or mean outwards, so this ends.
    for (LossGraph next = once(current); !next.equals(current); next = once(current)) {
      current = next;
    }
    return current;
  }

  private static LossGraph once(LossGraph graph) {
    CanonicalForm form = new CanonicalForm();
    int[] copies = new int[graph.nodes().size()];
    for (int i = 0; i < copies.length; i++) {
      copies[i] = form.copy(graph.nodes().get(i), copies);
    }
    return form.builder.build(form.withoutMeans(copies[copies.length - 1]));
  }

  private int copy(Node node, int[] copies) {
    if (!(node instanceof Application application)) {
      return builder.input(((Input) node).name());
    }
    List<Integer> operands = application.operands();
    int x = copies[operands.get(0)];
    return switch (application.operator()) {
      case ADD -> add(x, copies[operands.get(1)]);
      case MUL -> mul(x, copies[operands.get(1)]);
      case NEG -> neg(x);
      case ABS -> abs(x);
      case SQUARE -> square(x);
      case LOG, TANH, SQRT -> odd(application.operator(), x);
      case MEAN_NHW -> meanOverPixels(x);
      case MEAN_C -> varies(x, true) ? odd(Operator.MEAN_C, x) : x;
      case MAXPOOL3 -> pool(Operator.MAXPOOL3, Operator.MINPOOL3, x);
      case MINPOOL3 -> pool(Operator.MINPOOL3, Operator.MAXPOOL3, x);
      default -> builder.apply(application.operator(), x);
    };
  }

  private int add(int x, int y) {
    if (is(Operator.NEG, x) && is(Operator.NEG, y)) {
      return neg(add(operand(x), operand(y)));
    }
    return ordered(Operator.ADD, x, y);
  }

  private int mul(int x, int y) {
    if (is(Operator.NEG, x)) {
      return neg(mul(operand(x), y));
    }
    if (is(Operator.NEG, y)) {
      return neg(mul(x, operand(y)));
    }
    if (isOne(x)) {
      return y;
    }
    if (isOne(y)) {
      return x;
    }
    return x == y ? square(x) : ordered(Operator.MUL, x, y);
  }

  private int neg(int x) {
    return is(Operator.NEG, x) ? operand(x) : builder.apply(Operator.NEG, x);
  }

  private int abs(int x) {
    int inner = is(Operator.NEG, x) ? operand(x) : x;
    return nonNegative(inner) ? inner : builder.apply(Operator.ABS, inner);
  }

  private int square(int x) {
    if (isOne(x)) {
      return x;
    }
    return is(Operator.NEG, x) || is(Operator.ABS, x)
        ? square(operand(x))
        : builder.apply(Operator.SQUARE, x);
  }

  private int odd(Operator operator, int x) {
    return is(Operator.NEG, x)
        ? neg(builder.apply(operator, operand(x)))
        : builder.apply(operator, x);
  }

  private int meanOverPixels(int x) {
    if (!varies(x, false)) {
      return x;
    }
    return is(Operator.MEAN_C, x)
        ? builder.apply(Operator.MEAN_C, meanOverPixels(operand(x)))
        : odd(Operator.MEAN_NHW, x);
  }

  private int pool(Operator operator, Operator opposite, int x) {
    if (!varies(x, false)) {
      return x;
    }
    return is(Operator.NEG, x)
        ? neg(builder.apply(opposite, operand(x)))
        : builder.apply(operator, x);
  }

  private int withoutMeans(int root) {
    int inner = root;
    while (is(Operator.MEAN_C, inner) || is(Operator.MEAN_NHW, inner)) {
      inner = operand(inner);
    }
    if (is(Operator.NEG, inner)) {
      return neg(withoutMeans(operand(inner)));
    }
    return inner;
  }

  private int ordered(Operator operator, int x, int y) {
    // By text, not by index: the order must not depend on how the graph was put together.
    return text(x).compareTo(text(y)) <= 0
        ? builder.apply(operator, x, y)
        : builder.apply(operator, y, x);
  }

  private String text(int index) {
    return builder.build(index).toString();
  }

  private boolean nonNegative(int index) {
    if (!(builder.node(index) instanceof Application application)) {
      return isOne(index);
    }
    return switch (application.operator()) {
      case ABS, EXP, SQUARE -> true;
      case NEG, LOG, INV -> false;
      default -> application.operands().stream().allMatch(this::nonNegative);
    };
  }

  /** Whether a node can differ between the classes of a pixel, or the pixels of a class. */
  private boolean varies(int index, boolean betweenClasses) {
    if (!(builder.node(index) instanceof Application application)) {
      return !isOne(index);
    }
    boolean averaged =
        application.operator() == (betweenClasses ? Operator.MEAN_C : Operator.MEAN_NHW);
    return !averaged
        && application.operands().stream().anyMatch(operand -> varies(operand, betweenClasses));
  }

  private boolean is(Operator operator, int index) {
    return builder.node(index) instanceof Application application
        && application.operator() == operator;
  }

  private boolean isOne(int index) {
    return builder.node(index) instanceof Input input && input.name().equals(LossGraph.ONE);
  }

  private int operand(int index) {
    return ((Application) builder.node(index)).operands().get(0);
  }
}
