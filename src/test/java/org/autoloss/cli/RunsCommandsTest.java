package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code runs} and what else reads a run, on runs written by hand. */
class RunsCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private Path good;
  private Path bad;

  @BeforeEach
  void writeRuns() throws IOException {
    good = write("good");
    bad = write("bad");
  }

  private Path write(String name) throws IOException {
    ObjectNode configuration = JSON.createObjectNode().put("metric", "mIoU").put("seed", 0);
    Path run = folder.resolve(name);
    try (RunFolder log = RunFolder.create(run, "asl", configuration)) {
      log.begin(2, JSON.createObjectNode());
      log.event("limit", JSON.createObjectNode().put("seconds", 0.1 + 0.2));
      log.add(
          List.of(
              entry(Stage.PROXY, 0, "[0.12345678901234567,0.5]", 1 / 3.0),
              entry(Stage.PROXY, 1, "[0.1,0.25]", 0.25),
              entry(Stage.TEST, 0, "ce", 0.5)));
    }
    return run;
  }

  private static Entry entry(Stage stage, int sample, String content, double score) {
    return new Entry(
        stage,
        0,
        sample,
        7,
        "step 0 sample " + sample,
        content,
        Entry.Origin.NONE,
        new Entry.Outcome("ok", score, Map.of("mIoU", score), 1.5));
  }

  private static void doctor(Path run, String change) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + run.resolve("run.db"));
        Statement statement = connection.createStatement()) {
      statement.execute(change);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
        "PRAGMA user_version = 1000",
        "PRAGMA user_version = 2147483647",
        "UPDATE run SET configuration = ''",
        "UPDATE run SET configuration = 'null'",
        "UPDATE run SET configuration = '[1]'",
        "UPDATE run SET configuration = '{\"metric\":'",
        "DELETE FROM run",
        "DROP TABLE run",
        "DROP TABLE entries",
        "DROP TABLE sessions",
        "UPDATE sessions SET versions = '7'",
        "UPDATE entries SET metrics = '{'",
        "UPDATE entries SET metrics = '{\"mIoU\":\"much\"}'"
      })
  void runsList_oneRunIsDamaged_showsTheOthersAndSaysWhy(String change) throws Exception {
    doctor(bad, change);
    CommandLineRun list = CommandLineRun.of("runs", "list", folder);
    assertThat(list.exitCode()).isEqualTo(1);
    assertThat(list.out()).contains(good.toString()).doesNotContain(bad.toString());
    assertThat(list.err().strip().lines()).hasSize(1);
    assertThat(list.err()).startsWith(bad.toString()).contains("expected").contains("got");
    assertThat(JSON.readTree(CommandLineRun.of("runs", "list", folder, "--json").out())).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 5000})
  void runsList_oneFileIsCutShort_showsTheOthersAndSaysWhy(int length) throws IOException {
    Path file = bad.resolve("run.db");
    Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), length));
    CommandLineRun list = CommandLineRun.of("runs", "list", folder);
    assertThat(list.exitCode()).isEqualTo(1);
    assertThat(list.out()).contains(good.toString());
    assertThat(list.err().strip().lines()).hasSize(1);
    assertThat(list.err()).startsWith(bad.toString()).contains("expected").contains("got");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
        "PRAGMA user_version = 2147483647",
        "UPDATE run SET configuration = 'null'",
        "UPDATE run SET configuration = '[1]'",
        "UPDATE run SET configuration = '{}'",
        "UPDATE run SET configuration = '{\"metric\":\"none\",\"task\":7}'",
        "UPDATE run SET method = 'zero', configuration = '{\"metric\":\"mIoU\"}'",
        "UPDATE run SET created = 9223372036854775807",
        "UPDATE run SET status = ''",
        "DROP TABLE events",
        "UPDATE events SET detail = 'x'",
        "UPDATE entries SET metrics = '{'",
        "UPDATE entries SET score = NULL, seconds = NULL",
        "UPDATE entries SET name = '', content = '[', decision = ''"
      })
  void anyReader_damagedRun_saysSoInOneSentence(String change) throws Exception {
    doctor(bad, change);
    List<String> refused =
        Stream.of("runs show", "runs show --json", "runs export", "report", "search resume")
            .filter(command -> failsInOneSentence(command + " " + bad))
            .toList();
    assertThat(refused).contains("search resume");
  }

  private boolean failsInOneSentence(String line) {
    CommandLineRun run = CommandLineRun.of((Object[]) line.split(" "));
    assertThat(run.exitCode()).isBetween(0, 1);
    if (run.exitCode() == 1) {
      assertThat(run.err().strip().lines()).as(line + ": " + run.err()).hasSize(1);
      assertThat(run.err()).startsWith("autoloss: " + bad);
    }
    return run.exitCode() == 1;
  }

  @ParameterizedTest
  @CsvSource({
    "'=HYPERLINK(\"http://x\")', \"'=HYPERLINK(\"\"http://x\"\")\"",
    "@SUM(1), '''@SUM(1)'",
    "-2+3, '''-2+3'"
  })
  void runsExport_nameLikeAFormula_isMadeText(String name, String cell) throws Exception {
    doctor(bad, "UPDATE entries SET name = '" + name + "'");
    String csv = CommandLineRun.of("runs", "export", bad, "--stage", "test").out();
    assertThat(csv.lines().skip(1)).singleElement().asString().contains(",7," + cell + ",ce,");
    JsonNode json =
        JSON.readTree(
            CommandLineRun.of("runs", "export", bad, "--stage", "test", "--format", "json").out());
    assertThat(json.path("name").asText()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a#b", "a?b", "a%41b", "mIoU+BF1", "a b;c", "a&b='c'", "\u00fc"})
  void runs_inFoldersOfAnyName_areWrittenAndRead(String name) throws IOException {
    Path run = write(name + "/" + name);
    assertThat(run.resolve("run.db")).isRegularFile();
    for (String command : new String[] {"show", "export"}) {
      assertThat(CommandLineRun.of("runs", command, run).exitCode()).isZero();
    }
    assertThat(CommandLineRun.of("runs", "list", run.getParent()).out()).contains(run.toString());
  }

  @Test
  void runs_forPeople_haveShortNumbersAndPercentForProgramsFractions() throws IOException {
    String show = CommandLineRun.of("runs", "show", good).out();
    assertThat(show)
        .containsPattern("best proxy +33\\.33\n")
        .containsPattern("limit +seconds 0\\.3\n")
        .containsPattern("step 0 sample 0 +33\\.33 +1\\.5 +\\[0\\.1235,0\\.5]\n")
        .doesNotContainPattern("\\d\\.\\d{7}");
    assertThat(CommandLineRun.of("runs", "list", folder).out()).containsPattern(" 2 +33\\.33\n");
    JsonNode json = JSON.readTree(CommandLineRun.of("runs", "show", good, "--json").out());
    assertThat(json.path("best").asDouble()).isEqualTo(1 / 3.0);
    assertThat(json.at("/events/0/detail/seconds").asDouble()).isEqualTo(0.1 + 0.2);
  }

  @Test
  void runsShow_notARun_saysWhatIsThere() {
    String empty = folder + ": expected the folder of a run, got one without run.db;";
    assertThat(CommandLineRun.of("runs", "show", folder).err()).contains(empty);
    Path none = folder.resolve("none");
    assertThat(CommandLineRun.of("runs", "show", none).err())
        .contains(none + ": expected the folder of a run, got none; list the runs with:");
    Path file = good.resolve("run.db");
    assertThat(CommandLineRun.of("runs", "show", file).err())
        .contains(file + ": expected the folder of a run, got a file;");
  }

  @Test
  void runsShow_textWithBreaksAndControls_staysInItsLine() throws Exception {
    doctor(bad, "UPDATE entries SET name = 'a' || char(10) || char(27) || '[2Jb'");
    String show = CommandLineRun.of("runs", "show", bad).out();
    assertThat(show).contains("a [2Jb").doesNotContain("\u001b");
  }
}
