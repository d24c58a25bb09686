package org.autoloss.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every place for a run's results keeps: see {@link RunLog}. */
public abstract class RunLogContract {
  @TempDir private Path home;

  /**
   * A log of a new run, or that of the run that is there.
   *
   * @param run its folder
   * @param configuration of the run
   * @return the log; the test closes it
   * @throws IOException if it cannot be written
   */
  protected abstract RunLog open(Path run, ObjectNode configuration) throws IOException;

  private RunLog open() throws IOException {
    return open(home.resolve("run"), JsonNodeFactory.instance.objectNode().put("seed", 7));
  }

  private static Entry entry(int step, int sample, String content, double score) {
    return new Entry(
        Stage.PROXY,
        step,
        sample,
        Long.MIN_VALUE,
        "a name",
        content,
        new Entry.Origin(3, "insert, replace", Long.MAX_VALUE),
        new Entry.Outcome("ok", score, Map.of("a", 1 / 3.0, "b", Double.NaN), 1e-300));
  }

  @Test
  void add_anything_isFoundExactlyNowAndLater() throws IOException {
    Entry late = entry(2, 1, "[0.1,\"ü\"]", 0.1 + 0.2);
    Entry early = entry(1, 0, "x", 1e300);
    try (RunLog log = open()) {
      log.add(List.of(late, early));
      assertThat(log.entries(Stage.PROXY)).containsExactly(early, late);
    }
    try (RunLog log = open()) {
      assertThat(log.entries(Stage.PROXY)).containsExactly(early, late);
      assertThat(log.find(Stage.PROXY, 2, 1)).containsExactly(late);
      assertThat(log.find(Stage.PROXY, 2, 2)).isEmpty();
      assertThat(log.entries(Stage.TEST)).isEmpty();
      assertThat(log.decisions(Stage.PROXY)).containsExactly(Map.entry("ok", 2L));
      assertThat(log.written(Stage.PROXY)).extracting(Written::entry).containsOnly(late, early);
      assertThat(log.configuration().path("seed").asInt()).isEqualTo(7);
    }
  }

  @Test
  void add_sameAddressAndContent_keepsTheFirst() throws IOException {
    try (RunLog log = open()) {
      log.add(List.of(entry(0, 0, "ce", 0.1)));
      log.add(List.of(entry(0, 0, "ce", 0.2), entry(0, 0, "dice", 0.3)));
      assertThat(log.find(Stage.PROXY, 0, 0))
          .containsExactly(entry(0, 0, "ce", 0.1), entry(0, 0, "dice", 0.3));
    }
  }

  @Test
  void listen_entriesThatAreAdded_areToldOnceTheyAreThere() throws IOException {
    List<Entry> told = new ArrayList<>();
    try (RunLog log = open()) {
      log.add(List.of(entry(0, 0, "before", 0)));
      log.listen(told::addAll);
      log.add(List.of(entry(0, 1, "after", 0)));
    }
    assertThat(told).extracting(Entry::content).containsExactly("after");
  }

  @Test
  void write_again_replacesTheDocument() throws IOException {
    try (RunLog log = open()) {
      log.write("table.md", "long ".repeat(1000));
      log.write("table.md", "short");
      assertThat(Files.readString(log.path("table.md"))).isEqualTo("short");
    }
  }

  @Test
  void diverged_run_isOverUntilItGoesOn() throws IOException {
    try (RunLog log = open()) {
      log.diverged();
      assertThat(log.info().status()).isEqualTo(RunInfo.Status.RUNNING); // the log is open
    }
    Path run = home.resolve("run");
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.DIVERGED);
    }
    try (RunLog log = open()) {
      log.reopen();
    }
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.INTERRUPTED);
    }
  }

  @Test
  void complete_run_isCompleteUntilItGoesOn() throws IOException {
    try (RunLog log = open()) {
      log.begin(2, JsonNodeFactory.instance.objectNode());
      log.event("noted", JsonNodeFactory.instance.objectNode().put("x", 1));
      assertThat(log.events()).extracting(Event::kind).contains("noted");
      assertThat(log.seconds()).isNotNegative();
      log.complete();
      assertThat(log.info().status()).isEqualTo(RunInfo.Status.COMPLETE);
      log.reopen();
      assertThat(log.info().status()).isEqualTo(RunInfo.Status.RUNNING);
    }
  }
}
