package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.JournalledExecutor;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.search.TrialRunner;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.storage.Versions;
import org.autoloss.task.Split;
import org.autoloss.task.Task;

/**
 * Whether short trainings put losses in the order that full ones do: a search chooses by the short
 * ones. Every length has seeds of its own, so that what they share is the loss and no luck of the
 * batches.
 *
 * <p>Its folder receives the journal, {@code correlation.md} and {@code correlation.json}. Run
 * again in the same folder, it does what is missing.
 */
public final class ProxyCorrelation {
  private static final String METHOD = "proxy-correlation";
  private static final long WARM = 1;
  private static final long TRAININGS = 2;
  private static final long RATE = 3;

  private final Task task;
  private final CorrelationPlan plan;
  private final ProgressListener progress;

  /**
   * A length beside the full one.
   *
   * @param steps the length
   * @param correlation of the scores at this length with those at full length
   * @param regret how much of the full-length score is lost by the loss that is best at this length
   * @param seconds that its trainings took together, each by one worker
   */
  public record Row(int steps, RankCorrelation correlation, double regret, double seconds) {}

  /**
   * What came out.
   *
   * @param rows by length, the full one left out
   * @param scores by length and loss, means over the seeds
   * @param plan of the comparison
   */
  public record Result(List<Row> rows, List<double[]> scores, CorrelationPlan plan) {
    /**
     * The table.
     *
     * @return Markdown
     */
    public String toMarkdown() {
      StringBuilder text =
          new StringBuilder(
              String.format(
                  Locale.ROOT,
                  "%d losses by %s on the reward split, each length against %d steps, %d seed(s) of"
                      + " its own for each loss and length.%n%n"
                      + "| steps | Spearman | Kendall | regret, points | seconds |%n"
                      + "| ---: | ---: | ---: | ---: | ---: |%n",
                  plan.losses().size(),
                  plan.objective().label(),
                  plan.lengths().get(plan.lengths().size() - 1),
                  plan.seeds()));
      for (Row row : rows) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %d | %.3f | %.3f | %s | %.0f |%n",
                row.steps(),
                row.correlation().spearman(),
                row.correlation().kendall(),
                Display.percent(row.regret()),
                row.seconds()));
      }
      return text.toString();
    }

    /**
     * The table, and each loss's scores.
     *
     * @return one JSON object
     */
    public ObjectNode toJson() {
      ObjectNode json = Json.MAPPER.createObjectNode();
      ArrayNode lengths = json.putArray("lengths");
      for (Row row : rows) {
        lengths
            .addObject()
            .put("steps", row.steps())
            .put("spearman", finite(row.correlation().spearman()))
            .put("kendall", finite(row.correlation().kendall()))
            .put("regret", row.regret())
            .put("workerSeconds", row.seconds());
      }
      ObjectNode losses = json.putObject("scores");
      List<String> names = List.copyOf(plan.losses().keySet());
      for (int i = 0; i < names.size(); i++) {
        ObjectNode loss = losses.putObject(names.get(i));
        for (int k = 0; k < scores.size(); k++) {
          loss.put(Integer.toString(plan.lengths().get(k)), scores.get(k)[i]);
        }
      }
      return json;
    }

    private static Double finite(double value) {
      return Double.isNaN(value) ? null : (Double) value;
    }
  }

  /**
   * A comparison.
   *
   * @param task the ground
   * @param plan losses and lengths
   * @param progress is told of progress
   */
  public ProxyCorrelation(Task task, CorrelationPlan plan, ProgressListener progress) {
    this.task = task;
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Makes the comparison, or what an interrupted run has left of it.
   *
   * @param folder of the run
   * @param executors who trains; the result does not depend on it
   * @return the comparison, also in the folder
   * @throws IOException if the folder cannot be written
   * @throws IllegalArgumentException if the folder holds something else
   */
  public Result run(Path folder, LossSearch.Executors executors) throws IOException {
    return RunFolder.startOrResume(folder, METHOD, configuration(), log -> run(log, executors));
  }

  /**
   * Says whether the comparison can be made, before anything is trained for it.
   *
   * @param folder of the run
   * @throws IOException if the folder cannot be read
   * @throws IllegalArgumentException if the folder holds something else, or a loss does not fit
   */
  public void check(Path folder) throws IOException {
    RunFolder.requireFreeOrSame(folder, METHOD, configuration());
    plan.losses().forEach((name, loss) -> FirstStep.check(task, "loss " + name, loss));
  }

  private ObjectNode configuration() {
    ObjectNode configuration = plan.toJson();
    configuration.set("task", task.toJson());
    configuration.set("versions", Versions.toJson());
    return configuration;
  }

  private Result run(RunFolder log, LossSearch.Executors executors) throws IOException {
    RateSweep sweep =
        new RateSweep(
            task,
            task.baseline(),
            plan.lengths().get(plan.lengths().size() - 1),
            plan.objective(),
            RandomStreams.seed(plan.seed(), RATE),
            log,
            progress);
    Checkpoint warm =
        sweep.warmStart(plan.warmSteps(), RandomStreams.seed(plan.seed(), WARM), executors);
    Double rate = sweep.forTrainings(warm, executors);
    TrialRunner runner = new TrialRunner(task, warm, TrialRunner.Listener.NONE);
    try (TrialExecutor executor = new JournalledExecutor(executors.of(runner), log, r -> 0)) {
      List<Trial> trials = trials(rate);
      progress.started("proxies", trials.size());
      Result result = result(executor.evaluate(trials, (trial, done) -> progress.advanced()));
      log.write("correlation.md", result.toMarkdown());
      log.write("correlation.json", result.toJson());
      log.complete();
      return result;
    }
  }

  /** By length, seed and loss, in this order. */
  private List<Trial> trials(Double rate) {
    List<Trial> trials = new ArrayList<>();
    for (int k = 0; k < plan.lengths().size(); k++) {
      int step = k;
      Trial.Work work = Trial.Work.of(plan.lengths().get(k), Split.REWARD).withLearningRate(rate);
      for (int i = 0; i < plan.seeds(); i++) {
        int index = i;
        long own = RandomStreams.seed(plan.seed(), TRAININGS, plan.lengths().get(k), i);
        plan.losses()
            .forEach(
                (name, loss) ->
                    trials.add(new Trial(Stage.TRAINING, step, index, own, name, loss, work)));
      }
    }
    return trials;
  }

  private Result result(List<TrialResult> results) {
    int each = plan.losses().size();
    int block = each * plan.seeds();
    List<double[]> scores = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    for (int k = 0; k < plan.lengths().size(); k++) {
      List<TrialResult> own = results.subList(k * block, (k + 1) * block);
      double[] means = new double[each];
      for (int i = 0; i < block; i++) {
        means[i % each] += own.get(i).score(plan.objective()) / plan.seeds();
      }
      scores.add(means);
      seconds.add(own.stream().mapToDouble(TrialResult::seconds).sum());
    }
    double[] full = scores.get(scores.size() - 1);
    double most = Arrays.stream(full).max().orElseThrow();
    List<Row> rows = new ArrayList<>();
    for (int k = 0; k + 1 < scores.size(); k++) {
      double lost = most - full[best(scores.get(k))];
      RankCorrelation correlation = RankCorrelation.of(scores.get(k), full);
      rows.add(new Row(plan.lengths().get(k), correlation, lost, seconds.get(k)));
    }
    return new Result(rows, scores, plan);
  }

  private static int best(double[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }
}
