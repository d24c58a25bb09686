package org.autoloss.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.autoloss.graph.GraphEvaluator;
import org.autoloss.internal.RandomStreams;
import org.autoloss.search.Workers;
import org.autoloss.search.zero.Individual;
import org.autoloss.search.zero.Screening;
import org.autoloss.search.zero.Tally;
import org.autoloss.search.zero.ZeroSearch;
import org.autoloss.search.zero.ZeroSettings;
import org.autoloss.train.Checkpoint;

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

  /** A variant of the search: its name and which economies it has. */
  private record Variant(String name, boolean rejection, boolean equivalence, boolean earlyStop) {
    static final List<Variant> ALL =
        List.of(
            new Variant("naive evolution", false, false, false),
            new Variant("+ loss rejection", true, false, false),
            new Variant("+ gradient equivalence", true, true, false),
            new Variant("+ early stop", true, true, true));
  }

  /**
   * A row of the table.
   *
   * @param variant which economies are on
   * @param tally what became of the explored losses
   * @param seconds how long it took; a proxy that has begun is finished
   * @param best the best score
   */
  public record Row(String variant, Tally tally, double seconds, double best) {
    double rate() {
      return tally.explored() / seconds;
    }
  }

  /**
   * A comparison.
   *
   * @param task data and network
   * @param plan sizes; its switches and number of proxies are not used
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
   * Runs all variants for the same time each. What they explore depends on the machine.
   *
   * @param seconds for each variant
   * @param workers who trains
   * @return one row per variant; also in {@code ablation.md} and {@code ablation.json}
   * @throws IOException if the log cannot be written
   */
  public List<Row> run(double seconds, Workers workers) throws IOException {
    experiment.requireMeasured();
    Checkpoint warm = experiment.warmStart();
    List<Row> rows = new ArrayList<>();
    progress.started("ablation", Variant.ALL.size());
    for (Variant variant : Variant.ALL) {
      rows.add(run(variant, warm, seconds, workers));
      progress.advanced();
    }
    log.write("ablation.md", toMarkdown(rows));
    log.write("ablation.json", toJson(rows).toPrettyString() + "\n");
    log.complete();
    return rows;
  }

  private Row run(Variant variant, Checkpoint warm, double seconds, Workers workers) {
    ZeroSettings settings = plan.search().with(variant.rejection(), variant.equivalence());
    Screening screening =
        new Screening(settings, GraphEvaluator.of(experiment.samples(), plan.rejection()));
    ZeroSearch search =
        new ZeroSearch(
            settings,
            screening,
            experiment.objective(warm, variant.earlyStop()),
            ZeroSearch.Listener.NONE);
    long start = System.nanoTime();
    long deadline = start + (long) (seconds * 1e9);
    ZeroSearch.Result result =
        search.run(
            RandomStreams.seed(plan.seed(), SEARCH),
            workers,
            tally -> System.nanoTime() - deadline >= 0);
    double best = result.individuals().stream().mapToDouble(Individual::score).max().orElse(0);
    Row row = new Row(variant.name(), result.tally(), (System.nanoTime() - start) / 1e9, best);
    progress.message(
        String.format(
            Locale.ROOT,
            "%s: %d explored in %.1f s, best %s %.4f",
            row.variant(),
            row.tally().explored(),
            row.seconds(),
            plan.rejection().metric().label(),
            best));
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
    text.append(" stopped | best |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (Row row : rows) {
      Tally t = row.tally();
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.2f | %.0fx | %d | %d | %d | %d | %.4f |%n",
              row.variant(),
              t.explored(),
              row.rate(),
              row.rate() / rows.get(0).rate(),
              t.belowThreshold() + t.noGradient() + t.notFinite() + t.repeatedRejected(),
              t.reused(),
              t.trained(),
              t.stopped(),
              row.best()));
    }
    return text.toString();
  }

  private static ObjectNode toJson(List<Row> rows) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.createObjectNode();
    ArrayNode array = json.putArray("rows");
    for (Row row : rows) {
      array
          .addObject()
          .put("variant", row.variant())
          .put("seconds", row.seconds())
          .put("best", row.best())
          .set("tally", mapper.valueToTree(row.tally()));
    }
    return json;
  }
}
