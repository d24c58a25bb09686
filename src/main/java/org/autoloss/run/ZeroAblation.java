package org.autoloss.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.Workers;
import org.autoloss.search.zero.Screening;
import org.autoloss.search.zero.Tally;
import org.autoloss.search.zero.ZeroSearch;
import org.autoloss.search.zero.ZeroSettings;

/**
 * The efficiency table of AutoLoss-Zero (Li et al., CVPR 2022, table 6): how many losses the
 * evolution explores in the same time, naive and with one economy after the other.
 */
public final class ZeroAblation {
  private static final long SEARCH = 2;

  private final ZeroExperiment experiment;
  private final ZeroPlan plan;
  private final RunLog log;
  private final ProgressListener progress;

  /** A variant of the search: which economies it has. The first four are the paper's table. */
  public enum Variant {
    /** Trains all that it draws. */
    NAIVE("naive evolution", false, false, false),
    /** Rejects first. */
    REJECTION("+ loss rejection", true, false, false),
    /** Rejects, and takes known scores. */
    EQUIVALENCE("+ gradient equivalence", true, true, false),
    /** All of it. */
    EARLY_STOP("+ early stop", true, true, true),
    /** Nothing but known scores. */
    ONLY_EQUIVALENCE("gradient equivalence alone", false, true, false),
    /** Nothing but the early stop. */
    ONLY_EARLY_STOP("early stop alone", false, false, true);

    /** The rows of the paper. */
    public static final List<Variant> PAPER = List.of(NAIVE, REJECTION, EQUIVALENCE, EARLY_STOP);

    private final String label;
    private final boolean rejection;
    private final boolean equivalence;
    private final boolean earlyStop;

    Variant(String label, boolean rejection, boolean equivalence, boolean earlyStop) {
      this.label = label;
      this.rejection = rejection;
      this.equivalence = equivalence;
      this.earlyStop = earlyStop;
    }
  }

  /**
   * A row of the table.
   *
   * @param variant which economies are on
   * @param tally what became of the explored losses
   * @param seconds how long it took; a generation that has begun is finished
   * @param screeningSeconds how much of that in the protocol and the equivalence check
   * @param best the best score
   */
  public record Row(
      String variant, Tally tally, double seconds, double screeningSeconds, double best) {
    ExplorationSpeed speed() {
      return new ExplorationSpeed(tally.explored(), seconds, screeningSeconds);
    }

    double rate() {
      return speed().rate();
    }
  }

  /**
   * A comparison.
   *
   * @param task data and network
   * @param plan sizes; the switches of its economies and its number of proxies are not used
   * @param log where results go
   * @param progress hears how far it is
   */
  public ZeroAblation(SegmentationTask task, ZeroPlan plan, RunLog log, ProgressListener progress) {
    experiment = new ZeroExperiment(task, plan, log, progress);
    this.plan = plan;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Runs variants for the same time each. What they explore depends on the machine.
   *
   * @param variants in the order of the table; speed-ups are over the first one
   * @param seconds for each variant
   * @param workers who trains
   * @return one row per variant; also in {@code ablation.md} and {@code ablation.json}
   * @throws IOException if the log cannot be written
   */
  public List<Row> run(List<Variant> variants, double seconds, Workers workers) throws IOException {
    Checkpoint warm = experiment.warmStart();
    List<Row> rows = new ArrayList<>();
    progress.started("ablation", variants.size());
    for (Variant variant : variants) {
      rows.add(run(variant, warm, seconds, workers));
      progress.advanced();
    }
    log.write("ablation.md", toMarkdown(rows));
    log.write("ablation.json", toJson(rows));
    log.complete();
    return rows;
  }

  private Row run(Variant variant, Checkpoint warm, double seconds, Workers workers) {
    ZeroSettings settings =
        plan.search().with(variant.rejection, variant.equivalence, variant.earlyStop);
    Screening screening = new Screening(settings, experiment.evaluator());
    double[] best = {0};
    ZeroSearch search =
        new ZeroSearch(
            settings,
            screening,
            experiment.objective(warm, settings.earlyStop()),
            (individual, trial) -> best[0] = Math.max(best[0], individual.score()));
    long start = System.nanoTime();
    long deadline = start + (long) (seconds * 1e9);
    Tally tally =
        search.run(
            RandomStreams.seed(plan.seed(), SEARCH),
            workers,
            sofar -> System.nanoTime() - deadline >= 0);
    double took = (System.nanoTime() - start) / 1e9;
    Row row = new Row(variant.label, tally, took, screening.seconds(), best[0]);
    progress.message(
        String.format(
            Locale.ROOT,
            "%s: %s; best %s %s %%",
            row.variant(),
            row.speed(),
            plan.goal().label(),
            Display.percent(row.best())));
    return row;
  }

  /**
   * The table.
   *
   * @param rows of {@link #run}
   * @return Markdown; speed-ups are ratios of explored losses per second
   */
  public static String toMarkdown(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    text.append("| variant | explored | per second | speed-up | rejected | reused | trained |");
    text.append(
        " stopped | best, percent |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (Row row : rows) {
      Tally t = row.tally();
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.2f | %.0fx | %d | %d | %d | %d | %s |%n",
              row.variant(),
              t.explored(),
              row.rate(),
              row.rate() / rows.get(0).rate(),
              t.belowThreshold() + t.noGradient() + t.notFinite() + t.repeatedRejected(),
              t.reused(),
              t.trained(),
              t.stopped(),
              Display.percent(row.best())));
    }
    return text.toString();
  }

  private static ObjectNode toJson(List<Row> rows) {
    ObjectMapper mapper = Json.MAPPER;
    ObjectNode json = mapper.createObjectNode();
    ArrayNode array = json.putArray("rows");
    for (Row row : rows) {
      array
          .addObject()
          .put("variant", row.variant())
          .put("seconds", row.seconds())
          .put("screeningSeconds", row.screeningSeconds())
          .put("best", row.best())
          .set("tally", mapper.valueToTree(row.tally()));
    }
    return json;
  }
}
