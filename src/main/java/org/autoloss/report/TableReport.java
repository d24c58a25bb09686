package org.autoloss.report;

import java.util.Comparator;
import java.util.Locale;
import org.autoloss.internal.Csv;
import org.autoloss.internal.Display;

/**
 * A comparison for people and spreadsheets, with the best loss of each metric marked, and those
 * that the seeds cannot tell from it.
 *
 * @param table the comparison
 */
public record TableReport(ComparisonTable table) {
  /** How a cell stands in its column. */
  public enum Mark {
    /** The largest mean. */
    BEST,
    /** The difference from the best mean is at most its standard error. */
    WITHIN_ERROR,
    /** The difference is larger. */
    BELOW
  }

  /**
   * How a loss stands among all by a metric. The standard error of a difference of means is {@code
   * sqrt(e1^2 + e2^2)}, with the two standard errors; with one seed there is none, and only equals
   * are within it.
   *
   * @param loss a row
   * @param metric a column
   * @return its mark
   */
  public Mark mark(String loss, String metric) {
    String best =
        table.rows().keySet().stream()
            .max(Comparator.comparingDouble(row -> table.mean(row, metric)))
            .orElseThrow();
    if (loss.equals(best)) {
      return Mark.BEST;
    }
    double error = Math.hypot(error(loss, metric), error(best, metric));
    boolean within = table.mean(best, metric) - table.mean(loss, metric) <= error;
    return within ? Mark.WITHIN_ERROR : Mark.BELOW;
  }

  private double error(String loss, String metric) {
    double error = table.standardError(loss, metric);
    return Double.isNaN(error) ? 0 : error;
  }

  /**
   * The table in Markdown, in percent: the best bold, those within its error in italics; below it
   * what the classes have of the first metric.
   *
   * @return lines, each ended by a line feed
   */
  public String toMarkdown() {
    StringBuilder text = new StringBuilder("| loss |");
    table.metrics().forEach(metric -> text.append(' ').append(metric).append(" |"));
    text.append("\n| :--- |").append(" ---: |".repeat(table.metrics().size())).append('\n');
    for (String loss : table.rows().keySet()) {
      text.append("| ").append(Display.markdown(loss)).append(" |");
      table.metrics().forEach(metric -> text.append(' ').append(cell(loss, metric)).append(" |"));
      text.append('\n');
    }
    return text.append(table.classesToMarkdown()).toString();
  }

  private String cell(String loss, String metric) {
    double error = table.standardError(loss, metric);
    String value = Display.percent(table.mean(loss, metric));
    if (!Double.isNaN(error)) {
      value += " ± " + Display.percent(error);
    }
    return switch (mark(loss, metric)) {
      case BEST -> "**" + value + "**";
      case WITHIN_ERROR -> "*" + value + "*";
      case BELOW -> value;
    };
  }

  /**
   * The table as comma-separated values, fractions, a line for each loss and metric.
   *
   * @return lines, each ended by a line feed, the first with the columns' names
   */
  public String toCsv() {
    StringBuilder text =
        new StringBuilder(Csv.line("loss", "metric", "mean", "standard_error", "seeds", "mark"));
    for (String loss : table.rows().keySet()) {
      for (String metric : table.metrics()) {
        double error = table.standardError(loss, metric);
        text.append(
            Csv.line(
                loss,
                metric,
                table.mean(loss, metric),
                Double.isNaN(error) ? null : (Double) error,
                table.rows().get(loss).size(),
                mark(loss, metric).name().toLowerCase(Locale.ROOT)));
      }
    }
    return text.toString();
  }
}
