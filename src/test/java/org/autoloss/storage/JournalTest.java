package org.autoloss.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final ObjectNode CONFIGURATION =
      new ObjectMapper().createObjectNode().put("seed", Long.MIN_VALUE);

  @TempDir private Path folder;

  private static Entry entry(Stage stage, int step, int sample, String content) {
    return new Entry(
        stage,
        step,
        sample,
        -5,
        "a name",
        content,
        new Entry.Origin(3, "insert, replace", Long.MIN_VALUE),
        new Entry.Outcome("ok", 0.1 + 0.2, Map.of("mIoU", 1 / 3.0, "BF1", Double.NaN), 1e-300));
  }

  @Test
  void add_anything_isReadBackExactly() throws IOException {
    Entry full = entry(Stage.PROXY, 2, 1, "[0.1,\"ü\"]");
    Entry bare =
        new Entry(Stage.PROXY, 1, 0, 0, "", "x", Entry.Origin.NONE, Entry.Outcome.of("not_finite"));
    try (Journal journal = Journal.create(folder, "asl", CONFIGURATION);
        RunReader reader = RunReader.open(folder)) {
      journal.add(List.of(full, bare));
      assertThat(reader.entries(Stage.PROXY)).containsExactly(bare, full);
      assertThat(reader.entries(Stage.TEST)).isEmpty();
      assertThat(journal.find(Stage.PROXY, 2, 1)).containsExactly(full);
      assertThat(journal.find(Stage.PROXY, 2, 2)).isEmpty();
      assertThat(reader.info().configuration()).isEqualTo(CONFIGURATION);
    }
  }

  @Test
  void add_thousandsInOneCall_areOneTransaction() throws IOException {
    List<Entry> block =
        IntStream.range(0, 5000).mapToObj(i -> entry(Stage.EXPLORED, 0, i, "g" + i)).toList();
    try (Journal journal = Journal.create(folder, "zero", CONFIGURATION);
        RunReader reader = RunReader.open(folder)) {
      journal.add(block);
      assertThat(reader.decisions(Stage.EXPLORED)).isEqualTo(Map.of("ok", 5000L));
      List<Entry> withNull = new ArrayList<>(block.subList(0, 3));
      withNull.add(entry(Stage.PROXY, 0, 0, null));
      assertThatThrownBy(() -> journal.add(withNull)).isInstanceOf(Exception.class);
      assertThat(reader.decisions(Stage.EXPLORED)).isEqualTo(Map.of("ok", 5000L));
      assertThat(reader.entries(Stage.PROXY)).isEmpty();
    }
  }

  @Test
  void settings_ofTheWriter_surviveALossOfPower() throws IOException, SQLException {
    Journal.create(folder, "asl", CONFIGURATION).close();
    try (Connection connection = Database.write(folder.resolve(Journal.FILE));
        Statement statement = connection.createStatement()) {
      assertThat(text(statement, "PRAGMA journal_mode")).isEqualTo("wal");
      assertThat(text(statement, "PRAGMA synchronous")).isEqualTo("2"); // FULL
    }
  }

  private static String text(Statement statement, String query) throws SQLException {
    try (ResultSet rows = statement.executeQuery(query)) {
      return rows.getString(1);
    }
  }

  @Test
  void open_whileAnotherWrites_isRefusedUntilItCloses() throws IOException {
    try (Journal journal = Journal.create(folder, "asl", CONFIGURATION)) {
      assertThatThrownBy(() -> Journal.open(folder))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(folder + ": expected a run that nobody writes to");
      journal.add(List.of(entry(Stage.PROXY, 0, 0, "x")));
      try (RunReader reader = RunReader.open(folder)) {
        assertThat(reader.info().status()).isEqualTo(RunInfo.Status.RUNNING);
      }
      assertThatThrownBy(() -> Journal.open(folder)).isInstanceOf(IllegalStateException.class);
    }
    try (RunReader reader = RunReader.open(folder)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.INTERRUPTED);
    }
    try (Journal journal = Journal.open(folder)) {
      journal.complete();
    }
    try (RunReader reader = RunReader.open(folder)) {
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.COMPLETE);
      assertThat(reader.entries(Stage.PROXY)).hasSize(1);
    }
  }

  @Test
  void open_laterVersion_isRefusedByWriterAndReaderAndLeftAsItIs()
      throws IOException, SQLException {
    Journal.create(folder, "asl", CONFIGURATION).close();
    Path file = folder.resolve(Journal.FILE);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version = 99");
    }
    byte[] before = Files.readAllBytes(file);
    String sentence = file + ": expected a run of schema version " + Schema.VERSION + " or earlier";
    assertThatThrownBy(() -> Journal.open(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(sentence);
    assertThatThrownBy(() -> RunReader.open(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(sentence);
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void open_damagedDatabase_isOneSentence() throws IOException {
    Path file = Files.writeString(folder.resolve(Journal.FILE), "no database".repeat(500));
    assertThatThrownBy(() -> Journal.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file + ": expected the database of a run, got a damaged file; restore it from a copy");
    assertThatThrownBy(() -> RunReader.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged file");
  }

  @Test
  void decisions_blocksBesideLossesOfAnEarlierVersion_countTheLossesOfTheBlocks()
      throws IOException {
    try (Journal journal = Journal.create(folder, "zero", CONFIGURATION);
        RunReader reader = RunReader.open(folder)) {
      journal.add(
          List.of(entry(Stage.EXPLORED, 0, 0, "yhat"), entry(Stage.EXPLORED, 0, 1, "exp(yhat)")));
      assertThat(reader.decisions(Stage.EXPLORED)).isEqualTo(Map.of("ok", 2L));
      for (int generation : new int[] {0, 1}) {
        Entry.Outcome fates =
            new Entry.Outcome(Stage.BLOCK, null, Map.of("reused", 5.0, "trained", 2.0), null);
        journal.add(
            List.of(new Entry(Stage.EXPLORED, generation, 0, 0, "", "", Entry.Origin.NONE, fates)));
      }
      assertThat(reader.decisions(Stage.EXPLORED)).isEqualTo(Map.of("reused", 10L, "trained", 4L));
    }
  }

  @Test
  void event_written_isReadInOrder() throws IOException {
    try (Journal journal = Journal.create(folder, "asl", CONFIGURATION);
        RunReader reader = RunReader.open(folder)) {
      journal.event("started", CONFIGURATION);
      journal.event("resumed", CONFIGURATION);
      assertThat(reader.events()).extracting(Event::kind).containsExactly("started", "resumed");
      assertThat(reader.events().get(0).detail()).isEqualTo(CONFIGURATION);
    }
  }
}
