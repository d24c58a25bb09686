package org.autoloss.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;

/** The command line in a process of its own, and what its runs hold. */
final class DriverProcess {
  private static final List<Stage> TRAINED = List.of(Stage.PROXY, Stage.CONFIRMATION, Stage.TEST);

  private static final List<String> FILES =
      List.of("found.json", "candidate.json", "confirmation.json", "table.md", "table.json");
  private static final int POLL_MILLIS = 50;
  private static final int PATIENCE_SECONDS = 120;

  private DriverProcess() {}

  static Process start(ClusterProcesses cluster, String line) throws IOException {
    return cluster.java("org.autoloss.cli.Main", "driver", line.split(" "));
  }

  static Process onCluster(ClusterProcesses cluster, String line, String... more)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(line.split(" ")));
    arguments.addAll(List.of("--executor", "spark", "--master", cluster.url()));
    cluster
        .settings()
        .forEach((key, value) -> arguments.addAll(List.of("--spark-conf", key + "=" + value)));
    arguments.addAll(List.of(more));
    return cluster.java("org.autoloss.cli.Main", "driver", arguments.toArray(String[]::new));
  }

  /** Waits for the end of a process that is to succeed. */
  static void assertEnds(ClusterProcesses cluster, Process process) throws Exception {
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
        .as(() -> output(cluster))
        .isTrue();
    assertThat(process.exitValue()).as(() -> output(cluster)).isZero();
  }

  static String output(ClusterProcesses cluster) {
    try {
      List<String> lines = Files.readAllLines(cluster.output("driver"));
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** That a run is what another one is that this machine has made alone. */
  static void assertSame(Path run, Path local) throws IOException {
    Map<String, Entry> trainings = trainings(run);
    assertThat(timeless(trainings)).isEqualTo(timeless(trainings(local)));
    assertThat(trainings.values()).allMatch(entry -> entry.outcome().machine() != null);
    for (String file : FILES) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(local.resolve(file));
    }
  }

  /** Waits for a training that was not there before. */
  static void awaitProgress(
      ClusterProcesses cluster, Process driver, Path run, Map<String, Entry> seen)
      throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    int before = seen.size();
    while (seen.size() == before) {
      assertThat(driver.isAlive()).as(() -> "ended too early: " + output(cluster)).isTrue();
      assertThat(System.nanoTime()).as(() -> output(cluster)).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      Map<String, Entry> now = trainings(run);
      // Nothing that was written is lost, nor measured again: the seconds would differ.
      assertThat(now).containsAllEntriesOf(seen);
      seen.putAll(now);
    }
  }

  /** The trainings of a run by their addresses; none if it is not there yet. */
  static Map<String, Entry> trainings(Path run) throws IOException {
    Map<String, Entry> trainings = new TreeMap<>();
    if (RunReader.isRun(run)) {
      try (RunReader reader = RunReader.open(run)) {
        for (Stage stage : TRAINED) {
          for (Entry e : reader.entries(stage)) {
            String address = stage + " " + e.step() + " " + e.sample() + " " + e.content();
            if (trainings.put(address, e) != null) {
              throw new AssertionError("twice: " + address);
            }
          }
        }
      }
    }
    return trainings;
  }

  /** What does not differ between two runs of the same search. */
  private static Map<String, Entry> timeless(Map<String, Entry> trainings) {
    Map<String, Entry> timeless = new TreeMap<>();
    trainings.forEach(
        (address, e) -> {
          Entry.Outcome o = e.outcome();
          Entry.Outcome outcome = new Entry.Outcome(o.decision(), o.score(), o.metrics(), null);
          timeless.put(
              address,
              new Entry(
                  e.stage(),
                  e.step(),
                  e.sample(),
                  e.seed(),
                  e.name(),
                  e.content(),
                  e.origin(),
                  outcome));
        });
    return timeless;
  }
}
