package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.autoloss.internal.RandomStreams;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills searches at random moments, resumes each with another number of workers, and compares its
 * end with that of a search that was left alone. {@code -Dautoloss.kills=50} for more than a few
 * kills, over all methods.
 */
class SearchFaultTest {
  private static final int KILLS = Integer.getInteger("autoloss.kills", 6);
  private static final List<String> METHODS = List.of("asl", "zero", "random");
  // A kill comes after at most two new trainings, and one in five before any.
  private static final int AHEAD = 3;
  private static final int SAMPLES = 6;
  private static final int PAUSE_MILLIS = 120;
  private static final int START_MILLIS = 2_500;
  private static final int POLL_MILLIS = 20;

  @TempDir private static Path folder;

  private final RandomGenerator random = RandomStreams.stream(Long.getLong("autoloss.seed", 1));
  private Path run;
  private Path output;

  @BeforeAll
  static void drawScenes() {
    String line = "data scenes --size 32 --warm 8 --train 8 --reward 4 --test 4 --out " + scenes();
    assertThat(CommandLineRun.of((Object[]) line.split(" ")).exitCode()).isZero();
  }

  private static Path scenes() {
    return folder.resolve("scenes");
  }

  /** A search by a method, so long that it outlasts some kills. */
  private static String search(String method, String name, int kills) {
    int trainings = Math.max(6, 2 * kills - 8); // two new ones a kill at most
    return method.equals("zero")
        ? line("zero --samples 3 --sample-size 16 --threshold 0.3 --proxies " + trainings, name)
        : steps(method, name, Math.max(2, trainings / SAMPLES));
  }

  private static String steps(String method, String name, int steps) {
    return line(method + " --samples %d --steps %d".formatted(SAMPLES, steps), name);
  }

  private static String line(String method, String name) {
    return "search %s --metric mIoU --data %s --out %s --name %s --crop 32 --width 2 --batch 2"
            .formatted(method, scenes(), folder.resolve("runs"), name)
        + " --warm-steps 4 --proxy-steps 3 --final-steps 4 --top 1 --seeds 2";
  }

  /** How many of all kills a method gets; what cannot be divided goes to the first ones. */
  private static int kills(String method) {
    return (KILLS + METHODS.size() - 1 - METHODS.indexOf(method)) / METHODS.size();
  }

  static List<String> methods() {
    return METHODS;
  }

  @ParameterizedTest
  @MethodSource("methods")
  void search_killedAtRandomMoments_endsLikeOneThatWasNot(String method) throws Exception {
    Path whole = folder.resolve("runs/whole-" + method);
    run = folder.resolve("runs/killed-" + method);
    output = folder.resolve("output-" + method + ".txt");
    String left = search(method, whole.getFileName().toString(), kills(method));
    assertThat(CommandLineRun.of((Object[]) left.split(" ")).exitCode()).isZero();

    String line = search(method, run.getFileName().toString(), kills(method));
    Map<String, Entry> seen = new HashMap<>();
    int kills = 0;
    int starts = 1;
    for (; kills < kills(method); starts++) {
      if (killed(start(line, starts))) {
        kills++;
      }
      Map<String, Entry> now = SearchProcess.trainings(run);
      // Nothing that was written is lost, nor measured again: the seconds would differ.
      assertThat(now).containsAllEntriesOf(seen);
      seen.putAll(now);
    }
    Process last = start(line, 0);
    assertThat(last.waitFor()).as(this::output).isZero();

    Map<String, Entry> end = SearchProcess.trainings(run);
    assertThat(end).containsAllEntriesOf(seen);
    assertThat(timeless(end)).isEqualTo(timeless(SearchProcess.trainings(whole)));
    for (String file : files(method)) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
    assertThat(exported(run)).isEqualTo(exported(whole)).isNotEmpty();
    assertComplete(method, kills, starts, end.size());
  }

  private static List<String> files(String method) {
    List<String> common = List.of("found.json", "table.md", "table.json", "warm.ckpt");
    return method.equals("zero")
        ? Stream.concat(common.stream(), Stream.of("family.md", "family.json")).toList()
        : common;
  }

  /** What {@code runs export} writes, but for the time that it took and the order of workers. */
  private static List<String> exported(Path run) {
    return CommandLineRun.of("runs", "export", run, "--format", "json")
        .out()
        .lines()
        .map(line -> line.replaceAll("\"seconds\":[^,}]*", "\"seconds\":0"))
        .sorted()
        .toList();
  }

  private void assertComplete(String method, int kills, int starts, int trainings)
      throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.COMPLETE);
      System.out.printf(
          "%s: %d kills, %d starts, %d sessions, %d trainings, each once%n",
          method, kills, starts, reader.sessions().size(), trainings);
    }
  }

  private Process start(String line, int session) throws IOException {
    int workers = 1 + session % 2;
    return SearchProcess.start(
        output,
        RunReader.isRun(run)
            ? "search resume " + run + " --workers " + workers
            : line + " --workers " + workers);
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
            folder.resolve("stopped.txt"), steps("asl", "stopped", 400) + " --workers 2");
    while (process.isAlive() && SearchProcess.trainings(stopped).size() < 2) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    process.destroy();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      throw new TimeoutException("the process goes on");
    }
    String text = Files.readString(folder.resolve("stopped.txt"));
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
