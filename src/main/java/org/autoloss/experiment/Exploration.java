package org.autoloss.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.TrialResult;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ExplorationSpeed;
import org.autoloss.search.evolution.Explored;
import org.autoloss.search.evolution.Fates;
import org.autoloss.search.evolution.GenotypeProtocol;
import org.autoloss.search.evolution.Individual;
import org.autoloss.search.evolution.LossRejection;
import org.autoloss.search.evolution.SearchStatistics;
import org.autoloss.search.evolution.ZeroSearch;
import org.autoloss.storage.RunLog;
import org.autoloss.task.Task;

/**
 * An evolution without trainings: the score of the rejection protocol stands for the proxy's. Tells
 * how fast losses are explored, and what becomes of them; the paper explores 1.5 million in 48
 * hours.
 */
public final class Exploration {
  private static final long WARM = 1;
  private static final long SEARCH = 2;
  private static final int PARTS = 100;
  private static final int PARTS_OF_MESSAGE = 10;

  private final Task task;
  private final SearchPlan plan;
  private final RunLog log;
  private final ProgressListener progress;

  private int parts;

  /**
   * What came out.
   *
   * @param statistics what became of the losses
   * @param fates the same by branch, where there are several
   * @param speed how fast
   */
  public record Result(SearchStatistics statistics, Fates fates, ExplorationSpeed speed) {
    /**
     * The fates of the losses.
     *
     * @return a table in Markdown
     */
    public String toMarkdown() {
      Map<String, Long> fates = new LinkedHashMap<>();
      fates.put("no gradient", statistics.noGradient());
      fates.put("NaN or infinite", statistics.notFinite());
      fates.put("below the threshold", statistics.belowThreshold());
      fates.put("gradients of a rejected one", statistics.repeatedRejected());
      fates.put("gradients of an accepted one", statistics.reused());
      fates.put("accepted, new", statistics.trained());
      StringBuilder text = new StringBuilder("| fate | losses | share |\n| --- | --- | --- |\n");
      fates.forEach(
          (fate, losses) ->
              text.append(
                  String.format(
                      Locale.ROOT,
                      "| %s | %,d | %.1f %% |%n",
                      fate,
                      losses,
                      100.0 * losses / statistics.explored())));
      this.fates.sentences().forEach(sentence -> text.append("\n").append(sentence));
      return text.toString();
    }

    /**
     * The result as data.
     *
     * @return one JSON object
     */
    public ObjectNode toJson() {
      ObjectNode json = Json.MAPPER.createObjectNode();
      json.set("tally", tally());
      json.set("speed", speed.toJson());
      return json;
    }

    private ObjectNode tally() {
      ObjectNode tally = Json.MAPPER.valueToTree(statistics);
      fates.putInto(tally);
      return tally;
    }
  }

  /**
   * An exploration. It can be run once.
   *
   * @param task data
   * @param plan of a search by AutoLoss-Zero: sizes of the evolution and of the protocol, and the
   *     warm start where the protocol needs a network; the rest is not used
   * @param log where results go
   * @param progress is told of progress
   */
  public Exploration(Task task, SearchPlan plan, RunLog log, ProgressListener progress) {
    this.task = task;
    this.plan = plan;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Explores.
   *
   * @param count how many losses, at least; the last block is completed
   * @return what came out, also in {@code tally.json} and {@code speed.json}
   * @throws IOException if the log cannot be written
   */
  public Result run(long count) throws IOException {
    AutoLossZero method = (AutoLossZero) plan.method();
    GenotypeProtocol protocol =
        method.protocol(task, plan.objective(), plan.seed(), this::warmStart);
    LossRejection screening = new LossRejection(method.settings(), protocol);
    progress.started("exploration", PARTS);
    Fates fates = new Fates();
    long start = System.nanoTime();
    SearchStatistics statistics =
        new ZeroSearch(
                method.settings(),
                method.searched(task),
                screening,
                scores(protocol),
                counting(fates))
            .run(
                RandomStreams.seed(plan.seed(), SEARCH),
                sofar -> {
                  report(sofar.explored(), count, start, screening);
                  return sofar.explored() >= count;
                });
    ExplorationSpeed speed = speed(statistics.explored(), start, screening);
    Result result = new Result(statistics, fates, speed);
    log.write("tally.json", result.tally());
    log.write("speed.json", speed.toJson());
    log.complete();
    return result;
  }

  /** Only tasks whose protocol needs a network have it trained. */
  private Checkpoint warmStart() {
    try {
      return new WarmStart(task, plan.warmSteps(), null, RandomStreams.seed(plan.seed(), WARM))
          .make(log, progress);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static ZeroSearch.Listener counting(Fates fates) {
    return new ZeroSearch.Listener() {
      @Override
      public void joined(Individual individual) {}

      @Override
      public void explored(int generation, int first, List<Explored> block) {
        fates.add(block);
      }
    };
  }

  /** The score of the protocol stands for that of a training. */
  private static ZeroSearch.Trainings scores(GenotypeProtocol protocol) {
    TrialResult none = new TrialResult(TrialResult.Status.OK, Map.of(), 0);
    return (generation, seed, candidates) ->
        candidates.stream()
            .map(candidate -> protocol.evaluate(List.of(candidate), null).get(0).result().score())
            .map(score -> new ZeroSearch.Outcome(none, score))
            .toList();
  }

  private void report(long explored, long count, long start, LossRejection screening) {
    while (parts < Math.min(PARTS, explored * PARTS / count)) {
      parts++;
      progress.advanced();
      if (parts % PARTS_OF_MESSAGE == 0) {
        progress.message(speed(explored, start, screening).toString());
      }
    }
  }

  private static ExplorationSpeed speed(long explored, long start, LossRejection screening) {
    return new ExplorationSpeed(explored, (System.nanoTime() - start) / 1e9, screening.seconds());
  }
}
