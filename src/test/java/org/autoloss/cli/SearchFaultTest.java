package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.autoloss.internal.RandomStreams;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a search at random moments, resumes it with another number of workers, and compares its end
 * with that of a search that was left alone. {@code -Dautoloss.kills=50} for more than a few.
 */
class SearchFaultTest {
  private static final int KILLS = Integer.getInteger("autoloss.kills", 5);
  // A kill comes after at most two new trainings, and one in five before any.
  private static final int AHEAD = 3;
  private static final int SAMPLES = 6;
  private static final int PAUSE_MILLIS = 120;
  private static final int START_MILLIS = 2_500;
  private static final int POLL_MILLIS = 20;

  @TempDir private static Path folder;

  private final RandomGenerator random = RandomStreams.stream(Long.getLong("autoloss.seed", 1));
  private final Path run = folder.resolve("runs/killed");
  private final Path output = folder.resolve("output.txt");

  @BeforeAll
  static void drawScenes() {
    String line = "data scenes --size 32 --warm 8 --train 8 --reward 4 --test 4 --out " + scenes();
    assertThat(CommandLineRun.of((Object[]) line.split(" ")).exitCode()).isZero();
  }

  private static Path scenes() {
    return folder.resolve("scenes");
  }

  private static String search(String name) {
    // Two new trainings a kill at most, so that the search outlasts the kills.
    return search(name, Math.max(2, (2 * KILLS - 8) / SAMPLES));
  }

  private static String search(String name, int steps) {
    return "search asl --metric mIoU --data %s --out %s --name %s --crop 32 --width 2 --batch 2"
            .formatted(scenes(), folder.resolve("runs"), name)
        + " --samples %d --steps %d --warm-steps 4 --proxy-steps 3".formatted(SAMPLES, steps)
        + " --final-steps 4 --top 1 --seeds 2";
  }

  @Test
  void search_killedAtRandomMoments_endsLikeOneThatWasNot() throws Exception {
    Path whole = folder.resolve("runs/whole");
    assertThat(CommandLineRun.of((Object[]) search("whole").split(" ")).exitCode()).isZero();

    Map<String, Entry> seen = new HashMap<>();
    int kills = 0;
    for (int session = 0; kills < KILLS; session++) {
      if (killed(start(session))) {
        kills++;
      }
      Map<String, Entry> now = SearchProcess.trainings(run);
      // Nothing that was written is lost, nor measured again: the seconds would differ.
      assertThat(now).containsAllEntriesOf(seen);
      seen.putAll(now);
    }
    Process last = start(0);
    assertThat(last.waitFor()).as(this::output).isZero();

    Map<String, Entry> end = SearchProcess.trainings(run);
    assertThat(end).containsAllEntriesOf(seen);
    assertThat(timeless(end)).isEqualTo(timeless(SearchProcess.trainings(whole)));
    for (String file : new String[] {"found.json", "table.md", "table.json", "warm.ckpt"}) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
    assertComplete(kills, end.size());
  }

  private void assertComplete(int kills, int trainings) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.COMPLETE);
      System.out.printf(
          "%d kills, %d sessions, %d trainings, each once%n",
          kills, reader.sessions().size(), trainings);
    }
  }

  private Process start(int session) throws IOException {
    int workers = 1 + session % 2;
    return SearchProcess.start(
        output,
        RunReader.isRun(run)
            ? "search resume " + run + " --workers " + workers
            : search("killed") + " --workers " + workers);
  }

  /** Kills a process at a random moment; false if it ended before. */
  private boolean killed(Process process) throws Exception {
    if (random.nextInt(5) == 0) {
      process.waitFor(random.nextInt(START_MILLIS), TimeUnit.MILLISECONDS);
    } else {
      int enough = SearchProcess.trainings(run).size() + random.nextInt(AHEAD);
      while (process.isAlive() && SearchProcess.trainings(run).size() < enough) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      process.waitFor(random.nextInt(PAUSE_MILLIS), TimeUnit.MILLISECONDS);
    }
    boolean alive = process.isAlive();
    process.destroyForcibly().waitFor();
    return alive;
  }

  @Test
  void search_askedToTerminate_leavesACleanRunAndSaysHowToGoOn() throws Exception {
    Path stopped = folder.resolve("runs/stopped");
    Process process =
        SearchProcess.start(
            output.resolveSibling("stopped.txt"), search("stopped", 400) + " --workers 2");
    while (process.isAlive() && SearchProcess.trainings(stopped).size() < 2) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    process.destroy();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      throw new TimeoutException("the process goes on");
    }
    String text = Files.readString(output.resolveSibling("stopped.txt"));
    assertThat(text).contains("Interrupted. Go on with: autoloss search resume " + stopped);
    assertThat(text).doesNotContain("Exception", "autoloss: ");
    // The journal was closed: its pending part has gone into the database.
    assertThat(stopped.resolve("run.db-wal")).doesNotExist();
    try (RunReader reader = RunReader.open(stopped)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.INTERRUPTED);
    }
  }

  private String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Map<String, Entry> timeless(Map<String, Entry> entries) {
    return entries.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, entry -> SearchProcess.withoutSeconds(entry.getValue())));
  }
}
