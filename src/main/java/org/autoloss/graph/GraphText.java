package org.autoloss.graph;

import java.util.Set;
import org.autoloss.internal.Excerpt;

/**
 * Reads the text form of a graph:
 *
 * <pre>
 * expression = input | operator "(" expression { "," expression } ")"
 * </pre>
 */
final class GraphText {
  private final String text;
  private final Set<String> inputs;
  private final LossGraph.Builder builder = new LossGraph.Builder();
  private int at;
  private int applied;

  GraphText(String text, Set<String> inputs) {
    this.text = text;
    this.inputs = inputs;
  }

  LossGraph parse() {
    int root = expression(0);
    if (peek() != 0) {
      throw expected("the end");
    }
    return builder.build(root);
  }

  private int expression(int nesting) {
    int start = skipSpace();
    String name = name();
    Operator operator = Operator.find(name);
    if (operator != null) {
      return application(operator, nesting);
    }
    if (!inputs.contains(name)) {
      at = start;
      throw expected("an operator or one of the inputs " + String.join(", ", inputs));
    }
    return builder.input(name);
  }

  private int application(Operator operator, int nesting) {
    if (nesting >= LossGraph.MAX_DEPTH || ++applied > LossGraph.MAX_TEXT_OPERATORS) {
      throw expected(
          "a shorter expression ("
              + LossGraph.MAX_TEXT_OPERATORS
              + " operators and "
              + LossGraph.MAX_DEPTH
              + " within each other at most)");
    }
    int[] operands = new int[operator.arity()];
    expect('(', operator);
    for (int i = 0; i < operands.length; i++) {
      if (i > 0) {
        expect(',', operator);
      }
      operands[i] = expression(nesting + 1);
    }
    expect(')', operator);
    return builder.apply(operator, operands);
  }

  private void expect(char wanted, Operator operator) {
    if (peek() != wanted) {
      throw expected("'" + wanted + "' (" + operator + " takes " + operator.arity() + ")");
    }
    at++;
  }

  private String name() {
    int start = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    return text.substring(start, at);
  }

  private int skipSpace() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** Java's white space, and the spaces that do not break a line. */
  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }

  /** The next character that is not white space; 0 at the end. */
  private char peek() {
    skipSpace();
    return at < text.length() ? text.charAt(at) : 0;
  }

  private IllegalArgumentException expected(String what) {
    String rest = text.substring(at);
    return new IllegalArgumentException(
        "expr: expected "
            + what
            + " at character "
            + (at + 1)
            + ", got "
            + (rest.isEmpty() ? "the end" : "'" + Excerpt.of(rest) + "'")
            + " in '"
            + Excerpt.of(text)
            + "'");
  }
}
