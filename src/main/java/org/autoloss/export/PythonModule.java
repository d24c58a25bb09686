package org.autoloss.export;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.autoloss.graph.GraphLoss;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.PairGraphLoss;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.CrossEntropyLoss;
import org.autoloss.loss.FormulaLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.loss.box.CseClassLoss;
import org.autoloss.loss.handcrafted.OverlapLoss;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.autoloss.surrogate.PiecewiseBezier;
import org.autoloss.surrogate.SurrogateLoss;
import org.autoloss.surrogate.SurrogateParameters;

/**
 * Writes a loss as one Python file that needs PyTorch and nothing else: a module {@code FoundLoss}
 * whose {@code forward(logits, labels)} takes logits {@code [N,C,H,W]} of a floating type and
 * labels {@code [N,H,W]} of an integer type, and returns a scalar. Losses on boxes and maps take
 * what is predicted and its target, as {@link LossInput} says; one that weighs samples also takes
 * their {@code quality}.
 *
 * <p>The gradient is PyTorch's autograd through the same formulas. Value and gradient agree with
 * the loss here to rounding; where a curve's tangent is vertical, the slopes are cut off a little
 * differently.
 */
public final class PythonModule {
  private static final String INDENT = "        ";
  private static final String QUALITY = "class_quality";
  private static final Set<String> WITH_MATH =
      Set.of("box_losses", "binary_losses", "heatmap_losses");
  // What has no elements is worth 0, where a mean would be NaN.
  private static final String NOTHING =
      INDENT + "if logits.numel() == 0:\n" + INDENT + "    return logits.sum()\n";

  private final StringBuilder functions = new StringBuilder();
  private final Set<String> parts = new LinkedHashSet<>(List.of("common"));
  private int graphs;

  private PythonModule() {}

  /**
   * The source of the module.
   *
   * @param loss a surrogate, a graph, cross entropy, Dice, Tversky, Jaccard, a loss on boxes or
   *     maps, or a sum of them
   * @return a Python file
   * @throws IllegalArgumentException if the loss has another kind of term
   */
  public static String of(Loss loss) {
    return new PythonModule().write(loss);
  }

  private String write(Loss loss) {
    String sum =
        Terms.of(loss).stream()
            .map(this::term)
            .collect(Collectors.joining("\n" + INDENT + "total = total + ", "total = ", ""));
    StringBuilder source = new StringBuilder();
    source
        .append("\"\"\"A loss found by AutoLoss for Java, for PyTorch. Needs nothing else.\n\n")
        .append("loss = FoundLoss()(logits, labels)\n\n")
        .append(arguments(loss.input()))
        .append("\n\"\"\"\n\n")
        .append(WITH_MATH.stream().anyMatch(parts::contains) ? "import math\n\n" : "")
        .append("import torch\nimport torch.nn.functional as F\nfrom torch import nn\n");
    parts.forEach(part -> source.append(resource(part + ".py")));
    source
        .append(functions)
        .append("\n\nclass FoundLoss(nn.Module):\n")
        .append("    \"\"\"To be minimised; a scalar with a gradient.\"\"\"\n\n")
        .append(signature())
        .append(loss.input() == LossInput.CLASSES ? "" : NOTHING)
        .append(INDENT + sum + "\n")
        .append(INDENT + "return total\n");
    return source.toString();
  }

  private String signature() {
    String more = parts.contains(QUALITY) ? ", quality=None" : "";
    return "    def forward(self, logits, labels" + more + "):\n";
  }

  private static String arguments(LossInput input) {
    String shape = input.shape();
    return input == LossInput.CLASSES
        ? "logits: float [N,C,H,W]; labels: integer [N,H,W]. A label outside [0,C) is ignored."
        : "logits: what is predicted, float "
            + shape
            + "; labels: its target, float "
            + shape
            + (input == LossInput.BINARY ? " in [0,1]." : ".");
  }

  private String term(WeightedSumLoss.Term term) {
    String call = call(term.loss());
    return term.weight() == 1 ? call : term.weight() + " * " + call;
  }

