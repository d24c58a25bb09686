package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.autoloss.graph.GraphEvaluator;
import org.autoloss.graph.LossGraph;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.Workers;
import org.autoloss.search.zero.Screening;
import org.autoloss.search.zero.Tally;
import org.autoloss.search.zero.ZeroSearch;

/**
 * An evolution without trainings: the score of the rejection protocol stands for the proxy's. Tells
 * how fast losses are explored, and what becomes of them; the paper explores 1.5 million in 48
 * hours.
 */
public final class ZeroExploration {
  private static final long SEARCH = 2;
  private static final int PARTS = 100;
  private static final int PARTS_OF_MESSAGE = 10;

  private final SegmentationTask task;
  private final ZeroPlan plan;
  private final RunLog log;
  private final ProgressListener progress;

  private int parts;

  /**
   * What came out.
   *
   * @param tally what became of the losses
   * @param speed how fast
   */
  public record Result(Tally tally, ExplorationSpeed speed) {
    /**
     * The fates of the losses.
     *
     * @return a table in Markdown
     */
    public String toMarkdown() {
      Map<String, Long> fates = new LinkedHashMap<>();
      fates.put("no gradient", tally.noGradient());
      fates.put("NaN or infinite", tally.notFinite());
      fates.put("below the threshold", tally.belowThreshold());
      fates.put("gradients of a rejected one", tally.repeatedRejected());
      fates.put("gradients of an accepted one", tally.reused());
      fates.put("accepted, new", tally.trained());
      StringBuilder text = new StringBuilder("| fate | losses | share |\n| --- | --- | --- |\n");
      fates.forEach(
          (fate, losses) ->
              text.append(
                  String.format(
                      Locale.ROOT,
                      "| %s | %,d | %.1f %% |%n",
                      fate,
                      losses,
                      100.0 * losses / tally.explored())));
      return text.toString();
    }

    /**
     * The result as data.
     *
     * @return one JSON object
     */
    public ObjectNode toJson() {
      ObjectNode json = Json.MAPPER.createObjectNode();
      json.set("tally", ZeroExperiment.toJson(tally));
      json.set("speed", speed.toJson());
      return json;
    }
  }

  /**
   * An exploration. It can be run once.
   *
   * @param task data
   * @param plan sizes of the evolution and of the protocol; the rest is not used
   * @param log where results go
   * @param progress hears how far it is
   */
  public ZeroExploration(
      SegmentationTask task, ZeroPlan plan, RunLog log, ProgressListener progress) {
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
    GraphEvaluator evaluator = new ZeroExperiment(task, plan, log, progress).evaluator();
    Screening screening = new Screening(plan.search(), evaluator);
    progress.started("exploration", PARTS);
    long start = System.nanoTime();
    Tally tally;
    try (Workers one = Workers.of(1)) {
      tally =
          new ZeroSearch(plan.search(), screening, scores(evaluator), ZeroSearch.Listener.NONE)
              .run(
                  RandomStreams.seed(plan.seed(), SEARCH),
                  one,
                  sofar -> {
                    report(sofar.explored(), count, start, screening);
                    return sofar.explored() >= count;
                  });
    }
    ExplorationSpeed speed = speed(tally.explored(), start, screening);
    log.write("tally.json", ZeroExperiment.toJson(tally));
    log.write("speed.json", speed.toJson());
    log.complete();
    return new Result(tally, speed);
  }

  private static Objective<LossGraph> scores(GraphEvaluator evaluator) {
    return (graph, trial) -> {
      double score = evaluator.evaluate(List.of(graph)).get(0).score();
      return new Evaluation(score, Evaluation.Status.OK, 0);
    };
  }

  private void report(long explored, long count, long start, Screening screening) {
    while (parts < Math.min(PARTS, explored * PARTS / count)) {
      parts++;
      progress.advanced();
      if (parts % PARTS_OF_MESSAGE == 0) {
        progress.message(speed(explored, start, screening).toString());
      }
    }
  }

  private static ExplorationSpeed speed(long explored, long start, Screening screening) {
    return new ExplorationSpeed(explored, (System.nanoTime() - start) / 1e9, screening.seconds());
  }
}
