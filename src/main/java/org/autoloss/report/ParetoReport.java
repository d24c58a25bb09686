package org.autoloss.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.geom.Point2D;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.autoloss.internal.Csv;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.plot.ParetoPicture;
import org.autoloss.plot.Picture;
import org.autoloss.search.ParetoFront;
import org.autoloss.search.ProgressListener;
import org.autoloss.storage.RunLog;

/**
 * What a search for several metrics has seen of the trade between them: the proxies that no other
 * one dominates in the objective's metrics, on the reward split. A proxy is short, and trained with
 * one seed: its place is noisy.
 *
 * @param objective the metrics that are traded
 * @param proxies all that trained, in the order of the search
 * @param front those that are not dominated, the best in the objective's first metric first
 */
public record ParetoReport(ObjectiveMetric objective, List<Proxy> proxies, List<Proxy> front) {
  /** The first mean of a search is its start. */
  private static final String START = "step 0 sample 0";

  /**
   * A proxy.
   *
   * @param name its place in the search, such as {@code step 2 sample 5} or {@code individual 98}
   * @param metrics all that are defined, by their labels
   * @param artefact its loss, JSON
   */
  public record Proxy(String name, Map<String, Double> metrics, String artefact) {
    /**
     * A metric of the proxy.
     *
     * @param metric which
     * @return in [0,1], or NaN if it is not defined
     */
    public double value(Metric metric) {
      return metrics.getOrDefault(metric.label(), Double.NaN);
    }

    /** The file of its artefact in the run's folder. */
    String file() {
      return "pareto/" + name.replace(' ', '-') + ".json";
    }
  }

  /**
   * The report of a search.
   *
   * @param objective of several metrics
   * @param proxies all that trained, in the order of the search
   * @return the report
   */
  public static ParetoReport of(ObjectiveMetric objective, List<Proxy> proxies) {
    List<ToDoubleFunction<? super Proxy>> objectives = new ArrayList<>();
    objective.metrics().forEach(metric -> objectives.add(proxy -> proxy.value(metric)));
    return new ParetoReport(objective, List.copyOf(proxies), ParetoFront.of(proxies, objectives));
  }

  /**
   * The front as a table, in percent.
   *
   * @return lines, each ended by a line feed
   */
  public String toMarkdown() {
    StringBuilder text = new StringBuilder("| proxy |");
    objective.metrics().forEach(metric -> text.append(' ').append(metric).append(" |"));
    text.append(" loss |\n| --- |")
        .append(" --- |".repeat(objective.metrics().size() + 1))
        .append('\n');
    for (Proxy proxy : front) {
      text.append("| ").append(Display.markdown(proxy.name())).append(" |");
      for (Metric metric : objective.metrics()) {
        text.append(' ').append(Display.percent(proxy.value(metric))).append(" |");
      }
      text.append(' ').append(proxy.file()).append(" |\n");
    }
    return text.toString();
  }

  /**
   * All proxies with all that was measured.
   *
   * @return a header and a line for each; 1 in the column {@code front} for those of the front, and
   *     an empty cell where a metric is not defined
   */
  public String toCsv() {
    List<String> metrics =
        proxies.stream().flatMap(proxy -> proxy.metrics().keySet().stream()).distinct().toList();
    List<Object> header = new ArrayList<>(List.of("proxy", "front"));
    header.addAll(metrics);
    StringBuilder text = new StringBuilder(Csv.line(header.toArray()));
    for (Proxy proxy : proxies) {
      List<Object> cells = new ArrayList<>(List.of(proxy.name(), front.contains(proxy) ? 1 : 0));
      metrics.forEach(metric -> cells.add(proxy.metrics().get(metric)));
      text.append(Csv.line(cells.toArray()));
    }
    return text.toString();
  }

  /**
   * The front with all metrics and the file of each loss.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    ArrayNode objectives = json.putArray("objectives");
    objective.metrics().forEach(metric -> objectives.add(metric.label()));
    ArrayNode array = json.put("proxies", proxies.size()).putArray("front");
    for (Proxy proxy : front) {
      ObjectNode each = array.addObject().put("proxy", proxy.name()).put("loss", proxy.file());
      ObjectNode metrics = each.putObject("metrics");
      proxy.metrics().forEach(metrics::put);
    }
    return json;
  }

  /**
   * Leaves {@code pareto.csv}, {@code pareto.json}, {@code pareto.png} and the losses of the front
   * in {@code pareto}.
   *
   * @param log of the run
   * @param progress is told why, if the picture cannot be drawn
   * @return this report
   * @throws IOException if the log cannot be written
   */
  public ParetoReport write(RunLog log, ProgressListener progress) throws IOException {
    for (Proxy proxy : front) {
      log.write(proxy.file(), proxy.artefact() + "\n");
    }
    log.write("pareto.csv", toCsv());
    log.write("pareto.json", toJson());
    RunPictures.attempt("pareto.png", progress, () -> picture().write(log.path("pareto.png")));
    return this;
  }

  /** All proxies and the front, in the objective's first two metrics. */
  Picture picture() {
    Metric x = objective.metrics().get(0);
    Metric y = objective.metrics().get(1);
    List<Proxy> defined =
        proxies.stream().filter(p -> !Double.isNaN(objective.mean(p::value))).toList();
    Map<String, Point2D> marks = new LinkedHashMap<>();
    defined.stream()
        .filter(p -> p.name().equals(START))
        .forEach(p -> marks.put("start, g(x) = x", at(p, x, y)));
    defined.stream()
        .max(Comparator.comparingDouble(p -> objective.mean(p::value)))
        .ifPresent(p -> marks.put("best " + objective.label(), at(p, x, y)));
    return ParetoPicture.of(
        x.label(), y.label(), points(defined, x, y), points(front, x, y), marks);
  }

  private static List<Point2D> points(List<Proxy> proxies, Metric x, Metric y) {
    return proxies.stream().map(proxy -> at(proxy, x, y)).toList();
  }

  private static Point2D at(Proxy proxy, Metric x, Metric y) {
    return new Point2D.Double(100 * proxy.value(x), 100 * proxy.value(y));
  }
}
