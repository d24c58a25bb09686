package org.autoloss.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.autoloss.search.JournalledExecutor;
import org.autoloss.search.Submissions;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.search.TrialRunner;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.TaskModel;

/**
 * How many trials a driver keeps going, and whether its memory grows: trainings that wait two
 * seconds, on a standalone cluster of processes of their own, written to a journal as those of a
 * search are. Prints a table in Markdown. From the project's folder, after {@code mvn -f
 * spark/pom.xml package}:
 *
 * <pre>spark/benchmark.sh Scaling [TRIALS]</pre>
 *
 * <p>TRIALS are those of the last row, 10,240 if not given: 160 for each of its slots.
 */
public final class ScalingBenchmark {
  private static final int WAIT_MILLIS = 2_000;
  private static final int ROUNDS = 15;
  private static final int PARTS = 10;

  /** What is measured: so many executors, each with so many trials side by side. */
  private record Shape(int executors, int each) {
    int slots() {
      return executors * each;
    }
  }

  private ScalingBenchmark() {}

  /**
   * Measures, and prints.
   *
   * @param arguments how many trials the last row has
   * @throws IOException if a process cannot be started, or the journal cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    int longest = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 160 * 64;
    System.out.println(
        "| executors | trials side by side | trials | trials per second | of linear | slots busy |"
            + " driver's heap, MB |\n| ---: | ---: | ---: | ---: | ---: | ---: | --- |");
    double one = 0;
    for (Shape shape :
        List.of(new Shape(1, 1), new Shape(2, 1), new Shape(4, 1), new Shape(4, 4))) {
      double rate = measure(shape, ROUNDS * shape.slots(), one);
      one = one == 0 ? rate : one;
    }
    measure(new Shape(4, 16), longest, one);
  }

  private static double measure(Shape shape, int trials, double one) throws IOException {
    Path folder = Files.createTempDirectory("autoloss-scaling");
    ToyTask task = new ToyTask("", WAIT_MILLIS, "usual");
    try (ClusterProcesses processes =
            new ClusterProcesses(
                folder,
                ClusterProcesses.Host.LOOPBACK,
                Collections.nCopies(shape.executors(), ClusterProcesses.Host.LOOPBACK),
                shape.each());
        SparkCluster cluster = open(processes, shape);
        RunFolder log = RunFolder.create(folder.resolve("run"), "asl", task.toJson());
        TaskModel model = task.begin(Split.WARM, 1)) {
      await(cluster, shape.slots());
      TrialRunner runner = new TrialRunner(task, model.checkpoint(), TrialRunner.Listener.NONE);
      try (TrialExecutor executor =
          new JournalledExecutor(cluster.executor(runner), log, result -> 0)) {
        // The first trial of a process waits for native libraries.
        run(executor, 0, 4 * shape.slots(), shape.slots(), ended -> {});
        return report(shape, trials, one, executor);
      }
    }
  }

  private static SparkCluster open(ClusterProcesses processes, Shape shape) {
    Map<String, String> settings = processes.settings();
    settings.put("spark.executor.cores", Integer.toString(shape.each()));
    settings.put("spark.task.cpus", "1");
    return SparkCluster.open(processes.url(), settings, System.err::println);
  }

  private static void await(SparkCluster cluster, int slots) {
    while (cluster.parallelism() < slots) {
      LockSupport.parkNanos(100_000_000);
    }
  }

  private static double report(Shape shape, int trials, double one, TrialExecutor executor) {
    List<Long> heap = new ArrayList<>();
    int part = trials < 1_000 ? trials : trials / PARTS;
    long start = System.nanoTime();
    double trained =
        run(executor, 1, trials, shape.slots(), ended -> sample(heap, ended % part == 0));
    double seconds = (System.nanoTime() - start) / 1e9;
    double rate = trials / seconds;
    double base = one == 0 ? rate : one;
    System.out.printf(
        Locale.ROOT,
        "| %d | %d | %,d | %.2f | %.1f %% | %.1f %% | %s |%n",
        shape.executors(),
        shape.slots(),
        trials,
        rate,
        100 * rate / (base * shape.slots()),
        100 * trained / seconds / shape.slots(),
        heap);
    return rate;
  }

  private static void sample(List<Long> heap, boolean due) {
    if (due) {
      heap.add(usedHeap() / 1_000_000);
    }
  }

  /** Twice as many as there are slots under way; the seconds that they trained, together. */
  private static double run(
      TrialExecutor executor, int step, int count, int slots, IntConsumer ended) {
    double seconds = 0;
    try (Submissions submissions = new Submissions(executor)) {
      int begun = 0;
      for (int done = 0; done < count; done++) {
        while (begun < count && begun - done < 2 * slots) {
          submissions.add(trial(step, begun++));
        }
        TrialResult result = submissions.result(submissions.next());
        seconds += result.seconds();
        ended.accept(done + 1);
      }
    }
    return seconds;
  }

  private static Trial trial(int step, int sample) {
    String name = "step " + step + " sample " + sample;
    return new Trial(Stage.PROXY, step, sample, sample, name, "ce", Trial.Work.of(1, Split.REWARD));
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
