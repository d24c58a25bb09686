package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.autoloss.graph.CanonicalForm;
import org.autoloss.graph.GraphEvaluator;
import org.autoloss.graph.GraphLoss;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.Checkpoint;
import org.autoloss.run.journal.Stage;
import org.autoloss.search.Workers;
import org.autoloss.search.zero.Individual;
import org.autoloss.search.zero.Screening;
import org.autoloss.search.zero.Tally;
import org.autoloss.search.zero.ZeroSearch;

/**
 * AutoLoss-Zero from a data set to a loss: warm start, evolution, confirmation, final table, in the
 * stages of {@link AslExperiment}.
 *
 * <p>The log receives explored losses, individuals, proxies, confirmations and tests as they come,
 * and {@code warm.ckpt}, {@code tally.json}, {@code found.json}, {@code loss.png}, {@code
 * family.md} and {@code family.json} (which mutation brought what to the winner), the files of a
 * {@link ParetoReport} if the goal has several metrics, {@code table.md} and {@code table.json}. A
 * run that was interrupted is run again with the same log: it comes to where it was, and ends as if
 * it had not been interrupted.
 */
public final class ZeroExperiment {
  private static final long WARM = 1;
  private static final long SEARCH = 2;
  private static final long CONFIRM = 3;
  private static final long TEST = 4;
  private static final long SAMPLES = 5;

  private final SegmentationTask task;
  private final ZeroPlan plan;
  private final RunLog log;
  private final ProgressListener progress;

