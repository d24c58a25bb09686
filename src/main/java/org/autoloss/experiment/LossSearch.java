package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossSet;
import org.autoloss.nn.Checkpoint;
import org.autoloss.report.ComparisonTable;
import org.autoloss.report.Gap;
import org.autoloss.report.ParetoReport;
import org.autoloss.report.RunPictures;
import org.autoloss.report.ScalarFile;
import org.autoloss.report.Standing;
import org.autoloss.search.JournalledExecutor;
import org.autoloss.search.LocalExecutor;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.ScoredLoss;
import org.autoloss.search.SearchOutcome;
import org.autoloss.search.SearchSession;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialRunner;
import org.autoloss.search.Workers;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.storage.Versions;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;

/**
 * A search from a task to a loss, the same for every method and task.
 *
 * <ol>
 *   <li>Where the task has several learning rates to choose from, a sweep by the usual losses,
 *       before the warm start and after it.
 *   <li>Warm start: a network is trained by the usual losses on the warm split.
 *   <li>Search: the method asks for losses; each trains a proxy on the train split, which is scored
 *       on the reward split.
 *   <li>Confirmation: the best candidates and the baselines are trained longer, with several seeds,
 *       and measured on a split that no score has seen ({@link Confirmation}): a proxy's score is
 *       noisy, and the best of many noisy scores is mostly luck. The best mean wins; if that is a
 *       baseline's, the baseline is the answer.
 *   <li>Final table: the baselines, the method's references and the best candidate are trained with
 *       fresh seeds and evaluated on the test split, which nothing before has seen.
 * </ol>
 *
 * <p>The log receives every training as it ends, and {@code warm.ckpt}, {@code found.json}, {@code
 * candidate.json}, {@code loss.png}, {@code confirmation.json}, {@code table.md} and {@code
 * table.json}, examples, the method's own documents, and the files of a {@link ParetoReport} if the
 * objective has several metrics. A run that was interrupted is run again with the same log: it
 * reaches the same state again, and ends as if it had not been interrupted.
 */
public final class LossSearch {
  private static final long WARM = 1;
  private static final long CONFIRM = 3;
  private static final long TEST = 4;
  private static final long RATE = 5;
  private static final long ELSEWHERE = 7;
  private static final String WARM_ELSEWHERE = "warm-confirm.ckpt";

  private final Task task;
  private final SearchPlan plan;
  private final RunLog log;
  private final ProgressListener progress;

  /** Makes what carries trainings out: threads here, or machines elsewhere. */
  @FunctionalInterface
  public interface Executors {
    /**
     * Makes an executor for trainings from a warm start.
     *
     * @param runner what is to be done for each trial
     * @return the executor; the search closes it
     */
    TrialExecutor of(TrialRunner runner);

    /**
     * Threads of this process.
     *
     * @param workers the threads; the caller closes them
     * @return executors on them
     */
    static Executors local(Workers workers) {
      return runner -> new LocalExecutor(runner, workers);
    }
  }

  /**
   * What came out.
   *
   * @param found the artefact of the answer, also in {@code found.json}
   * @param candidate the artefact of the best candidate, also in {@code candidate.json}
   * @param confirmation the candidates and the baselines on the split that confirms
   * @param verdict which of them is the answer
   * @param gap how far the scores carry, if a split of its own confirms
   * @param standing the final table on the test split, and whether the loss beats the others in it
   * @param pareto the trade between the metrics, if the objective has several
   * @param details what else the method tells programs
   */
  public record Result(
      String found,
      String candidate,
      ComparisonTable confirmation,
      Verdict verdict,
      Optional<Gap> gap,
      Standing standing,
      Optional<ParetoReport> pareto,
      ObjectNode details) {}

  /**
   * A search.
   *
   * @param task the ground
   * @param plan method and budgets
   * @param log where results go
   * @param progress is told of progress
   */
  public LossSearch(Task task, SearchPlan plan, RunLog log, ProgressListener progress) {
    this.task = task;
    this.plan = plan;
    this.log = log;
    this.progress = progress;
  }

