package org.autoloss.graph;

import java.util.List;
import java.util.Locale;
import org.autoloss.graph.LossGraph.Application;
import org.autoloss.graph.LossGraph.Input;
import org.autoloss.graph.LossGraph.Node;

/** Writes graphs as LaTeX and in Graphviz's language. */
final class GraphPrinter {
  private GraphPrinter() {}

  static String latex(LossGraph graph) {
    return latex(graph.nodes(), graph.nodes().size() - 1);
  }

  static String dot(LossGraph graph) {
    StringBuilder dot = new StringBuilder("digraph loss {\n  rankdir=BT;\n");
    List<Node> nodes = graph.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      boolean operator = nodes.get(i) instanceof Application;
      dot.append(
          String.format(
              Locale.ROOT,
              "  n%d [label=\"%s\", shape=%s];%n",
              i,
              label(nodes.get(i)),
              operator ? "ellipse" : "box"));
    }
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i) instanceof Application application) {
        for (int operand : application.operands()) {
          dot.append(String.format(Locale.ROOT, "  n%d -> n%d;%n", operand, i));
        }
      }
    }
    return dot.append("}\n").toString();
  }

  private static String label(Node node) {
    return node instanceof Application application
        ? application.operator().label()
        : ((Input) node).name();
  }

  private static String latex(List<Node> nodes, int index) {
    if (!(nodes.get(index) instanceof Application application)) {
      return input(((Input) nodes.get(index)).name());
    }
    String text = application.operator().latex();
    for (int i = 0; i < application.operands().size(); i++) {
      int operand = application.operands().get(i);
      String inner = latex(nodes, operand);
      text =
          text.replace(
              "#" + (i + 1),
              binds(application.operator(), nodes.get(operand), i) ? inner : parenthesised(inner));
    }
    return text;
  }

  /** Whether an operand needs no parentheses: templates with brackets of their own never do. */
  private static boolean binds(Operator outer, Node operand, int place) {
    if (!(operand instanceof Application inner)) {
      return true;
    }
    return switch (outer) {
      case ADD -> place == 0 || inner.operator() != Operator.NEG;
      case MUL -> inner.operator() != Operator.ADD && inner.operator() != Operator.NEG;
      case NEG -> inner.operator() != Operator.ADD && inner.operator() != Operator.NEG;
      default -> true;
    };
  }

  private static String parenthesised(String text) {
    return "\\left(" + text + "\\right)";
  }

  private static String input(String name) {
    return switch (name) {
      case LossGraph.PREDICTION -> "\\hat{y}";
      case LossGraph.LABEL, LossGraph.ONE -> name;
      default -> "\\mathrm{" + name.replace("_", "\\_") + "}";
    };
  }
}
