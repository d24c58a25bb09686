package org.autoloss.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stored run of schema version 1 in the hands of this version. */
class SchemaTest {
  @TempDir private Path folder;

  @BeforeEach
  void restoreStoredRun() throws IOException, SQLException {
    try (InputStream script = SchemaTest.class.getResourceAsStream("run-v1.sql");
        Connection connection = connect(folder);
        Statement statement = connection.createStatement()) {
      String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      for (String part : text.replaceAll("(?m)^--.*$", "").strip().split(";\n")) {
        statement.execute(part);
      }
    }
  }

  @Test
  void reader_olderVersion_readsItAndLeavesItAsItIs() throws IOException {
    try (RunReader reader = RunReader.open(folder)) {
      assertThat(reader.info().schema()).isEqualTo(1);
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.INTERRUPTED);
      assertThat(reader.entries(Stage.PROXY)).hasSize(2);
      assertThat(reader.sessions()).isEmpty();
    }
    try (RunReader reader = RunReader.open(folder)) {
      assertThat(reader.info().schema()).isEqualTo(1);
    }
  }

  @Test
  void open_olderVersion_migratesAndKeepsEverything() throws IOException, SQLException {
    try (Journal journal = Journal.open(folder)) {
      journal.begin(3, new ObjectMapper().createObjectNode().put("java", "17"));
      assertThat(journal.find(Stage.PROXY, 0, 1).get(0).content()).isEqualTo("[0.75,0.5]");
    }
    try (RunReader reader = RunReader.open(folder)) {
      assertThat(reader.info().schema()).isEqualTo(Schema.VERSION);
      assertThat(reader.info().configuration().path("seed").asInt()).isEqualTo(7);
      assertThat(reader.decisions(Stage.PROXY)).isEqualTo(Map.of("ok", 1L, "not_finite", 1L));
      assertThat(reader.written(Stage.PROXY).get(0).time().toEpochMilli())
          .isEqualTo(1795518001000L);
      assertThat(reader.events().get(0).detail().path("candidates").asInt()).isEqualTo(9);
      assertThat(reader.sessions()).extracting(Session::workers).containsExactly(3);
    }
    Path fresh = Files.createDirectory(folder.resolve("fresh"));
    Journal.create(fresh, "asl", new ObjectMapper().createObjectNode()).close();
    assertThat(schema(folder)).isEqualTo(schema(fresh));
  }

  private static List<String> schema(Path run) throws SQLException {
    try (Connection connection = connect(run);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT sql FROM sqlite_master ORDER BY name")) {
      List<String> tables = new ArrayList<>();
      while (rows.next()) {
        tables.add(String.valueOf(rows.getString(1)).replaceAll("\\s+", " ").strip());
      }
      return tables;
    }
  }

  private static Connection connect(Path run) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + run.resolve(Journal.FILE));
  }
}
