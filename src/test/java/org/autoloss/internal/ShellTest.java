package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"a", "a b", "mIoU+BF1", "it's", "$HOME", "a\"b", "a\\b", "", "*", "~", "ü#"})
  void word_givenToAShell_arrivesAsItWas(String word) throws Exception {
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", "printf %s " + Shell.word(word));
    byte[] arrived = shell.start().getInputStream().readAllBytes();
    assertThat(new String(arrived, StandardCharsets.UTF_8)).isEqualTo(word);
  }

  @Test
  void word_plainPath_staysAsItIs() {
    assertThat(Shell.word(Path.of("runs/mIoU+BF1-0"))).isEqualTo("runs/mIoU+BF1-0");
  }
}
