package org.autoloss.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.autoloss.Device;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Workers;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.storage.Written;
import org.autoloss.task.RejectionPlan;

/**
 * How long an evolution takes with and without generations where trainings are of unequal length:
 * one in five ends at once, as those do whose loss becomes NaN, and the others' times are
 * log-normal with a deviation of 0.5. Prints a table in Markdown. From the project's folder, after
 * {@code mvn -f spark/pom.xml package}:
 *
 * <pre>spark/benchmark.sh Asynchronous</pre>
 */
public final class AsynchronousBenchmark {
  private static final int MILLIS = 1_000;
  private static final int PROXIES = 128;

  private AsynchronousBenchmark() {}

  /**
   * Measures, and prints.
   *
   * @param arguments none
   * @throws IOException if a run cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    System.out.println(
        "| workers | generations | seconds | workers busy |\n| ---: | --- | ---: | ---: |");
    for (int workers : List.of(4, 8, 16)) {
      for (int generation : new TreeSet<>(List.of(8, workers))) {
        measure(workers, generation);
      }
      measure(workers, 0);
    }
  }

  private static void measure(int workers, int generation) throws IOException {
    ZeroSettings settings =
        new ZeroSettings(50, 16, 0.1, 0.1, 0.5, 2, 3, 20, generation, false, false, true, false, 0);
    AutoLossZero method =
        new AutoLossZero(
            settings,
            new RejectionPlan(RejectionSettings.of(SegmentationMetric.MACC), 2, 8, Device.CPU),
            PROXIES);
    SearchPlan plan =
        new SearchPlan(ObjectiveMetric.of(SegmentationMetric.MACC), method, 1, 1, 1, 1, 1, 1, 5);
    ToyTask task = new ToyTask("", MILLIS, "unequal");
    Path run = Files.createTempDirectory("autoloss-asynchronous").resolve("run");
    try (Workers pool = Workers.of(workers);
        RunFolder log = RunFolder.create(run, "zero", LossSearch.configuration(task, plan))) {
      new LossSearch(task, plan, log, ProgressListener.NONE).run(LossSearch.Executors.local(pool));
      report(workers, generation, log);
    }
  }

  /** From the first proxy's beginning to the last one's end. */
  private static void report(int workers, int generation, RunFolder log) throws IOException {
    List<Written> proxies = log.written(Stage.PROXY);
    Written first = proxies.get(0);
    long begun = first.time().toEpochMilli() - (long) (1e3 * seconds(first.entry()));
    double wall = (proxies.get(proxies.size() - 1).time().toEpochMilli() - begun) / 1e3;
    double trained = proxies.stream().mapToDouble(each -> seconds(each.entry())).sum();
    System.out.printf(
        Locale.ROOT,
        "| %d | %s | %.1f | %.0f %% |%n",
        workers,
        generation == 0 ? "none" : "of " + generation,
        wall,
        100 * trained / wall / workers);
  }

  private static double seconds(Entry entry) {
    return entry.outcome().seconds();
  }
}
