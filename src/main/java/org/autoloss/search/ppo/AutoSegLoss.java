package org.autoloss.search.ppo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.search.ScoredLoss;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.SearchOutcome;
import org.autoloss.search.SearchSession;
import org.autoloss.search.SurrogateTrials;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;
import org.autoloss.surrogate.SurrogateStart;
import org.autoloss.task.Task;

/**
 * Auto Seg-Loss: PPO2 searches the parameters of the objective's surrogates (Li et al., ICLR 2021,
 * section 3.3). All trainings of a step have the same seed, so that they meet the same batches and
 * differ by their parameters alone; with {@code oneSeed} all of the search, for what a seed does to
 * all losses alike can be more than what tells good losses apart.
 *
 * @param settings of the policy
 * @param starts of the curves; the search goes on from the best of several
 * @param with specification of a loss beside the surrogates, whose weight is searched too; null for
 *     none
 * @param oneSeed whether the trainings of all steps have one seed
 */
public record AutoSegLoss(
    PpoSettings settings, List<SurrogateStart> starts, String with, boolean oneSeed)
    implements SearchMethod {
  /** The name on the command line. */
  public static final String NAME = "asl";

  private static final List<SurrogateStart> PAPER = List.of(SurrogateStart.IDENTITY);
  private static final String STARTS = "starts";
  private static final String WITH = "with";
  private static final String ONE_SEED = "oneSeed";
  private static final long SEARCH = 2;
  private static final long EVALUATE = 2;

  /** Copies the starts. */
  public AutoSegLoss {
    starts = List.copyOf(starts);
    if (starts.isEmpty() || starts.stream().distinct().count() < starts.size()) {
      throw new IllegalArgumentException(
          "start: expected one or more different ones, got " + starts);
    }
  }

  /**
   * The search of the paper: surrogates alone, from {@code g(x) = x}, each step with a seed of its
   * own.
   *
   * @param settings of the policy
   */
  public AutoSegLoss(PpoSettings settings) {
    this(settings, PAPER, null, false);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String title() {
    return "Auto Seg-Loss";
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.valueToTree(settings);
    // What is as in the paper is left out, so that runs of before go on.
    if (!starts.equals(PAPER)) {
      starts.forEach(start -> json.withArray("/" + STARTS).add(start.label()));
    }
    if (oneSeed) {
      json.put(ONE_SEED, true);
    }
    return with == null ? json : json.put(WITH, with);
  }

  /**
   * The method of a run.
   *
   * @param json as {@link #toJson} makes it
   * @return the method
   * @throws IllegalArgumentException if a field is missing or out of range
   */
  public static AutoSegLoss of(JsonNode json) {
    if (!json.isObject()) {
      throw new IllegalArgumentException("search: expected the sizes of the policy, got none");
    }
    ObjectNode sizes = json.deepCopy();
    List<SurrogateStart> starts = new ArrayList<>();
    json.path(STARTS).forEach(start -> starts.add(SurrogateStart.of(start.asText())));
    sizes.remove(List.of(STARTS, WITH, ONE_SEED));
    return new AutoSegLoss(
        Json.MAPPER.convertValue(sizes, PpoSettings.class),
        starts.isEmpty() ? PAPER : starts,
        json.path(WITH).textValue(),
        json.path(ONE_SEED).asBoolean());
  }

  @Override
  public long proxies() {
    return first() + (long) settings.steps() * settings.samples() + 1;
  }

  /** The starts, whole steps, and the last mean. */
  @Override
  public long proxies(long candidates) {
    long after = Math.max(1, candidates - first());
    long steps = Math.min(settings.steps(), (after - 1) / settings.samples() + 1);
    return first() + steps * settings.samples() + 1;
  }

  /** How many starts are scored before the first step. */
  private int first() {
    return starts.size() > 1 ? starts.size() : 0;
  }

  /** The last mean, scored alone, is not counted. */
  @Override
  public long measured(RunLog log) throws IOException {
    int steps =
        log.entries(Stage.PROXY).stream()
            .filter(proxy -> proxy.sample() > 0)
            .mapToInt(proxy -> proxy.step() + 1)
            .max()
            .orElse(0);
    if (first() == 0) {
      return (long) steps * settings.samples();
    }
    return steps == 0 ? 0 : first() + (steps - 1L) * settings.samples();
  }

  @Override
  public void check(Task task, ObjectiveMetric objective) {
    SurrogateTrials.space(task, objective, with);
  }

  @Override
  public SearchOutcome search(SearchSession session) {
    long seed = RandomStreams.seed(session.seed(), SEARCH);
    SurrogateTrials trials = new SurrogateTrials(session, with);
    new PpoSearch(settings)
        .run(
            starts.stream().map(trials.space()::start).toArray(double[][]::new),
            seed,
            (step, points) ->
                trials.train(step, points, RandomStreams.seed(seed, EVALUATE, oneSeed ? 0 : step)),
            session.stop()::enough);
    List<ScoredLoss> all = trials.all();
    return new SearchOutcome(
        all.size(),
        all,
        Optional.of(all.get(all.size() - 1)),
        Json.MAPPER.createObjectNode(),
        SearchOutcome.Conclusion.NONE);
  }

  @Override
  public Map<String, String> references(SearchSession session) {
    return Map.of(published(session.objective()), publishedLoss(session.objective()));
  }

  /**
   * The row of the published parameters.
   *
   * @param objective what is searched for
   * @return for example {@code published asl:mIoU}
   */
  public static String published(ObjectiveMetric objective) {
    return "published " + publishedLoss(objective);
  }

  private static String publishedLoss(ObjectiveMetric objective) {
    return objective.sum(metric -> "asl:" + metric.label());
  }
}
