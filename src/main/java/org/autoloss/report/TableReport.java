package org.autoloss.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Csv;
import org.autoloss.internal.Display;

/**
 * A comparison for people and spreadsheets, with the best loss of each metric marked, and those
 * that the seeds cannot tell from it.
 *
 * @param table the comparison
 * @param race the losses' own learning rates, and what each row took
 */
public record TableReport(ComparisonTable table, Race race) {
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
   * what is to be said of the race, and what the classes have of the first metric.
   *
   * @return lines, each ended by a line feed
   */
  public String toMarkdown() {
    List<String> columns = new ArrayList<>(table.metrics());
    columns.addAll(race.headings());
    StringBuilder text = new StringBuilder("| loss |");
    columns.forEach(column -> text.append(' ').append(column).append(" |"));
    text.append("\n| :--- |").append(" ---: |".repeat(columns.size())).append('\n');
    for (String loss : table.rows().keySet()) {
      text.append("| ").append(Display.markdown(loss)).append(" |");
      table.metrics().forEach(metric -> text.append(' ').append(cell(loss, metric)).append(" |"));
      race.cells(loss).forEach(cell -> text.append(' ').append(cell).append(" |"));
      text.append('\n');
    }
    race.notes().forEach(note -> text.append('\n').append(Display.markdown(note)).append('\n'));
    return text.append(table.classesToMarkdown()).toString();
  }

  /** A mean and its error, in percent. */
  String value(String loss, String metric) {
    double error = table.standardError(loss, metric);
    String mean = Display.percent(table.mean(loss, metric));
    return Double.isNaN(error) ? mean : mean + " ± " + Display.percent(error);
  }

  private String cell(String loss, String metric) {
    String value = value(loss, metric);
    return switch (mark(loss, metric)) {
      case BEST -> "**" + value + "**";
      case WITHIN_ERROR -> "*" + value + "*";
      case BELOW -> value;
    };
  }

  /**
   * The table as comma-separated values, fractions, a line for each loss and metric; of a race also
   * each loss's learning rate, trainings and their seconds.
   *
   * @return lines, each ended by a line feed, the first with the columns' names
   */
  public String toCsv() {
    List<Object> heading =
        new ArrayList<>(List.of("loss", "metric", "mean", "standard_error", "seeds", "mark"));
    if (!race.isEmpty()) {
      heading.addAll(List.of("learning_rate", "trainings", "worker_seconds"));
    }
    StringBuilder text = new StringBuilder(Csv.line(heading.toArray()));
    for (String loss : table.rows().keySet()) {
      for (String metric : table.metrics()) {
        text.append(Csv.line(csv(loss, metric).toArray()));
      }
    }
    return text.toString();
  }

  private List<Object> csv(String loss, String metric) {
    double error = table.standardError(loss, metric);
    List<Object> cells = new ArrayList<>();
    cells.add(loss);
    cells.add(metric);
    cells.add(table.mean(loss, metric));
    cells.add(Double.isNaN(error) ? null : (Double) error);
    cells.add(table.rows().get(loss).size());
    cells.add(mark(loss, metric).name().toLowerCase(Locale.ROOT));
    if (!race.isEmpty()) {
      Race.Row row = race.rows().get(loss);
      cells.addAll(List.of(row.rate(metric), row.table().trainings(), row.table().seconds()));
    }
    return cells;
  }
}
