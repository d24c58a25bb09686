package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossSet;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.report.ComparisonTable;
import org.autoloss.report.Effort;
import org.autoloss.report.Race;
import org.autoloss.report.TablePage;
import org.autoloss.report.TableReport;
import org.autoloss.search.JournalledExecutor;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialRunner;
import org.autoloss.search.Workers;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.storage.Versions;
import org.autoloss.task.Split;
import org.autoloss.task.Task;

/**
 * The papers' comparison: from one warm start, a training by each loss with each seed, measured by
 * the task's metrics on the test split.
 *
 * <p>Its folder receives {@code config.json}, {@code warm.ckpt}, an entry of the journal as each
 * training ends, and {@code table.md}, {@code table.csv}, {@code table.json} and {@code
 * table.html}. Run again in the same folder, with the same task and budgets, it does what is
 * missing: rows may be added, left out or put in another order, and more learning rates tried.
 *
 * <p>In a fair race each loss first chooses its own learning rate on the reward split ({@link
 * RateGrid}), one for all columns or one for each.
 */
public final class LossTable {
  private static final String METHOD = "table";
  private static final long WARM = 1;
  private static final long TRAININGS = 2;
  private static final long RATE = 3;

  private final Task task;
  private final TablePlan plan;
  private final ProgressListener progress;

  /**
   * A table.
   *
   * @param task data and network
   * @param plan losses and budgets
   * @param progress is told of progress
   * @throws IllegalArgumentException if a loss is none
   */
  public LossTable(Task task, TablePlan plan, ProgressListener progress) {
    this.task = task;
    this.plan = plan;
    this.progress = progress;
    plan.losses().values().forEach(loss -> LossSet.parse(loss, task.branchInputs()).close());
  }

  /**
   * Makes the table, or what an interrupted run has left of it.
   *
   * @param folder of the run
   * @param executors who trains; the result does not depend on it
   * @return the table, also in the folder
   * @throws IOException if the folder cannot be written
   * @throws IllegalArgumentException if the folder holds something else
   */
  public TableReport run(Path folder, LossSearch.Executors executors) throws IOException {
    return RunFolder.startOrResume(
        folder, METHOD, configuration(), log -> run(log, null, executors));
  }

  /**
   * Makes the table with rates that have been chosen for all its losses.
   *
   * @param folder of the run
   * @param rates of each column, by its metric's label; the warm start has the task's
   * @param executors who trains; the result does not depend on it
   * @return the table, also in the folder
   * @throws IOException if the folder cannot be written
   * @throws IllegalArgumentException if the folder holds something else
   */
  public TableReport runAt(Path folder, Map<String, Double> rates, LossSearch.Executors executors)
      throws IOException {
    ObjectNode configuration = configuration();
    rates.forEach(configuration.withObject("/rates")::put);
    return RunFolder.startOrResume(
        folder, METHOD, configuration, log -> run(log, rates, executors));
  }

  /**
   * Says whether the table can be made, before anything is trained for it: whether the folder can
   * be written, and whether each loss can train the network on these data.
   *
   * @param folder of the run
   * @throws IOException if the folder cannot be written
   * @throws IllegalArgumentException if the folder holds something else, or a loss does not fit
   */
  public void check(Path folder) throws IOException {
    RunFolder.requireFreeOrSame(folder, METHOD, configuration());
    plan.losses().forEach((name, loss) -> FirstStep.check(task, "loss " + name, loss));
  }

  /**
   * Measures a step, and says what the whole will cost.
   *
   * @param folder of the run, which need not be there yet
   * @param workers who measure, side by side
   * @param trainers how many will train side by side
   * @return the cost
   * @throws IOException if the system does not say how much memory the process takes
   */
  public SearchCost cost(Path folder, Workers workers, int trainers) throws IOException {
    long trainings = (long) plan.losses().size() * plan.seeds();
    return new CostProbe(task)
        .measure(
            new CostProbe.Work(
                plan.warmSteps(),
                new CostProbe.Trainings(
                    RateSweep.trainings(task.learningRates().size(), plan.warmSteps()),
                    plan.steps()),
                new CostProbe.Trainings(trainings, plan.steps()),
                new CostProbe.Trainings(0, 0),
                Budget.NONE,
                count -> count),
            folder,
            workers,
            trainers);
  }

