package org.autoloss.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.task.Task;

/**
 * Random search over the parameters of Auto Seg-Loss's surrogates: points drawn uniformly from
 * {@code [0,1]^D}. The control that a search method must beat with the same number of trainings
 * (Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 2012).
 *
 * <p>Trainings come in steps of so many samples, and all of a step, or of the search, have the same
 * seed, as in Auto Seg-Loss, so that the two meet the same noise.
 *
 * @param steps 1 to 10,000
 * @param samples in a step, 1 to 10,000
 * @param with specification of a loss beside the surrogates, whose weight is drawn too; null for
 *     none
 * @param oneSeed whether the trainings of all steps have one seed
 */
public record RandomSearch(int steps, int samples, String with, boolean oneSeed)
    implements SearchMethod {
  /** The name on the command line. */
  public static final String NAME = "random";

  private static final int LARGEST = 10_000; // so that all trials can be counted
  private static final String WITH = "with";
  private static final String ONE_SEED = "oneSeed";
  private static final long SEARCH = 2;
  private static final long SAMPLE = 1;
  private static final long EVALUATE = 2;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public RandomSearch {
    count("steps", steps);
    count("samples", samples);
  }

  /**
   * Over surrogates alone, each step with a seed of its own.
   *
   * @param steps 1 to 10,000
   * @param samples in a step, 1 to 10,000
   */
  public RandomSearch(int steps, int samples) {
    this(steps, samples, null, false);
  }

  private static void count(String name, int got) {
    if (got < 1 || got > LARGEST) {
      throw new IllegalArgumentException(name + ": expected 1 to " + LARGEST + ", got " + got);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String title() {
    return "Random search";
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode().put("steps", steps).put("samples", samples);
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
   * @throws IllegalArgumentException if a field is out of range
   */
  public static RandomSearch of(JsonNode json) {
    return new RandomSearch(
        json.path("steps").asInt(),
        json.path("samples").asInt(),
        json.path(WITH).textValue(),
        json.path(ONE_SEED).asBoolean());
  }

  @Override
  public long proxies() {
    return (long) steps * samples;
  }

  /** Whole steps. */
  @Override
  public long proxies(long candidates) {
    return samples * Math.min(steps, (candidates - 1) / samples + 1);
  }

  @Override
  public void check(Task task, ObjectiveMetric objective) {
    SurrogateTrials.space(task, objective, with);
  }

  @Override
  public SearchOutcome search(SearchSession session) {
    long seed = RandomStreams.seed(session.seed(), SEARCH);
    SurrogateTrials trials = new SurrogateTrials(session, with);
    int dimensions = trials.space().dimensions();
    for (int step = 0;
        step < steps && (step == 0 || !session.stop().enough(trials.all().size()));
        step++) {
      RandomGenerator random = RandomStreams.stream(seed, SAMPLE, step);
      double[][] points = new double[samples][];
      for (int m = 0; m < samples; m++) {
        points[m] = random.doubles(dimensions).toArray();
      }
      trials.train(step, points, RandomStreams.seed(seed, EVALUATE, oneSeed ? 0 : step));
    }
    return new SearchOutcome(
        trials.all().size(),
        trials.all(),
        Optional.empty(),
        Json.MAPPER.createObjectNode(),
        SearchOutcome.Conclusion.NONE);
  }
}