  /**
   * What came out.
   *
   * @param found the artefact of the winner, also in {@code found.json}
   * @param tally what became of all that was explored
   * @param confirmation the candidates and the baseline on the reward split
   * @param standing the final table on the test split, and whether the loss beats the others in it
   * @param pareto the trade between the metrics, if the goal has several
   */
  public record Result(
      String found,
      Tally tally,
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
  public ZeroExperiment(
      SegmentationTask task, ZeroPlan plan, RunLog log, ProgressListener progress) {
    this.task = task;
    this.plan = plan;
    this.log = log;
    this.progress = progress;
  }

  /**
   * All that the results depend on.
   *
   * @param task data and network
   * @param plan how much of everything
   * @return the configuration of such a run
   */
  public static ObjectNode configuration(SegmentationTask task, ZeroPlan plan) {
    return task.configuration(plan.toJson());
  }

  /**
   * Measures a step, and says what the trainings will cost; how many losses must be explored for
   * them, nobody knows before.
   *
   * @param workers who will train
   * @return the cost
   * @throws IOException if the system does not say how much memory the process takes
   */
  public SearchCost cost(Workers workers) throws IOException {
    long finals = (plan.topK() + 3L) * plan.seeds();
    CostProbe.Work work =
        new CostProbe.Work(
            plan.warmSteps(),
            (long) plan.proxies() * plan.proxySteps() + finals * plan.finalSteps(),
            plan.proxies() + finals,
            3L * plan.proxies() + 2L * finals);
    return new CostProbe(task, "ce").measure(work, log.path("."), workers);
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
    Checkpoint warm = warmStart();
    StopRule rule = StopRule.of(log, progress, measured());
    boolean several = plan.goal().metrics().size() > 1;
    ZeroHarvest harvest = new ZeroHarvest(plan.topK(), several ? this::proxy : null);
    Tally tally = search(warm, workers, rule, harvest);
    log.write("tally.json", toJson(tally));
    Optional<ParetoReport> pareto =
        several
            ? Optional.of(ParetoReport.of(plan.goal(), harvest.proxies()).write(log, progress))
            : Optional.empty();
    Map<String, Individual> candidates = candidates(harvest.best(), tally);
    Map<String, String> artefacts = new LinkedHashMap<>();
    candidates.forEach((name, individual) -> artefacts.put(name, artefact(individual).toString()));
    Finals finals =
        new Finals(task, task.fineTuning(warm, plan.finalSteps()), log, progress, workers);
    ComparisonTable confirmation =
        finals.confirm(artefacts, RandomStreams.seed(plan.seed(), CONFIRM), plan.seeds());
    String winner = winner(candidates, confirmation);
    String found = found(candidates.get(winner), winner, confirmation, rule);
    log.write("found.json", found + "\n");
    RunPictures.loss(log.path("loss.png"), found, progress);
    FamilyTree family = FamilyTree.of(candidates.get(winner), plan.goal());
    log.write("family.md", family.toMarkdown());
    log.write("family.json", family.toJson());
    Standing standing =
        finals.test(
            Map.of(), found, plan.goal(), RandomStreams.seed(plan.seed(), TEST), plan.seeds());
    log.complete();
    return new Result(found, tally, confirmation, standing, pareto);
  }

  /** The warm start of this experiment, also for {@link ZeroAblation}. */
  Checkpoint warmStart() throws IOException {
    return task.warmStart(log, plan.warmSteps(), RandomStreams.seed(plan.seed(), WARM), progress);
  }

  /** What became of the explored losses, as data. */
  static ObjectNode toJson(Tally tally) {
    return Json.MAPPER.valueToTree(tally);
  }

  /** The rejection protocol, also for {@link ZeroAblation} and {@link ZeroExploration}. */
  GraphEvaluator evaluator() {
    RejectionSamples samples =
        task.rejectionSamples(
            plan.samples(),
            plan.sampleSize(),
            plan.rejection().noise(),
            RandomStreams.seed(plan.seed(), SAMPLES));
    return GraphEvaluator.forGoal(
        plan.goal(),
        metric -> GraphEvaluator.on(plan.screenOn(), samples, plan.rejection().withMetric(metric)));
  }

  /** Scores a graph by a proxy training, also for {@link ZeroAblation}. */
  ProxyObjective<LossGraph> objective(Checkpoint warm, boolean earlyStop) {
    return new ProxyObjective<>(
        this::loss,
        task.fineTuning(warm, plan.proxySteps(), earlyStop),
        task.rewardEvaluator(),
        plan.goal());
  }

  /** How many candidates the log holds. */
  private long measured() throws IOException {
    return log.decisions(Stage.EXPLORED).values().stream().mapToLong(Long::longValue).sum();
  }

  private Tally search(Checkpoint warm, Workers workers, StopRule rule, ZeroHarvest harvest)
      throws IOException {
    Screening screening = new Screening(plan.search(), evaluator());
    progress.started("search", plan.proxies());
    ZeroSearch search =
        new ZeroSearch(
            plan.search(),
            screening,
            new JournalledObjective<>(
                objective(warm, plan.search().earlyStop()), LossGraph::toString, log),
            new ZeroRecorder(log, progress, plan.goal().label(), harvest));
    long start = System.nanoTime();
    Tally tally =
        search.run(
            RandomStreams.seed(plan.seed(), SEARCH),
            workers,
            plan.proxies(),
            sofar -> sofar.trained() > 0 && rule.enough(sofar.explored()));
    double seconds = (System.nanoTime() - start) / 1e9;
    ExplorationSpeed speed = new ExplorationSpeed(tally.explored(), seconds, screening.seconds());
    progress.message(speed.toString());
    log.write("speed.json", speed.toJson());
    return tally;
  }

  private ParetoReport.Proxy proxy(Individual individual) {
    return new ParetoReport.Proxy(
        name(individual), individual.evaluation().measures(), artefact(individual).toString());
  }

  /** The best candidates, which differ in their gradients, by name. */
  private static Map<String, Individual> candidates(List<Individual> best, Tally tally) {
    if (best.isEmpty()) {
      throw Finals.diverged(tally.trained() + " proxies");
    }
    Map<String, Individual> candidates = new LinkedHashMap<>();
    best.forEach(individual -> candidates.put(name(individual), individual));
    return candidates;
  }

  private static String name(Individual individual) {
    return "individual " + individual.id();
  }

  private String winner(Map<String, Individual> candidates, ComparisonTable confirmation) {
    String winner =
        candidates.keySet().stream()
            .max(Comparator.comparingDouble(name -> confirmation.mean(name, plan.goal())))
            .orElseThrow();
    progress.message(
        String.format(
            Locale.ROOT,
            "confirmed %s, %s: %s %s %% on the reward split, cross entropy %s %%",
            winner,
            candidates.get(winner).graph(),
            plan.goal().label(),
            Display.percent(confirmation.mean(winner, plan.goal())),
            Display.percent(confirmation.mean(AslExperiment.BASELINE, plan.goal()))));
    return winner;
  }

  private String found(
      Individual individual, String name, ComparisonTable confirmation, StopRule rule)
      throws IOException {
    ObjectNode artefact = artefact(individual);
    artefact.put("metric", plan.goal().label());
    ObjectNode provenance = artefact.putObject("provenance");
    provenance
        .put("method", "AutoLoss-Zero")
        .put("individual", individual.id())
        .put("canonical", CanonicalForm.of(individual.graph()).toString())
        .put("latex", individual.graph().toLatex())
        .put("reward", confirmation.mean(name, plan.goal()))
        .put("rewardOfCrossEntropy", confirmation.mean(AslExperiment.BASELINE, plan.goal()))
        .set("configuration", log.configuration());
    rule.ended().ifPresent(where -> provenance.set("ended", where));
    return artefact.toPrettyString();
  }

  private GraphLoss loss(LossGraph graph) {
    return GraphLoss.of(graph, plan.rejection().eps());
  }

  private ObjectNode artefact(Individual individual) {
    try (GraphLoss loss = loss(individual.graph())) {
      return loss.artefact();
    }
  }
}
