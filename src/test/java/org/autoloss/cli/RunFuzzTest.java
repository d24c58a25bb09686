package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.autoloss.Fuzz;
import org.autoloss.data.Sample;
import org.autoloss.data.VocWriter;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.autoloss.task.Tasks;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run keeps, damaged or hostile: its database, its configuration, the plan, the task. */
class RunFuzzTest {
  private static final List<SegmentationMetric> METRICS = SegmentationMetric.all();

  @TempDir Path folder;

  private Path run;

  @BeforeEach
  void writeRun() throws IOException {
    run = folder.resolve("run");
    ObjectNode configuration = plan(new RandomSearch(2, 3));
    try (RunFolder log = RunFolder.create(run, "random", configuration)) {
      log.begin(2, Json.MAPPER.createObjectNode().put("java", "17"));
      log.event("limit", Json.MAPPER.createObjectNode().put("seconds", 3));
      Entry.Outcome outcome = new Entry.Outcome("ok", 0.5, Map.of("mIoU", 0.5), 1.5);
      Entry.Origin none = Entry.Origin.NONE;
      log.add(List.of(new Entry(Stage.PROXY, 0, 0, 1, "a", "[0.5]", none, outcome)));
      log.add(List.of(new Entry(Stage.TEST, 0, 0, 1, "ce", "ce", none, outcome)));
    }
  }

  private static ObjectNode plan(SearchMethod method) {
    ObjectiveMetric objective = ObjectiveMetric.parse("0.7*mIoU+0.3*BF1", METRICS);
    return new SearchPlan(objective, method, 4, 3, 4, 1, 2, 2, 7).toJson();
  }

  /** Fails as a parser does, if the command fails in one sentence. */
  private void show() {
    CommandLineRun shown = CommandLineRun.of("runs", "show", run);
    assertThat(shown.exitCode()).isBetween(0, 1);
    if (shown.exitCode() == 1) {
      assertThat(shown.err().strip().lines()).as(shown.err()).hasSize(1);
      assertThat(shown.err()).startsWith("autoloss: " + run);
      throw new IllegalArgumentException(shown.err());
    }
  }

  private void read() {
    try (RunReader reader = RunReader.open(run)) {
      reader.info();
      reader.events();
      for (Stage stage : Stage.values()) {
        reader.entries(stage);
      }
    } catch (IOException e) {
      assertThat(e.getMessage()).startsWith(run.toString());
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  @Test
  void database_damaged_isReadOrRefused() throws IOException {
    Path file = run.resolve("run.db");
    Fuzz.run(
        31,
        input -> {
          Files.write(file, input);
          read();
        },
        Files.readAllBytes(file));
  }

  @Test
  void configuration_damaged_isReadOrRefused() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + run.resolve("run.db"));
        PreparedStatement change =
            connection.prepareStatement("UPDATE run SET configuration = ?")) {
      Fuzz.run(
          32,
          input -> {
            try {
              change.setString(1, Fuzz.text(input));
              change.execute();
            } catch (SQLException e) {
              throw new IOException(e);
            }
            show();
          },
          plan(new RandomSearch(2, 3)).toString());
    }
  }

  @Test
  void searchPlan_damaged_isReadOrRefused() {
    Fuzz.run(
        33,
        input -> SearchPlan.of(Json.parse(Fuzz.text(input), "configuration"), METRICS),
        plan(new RandomSearch(2, 3)).toString(),
        plan(new AutoSegLoss(PpoSettings.of(6, 8))).toString());
  }

  @Test
  void taskSettings_damaged_isReadOrRefused() throws IOException {
    VocWriter writer = new VocWriter(folder.resolve("data"), List.of("background", "cat"));
    byte[] labels = new byte[48];
    labels[7] = 1;
    writer.write(new Sample("a", 8, 6, new byte[3 * labels.length], labels));
    writer.writeSplit("train", List.of("a"));
    ObjectNode settings =
        Json.MAPPER
            .createObjectNode()
            .put("kind", "segmentation")
            .put("data", folder.resolve("data").toString())
            .put("network", "unet")
            .put("width", 2)
            .put("crop", 32)
            .put("minScale", 0.8)
            .put("maxScale", 1.25)
            .put("batchSize", 2)
            .put("learningRate", 0.2);
    settings.withObject("/splits").put("train", "train");
    settings.putArray("metrics").add("mIoU").add("BF1");
    Fuzz.run(
        34,
        input -> {
          if (!(Json.parse(Fuzz.text(input), "task") instanceof ObjectNode task)) {
            throw new IllegalArgumentException("task: expected a JSON object");
          }
          Tasks.open(task);
        },
        settings.toString());
  }
}
