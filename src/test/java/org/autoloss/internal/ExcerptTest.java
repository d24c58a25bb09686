package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {
  @Test
  void of_shortText_isTheText() {
    assertThat(Excerpt.of("")).isEmpty();
    assertThat(Excerpt.of("a".repeat(120))).isEqualTo("a".repeat(120));
  }

  @Test
  void of_longText_isCut() {
    assertThat(Excerpt.of("a".repeat(121))).isEqualTo("a".repeat(117) + "...");
    assertThat(Excerpt.of("\n".repeat(100_000))).hasSizeLessThanOrEqualTo(120).endsWith("...");
  }

  @Test
  void of_whatBreaksLines_isOnOneLine() {
    assertThat(Excerpt.of("a\nb\r\tc\0\u2028\u001b"))
        .isEqualTo("a\\nb\\r\\tc\\u0000\\u2028\\u001b");
  }

  @Test
  void firstLine_stackTraceBehind_isLeftOut() {
    assertThat(Excerpt.firstLine("\n shape is invalid \nframe #0: x"))
        .isEqualTo("shape is invalid");
    assertThat(Excerpt.firstLine("\n\n")).isEmpty();
  }
}
