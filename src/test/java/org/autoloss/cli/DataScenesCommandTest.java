package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.autoloss.data.FileDataset;
import org.autoloss.data.VocDataset;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataScenesCommandTest {
  @TempDir private Path folder;

  private CommandLineRun scenes(String options) {
    String line = "data scenes --warm 3 --train 2 --reward 1 --test 2 --size 32 " + options;
    return CommandLineRun.of((Object[]) (line + " --out " + folder.resolve("s")).split(" +"));
  }

  @Test
  void scenes_json_tellsWhatWasWritten() throws IOException {
    CommandLineRun run = scenes("--family reef --classes 9 --json");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).hasSize(1);
    JsonNode result = Json.MAPPER.readTree(run.out());
    assertThat(result.get("warm").asInt()).isEqualTo(3);
    assertThat(result.get("classes")).hasSize(9);
    FileDataset dataset = VocDataset.open(folder.resolve("s"), "test");
    assertThat(dataset.size()).isEqualTo(2);
    assertThat(dataset.classes()).hasSize(9).contains("striped fish");
  }

  @Test
  void scenes_folderInUse_isOneSentenceUnlessForced() {
    assertThat(scenes("").exitCode()).isZero();
    CommandLineRun refused = scenes("");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err().lines().filter(line -> line.startsWith("autoloss: ")))
        .singleElement()
        .asString()
        .contains(folder.resolve("s").toString(), "--force");
    assertThat(scenes("--force").exitCode()).isZero();
  }

  @Test
  void scenes_badOption_isNamed() {
    CommandLineRun run = scenes("--classes 3");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("classes: expected 7 to 11, got 3");
    assertThat(scenes("--family moon").exitCode()).isEqualTo(2);
  }

  @Test
  void data_withoutCommand_isBadUsage() {
    assertThat(CommandLineRun.of("data").exitCode()).isEqualTo(2);
  }
}
