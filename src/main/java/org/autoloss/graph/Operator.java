package org.autoloss.graph;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The fourteen primitive operators of AutoLoss-Zero (Li et al., CVPR 2022, table 1), one row each.
 *
 * <p>All of them keep the shape {@code [N,C,H,W]}: means are broadcast back. {@code eps} keeps
 * inverses, logarithms and roots finite at 0. Derivatives at kinks are those of libtorch: {@code
 * |x|' = 0} and {@code sign' = 0} at 0, and of equal values in a pooling window the first in
 * row-major order takes the gradient.
 *
 * <p>A pixel that is ignored is as if outside the image: means do not count it, windows skip it.
 */
public enum Operator {
  /** Sum. */
  ADD(2, Kind.POINTWISE, "add", "x + y", "1, 1", "#1 + #2"),
  /** Product. */
  MUL(2, Kind.POINTWISE, "mul", "x y", "y, x", "#1 \\cdot #2"),
  /** Negation. */
  NEG(1, Kind.POINTWISE, "neg", "-x", "-1", "-#1"),
  /** Absolute value. */
  ABS(1, Kind.POINTWISE, "abs", "|x|", "sign(x)", "\\left|#1\\right|"),
  /** Reciprocal; infinite at {@code x = -eps}. */
  INV(1, Kind.POINTWISE, "inv", "1 / (x + eps)", "-1 / (x + eps)^2", "\\frac{1}{#1 + \\epsilon}"),
  /** Odd logarithm. */
  LOG(
      1,
      Kind.POINTWISE,
      "log",
      "sign(x) log(|x| + eps)",
      "sign(x)^2 / (|x| + eps)",
      "\\operatorname{slog}\\left(#1\\right)"),
  /** Exponential. */
  EXP(1, Kind.POINTWISE, "exp", "e^x", "e^x", "\\exp\\left(#1\\right)"),
  /** Hyperbolic tangent. */
  TANH(1, Kind.POINTWISE, "tanh", "tanh(x)", "1 - tanh(x)^2", "\\tanh\\left(#1\\right)"),
  /** Square. */
  SQUARE(1, Kind.POINTWISE, "square", "x^2", "2 x", "\\left(#1\\right)^2"),
  /** Odd square root. */
  SQRT(
      1,
      Kind.POINTWISE,
      "sqrt",
      "sign(x) sqrt(|x| + eps)",
      "sign(x)^2 / (2 sqrt(|x| + eps))",
      "\\operatorname{ssqrt}\\left(#1\\right)"),
  /** For each class, the mean over the valid pixels of the batch: their sum over their number. */
  MEAN_NHW(
      1,
      Kind.MEAN,
      "mean_nhw",
      "mean over valid n, h, w",
      "1 / (valid pixels)",
      "\\operatorname{mean}_{nhw}\\left(#1\\right)"),
  /** Mean over the classes, for each pixel. */
  MEAN_C(
      1, Kind.MEAN, "mean_c", "mean over c", "1 / C", "\\operatorname{mean}_{c}\\left(#1\\right)"),
  /** Largest of the 3x3 neighbourhood, as far as it lies inside the image. */
  MAXPOOL3(
      1,
      Kind.POOL,
      "maxpool3",
      "max over the 3x3 window",
      "1 at the maximum and 0 elsewhere",
      "\\operatorname{maxpool}_{3}\\left(#1\\right)"),
  /** Smallest of the 3x3 neighbourhood, as far as it lies inside the image. */
  MINPOOL3(
      1,
      Kind.POOL,
      "minpool3",
      "min over the 3x3 window",
      "1 at the minimum and 0 elsewhere",
      "\\operatorname{minpool}_{3}\\left(#1\\right)");

  /** What an operator reads to make one element. */
  public enum Kind {
    /** The same element of its operands. */
    POINTWISE,
    /** All pixels of a class, or all classes of a pixel. */
    MEAN,
    /** A window of pixels. */
    POOL
  }