  private String call(Loss loss) {
    if (loss instanceof CrossEntropyLoss) {
      parts.add("cross_entropy");
      return "_cross_entropy(logits, labels)";
    }
    if (loss instanceof OverlapLoss overlap) {
      parts.add("overlap");
      return String.format(
          Locale.ROOT,
          "_overlap(logits, labels, squared=%s, alpha=%s, beta=%s, skip_absent=%s)",
          truth(overlap.squared()),
          overlap.alpha(),
          overlap.beta(),
          truth(overlap.absentClasses() == AbsentClasses.SKIP));
    }
    if (loss instanceof SurrogateLoss surrogate) {
      parts.add("surrogate");
      return surrogate(surrogate.parameters());
    }
    if (loss instanceof GraphLoss graph) {
      parts.add("graph");
      return String.format(
          Locale.ROOT,
          "_graph(logits, labels, %s, eps=%s)",
          root(graph.graph(), "y, yhat, one"),
          graph.eps());
    }
    if (loss instanceof PairGraphLoss graph) {
      parts.add("boxes");
      parts.add("graph");
      parts.add("pair_graph");
      return String.format(
          Locale.ROOT,
          "_%s_graph(logits, labels, %s, eps=%s)",
          graph.input().label(),
          root(graph.graph(), graph.input() == LossInput.BOXES ? "i, u, e, one" : "y, yhat, one"),
          graph.eps());
    }
    if (loss instanceof CseClassLoss) {
      parts.add(QUALITY);
      return "_cse_a_cls(logits, labels, quality)";
    }
    if (loss instanceof FormulaLoss formula) {
      return formula(formula);
    }
    throw Terms.notExportable(loss);
  }

  private String formula(FormulaLoss loss) {
    parts.addAll(
        switch (loss.input()) {
          case BOXES, DELTAS -> List.of("boxes", "box_losses");
          case BINARY -> List.of("binary_losses");
          default -> List.of("heatmap_losses");
        });
    return PairFormulas.call(loss);
  }

  private static String surrogate(SurrogateParameters parameters) {
    String curves =
        parameters.curves().stream()
            .map(PythonModule::points)
            .collect(Collectors.joining(",\n" + INDENT + "        ", "[", "]"));
    return String.format(
        Locale.ROOT,
        """
        _surrogate(
                    logits,
                    labels,
                    metric="%s",
                    curves=%s,
                    tolerance=%d,
                    drop_background=%s,
                    skip_absent=%s,
                    skip_ignored=%s,
                )""",
        parameters.metric().label(),
        curves,
        parameters.policy().tolerance(),
        truth(parameters.policy().dropBackground()),
        truth(parameters.policy().inLoss() == AbsentClasses.SKIP),
        truth(parameters.policy().ignoredEdges() == IgnoredEdges.SKIP));
  }

  private static String points(PiecewiseBezier curve) {
    double[] values = curve.controlPoints();
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < values.length; i += 2) {
      text.append(i == 0 ? "" : ", ")
          .append(String.format(Locale.ROOT, "(%s, %s)", values[i], values[i + 1]));
    }
    return text.append("]").toString();
  }

  /** Writes a function of the operators and a graph's inputs; returns its name. */
  private String root(LossGraph graph, String inputs) {
    String name = "_root_" + graphs++;
    functions.append(String.format(Locale.ROOT, "\n\ndef %s(o, %s):\n", name, inputs));
    functions.append(String.format(Locale.ROOT, "    \"\"\"%s\"\"\"\n", graph));
    List<LossGraph.Node> nodes = graph.nodes();
    String[] names = new String[nodes.size()];
    for (int i = 0; i < names.length; i++) {
      if (nodes.get(i) instanceof LossGraph.Application application) {
        names[i] = "v" + i;
        String operands =
            application.operands().stream().map(j -> names[j]).collect(Collectors.joining(", "));
        functions.append(
            String.format(
                Locale.ROOT,
                "    %s = o.%s(%s)\n",
                names[i],
                application.operator().label(),
                operands));
      } else {
        names[i] = input(((LossGraph.Input) nodes.get(i)).name());
      }
    }
    functions.append(
        String.format(Locale.ROOT, "    return %s\n", Arrays.asList(names).get(names.length - 1)));
    return name;
  }

  private static String input(String name) {
    return name.equals(LossGraph.ONE) ? "one" : name;
  }

  private static String truth(boolean value) {
    return value ? "True" : "False";
  }

  private static String resource(String name) {
    try (InputStream in = PythonModule.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