  /**
   * All that the results of a search depend on.
   *
   * @param task the ground
   * @param plan method and budgets
   * @return the configuration of such a run
   * @throws IllegalArgumentException if the method cannot search on this ground, or a baseline
   *     cannot train its network
   */
  public static ObjectNode configuration(Task task, SearchPlan plan) {
    plan.method().check(task, plan.objective());
    plan.confirmation()
        .elsewhere(task)
        .ifPresent(second -> second.begin(Split.TRAIN, plan.seed()).close());
    plan.confirmation()
        .baselines()
        .forEach((name, loss) -> FirstStep.check(task, "baseline " + name, loss));
    plan.references().values().forEach(loss -> LossSet.parse(loss, task.branchInputs()).close());
    ObjectNode json = plan.toJson();
    json.set("task", task.toJson());
    json.set("versions", Versions.toJson());
    return json;
  }

  /**
   * Measures a step, and says what the whole will cost.
   *
   * @param task the ground
   * @param plan method and budgets
   * @param budget when the search ends before its time
   * @param folder of the run, which need not be there yet
   * @param workers who measure, side by side
   * @param trainers how many will train side by side
   * @return the cost
   * @throws IOException if the system does not say how much memory the process takes
   */
  public static SearchCost cost(
      Task task, SearchPlan plan, Budget budget, Path folder, Workers workers, int trainers)
      throws IOException {
    long proxies = plan.method().proxies(budget.candidates());
    long rates = RateSweep.trainings(task.learningRates().size(), plan.warmSteps());
    long baselines = plan.confirmation().baselines().size();
    long again =
        plan.confirmation().network() == null
            ? 0
            : (plan.topK() + 1L + baselines) * plan.confirmSeeds();
    long finals =
        again
            + SearchLength.finals(plan.topK(), plan.confirmSeeds(), plan.testSeeds())
            + baselines * (plan.confirmSeeds() + plan.testSeeds())
            + (long) plan.references().size() * plan.testSeeds();
    return new CostProbe(task)
        .measure(
            new CostProbe.Work(
                plan.warmSteps(),
                new CostProbe.Trainings(rates, plan.proxySteps()),
                new CostProbe.Trainings(proxies, plan.proxySteps()),
                new CostProbe.Trainings(finals, plan.finalSteps()),
                budget,
                plan.method()::proxies),
            folder,
            workers,
            trainers);
  }

  /**
   * Runs all of it, but for what the log holds already.
   *
   * @param executors who trains; the result does not depend on it
   * @return what came out
   * @throws IOException if the log cannot be written
   */
  public Result run(Executors executors) throws IOException {
    try (ScalarFile scalars = ScalarFile.attach(log)) {
      RateSweep sweep =
          new RateSweep(
              task,
              plan.confirmation().judge(task),
              plan.proxySteps(),
              plan.objective(),
              RandomStreams.seed(plan.seed(), RATE),
              log,
              progress);
      Checkpoint warm =
          sweep.warmStart(plan.warmSteps(), RandomStreams.seed(plan.seed(), WARM), executors);
      Double rate = sweep.forTrainings(warm, executors);
      TrialRunner runner = new TrialRunner(task, warm, new Examples());
      try (TrialExecutor executor = journalled(executors, runner)) {
        log.begin(executor.parallelism(), Versions.toJson());
        return run(warm, executor, rate, executors);
      }
    }
  }

  private TrialExecutor journalled(Executors executors, TrialRunner runner) {
    return new JournalledExecutor(
        executors.of(runner), log, result -> result.score(plan.objective()));
  }

