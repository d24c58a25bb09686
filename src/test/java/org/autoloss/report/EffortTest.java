package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Json;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunFolder;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EffortTest {
  @TempDir private Path folder;

  private static Entry training(Stage stage, int sample, double seconds) {
    return new Entry(
        stage,
        0,
        sample,
        1,
        "",
        "ce",
        Entry.Origin.NONE,
        new Entry.Outcome("ok", null, Map.of(), seconds));
  }

  @Test
  void ofSearch_artefactInItsRun_countsAllButTheFinalTable() throws IOException {
    Path run = folder.resolve("run");
    try (RunFolder log = RunFolder.create(run, "asl", Json.MAPPER.createObjectNode())) {
      log.add(
          List.of(
              training(Stage.RATE, 0, 1),
              training(Stage.PROXY, 0, 2),
              training(Stage.PROXY, 1, 4),
              training(Stage.CONFIRMATION, 0, 8),
              training(Stage.TEST, 0, 16)));
    }
    assertThat(Effort.ofSearch(run.resolve("found.json"))).contains(new Effort(4, 15));
  }

  @Test
  void ofSearch_artefactElsewhereOrInAnEmptyRun_isNotKnown() throws IOException {
    assertThat(Effort.ofSearch(folder.resolve("found.json"))).isEmpty();
    Path run = folder.resolve("run");
    RunFolder.create(run, "table", Json.MAPPER.createObjectNode()).close();
    assertThat(Effort.ofSearch(run.resolve("found.json"))).isEmpty();
  }
}
