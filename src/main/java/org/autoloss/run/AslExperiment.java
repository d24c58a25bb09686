package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.metric.ClassPolicy;
import org.autoloss.metric.Goal;
import org.autoloss.nn.Checkpoint;
import org.autoloss.run.journal.Stage;
import org.autoloss.search.Evaluation;
import org.autoloss.search.SearchListener;
import org.autoloss.search.Trial;
import org.autoloss.search.Workers;
import org.autoloss.search.asl.AslSearch;
import org.autoloss.surrogate.SurrogateSpace;

/**
 * Auto Seg-Loss from a data set to a loss: warm start, search, confirmation, final table.
 *
 * <ol>
 *   <li>A network is trained by cross entropy on the warm split.
 *   <li>PPO2 searches the parameters of the goal's surrogates; a proxy trains on the train split
 *       and is scored on the reward split.
 *   <li>The best candidates and cross entropy are trained longer, with several seeds, and scored on
 *       the reward split: a proxy's score is noisy, and the best of many noisy scores is mostly
 *       luck. The best mean wins.
 *   <li>Cross entropy, the published parameters and the winner are trained with fresh seeds and
 *       evaluated on the test split, which nothing before has seen.
 * </ol>
 *
 * <p>The log receives the proxies, confirmations and tests as they come, and {@code warm.ckpt},
 * {@code found.json}, {@code loss.png}, {@code pareto.csv}, {@code pareto.json}, {@code pareto.png}
 * and the losses of the front in {@code pareto} if the goal has several metrics, {@code table.md}
 * and {@code table.json}. A run that was interrupted is run again with the same log: it comes to
 * where it was, and ends as if it had not been interrupted.
 */
public final class AslExperiment {
  /** The row of the baseline. */
  public static final String BASELINE = "cross entropy";

  /** The row of the winner. */
  public static final String FOUND = "searched";

  private static final long WARM = 1;
  private static final long SEARCH = 2;
  private static final long CONFIRM = 3;
  private static final long TEST = 4;

  private final SegmentationTask task;
  private final AslPlan plan;
  private final SurrogateSpace space;
  private final RunLog log;
  private final ProgressListener progress;

  /**
   * What came out.
   *
   * @param found the artefact of the winner, also in {@code found.json}
   * @param confirmation the candidates and the baseline on the reward split
   * @param standing the final table on the test split, and whether the loss beats the others in it
   * @param pareto the trade between the metrics, if the goal has several
   */
  public record Result(
      String found,
      ComparisonTable confirmation,
      Standing standing,
      Optional<ParetoReport> pareto) {
    /**
     * The final table.
     *
     * @return on the test split
     */
    public ComparisonTable table() {
      return standing.table();
    }
  }

  /**
   * An experiment.
   *
   * @param task data and network
   * @param plan how much of everything
   * @param log where results go
   * @param progress hears how far it is
   */
  public AslExperiment(SegmentationTask task, AslPlan plan, RunLog log, ProgressListener progress) {
    this.task = task;
    this.plan = plan;
    this.space = new SurrogateSpace(plan.goal(), ClassPolicy.ASL);
    this.log = log;
    this.progress = progress;
  }

  /**
   * The row of the published parameters.
   *
   * @param goal what is searched for
   * @return for example {@code published asl:mIoU}
   */
  public static String published(Goal goal) {
    return "published " + publishedLoss(goal);
  }

  private static String publishedLoss(Goal goal) {
    return goal.sum(metric -> "asl:" + metric.label());
  }

  /**
   * All that the results depend on.
   *
   * @param task data and network
   * @param plan how much of everything
   * @return the configuration of such a run
   */
  public static ObjectNode configuration(SegmentationTask task, AslPlan plan) {
    return task.configuration(plan.toJson());
  }

  /**
   * Measures a step, and says what the whole will cost.
   *
   * @param workers who will train
   * @return the cost
   * @throws IOException if the system does not say how much memory the process takes
   */
  public SearchCost cost(Workers workers) throws IOException {
    long proxies = (long) plan.search().steps() * plan.search().samples() + 1;
    long finals = (plan.topK() + 2L) * plan.confirmSeeds() + 3L * plan.testSeeds();
    CostProbe.Work work =
        new CostProbe.Work(
            plan.warmSteps(),
            proxies * plan.proxySteps() + finals * plan.finalSteps(),
            proxies + finals,
            2L * (proxies + finals));
    return new CostProbe(task, publishedLoss(plan.goal())).measure(work, log.path("."), workers);
  }

  /**
   * Runs all of it, but for what the log holds already.
   *
   * @param workers who trains; the result does not depend on their number
   * @return what came out
   * @throws IOException if the log cannot be written
   */
  public Result run(Workers workers) throws IOException {
    log.begin(workers.count(), Versions.toJson());
    Checkpoint warm =
        task.warmStart(log, plan.warmSteps(), RandomStreams.seed(plan.seed(), WARM), progress);
    StopRule rule = StopRule.of(log, progress, measured());
    List<AslSearch.Scored> scored = search(warm, workers, rule);
    Optional<ParetoReport> pareto = pareto(scored);
    Map<String, String> candidates = candidates(scored);
    Finals finals =
        new Finals(task, task.fineTuning(warm, plan.finalSteps()), log, progress, workers);
    ComparisonTable confirmation =
        finals.confirm(candidates, RandomStreams.seed(plan.seed(), CONFIRM), plan.confirmSeeds());
    String found = found(candidates, confirmation, rule);
    log.write("found.json", found + "\n");
    RunPictures.loss(log.path("loss.png"), found, progress);
    Standing standing =
        finals.test(
            Map.of(published(plan.goal()), publishedLoss(plan.goal())),
            found,
            plan.goal(),
            RandomStreams.seed(plan.seed(), TEST),
            plan.testSeeds());
    log.complete();
    return new Result(found, confirmation, standing, pareto);
  }

