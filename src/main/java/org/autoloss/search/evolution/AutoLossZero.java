package org.autoloss.search.evolution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.autoloss.Device;
import org.autoloss.graph.BranchGraphs;
import org.autoloss.graph.CanonicalForm;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.SearchOutcome;
import org.autoloss.search.SearchSession;
import org.autoloss.search.Trial;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.task.Branch;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;

/**
 * AutoLoss-Zero: losses evolved from primitive operators (Li et al., CVPR 2022). Leaves {@code
 * tally.json}, what became of all that was explored, {@code speed.json}, and {@code family.md} and
 * {@code family.json}, which mutation brought what to the winner.
 *
 * <p>The paper's text on networks with several losses could not be had; this is our reading of the
 * authors' slides: a candidate is a tuple of graphs, one for each branch that a loss is searched
 * for, a mutation picks a branch, two candidates are equivalent if their graphs are, branch by
 * branch, and the other branches keep the loss that people use there.
 *
 * @param settings sizes and switches of the evolution
 * @param rejection how candidates are tried out before they are trained
 * @param proxies how many candidates are trained
 * @param branches that losses are searched for; empty for all branches
 * @param ancestors what earlier searches found for some of them, with which this one begins
 */
public record AutoLossZero(
    ZeroSettings settings,
    RejectionPlan rejection,
    long proxies,
    List<String> branches,
    Ancestors ancestors)
    implements SearchMethod {
  /** The name on the command line. */
  public static final String NAME = "zero";

  private static final long SEARCH = 2;
  private static final long SAMPLES = 5;
  private static final long BALANCE = 6;

  /**
   * Checks the count.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public AutoLossZero {
    if (proxies < 1 || proxies > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "proxies: expected 1 to " + Integer.MAX_VALUE + ", got " + proxies);
    }
    branches = List.copyOf(branches);
  }

  /**
   * A search for all branches.
   *
   * @param settings sizes and switches of the evolution
   * @param rejection how candidates are tried out before they are trained
   * @param proxies how many candidates are trained
   * @throws IllegalArgumentException if the count is out of range
   */
  public AutoLossZero(ZeroSettings settings, RejectionPlan rejection, long proxies) {
    this(settings, rejection, proxies, List.of());
  }

  /**
   * A search for some branches from scratch.
   *
   * @param settings sizes and switches of the evolution
   * @param rejection how candidates are tried out before they are trained
   * @param proxies how many candidates are trained
   * @param branches that losses are searched for; empty for all branches
   * @throws IllegalArgumentException if the count is out of range
   */
  public AutoLossZero(
      ZeroSettings settings, RejectionPlan rejection, long proxies, List<String> branches) {
    this(settings, rejection, proxies, branches, Ancestors.NONE);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String title() {
    return "AutoLoss-Zero";
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.set("evolution", Json.MAPPER.valueToTree(settings));
    RejectionSettings protocol = rejection.settings();
    json.putObject("rejection")
        .put("tolerance", protocol.tolerance())
        .put("threshold", protocol.threshold())
        .put("steps", protocol.steps())
        .put("rate", protocol.rate())
        .put("momentum", protocol.momentum())
        .put("noise", protocol.noise())
        .put("eps", protocol.eps())
        .put("samples", rejection.samples())
        .put("sampleSize", rejection.sampleSize())
        .put("device", rejection.device().toString());
    // What is as in the paper is left out, so that runs of before go on.
    if (rejection.steepest() > 0) {
      json.withObject("/rejection").put("steepest", rejection.steepest());
    }
    json.put("proxies", proxies);
    if (!branches.isEmpty()) {
      branches.forEach(json.putArray("branches")::add);
    }
    if (!ancestors.graphs().isEmpty()) {
      json.set("from", ancestors.toJson());
    }
    return json;
  }

  /**
   * The method of a run.
   *
   * @param json as {@link #toJson} makes it
   * @return the method
   * @throws IllegalArgumentException if a field is missing or out of range
   */
  public static AutoLossZero of(JsonNode json) {
    JsonNode protocol = json.path("rejection");
    if (!json.path("evolution").isObject()) {
      throw new IllegalArgumentException("search: expected the sizes of the evolution, got none");
    }
    return new AutoLossZero(
        Json.MAPPER.convertValue(json.path("evolution"), ZeroSettings.class),
        new RejectionPlan(
            new RejectionSettings(
                SegmentationMetric.MIOU, // replaced by each of the objective's
                protocol.path("tolerance").asInt(),
                protocol.path("threshold").asDouble(),
                protocol.path("steps").asInt(),
                protocol.path("rate").asDouble(),
                protocol.path("momentum").asDouble(),
                protocol.path("noise").asDouble(),
                protocol.path("eps").asDouble()),
            protocol.path("samples").asInt(),
            protocol.path("sampleSize").asInt(),
            Device.of("device", protocol.path("device").asText()),
            protocol.path("steepest").asDouble()),
        json.path("proxies").asLong(),
        StreamSupport.stream(json.path("branches").spliterator(), false)
            .map(JsonNode::asText)
            .toList(),
        Ancestors.of(json.path("from")));
  }

  /** Candidates are explored losses, trained or not. */
  @Override
  public long measured(RunLog log) throws IOException {
    return log.decisions(Stage.EXPLORED).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Tries the rejection protocol on a network with fresh weights. */
  @Override
  public void check(Task task, ObjectiveMetric objective) {
    ancestors.requireOf(searched(task));
    screening(task, objective, 0, () -> fresh(task));
  }

  private static Checkpoint fresh(Task task) {
    try (TaskModel model = task.begin(Split.TRAIN, 0)) {
      return model.checkpoint();
    }
  }

  /**
   * The branches that a loss is searched for.
   *
   * @param task the ground
   * @return at least one, in the task's order
   * @throws IllegalArgumentException if one is not there, or its loss cannot be a graph
   */
  public List<Branch> searched(Task task) {
    for (String branch : branches) {
      if (!task.branchNames().contains(branch)) {
        throw new IllegalArgumentException(
            "branches: expected some of "
                + String.join(", ", task.branchNames())
                + ", got '"
                + branch
                + "'");
      }
    }
    List<Branch> searched =
        task.branches().stream()
            .filter(branch -> branches.isEmpty() || branches.contains(branch.name()))
            .toList();
    // refuses what no graph can be a loss of
    searched.forEach(branch -> BranchGraphs.inputs(branch.input()));
    return searched;
  }

  @Override
  public SearchOutcome search(SearchSession session) throws IOException {
    Optional<GenotypeProtocol> protocol =
        screening(session.task(), session.objective(), session.seed(), session::start);
    if (protocol.isEmpty() && needsProtocol()) {
      session.progress().message("the task has no rejection protocol: all candidates are trained");
    }
    ZeroSettings possible =
        protocol.isPresent() ? settings : settings.with(false, false, settings.earlyStop());
    LossRejection screening = new LossRejection(possible, protocol.orElse(null));
    CandidateLosses losses = losses(session);
    EvolutionRecorder recorder = new EvolutionRecorder(session, losses::artefact);
    ZeroSearch evolution =
        new ZeroSearch(
            possible,
            searched(session.task()),
            ancestors,
            screening,
            trainings(session, losses, settings.earlyStop()),
            recorder);
    long start = System.nanoTime();
    SearchStatistics statistics = run(evolution, session, losses);
    double seconds = (System.nanoTime() - start) / 1e9;
    ExplorationSpeed speed =
        new ExplorationSpeed(statistics.explored(), seconds, screening.seconds());
    session.progress().message(speed.toString());
    recorder.fates().sentences().forEach(session.progress()::message);
    session.log().write("speed.json", speed.toJson());
    ObjectNode tally = Json.MAPPER.valueToTree(statistics);
    recorder.fates().putInto(tally);
    session.log().write("tally.json", tally);
    ObjectNode details = Json.MAPPER.createObjectNode();
    details.set("tally", tally);
    return new SearchOutcome(
        statistics.trained(),
        recorder.kept(),
        Optional.empty(),
        details,
        (winner, artefact, provenance) ->
            conclude(session, recorder.individual(winner.name()), artefact, provenance));
  }

  private SearchStatistics run(ZeroSearch evolution, SearchSession session, CandidateLosses losses)
      throws IOException {
    long seed = RandomStreams.seed(session.seed(), SEARCH);
    Predicate<SearchStatistics> enough =
        sofar -> sofar.trained() > 0 && session.stop().enough(sofar.explored());
    if (settings.inGenerations()) {
      return evolution.run(seed, proxies, enough);
    }
    try (JournalledConveyor conveyor =
        new JournalledConveyor(
            session.withEarlyStop(settings.earlyStop()),
            losses::artefact,
            new Halving(settings.halving()))) {
      return evolution.run(seed, proxies, conveyor, enough);
    }
  }

  private boolean needsProtocol() {
    return settings.rejection() || settings.equivalence();
  }

  Optional<GenotypeProtocol> screening(
      Task task, ObjectiveMetric objective, long seed, Supplier<Checkpoint> start) {
    return needsProtocol() ? rejection(task, objective, seed, start) : Optional.empty();
  }

  private Optional<GenotypeProtocol> rejection(
      Task task, ObjectiveMetric objective, long seed, Supplier<Checkpoint> start) {
    Map<String, RejectionProtocol> byBranch =
        task.rejection(
            searched(task), objective, rejection, start, RandomStreams.seed(seed, SAMPLES));
    return byBranch.isEmpty() ? Optional.empty() : Optional.of(GenotypeProtocol.of(byBranch));
  }

  /**
   * The rejection protocol of a search.
   *
   * @param task the ground
   * @param objective what is searched for
   * @param seed of everything random in the search
   * @param start the network that trainings begin with
   * @return the protocol
   * @throws IllegalArgumentException if the task has none, or it cannot score a metric
   */
  public GenotypeProtocol protocol(
      Task task, ObjectiveMetric objective, long seed, Supplier<Checkpoint> start) {
    return rejection(task, objective, seed, start)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "task: expected one with a rejection protocol, got one without"));
  }

  /**
   * Trains candidates on a session's executor.
   *
   * @param base where
   * @param earlyStop whether a training ends as soon as its loss is NaN or infinite
   * @return their trainings
   */
  public ZeroSearch.Trainings trainings(SearchSession base, boolean earlyStop) {
    return trainings(base, losses(base), earlyStop);
  }

  ZeroSearch.Trainings trainings(SearchSession base, CandidateLosses losses, boolean earlyStop) {
    SearchSession usual = base.withEarlyStop(earlyStop);
    Halving halving = new Halving(settings.halving());
    return (generation, seed, candidates) -> {
      SearchSession session = halving.apply(usual);
      List<String> artefacts = losses.artefacts(candidates);
      List<Trial> trials =
          IntStream.range(0, candidates.size())
              .mapToObj(i -> session.proxy(generation, i, seed, artefacts.get(i)))
              .toList();
      List<ZeroSearch.Outcome> outcomes = new ArrayList<>();
      session
          .train(trials, (trial, result) -> session.progress().advanced())
          .forEach(
              result -> {
                halving.add(result, session);
                outcomes.add(new ZeroSearch.Outcome(result, result.score(session.objective())));
              });
      return outcomes;
    };
  }

  private void conclude(
      SearchSession session, Individual winner, ObjectNode artefact, ObjectNode provenance)
      throws IOException {
    artefact.put("metric", session.objective().label());
    Map<String, LossGraph> canonical = new LinkedHashMap<>();
    winner
        .genotype()
        .graphs()
        .forEach((branch, graph) -> canonical.put(branch, CanonicalForm.of(graph)));
    provenance
        .put("canonical", new Genotype(canonical).toString())
        .put("latex", winner.genotype().toLatex());
    FamilyTree family = FamilyTree.of(winner, session.objective(), ancestors);
    session.log().write("family.md", family.toMarkdown());
    session.log().write("family.json", family.toJson());
  }

  @Override
  public Map<String, String> documents() {
    Map<String, String> documents = new LinkedHashMap<>();
    documents.put("its family tree", "family.md");
    return documents;
  }

  /** What candidates of a search are to those who train by them. */
  CandidateLosses losses(SearchSession session) {
    Task task = session.task();
    double eps = rejection.settings().eps();
    if (!settings.balance() || task.branches().size() == 1) {
      return CandidateLosses.unweighted(task, eps);
    }
    long seed = RandomStreams.seed(session.seed(), BALANCE);
    GradientBalance balance = new GradientBalance(task, session.start(), seed, eps);
    return new CandidateLosses(task, eps, balance::weights);
  }
}
