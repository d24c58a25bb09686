package org.autoloss.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @Test
  void append_beforeClose_isInTheFile() throws IOException {
    try (RunFolder log = RunFolder.create(folder.resolve("runs/a"))) {
      log.append("proxies", JSON.createObjectNode().put("score", 0.25));
      log.append("proxies", JSON.createObjectNode().put("score", 0.5));
      log.append("test", JSON.createObjectNode().put("loss", "ce"));
      assertThat(log.path("proxies.jsonl"))
          .content()
          .isEqualTo("{\"score\":0.25}\n{\"score\":0.5}\n");
      assertThat(log.path("test.jsonl")).content().isEqualTo("{\"loss\":\"ce\"}\n");
    }
  }

  @Test
  void write_again_replacesTheWholeDocument() throws IOException {
    try (RunFolder log = RunFolder.create(folder)) {
      log.write("table.md", "a long first version");
      log.write("table.md", "short");
      assertThat(log.path("table.md")).content().isEqualTo("short");
    }
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void create_folderWithFiles_isRefused() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    assertThatThrownBy(() -> RunFolder.create(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(folder + ": expected a new or empty folder");
    assertThat(folder.resolve("config.json")).content().isEqualTo("{}");
  }
}