  /**
   * The version of the operators' meaning, which artefacts and searches keep. In version 1 {@link
   * #MEAN_NHW} also divided by the number of classes.
   */
  public static final int VERSION = 2;

  private static final Map<String, Operator> BY_LABEL =
      Arrays.stream(values()).collect(Collectors.toMap(Operator::label, Function.identity()));

  private final int arity;
  private final Kind kind;
  private final String label;
  private final String formula;
  private final String derivative;
  private final String latex;

  Operator(int arity, Kind kind, String label, String formula, String derivative, String latex) {
    this.arity = arity;
    this.kind = kind;
    this.label = label;
    this.formula = formula;
    this.derivative = derivative;
    this.latex = latex;
  }

  /**
   * The operator of a name.
   *
   * @param label for example {@code mean_nhw}
   * @return the operator, or null if there is none of that name
   */
  static Operator find(String label) {
    return BY_LABEL.get(label);
  }

  /**
   * How many operands it takes.
   *
   * @return 1 or 2
   */
  public int arity() {
    return arity;
  }

  /**
   * What it reads.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Its name in the text form.
   *
   * @return for example {@code mean_nhw}
   */
  public String label() {
    return label;
  }

  /**
   * Its formula, in x and y.
   *
   * @return plain text
   */
  public String formula() {
    return formula;
  }

  /**
   * Its derivatives by x, and by y if there is one.
   *
   * @return plain text
   */
  public String derivative() {
    return derivative;
  }

  /**
   * For which operands it is finite.
   *
   * @return plain text
   */
  public String domain() {
    return this == INV ? "x != -eps" : "all reals";
  }

  /**
   * Its LaTeX.
   *
   * @return a template in which {@code #1} and {@code #2} stand for the operands
   */
  public String latex() {
    return latex;
  }

  /**
   * Whether the order of its operands does not matter.
   *
   * @return true for {@link #ADD} and {@link #MUL}
   */
  public boolean commutative() {
    return arity == 2;
  }

  /**
   * The value of a pointwise operator.
   *
   * @param x the first operand
   * @param y the second operand; not read where the arity is 1
   * @param eps the constant of the table
   * @return the value
   * @throws IllegalStateException if the operator is not pointwise
   */
  double value(double x, double y, double eps) {
    return switch (this) {
      case ADD -> x + y;
      case MUL -> x * y;
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case INV -> 1 / (x + eps);
      case LOG -> Math.signum(x) * Math.log(Math.abs(x) + eps);
      case EXP -> Math.exp(x);
      case TANH -> Math.tanh(x);
      case SQUARE -> x * x;
      case SQRT -> Math.signum(x) * Math.sqrt(Math.abs(x) + eps);
      default -> throw notPointwise();
    };
  }

  /**
   * The derivative of a pointwise operator by its first operand. The one by the second operand is
   * {@code slope(y, x, eps)}, as both operators with two operands are symmetric.
   *
   * @param x the first operand
   * @param y the second operand; not read where the arity is 1
   * @param eps the constant of the table
   * @return the derivative
   * @throws IllegalStateException if the operator is not pointwise
   */
  double slope(double x, double y, double eps) {
    double sign = Math.signum(x);
    return switch (this) {
      case ADD -> 1;
      case MUL -> y;
      case NEG -> -1;
      case ABS -> sign;
      case INV -> -1 / ((x + eps) * (x + eps));
      case LOG -> sign * sign / (Math.abs(x) + eps);
      case EXP -> Math.exp(x);
      case TANH -> 1 - Math.tanh(x) * Math.tanh(x);
      case SQUARE -> 2 * x;
      case SQRT -> sign * sign / (2 * Math.sqrt(Math.abs(x) + eps));
      default -> throw notPointwise();
    };
  }

  private IllegalStateException notPointwise() {
    return new IllegalStateException(label + " is not pointwise");
  }

  @Override
  public String toString() {
    return label;
  }
}
