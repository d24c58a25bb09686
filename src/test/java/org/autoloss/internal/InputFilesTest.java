package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {
  private static final String MARK = "\uFEFF";

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("list.txt");
  }

  private void assertRefused(String rest) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputFiles.text(file, "a list"))
        .withMessage(file + ": expected " + rest);
  }

  @Test
  void text_utf8_isReadAsItIs() throws IOException {
    Files.writeString(file, "a\r\n\u00e9\u6f22\ud83d\ude00\n");
    assertThat(InputFiles.text(file, "a list")).isEqualTo("a\r\n\u00e9\u6f22\ud83d\ude00\n");
  }

  @Test
  void text_byteOrderMark_isSkippedOnce() throws IOException {
    Files.writeString(file, MARK + MARK + "a" + MARK);
    assertThat(InputFiles.text(file, "a list")).isEqualTo(MARK + "a" + MARK);
  }

  @Test
  void text_utf16_saysSo() throws IOException {
    for (byte[] mark : new byte[][] {{(byte) 0xFF, (byte) 0xFE}, {(byte) 0xFE, (byte) 0xFF}}) {
      Files.write(file, new byte[] {mark[0], mark[1], 'a', 0});
      assertRefused("a list in UTF-8, got one in UTF-16; save it as UTF-8");
    }
  }

  @Test
  void text_otherBytes_namesTheirLine() throws IOException {
    Files.write(file, "a\nb\nM\u00fcller\n".getBytes(StandardCharsets.ISO_8859_1));
    assertRefused("a list in UTF-8, got other bytes in line 3; save it as UTF-8");
  }

  @Test
  void text_cutCharacterAtTheEnd_isRefused() throws IOException {
    Files.write(file, new byte[] {'a', (byte) 0xE6, (byte) 0xBC});
    assertRefused("a list in UTF-8, got other bytes in line 1; save it as UTF-8");
  }

  @Test
  void text_threeGibibytes_isRefusedBeforeItIsRead() throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    assertRefused("a list of at most 64 MiB, got 3072 MiB; give another file");
  }

  @Test
  void bytes_deviceWithoutEnd_isRefusedAfterTheBound() {
    Path zeros = Path.of("/dev/zero");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InputFiles.bytes(zeros, "a list", 1000))
        .withMessage(
            "/dev/zero: expected a list of at most 1000 bytes, got more; give another file");
  }

  @Test
  void bytes_deviceWithoutContent_isEmpty() {
    assertThat(InputFiles.bytes(Path.of("/dev/null"), "a list", 1000)).isEmpty();
  }

  @Test
  void text_missingFileOrFolder_saysWhatIsThere() throws IOException {
    assertRefused("a list, got nothing; check the path");
    Files.createDirectory(file);
    assertRefused("a list, got a folder; give a file");
  }
}