  private ObjectNode configuration() {
    ObjectNode configuration = plan.budgets();
    configuration.set("task", task.toJson());
    return configuration;
  }

  private TableReport run(RunFolder log, Map<String, Double> chosen, LossSearch.Executors executors)
      throws IOException {
    RateSweep sweep =
        new RateSweep(
            task,
            task.baseline(),
            plan.steps(),
            ObjectiveMetric.of(task.metrics().get(0)),
            RandomStreams.seed(plan.seed(), RATE),
            log,
            progress);
    Checkpoint warm =
        sweep.warmStart(plan.warmSteps(), RandomStreams.seed(plan.seed(), WARM), executors);
    boolean shares = chosen == null && plan.rates().isEmpty();
    Double rate = shares ? sweep.forTrainings(warm, executors) : null;
    TrialRunner runner = new TrialRunner(task, warm, TrialRunner.Listener.NONE);
    try (TrialExecutor executor = new JournalledExecutor(executors.of(runner), log, result -> 0)) {
      TableReport report =
          shares
              ? shared(rate, executor)
              : chosen == null ? race(executor) : repeat(chosen, executor);
      write(log, report);
      log.complete();
      return report;
    }
  }

  /** All losses by one rate; null for the task's. */
  private TableReport shared(Double rate, TrialExecutor executor) {
    Trial.Work work = Trial.Work.of(plan.steps(), Split.TEST).withLearningRate(rate);
    ComparisonTable table =
        comparison(executor).run(plan.losses(), work, task.metrics(), trainingSeed(), plan.seeds());
    return new TableReport(table, Race.NONE);
  }

  /** All losses by rates that are known. */
  private TableReport repeat(Map<String, Double> rates, TrialExecutor executor) {
    Map<String, Map<String, Double>> all = new LinkedHashMap<>();
    plan.losses().keySet().forEach(name -> all.put(name, rates));
    return new TableReport(trainings(executor).run(all, trainingSeed()).table(), Race.NONE);
  }

  private RatedTrainings trainings(TrialExecutor executor) {
    return new RatedTrainings(plan, task.metrics(), comparison(executor));
  }

  /** Each loss by its own rate. */
  private TableReport race(TrialExecutor executor) {
    RateGrid grid = plan.rates();
    Map<String, OwnRates.Chosen> chosen =
        new OwnRates(grid, RandomStreams.seed(plan.seed(), RATE), executor, progress)
            .choose(plan.losses(), task.metrics());
    Map<String, Map<String, Double>> rates = new LinkedHashMap<>();
    chosen.forEach((name, own) -> rates.put(name, byColumn(own)));
    RatedTrainings.Result result = trainings(executor).run(rates, trainingSeed());
    Map<String, Race.Row> rows = new LinkedHashMap<>();
    chosen.forEach(
        (name, own) -> {
          Effort took = own.effort().and(result.efforts().get(name));
          rows.put(name, new Race.Row(own.choices(), took, plan.searches().get(name)));
        });
    return new TableReport(result.table(), new Race(grid.rates(), grid.steps(), rows));
  }

  private Map<String, Double> byColumn(OwnRates.Chosen own) {
    Map<String, Double> rates = new LinkedHashMap<>();
    for (Metric column : task.metrics()) {
      String chooser = plan.rates().chooser(column).label();
      rates.put(column.label(), own.choices().get(chooser).rate());
    }
    return rates;
  }

  private LossComparison comparison(TrialExecutor executor) {
    return new LossComparison(Stage.TRAINING, executor, progress);
  }

  private long trainingSeed() {
    return RandomStreams.seed(plan.seed(), TRAININGS);
  }

  private void write(RunFolder log, TableReport report) throws IOException {
    ObjectNode configuration = plan.toJson();
    configuration.set("task", task.toJson());
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.set("configuration", configuration);
    json.set("versions", Versions.toJson());
    json.set("table", report.table().toJson());
    if (!report.race().isEmpty()) {
      json.set("race", report.race().toJson());
    }
    log.write("table.html", TablePage.of(report, configuration, Versions.toJson()));
    log.write("table.md", report.toMarkdown());
    log.write("table.csv", report.toCsv());
    log.write("table.json", json);
  }
}
