package org.autoloss.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.metric.Metric;
import org.autoloss.nn.Network;
import org.autoloss.run.journal.Entry;
import org.autoloss.run.journal.Stage;
import org.autoloss.search.Workers;
import org.autoloss.train.FineTuning;
import org.autoloss.train.SegmentationEvaluator;
import org.autoloss.train.StepListener;
import org.autoloss.train.TrainingResult;
import org.autoloss.train.UndefinedLogitsException;

/**
 * Trains by each of several losses with the same seeds, and evaluates: paired, since a seed fixes
 * the first weights and the batches. Every result goes to the log as it comes, and none that the
 * log holds is made again.
 */
final class LossComparison {
  private final FineTuning trainings;
  private final SegmentationEvaluator evaluator;
  private final RunLog log;
  private final ProgressListener progress;
  private final NetworkListener listener;

  /** Sees each network that was trained, before its result is in the log. */
  interface NetworkListener {
    NetworkListener NONE = (loss, index, network) -> {};

    void trained(String loss, int index, Network network) throws IOException;
  }

  /** One training of the comparison. */
  private record Cell(String loss, Map<Metric, Double> metrics) {}

  LossComparison(
      FineTuning trainings,
      SegmentationEvaluator evaluator,
      RunLog log,
      ProgressListener progress) {
    this(trainings, evaluator, log, progress, NetworkListener.NONE);
  }

  LossComparison(
      FineTuning trainings,
      SegmentationEvaluator evaluator,
      RunLog log,
      ProgressListener progress,
      NetworkListener listener) {
    this.listener = listener;
    this.trainings = trainings;
    this.evaluator = evaluator;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Runs the trainings whose results the log does not hold.
   *
   * @param stage the trainings' stage
   * @param losses specifications or artefacts by name
   * @param seed the comparison's seed
   * @param seeds how many trainings each loss gets
   * @param workers who trains
   * @return the table; a training that met NaN or infinity counts with 0
   */
  ComparisonTable run(
      Stage stage, Map<String, String> losses, long seed, int seeds, Workers workers) {
    List<Callable<Cell>> tasks = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      int index = i;
      losses.forEach((name, loss) -> tasks.add(() -> cell(stage, name, loss, seed, index)));
    }
    progress.started(stage.label(), tasks.size());
    Map<String, List<Map<Metric, Double>>> rows = new LinkedHashMap<>();
    losses.keySet().forEach(name -> rows.put(name, new ArrayList<>()));
    workers.run(tasks).forEach(cell -> rows.get(cell.loss()).add(cell.metrics()));
    return ComparisonTable.of(rows);
  }

  private Cell cell(Stage stage, String name, String loss, long seed, int index)
      throws IOException {
    long own = RandomStreams.seed(seed, index);
    Optional<Entry> known =
        log.find(stage, 0, index).stream()
            .filter(entry -> entry.content().equals(loss) && entry.seed() == own)
            .findFirst();
    Entry entry = known.isPresent() ? known.get() : train(stage, name, loss, own, index);
    progress.advanced();
    return new Cell(name, ComparisonTable.cells(entry));
  }

  private Entry train(Stage stage, String name, String specification, long seed, int index)
      throws IOException {
    long start = System.nanoTime();
    try (Loss loss = Loss.parse(specification);
        FineTuning.Trained trained = trainings.run(loss, seed, StepListener.NONE)) {
      TrainingResult.Status status = trained.result().status();
      Map<String, Double> metrics = new LinkedHashMap<>();
      if (trained.result().complete()) {
        try {
          evaluator
              .evaluate(trained.network())
              .values()
              .forEach((metric, value) -> metrics.put(metric.label(), value));
          listener.trained(name, index, trained.network());
        } catch (UndefinedLogitsException e) {
          status = TrainingResult.Status.NOT_FINITE;
        }
      }
      Entry.Outcome outcome =
          new Entry.Outcome(
              status.name().toLowerCase(Locale.ROOT),
              null,
              metrics,
              (System.nanoTime() - start) / 1e9);
      Entry entry =
          new Entry(stage, 0, index, seed, name, specification, Entry.Origin.NONE, outcome);
      log.add(List.of(entry));
      return entry;
    }
  }
}
