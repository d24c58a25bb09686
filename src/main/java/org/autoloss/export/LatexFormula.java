package org.autoloss.export;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.autoloss.graph.GraphLoss;
import org.autoloss.graph.PairGraphLoss;
import org.autoloss.loss.CrossEntropyLoss;
import org.autoloss.loss.FormulaLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.loss.box.CseClassLoss;
import org.autoloss.loss.handcrafted.OverlapLoss;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.surrogate.PiecewiseBezier;
import org.autoloss.surrogate.SurrogateLoss;
import org.autoloss.surrogate.SurrogateParameters;

/**
 * Writes a loss as LaTeX: its formula, and for a surrogate the control points of its curves. The
 * text needs {@code amsmath}; {@code p} stands for the prediction, {@code y} for the one-hot label.
 * Of boxes, {@code i}, {@code u} and {@code e} are the areas of intersection, union and enclosing
 * box, d the distance of the centres, c the diagonal of the enclosing box; of yes or no, z is the
 * logit; q is the quality of a sample's box.
 */
public final class LatexFormula {
  private static final MathContext DIGITS = new MathContext(4);
  private static final List<String> LOGIC = List.of("A", "O");
  private static final List<String> EDGE_LOGIC = List.of("A_1", "A_2", "O_1", "O_2");

  private final List<String> lines = new ArrayList<>();

  private LatexFormula() {}

  /**
   * The loss in display mode.
   *
   * @param loss a surrogate, a graph, cross entropy, Dice, Tversky, Jaccard, a loss on boxes or
   *     maps, or a sum of them
   * @return an {@code aligned} environment between {@code \[} and {@code \]}: the sum, then each
   *     term and its curves
   * @throws IllegalArgumentException if the loss has another kind of term
   */
  public static String of(Loss loss) {
    return new LatexFormula().write(Terms.of(loss));
  }

  private String write(List<WeightedSumLoss.Term> terms) {
    StringBuilder sum = new StringBuilder("L &= ");
    for (int i = 0; i < terms.size(); i++) {
      double weight = terms.get(i).weight();
      sum.append(i == 0 ? "" : " + ");
      sum.append(weight == 1 ? "" : number(weight) + "\\,").append(symbol(i));
    }
    lines.add(sum.toString());
    for (int i = 0; i < terms.size(); i++) {
      term(symbol(i), terms.get(i).loss());
    }
    return "\\[\n\\begin{aligned}\n" + String.join(" \\\\\n", lines) + "\n\\end{aligned}\n\\]\n";
  }

  private static String symbol(int term) {
    return String.format(Locale.ROOT, "L_{%d}", term + 1);
  }

  private void term(String symbol, Loss loss) {
    if (loss instanceof CrossEntropyLoss) {
      lines.add(symbol + " &= -\\operatorname{mean}_{nhw} \\sum_c y \\log p");
    } else if (loss instanceof OverlapLoss overlap) {
      lines.add(symbol + " &= 1 - " + formula(overlap));
    } else if (loss instanceof GraphLoss graph) {
      lines.add(
          symbol
              + String.format(
                  Locale.ROOT,
                  " &= \\sum_c \\operatorname{mean}_{nhw}\\left(%s\\right)",
                  graph.graph().toLatex()));
    } else if (loss instanceof PairGraphLoss graph) {
      lines.add(
          symbol
              + String.format(
                  Locale.ROOT,
                  " &= \\sum_c \\operatorname{mean}_{nhw}\\left(%s\\right)",
                  graph.graph().toLatex()));
    } else if (loss instanceof FormulaLoss formula) {
      lines.add(symbol + " &= " + PairFormulas.latex(formula));
    } else if (loss instanceof CseClassLoss) {
      lines.add(symbol + " &= -\\operatorname{mean} (1 + \\sin q) \\sum_c y \\log p");
    } else if (loss instanceof SurrogateLoss surrogate) {
      lines.add(symbol + " &= 1 - " + formula(surrogate.parameters()));
      surrogateParts(surrogate.parameters());
    } else {
      throw Terms.notExportable(loss);
    }
  }

  private static String formula(OverlapLoss loss) {
    StringBuilder whole = new StringBuilder();
    double own = loss.squared() ? 0 : 1 - loss.alpha() - loss.beta();
    addTo(whole, own, "\\sum p\\,y");
    addTo(whole, loss.alpha(), loss.squared() ? "\\sum p^2" : "\\sum p");
    addTo(whole, loss.beta(), "\\sum y");
    return "\\frac{1}{C}\\sum_c \\frac{\\sum p\\,y}{" + whole + "}";
  }

  private static void addTo(StringBuilder sum, double weight, String what) {
    if (weight != 0) {
      String sign = weight < 0 ? "-" : sum.isEmpty() ? "" : "+";
      sum.append(sum.isEmpty() ? sign : " " + sign + " ");
      sum.append(Math.abs(weight) == 1 ? "" : number(Math.abs(weight)) + " ").append(what);
    }
  }

  private static String formula(SurrogateParameters parameters) {
    String iou = "\\frac{\\sum A(p)\\,y}{\\sum O(p) + y - O(p)\\,y}";
    return switch (parameters.metric()) {
      case MIOU -> "\\frac{1}{C}\\sum_c " + iou;
      case FWIOU -> "\\sum_c \\frac{\\sum y}{\\sum_c \\sum y}\\," + iou;
      case BIOU ->
          String.format(
              Locale.ROOT,
              "\\frac{1}{C}\\sum_c %s \\quad\\text{within %d pixels of a label edge}",
              iou,
              parameters.policy().tolerance());
      case MACC -> "\\frac{1}{C}\\sum_c \\frac{\\sum A(p)\\,y}{\\sum y}";
      case GACC -> "\\frac{\\sum_c \\sum A(p)\\,y}{\\sum_c \\sum y}";
      case BF1 -> "\\operatorname{mean}_c \\frac{2 P R}{P + R}";
      case CHENG_BIOU, CSURKA_BF -> throw new AssertionError("a metric without surrogate");
    };
  }

  private void surrogateParts(SurrogateParameters parameters) {
    boolean edges = parameters.metric() == SegmentationMetric.BF1;
    if (edges) {
      lines.add(
          "P &= \\frac{\\sum E\\,\\delta(G)}{\\sum E}, \\quad R ="
              + String.format(
                  Locale.ROOT,
                  " \\frac{\\sum \\delta(E)\\,G}{\\sum G}, \\quad \\delta = \\operatorname{maxpool}_{%1$d",
                  2 * parameters.policy().tolerance() + 1)
              + "}, \\quad G = \\text{label edges}");
      lines.add(
          "E &= O_1(p) + O_2(q) - O_1(p)\\,O_2(q) - A_1(p)\\,A_2(q), \\quad q ="
              + " \\operatorname{minpool}_{3}(p)");
    }
    for (int i = 0; i < parameters.curves().size(); i++) {
      String name = (edges ? EDGE_LOGIC : LOGIC).get(i);
      lines.add(name + " &: " + points(parameters.curves().get(i)));
    }
  }

  private static String points(PiecewiseBezier curve) {
    StringBuilder text = new StringBuilder("(0, 0)");
    double[] values = curve.controlPoints();
    for (int i = 0; i < values.length; i += 2) {
      text.append(
          String.format(Locale.ROOT, ",\\ (%s, %s)", number(values[i]), number(values[i + 1])));
    }
    return text.append(",\\ (1, 1)").toString();
  }

  private static String number(double value) {
    return new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString();
  }
}
