package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;

/** A search in a process of its own, which can be killed, and what it has left. */
final class SearchProcess {
  private static final List<Stage> TRAINED = List.of(Stage.PROXY, Stage.CONFIRMATION, Stage.TEST);

  private SearchProcess() {}

  static Process start(Path output, String line) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    // A killed process leaves its unpacked library.
    command.add("-Djava.io.tmpdir=" + Files.createDirectories(output.resolveSibling("tmp")));
    String cache = System.getProperty("org.bytedeco.javacpp.cachedir");
    if (cache != null) {
      command.add("-Dorg.bytedeco.javacpp.cachedir=" + cache);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(line.split(" ")));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
        .start();
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

  static Entry withoutSeconds(Entry e) {
    Entry.Outcome o = e.outcome();
    Entry.Outcome timeless = new Entry.Outcome(o.decision(), o.score(), o.metrics(), null);
    return new Entry(
        e.stage(), e.step(), e.sample(), e.seed(), e.name(), e.content(), e.origin(), timeless);
  }
}
