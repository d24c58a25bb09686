package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final StringWriter text = new StringWriter();

  @Test
  void advanced_noTerminal_writesOneLineForEachTenth() {
    try (Progress progress = new Progress(new PrintWriter(text), false)) {
      progress.started("search", 100);
      for (int i = 0; i < 100; i++) {
        progress.advanced();
      }
      progress.message("done");
    }
    assertThat(text.toString().lines())
        .hasSize(1 + 10 + 1)
        .startsWith("search 0/100")
        .endsWith("done");
    assertThat(text.toString()).doesNotContain("\r").doesNotContain("\033");
  }

  @Test
  void advanced_fewerPartsThanTen_writesALineForEach() {
    try (Progress progress = new Progress(new PrintWriter(text), false)) {
      progress.started("search", 2);
      progress.advanced();
      progress.advanced();
    }
    assertThat(text.toString().lines().map(line -> line.replaceAll(",.*", "")))
        .containsExactly("search 0/2", "search 1/2", "search 2/2");
  }

  @Test
  void message_terminal_standsAboveTheBar() {
    try (Progress progress = new Progress(new PrintWriter(text), true)) {
      progress.started("search", 2);
      progress.message("proxy 1");
      progress.advanced();
      progress.advanced();
    }
    assertThat(text.toString()).contains("\r\033[Kproxy 1\n").endsWith("] search 2/2\n");
    assertThat(text.toString()).contains("[" + "#".repeat(24) + "]");
  }
}
