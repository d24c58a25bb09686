package org.autoloss.experiment;

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
import org.autoloss.search.ProgressListener;
import org.autoloss.search.SearchSession;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialRunner;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ExplorationSpeed;
import org.autoloss.search.evolution.LossRejection;
import org.autoloss.search.evolution.SearchStatistics;
import org.autoloss.search.evolution.ZeroSearch;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.storage.RunLog;
import org.autoloss.task.Split;
import org.autoloss.task.Task;

/**
 * The efficiency table of AutoLoss-Zero (Li et al., CVPR 2022, table 6): how many losses the
 * evolution explores in the same time, naive and with one economy after the other.
 */
public final class EvolutionAblation {
  private static final long WARM = 1;
  private static final long SEARCH = 2;

  private final Task task;
  private final SearchPlan plan;
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
   * @param statistics what became of the explored losses
   * @param seconds how long it took; a generation that has begun is finished
   * @param screeningSeconds how much of that in the protocol and the equivalence check
   * @param best the best score
   */
  public record Row(
      String variant,
      SearchStatistics statistics,
      double seconds,
      double screeningSeconds,
      double best) {
    ExplorationSpeed speed() {
      return new ExplorationSpeed(statistics.explored(), seconds, screeningSeconds);
    }

    double rate() {
      return speed().rate();
    }
  }

  /**
   * A comparison.
   *
   * @param task data and network
   * @param plan of a search by AutoLoss-Zero; the switches of its economies and its number of
   *     proxies are not used
   * @param log where results go
   * @param progress is told of progress
   */
  public EvolutionAblation(Task task, SearchPlan plan, RunLog log, ProgressListener progress) {
    this.task = task;
    this.plan = plan;
    this.log = log;
    this.progress = progress;
  }

  /**
   * Runs variants for the same time each. What they explore depends on the machine.
   *
   * @param variants in the order of the table; speed-ups are over the first one
   * @param seconds for each variant
   * @param executors who trains
   * @return one row per variant; also in {@code ablation.md} and {@code ablation.json}
   * @throws IOException if the log cannot be written
   */
  public List<Row> run(List<Variant> variants, double seconds, LossSearch.Executors executors)
      throws IOException {
    AutoLossZero method = (AutoLossZero) plan.method();
    Checkpoint warm =
        new WarmStart(task, plan.warmSteps(), null, RandomStreams.seed(plan.seed(), WARM))
            .make(log, progress);
    SearchSession session =
        new SearchSession(
            task,
            warm,
            plan.objective(),
            plan.seed(),
            Trial.Work.of(plan.proxySteps(), Split.REWARD),
            plan.topK(),
            executors.of(new TrialRunner(task, warm, TrialRunner.Listener.NONE)),
            candidates -> false,
            log,
            ProgressListener.NONE);
    List<Row> rows = new ArrayList<>();
    progress.started("ablation", variants.size());
    for (Variant variant : variants) {
      rows.add(run(variant, method, session, seconds));
      progress.advanced();
    }
    log.write("ablation.md", toMarkdown(rows));
    log.write("ablation.json", toJson(rows));
    log.complete();
    return rows;
  }

  private Row run(Variant variant, AutoLossZero method, SearchSession session, double seconds) {
    ZeroSettings settings =
        method.settings().with(variant.rejection, variant.equivalence, variant.earlyStop);
    LossRejection screening =
        new LossRejection(
            settings, method.protocol(task, plan.objective(), plan.seed(), session::start));
    double[] best = {0};
    ZeroSearch search =
        new ZeroSearch(
            settings,
            method.searched(task),
            screening,
            method.trainings(session, settings.earlyStop()),
            individual -> best[0] = Math.max(best[0], individual.score()));
    long start = System.nanoTime();
    long deadline = start + (long) (seconds * 1e9);
    SearchStatistics statistics =
        search.run(
            RandomStreams.seed(plan.seed(), SEARCH), sofar -> System.nanoTime() - deadline >= 0);
    double took = (System.nanoTime() - start) / 1e9;
    Row row = new Row(variant.label, statistics, took, screening.seconds(), best[0]);
    progress.message(
        String.format(
            Locale.ROOT,
            "%s: %s; best %s %s %%",
            row.variant(),
            row.speed(),
            plan.objective().label(),
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
      SearchStatistics t = row.statistics();
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %s | %.0fx | %d | %d | %d | %d | %s |%n",
              row.variant(),
              t.explored(),
              Display.rate(row.rate()),
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
    ObjectNode json = Json.MAPPER.createObjectNode();
    ArrayNode array = json.putArray("rows");
    for (Row row : rows) {
      array
          .addObject()
          .put("variant", row.variant())
          .put("seconds", row.seconds())
          .put("screeningSeconds", row.screeningSeconds())
          .put("best", row.best())
          .set("tally", Json.MAPPER.valueToTree(row.statistics()));
    }
    return json;
  }
}
