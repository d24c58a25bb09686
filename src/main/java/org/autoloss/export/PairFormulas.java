package org.autoloss.export;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.autoloss.loss.FormulaLoss;

/** Losses on boxes and maps in other languages: calls of Python's functions, and LaTeX. */
final class PairFormulas {
  private static final Set<String> KNOWN =
      Set.of(
          "iou",
          "giou",
          "diou",
          "ciou",
          "l1",
          "smooth_l1",
          "cse_a_reg",
          "cse_b_reg",
          "bce",
          "sigmoid_focal",
          "cse_b_cls",
          "mse",
          "wing",
          "awing",
          "kl");
  private static final Set<String> SWITCHES = Set.of("cls", "reg");
  private static final String IOU = "\\frac{i}{u}";
  private static final String DIOU = "1 - " + IOU + " + \\frac{d^2}{c^2}";

  private PairFormulas() {}

  /** The call of the Python function of that name, in the files beside this class. */
  static String call(FormulaLoss loss) {
    String arguments =
        loss.options().entrySet().stream()
            .filter(option -> !SWITCHES.contains(option.getKey()))
            .map(option -> ", " + option.getKey() + "=" + python(option.getValue()))
            .collect(Collectors.joining());
    return "_" + name(loss) + "(logits, labels" + arguments + ")";
  }

  private static String python(Object value) {
    return value instanceof Boolean truth ? (truth ? "True" : "False") : value.toString();
  }

  /** The function's name: the loss's, with what tells it from others of that name. */
  private static String name(FormulaLoss loss) {
    String name =
        loss.kind().equals("focal")
            ? "sigmoid_focal"
            : loss.options().keySet().stream()
                .filter(SWITCHES::contains)
                .reduce(loss.kind(), (kind, part) -> kind + "_" + part);
    if (!KNOWN.contains(name)) {
      throw Terms.notExportable(loss);
    }
    return name;
  }

  /** What the loss is equal to. */
  static String latex(FormulaLoss loss) {
    Map<String, Object> options = loss.options();
    return switch (name(loss)) {
      case "iou" ->
          options.containsKey("log")
              ? mean("-\\log\\max(" + IOU + ", 10^{-6})")
              : mean("1 - " + IOU);
      case "giou" -> mean("1 - " + IOU + " + \\frac{e - u}{e}");
      case "diou" -> mean(DIOU);
      case "ciou" -> mean(DIOU + " + \\alpha v");
      case "l1" -> mean("\\sum_{k=1}^{4} |p_k - y_k|");
      case "smooth_l1" ->
          mean(
              with(
                  "\\sum_{k=1}^{4} h_{%s}(p_k - y_k)\\right),\\quad h_b(d) = \\left(\\tfrac{d^2}{2b}"
                      + "\\text{ if } |d| < b\\text{, else } |d| - \\tfrac{b}{2}",
                  options.get("beta")));
      case "cse_a_reg" -> mean("1 - " + IOU + " + \\frac{e - i - 2}{e}");
      case "cse_b_reg" -> mean("-\\frac{\\frac{1 + i - e}{5 + u} + 1 + e}{e - \\frac{u + i}{3}}");
      case "bce" -> mean("-y \\log\\sigma(z) - (1 - y) \\log\\sigma(-z)");
      case "sigmoid_focal" ->
          mean(
              with(
                  "-%2$s\\,y\\,\\sigma(-z)^{%1$s} \\log\\sigma(z) - (1 - %2$s)(1 -"
                      + " y)\\,\\sigma(z)^{%1$s} \\log\\sigma(-z)",
                  options.get("gamma"), options.get("alpha")));
      case "cse_b_cls" ->
          mean(
              "-\\alpha_y \\left[q (1 + \\operatorname{Serf}(\\sigma(1 - y))) \\log\\sigma(z) +"
                  + " (\\operatorname{Sgdf}(z) - q)(\\sigma(z) - q) \\log\\sigma(-z)\\right]");
      case "mse" -> mean("(p - y)^2");
      case "wing" ->
          mean(
              with(
                  "\\operatorname{wing}_{\\omega=%s,\\,\\epsilon=%s}(p - y)",
                  options.get("omega"), options.get("eps")));
      case "awing" ->
          mean(
              with(
                  "\\operatorname{awing}_{\\omega=%s,\\,\\theta=%s,\\,\\epsilon=%s,\\,\\alpha=%s}(p"
                      + " - y, y)",
                  options.get("omega"),
                  options.get("theta"),
                  options.get("eps"),
                  options.get("alpha")));
      default ->
          with(
              "\\operatorname{mean}_{nk}\\,\\operatorname{KL}(y \\,\\|\\,"
                  + " \\operatorname{softmax}_{hw}(%s\\,p))",
              options.get("beta"));
    };
  }

  private static String with(String text, Object... numbers) {
    return String.format(Locale.ROOT, text, numbers);
  }

  private static String mean(String each) {
    return "\\operatorname{mean}\\left(" + each + "\\right)";
  }
}
