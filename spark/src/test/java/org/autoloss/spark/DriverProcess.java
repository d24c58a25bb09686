package org.autoloss.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;

/** The command line in a process of its own, and what its runs hold. */
final class DriverProcess {
  private static final List<Stage> TRAINED = List.of(Stage.PROXY, Stage.CONFIRMATION, Stage.TEST);

  private DriverProcess() {}

  static Process start(ClusterProcesses cluster, String line) throws IOException {
    return cluster.java("org.autoloss.cli.Main", "driver", line.split(" "));
  }

  static Process onCluster(ClusterProcesses cluster, String line, String... more)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(line.split(" ")));
    arguments.addAll(List.of("--executor", "spark", "--master", cluster.url()));
    ClusterProcesses.settings()
        .forEach((key, value) -> arguments.addAll(List.of("--spark-conf", key + "=" + value)));
    arguments.addAll(List.of(more));
    return cluster.java("org.autoloss.cli.Main", "driver", arguments.toArray(String[]::new));
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
  static Map<String, Entry> timeless(Map<String, Entry> trainings) {
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
