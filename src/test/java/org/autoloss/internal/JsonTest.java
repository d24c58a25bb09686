package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonTest {
  @TempDir Path folder;

  private Path write(byte[] content) throws IOException {
    return Files.write(folder.resolve("a.json"), content);
  }

  private void assertRefused(String content, String message) throws IOException {
    Path file = write(content.getBytes(StandardCharsets.UTF_8));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.read(file, "a list"))
        .withMessage(file + ": expected JSON, got " + message);
  }

  @Test
  void read_textAfterTheValue_isRefused() throws IOException {
    for (String more : List.of("{}", "x", "]", "1")) {
      Path file = write(("{\"a\":1} " + more).getBytes(StandardCharsets.UTF_8));
      assertThatIllegalArgumentException()
          .as(more)
          .isThrownBy(() -> Json.read(file, "a list"))
          .withMessageStartingWith(file + ": expected JSON, got ");
    }
    assertRefused("{}\n {}", "more text after the end of the value (line 2, column 2)");
    assertThat(Json.read(write("[1] \n\t ".getBytes(StandardCharsets.UTF_8)), "a list")).hasSize(1);
  }

  @Test
  void read_keyTwice_isRefused() throws IOException {
    assertRefused("{\"a\":1,\n\"a\":2}", "Duplicate field 'a' (line 2, column 4)");
    assertRefused("[{\"b\":{\"a\":1,\"a\":1}}]", "Duplicate field 'a' (line 1, column 17)");
  }

  @Test
  void read_deepOrLongDigits_isRefused() throws IOException {
    assertRefused(
        "[".repeat(200_000), "Document nesting depth (1001) exceeds the maximum allowed (1000)");
    Path file = write("1".repeat(60_000).getBytes(StandardCharsets.UTF_8));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.read(file, "a list"))
        .withMessageContaining("exceeds the maximum");
  }

  @Test
  void read_byteOrderMark_isSkipped() throws IOException {
    assertThat(Json.read(write("\ufeff[1]".getBytes(StandardCharsets.UTF_8)), "a list")).hasSize(1);
  }

  @Test
  void read_noFile_isNamedWithTheReason() {
    Path none = folder.resolve("none.json");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.read(none, "a list"))
        .withMessage(none + ": expected a list, got nothing; check the path");
  }
}
