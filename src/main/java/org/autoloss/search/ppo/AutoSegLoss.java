package org.autoloss.search.ppo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
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
import org.autoloss.task.Task;

/**
 * Auto Seg-Loss: PPO2 searches the parameters of the objective's surrogates (Li et al., ICLR 2021,
 * section 3.3). All trainings of a step have the same seed, so that they meet the same batches and
 * differ by their parameters alone.
 *
 * @param settings of the policy
 */
public record AutoSegLoss(PpoSettings settings) implements SearchMethod {
  /** The name on the command line. */
  public static final String NAME = "asl";

  private static final long SEARCH = 2;
  private static final long EVALUATE = 2;

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
    return Json.MAPPER.valueToTree(settings);
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
    return new AutoSegLoss(Json.MAPPER.convertValue(json, PpoSettings.class));
  }

  @Override
  public long proxies() {
    return (long) settings.steps() * settings.samples() + 1;
  }

  /** Whole steps, and the last mean. */
  @Override
  public long proxies(long candidates) {
    long steps = Math.min(settings.steps(), (candidates - 1) / settings.samples() + 1);
    return steps * settings.samples() + 1;
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
    return (long) steps * settings.samples();
  }

  @Override
  public void check(Task task, ObjectiveMetric objective) {
    SurrogateTrials.space(task, objective);
  }

  @Override
  public SearchOutcome search(SearchSession session) {
    long seed = RandomStreams.seed(session.seed(), SEARCH);
    SurrogateTrials trials = new SurrogateTrials(session);
    new PpoSearch(settings)
        .run(
            trials.space().identity(),
            seed,
            (step, points) -> trials.train(step, points, RandomStreams.seed(seed, EVALUATE, step)),
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
