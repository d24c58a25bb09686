package org.autoloss.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunFolderTest extends RunLogContract {
  private static final ObjectNode CONFIGURATION =
      new ObjectMapper().createObjectNode().put("seed", 7).put("rate", 0.1);

  private static final Entry ENTRY =
      new Entry(
          Stage.PROXY,
          0,
          0,
          1,
          "",
          "ce",
          Entry.Origin.NONE,
          new Entry.Outcome("ok", 0.5, Map.of(), 1.0));

  @TempDir private Path folder;

  @Override
  protected RunLog open(Path run, ObjectNode configuration) throws IOException {
    return RunFolder.open(run, "asl", configuration);
  }

  @Test
  void create_newFolder_holdsConfigurationAndJournalAndNothingTemporary() throws IOException {
    Path run = folder.resolve("runs/a");
    RunFolder.create(run, "asl", CONFIGURATION).close();
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.info().method()).isEqualTo("asl");
      assertThat(reader.info().configuration()).isEqualTo(CONFIGURATION);
    }
    assertThat(run.resolve("config.json")).content().contains("\"seed\" : 7");
    try (Stream<Path> files = Files.list(folder.resolve("runs"))) {
      assertThat(files).containsExactly(run);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a#b", "a?b", "a?immutable=1", "a%41b", "a%zz", "a&b=c;d", "a+b c", "ü"})
  void create_signsThatUrisUse_areOnlyAName(String name) throws IOException {
    Path run = folder.resolve(name).resolve(name);
    RunFolder.create(run, "asl", CONFIGURATION).close();
    try (RunFolder log = RunFolder.resume(run);
        RunReader reader = RunReader.open(run)) {
      log.add(List.of(ENTRY));
      assertThat(reader.entries(Stage.PROXY)).containsExactly(ENTRY);
    }
    assertThat(run.resolve("run.db")).isNotEmptyFile();
    try (Stream<Path> folders = Files.list(folder)) {
      assertThat(folders).containsExactly(folder.resolve(name));
    }
  }

  @Test
  void write_again_replacesTheWholeDocument() throws IOException {
    Path run = Files.createDirectory(folder.resolve("empty"));
    try (RunFolder log = RunFolder.create(run, "asl", CONFIGURATION)) {
      log.write("table.md", "a long first version");
      log.write("table.md", "short");
      assertThat(log.path("table.md")).content().isEqualTo("short");
    }
  }

  @Test
  void anyWriting_folderDeleted_saysSoAndMakesNothing() throws IOException {
    Path run = folder.resolve("a");
    try (RunFolder log = RunFolder.create(run, "asl", CONFIGURATION)) {
      try (Stream<Path> files = Files.walk(run)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
      String sentence = run + ": expected the run's folder, got none";
      assertThatThrownBy(() -> log.event("x", CONFIGURATION))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(sentence);
      assertThatThrownBy(() -> log.write("found.json", "{}")).hasMessageStartingWith(sentence);
      assertThatThrownBy(log::complete).hasMessageStartingWith(sentence);
    }
    assertThat(run).doesNotExist();
  }

  @Test
  void anyWriting_databaseDeletedOrReplaced_saysWhatRemains() throws IOException {
    Path run = folder.resolve("a");
    Path database = run.resolve("run.db");
    try (RunFolder log = RunFolder.create(run, "asl", CONFIGURATION)) {
      log.write("table.md", "x");
      byte[] content = Files.readAllBytes(database);
      Path aside = Files.move(database, folder.resolve("aside"));
      assertThatThrownBy(() -> log.event("x", CONFIGURATION))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(database + ": expected the run's database, got none")
          .hasMessageContaining("what remains in " + run + " is config.json, ")
          .hasMessageContaining("table.md; ");
      Files.write(database, content);
      assertThatThrownBy(() -> log.event("x", CONFIGURATION))
          .hasMessageStartingWith(database + ": expected the run's database, got another file");
      Files.delete(database);
      Files.move(aside, database);
      log.event("x", CONFIGURATION);
    }
  }

  @Test
  void create_folderWithFiles_isRefused() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    assertThatThrownBy(() -> RunFolder.create(folder, "asl", CONFIGURATION))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(folder + ": expected a new or empty folder");
    assertThat(folder.resolve("config.json")).content().isEqualTo("{}");
  }

  @Test
  void create_folderOfARun_saysHowToGoOn() throws IOException {
    Path run = folder.resolve("a");
    RunFolder.create(run, "asl", CONFIGURATION).close();
    assertThatThrownBy(() -> RunFolder.create(run, "asl", CONFIGURATION))
        .hasMessageEndingWith("or go on with it: autoloss search resume " + run);
  }

  private static void fail(RunFolder log) throws IOException {
    throw new IOException("no more");
  }

  private void assertFails(Path run, RunFolder.Work<String> work) {
    assertThatThrownBy(() -> RunFolder.start(run, "asl", CONFIGURATION, work))
        .isInstanceOf(IOException.class)
        .hasMessage("no more")
        .hasNoSuppressedExceptions();
  }

  @Test
  void start_failureBeforeAnythingIsMeasured_leavesNoFolder() throws IOException {
    Path run = folder.resolve("a");
    RunFolder.Work<String> work =
        log -> {
          log.begin(2, new ObjectMapper().createObjectNode());
          fail(log);
          return "";
        };
    assertFails(run, work);
    assertThat(run).doesNotExist();
    Files.createDirectory(run);
    assertFails(run, work);
    String done = RunFolder.start(run, "asl", CONFIGURATION, log -> "done");
    assertThat(done).isEqualTo("done");
    assertThat(RunReader.isRun(run)).isTrue();
  }

  @Test
  void start_failureAfterAnEntryOrAFile_keepsTheRun() throws IOException {
    assertFails(
        folder.resolve("entry"),
        log -> {
          log.add(List.of(ENTRY));
          fail(log);
          return "";
        });
    assertThat(RunReader.isRun(folder.resolve("entry"))).isTrue();
    assertFails(
        folder.resolve("file"),
        log -> {
          Files.writeString(log.path("warm.ckpt"), "weights");
          fail(log);
          return "";
        });
    assertThat(folder.resolve("file/warm.ckpt")).exists();
  }

  @Test
  void start_interruption_keepsTheRun() {
    Path run = folder.resolve("a");
    assertFails(
        run,
        log -> {
          Thread.currentThread().interrupt();
          fail(log);
          return "";
        });
    assertThat(Thread.interrupted()).isTrue();
    assertThat(RunReader.isRun(run)).isTrue();
  }

  @Test
  void startOrResume_failureOfARunThatWasThere_keepsIt() throws IOException {
    Path run = folder.resolve("a");
    RunFolder.open(run, "table", CONFIGURATION).close();
    RunFolder.Work<String> work =
        log -> {
          fail(log);
          return "";
        };
    assertThatThrownBy(() -> RunFolder.startOrResume(run, "table", CONFIGURATION, work))
        .hasMessage("no more");
    assertThat(RunReader.isRun(run)).isTrue();
    Path fresh = folder.resolve("b");
    assertThatThrownBy(() -> RunFolder.startOrResume(fresh, "table", CONFIGURATION, work))
        .hasMessage("no more");
    assertThat(fresh).doesNotExist();
  }

  @Test
  void open_sameConfigurationOfOtherVersions_goesOnAndAnotherIsRefused() throws IOException {
    Path run = folder.resolve("a");
    RunFolder.open(run, "table", CONFIGURATION).close();
    ObjectNode newer = CONFIGURATION.deepCopy();
    newer.putObject("versions").put("java", "99");
    RunFolder.open(run, "table", newer).close();
    assertThatThrownBy(() -> RunFolder.open(run, "table", CONFIGURATION.deepCopy().put("seed", 8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(run + ": expected the options of the run that is there");
  }

  @Test
  void resume_folderWithoutRun_isRefused() {
    assertThatThrownBy(() -> RunFolder.resume(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(folder + ": expected the folder of a run");
  }
}