  private Result run(Checkpoint warm, TrialExecutor executor, Double rate, Executors executors)
      throws IOException {
    StoppingRule rule = StoppingRule.of(log, progress, plan.method().measured(log));
    SearchSession session =
        new SearchSession(
            task,
            warm,
            plan.objective(),
            plan.seed(),
            Trial.Work.of(plan.proxySteps(), Split.REWARD).withLearningRate(rate),
            plan.topK(),
            executor,
            rule::enough,
            log,
            progress);
    progress.started("search", Math.toIntExact(plan.method().proxies()));
    SearchOutcome outcome = plan.method().search(session);
    Optional<ParetoReport> pareto = pareto(outcome.complete());
    FinalEvaluation finals = new FinalEvaluation(task, plan, rate, executor, log, progress);
    Map<String, ScoredLoss> finalists = finalists(outcome);
    ComparisonTable here =
        finals.confirm(specifications(finalists), RandomStreams.seed(plan.seed(), CONFIRM));
    ComparisonTable confirmation = withSecondNetwork(here, finalists, rate, executors);
    Verdict verdict =
        Verdict.of(
            plan.objective(),
            plan.confirmation().split(),
            confirmation,
            finalists.keySet(),
            finals.baselines().keySet());
    progress.message("confirmed " + verdict.candidate() + ". " + verdict.sentence());
    ScoredLoss winner = finalists.get(verdict.candidate());
    String baseline = finals.baselines().get(verdict.baseline());
    Answer.Losses losses =
        new Answer(task, plan, log, progress)
            .write(outcome, winner, verdict, confirmation, baseline, rule);
    Standing standing =
        finals.test(references(session), winner.loss(), RandomStreams.seed(plan.seed(), TEST));
    Optional<Gap> gap = finals.gap(here, verdict, standing);
    finals.write(standing, gap, confirmation, verdict);
    log.complete();
    return new Result(
        losses.found(),
        losses.candidate(),
        confirmation,
        verdict,
        gap,
        standing,
        pareto,
        outcome.details());
  }

  /** The confirmation by a second network as well, if the plan has one. */
  private ComparisonTable withSecondNetwork(
      ComparisonTable here, Map<String, ScoredLoss> finalists, Double rate, Executors executors)
      throws IOException {
    Optional<Task> second = plan.confirmation().elsewhere(task);
    if (second.isEmpty()) {
      return here;
    }
    progress.message("confirmation with " + plan.confirmation().network() + " as well");
    long seed = RandomStreams.seed(plan.seed(), ELSEWHERE);
    Task ground = second.get();
    Checkpoint warm =
        new WarmStart(ground, plan.warmSteps(), rate, seed, WARM_ELSEWHERE).make(log, progress);
    TrialRunner runner = new TrialRunner(ground, warm, TrialRunner.Listener.NONE);
    try (TrialExecutor executor = journalled(executors, runner)) {
      return here.and(
          new FinalEvaluation(ground, plan, rate, executor, log, progress)
              .measured(specifications(finalists), seed));
    }
  }

  /** The plan's and the method's. */
  private Map<String, String> references(SearchSession session) {
    Map<String, String> references = new LinkedHashMap<>(plan.references());
    references.putAll(plan.method().references(session));
    return references;
  }

  private Map<String, ScoredLoss> finalists(SearchOutcome outcome) throws IOException {
    if (outcome.complete().isEmpty()) {
      throw FinalEvaluation.diverged(log, outcome.proxies() + " proxies");
    }
    return outcome.finalists(plan.topK());
  }

  private static Map<String, String> specifications(Map<String, ScoredLoss> finalists) {
    Map<String, String> losses = new LinkedHashMap<>();
    finalists.forEach((name, finalist) -> losses.put(name, finalist.loss()));
    return losses;
  }

  /** Of an objective of several metrics, the proxies that no other dominates, and their losses. */
  private Optional<ParetoReport> pareto(List<ScoredLoss> complete) throws IOException {
    if (plan.objective().metrics().size() == 1) {
      return Optional.empty();
    }
    List<ParetoReport.Proxy> proxies =
        complete.stream()
            .map(s -> new ParetoReport.Proxy(s.name(), s.result().metrics(), s.loss()))
            .toList();
    return Optional.of(ParetoReport.of(plan.objective(), proxies).write(log, progress));
  }

  /** Draws examples of the first seed of each loss in the final table. */
  private final class Examples implements TrialRunner.Listener {
    @Override
    public boolean wants(Trial trial) {
      return trial.stage() == Stage.TEST && trial.sample() == 0;
    }

    @Override
    public void trained(Trial trial, TaskModel model) {
      if (wants(trial)) {
        ExampleFiles files = new ExampleFiles(log.path(ExampleFiles.FOLDER), trial.name());
        RunPictures.attempt(
            ExampleFiles.FOLDER, progress, () -> model.drawExamples(Split.TEST, files));
      }
    }
  }
}
