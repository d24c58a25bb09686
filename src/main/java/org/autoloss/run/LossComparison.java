package org.autoloss.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.metric.Metric;
import org.autoloss.search.Workers;
import org.autoloss.train.FineTuning;
import org.autoloss.train.SegmentationEvaluator;
import org.autoloss.train.StepListener;

/**
 * Trains by each of several losses with the same seeds, and evaluates: paired, since a seed fixes
 * the first weights and the batches. Every result goes to the log as it comes.
 */
final class LossComparison {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FineTuning trainings;
  private final SegmentationEvaluator evaluator;
  private final RunLog log;
  private final ProgressListener progress;

  /** One training of the comparison. */
  private record Cell(String loss, Map<Metric, Double> metrics) {}

  LossComparison(
      FineTuning trainings,
      SegmentationEvaluator evaluator,
      RunLog log,
      ProgressListener progress) {
    this.trainings = trainings;
    this.evaluator = evaluator;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Runs all trainings.
   *
   * @param series the log's series
   * @param losses specifications or artefacts by name
   * @param seed the comparison's seed
   * @param seeds how many trainings each loss gets
   * @param workers who trains
   * @return the table; a training that met NaN or infinity counts with 0
   */
  ComparisonTable run(
      String series, Map<String, String> losses, long seed, int seeds, Workers workers) {
    return run(series, losses, seed, seeds, workers, List.of());
  }

  /**
   * Runs the trainings whose results are not known yet.
   *
   * @param series the log's series
   * @param losses specifications or artefacts by name
   * @param seed the comparison's seed
   * @param seeds how many trainings each loss gets
   * @param workers who trains
   * @param known lines of the series, from a run of the same arguments that was interrupted
   * @return the table of all
   */
  ComparisonTable run(
      String series,
      Map<String, String> losses,
      long seed,
      int seeds,
      Workers workers,
      List<ObjectNode> known) {
    List<Callable<Cell>> tasks = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      int index = i;
      losses.forEach(
          (name, specification) ->
              tasks.add(
                  known(known, name, index)
                      .<Callable<Cell>>map(
                          cell ->
                              () -> {
                                progress.advanced();
                                return cell;
                              })
                      .orElse(() -> train(series, name, specification, seed, index))));
    }
    progress.started(series, tasks.size());
    Map<String, List<Map<Metric, Double>>> rows = new LinkedHashMap<>();
    losses.keySet().forEach(name -> rows.put(name, new ArrayList<>()));
    workers.run(tasks).forEach(cell -> rows.get(cell.loss()).add(cell.metrics()));
    return ComparisonTable.of(rows);
  }

  private static Optional<Cell> known(List<ObjectNode> lines, String loss, int index) {
    return lines.stream()
        .filter(line -> line.path("loss").asText().equals(loss))
        .filter(line -> line.path("seed").asInt(-1) == index)
        .map(line -> new Cell(loss, metrics(line)))
        .findFirst();
  }

  private static Map<Metric, Double> metrics(ObjectNode line) {
    Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.values()) {
      if (line.path(metric.label()).isNumber()) {
        metrics.put(metric, line.path(metric.label()).doubleValue());
      }
    }
    return metrics;
  }

  private Cell train(String series, String name, String specification, long seed, int index)
      throws IOException {
    long start = System.nanoTime();
    try (Loss loss = Loss.parse(specification);
        FineTuning.Trained trained =
            trainings.run(loss, RandomStreams.seed(seed, index), StepListener.NONE)) {
      Map<Metric, Double> metrics =
          trained.result().complete() ? evaluator.evaluate(trained.network()).values() : Map.of();
      ObjectNode line = JSON.createObjectNode().put("loss", name).put("seed", index);
      metrics.forEach((metric, value) -> line.put(metric.label(), value));
      line.put("status", trained.result().status().name())
          .put("seconds", (System.nanoTime() - start) / 1e9);
      log.append(series, line);
      progress.advanced();
      return new Cell(name, metrics);
    }
  }
}