  /** How many candidates the log holds; the last mean, scored alone, is not one. */
  private long measured() throws IOException {
    int steps =
        log.entries(Stage.PROXY).stream()
            .filter(proxy -> proxy.sample() > 0)
            .mapToInt(proxy -> proxy.step() + 1)
            .max()
            .orElse(0);
    return (long) steps * plan.search().samples();
  }

  private List<AslSearch.Scored> search(Checkpoint warm, Workers workers, StopRule rule) {
    ProxyObjective<double[]> objective =
        new ProxyObjective<>(
            space::loss,
            task.fineTuning(warm, plan.proxySteps()),
            task.rewardEvaluator(),
            plan.goal());
    AslSearch search =
        new AslSearch(
            plan.search(),
            new JournalledObjective<>(objective, AslExperiment::toJson, log),
            new Recorder());
    progress.started("search", search.trials());
    return search.run(
        space.identity(), RandomStreams.seed(plan.seed(), SEARCH), workers, rule::enough);
  }

  /** Of a goal of several metrics, the proxies that are not dominated, and their losses. */
  private Optional<ParetoReport> pareto(List<AslSearch.Scored> scored) throws IOException {
    if (plan.goal().metrics().size() == 1) {
      return Optional.empty();
    }
    List<ParetoReport.Proxy> proxies =
        scored.stream()
            .filter(s -> s.evaluation().status() == Evaluation.Status.OK)
            .map(
                s ->
                    new ParetoReport.Proxy(
                        name(s.trial()), s.evaluation().measures(), artefact(s.theta())))
            .toList();
    return Optional.of(ParetoReport.of(plan.goal(), proxies).write(log, progress));
  }

  /** The best distinct candidates, and the policy's last mean, as artefacts by name. */
  private Map<String, String> candidates(List<AslSearch.Scored> scored) {
    Map<String, String> candidates = new LinkedHashMap<>();
    Set<String> artefacts = new HashSet<>();
    List<AslSearch.Scored> best =
        scored.stream()
            .filter(s -> s.evaluation().status() == Evaluation.Status.OK)
            .sorted(Comparator.comparingDouble(s -> -s.evaluation().score()))
            .toList();
    if (best.isEmpty()) {
      throw Finals.diverged(scored.size() + " proxies");
    }
    for (AslSearch.Scored candidate : best) {
      String artefact = artefact(candidate.theta());
      if (artefacts.size() < plan.topK() && artefacts.add(artefact)) {
        candidates.put(name(candidate.trial()), artefact);
      }
    }
    AslSearch.Scored last = scored.get(scored.size() - 1);
    if (artefacts.add(artefact(last.theta()))) {
      candidates.put(name(last.trial()), artefact(last.theta()));
    }
    return candidates;
  }

  /** The artefact of the best candidate, with what led to it. */
  private String found(Map<String, String> candidates, ComparisonTable confirmation, StopRule rule)
      throws IOException {
    String winner =
        candidates.keySet().stream()
            .max(Comparator.comparingDouble(name -> confirmation.mean(name, plan.goal())))
            .orElseThrow();
    ObjectNode artefact = (ObjectNode) Json.MAPPER.readTree(candidates.get(winner));
    ObjectNode provenance = artefact.putObject("provenance");
    provenance
        .put("method", "Auto Seg-Loss")
        .put("trial", winner)
        .put("reward", confirmation.mean(winner, plan.goal()))
        .put("rewardOfCrossEntropy", confirmation.mean(BASELINE, plan.goal()))
        .set("configuration", log.configuration());
    rule.ended().ifPresent(where -> provenance.set("ended", where));
    progress.message(
        String.format(
            Locale.ROOT,
            "confirmed %s: %s %s %% on the reward split, cross entropy %s %%",
            winner,
            plan.goal().label(),
            Display.percent(confirmation.mean(winner, plan.goal())),
            Display.percent(confirmation.mean(BASELINE, plan.goal()))));
    return artefact.toPrettyString();
  }

  private String artefact(double[] theta) {
    try (Loss loss = space.loss(theta)) {
      return loss.toJson();
    }
  }

  private static String name(Trial trial) {
    return "step " + trial.step() + " sample " + trial.sample();
  }

  /** The parameters as the journal has them, exactly. */
  private static String toJson(double[] theta) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    for (double value : theta) {
      array.add(value);
    }
    return array.toString();
  }

  /** Passes the progress on. */
  private final class Recorder implements SearchListener<double[]> {
    @Override
    public void evaluated(double[] theta, Trial trial, Evaluation evaluation) {
      progress.message(
          String.format(
              Locale.ROOT,
              "proxy %s: %s %s %% in %.1f s%s",
              name(trial),
              plan.goal().label(),
              Display.percent(evaluation.score()),
              evaluation.seconds(),
              evaluation.status() == Evaluation.Status.OK ? "" : ", loss not finite"));
      progress.advanced();
    }
  }
}
