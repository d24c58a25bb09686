package org.autoloss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DisplayTest {
  @ParameterizedTest
  @CsvSource({"0.31389, 31.39", "1, 100.00", "0, 0.00", "-0.005, -0.50", "NaN, -"})
  void percent_fraction_hasTwoDecimals(double fraction, String expected) {
    assertThat(Display.percent(fraction)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0.01234, +1.23", "-0.5, -50.00", "0, +0.00"})
  void points_difference_hasASign(double difference, String expected) {
    assertThat(Display.points(difference)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0.014079; 0.0141",
        "0; 0.00",
        "1.17; 1.17",
        "93.65; 93.7",
        "999.4; 999",
        "33012; 33,012"
      })
  void rate_slowOrFast_hasThreeDigitsAtLeast(double perSecond, String expected) {
    assertThat(Display.rate(perSecond)).isEqualTo(expected);
  }

  @Test
  void rounded_longNumbers_haveFourDigitsAndTheRestStays() {
    assertThat(Display.rounded("[0.12345678901234567,-12.3456789,0.5,1.2345678E-5,1e300]"))
        .isEqualTo("[0.1235,-12.35,0.5,1.235E-5,1e300]");
    assertThat(Display.rounded("seconds 0.30000000000000004, of 1.123456 and v1.2.34567890"))
        .isEqualTo("seconds 0.3, of 1.123456 and v1.2.34567890");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\u0085", "\u2028", "\u2029", "\u000b", "\t", "\u001b"})
  void line_breaksAndControls_becomeASpace(String between) {
    assertThat(Display.line("a" + between + "b")).isEqualTo("a b");
  }

  @Test
  void line_marksThatTurnTheDirection_areLeftOut() {
    assertThat(Display.line("a\u202eb\u200fc\ufeff")).isEqualTo("abc");
  }

  @Test
  void markdown_markup_isEscaped() {
    assertThat(Display.markdown("-2+3\n| a |")).isEqualTo("-2+3 \\| a \\|");
    assertThat(Display.markdown("<script>&</script>"))
        .isEqualTo("&lt;script&gt;&amp;&lt;/script&gt;");
    assertThat(Display.markdown("0.5*ce+0.5*dice")).isEqualTo("0.5\\*ce+0.5\\*dice");
    assertThat(Display.markdown("[a](b) `c` ~d~ $e$ f\\"))
        .isEqualTo("\\[a\\](b) \\`c\\` \\~d\\~ \\$e\\$ f\\\\");
    assertThat(Display.markdown("_a_")).isEqualTo("\\_a\\_");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross entropy", "published asl:mIoU", "smooth_l1", "focal:gamma=2", "ü"})
  void markdown_usualNames_stayAsTheyAre(String name) {
    assertThat(Display.markdown(name)).isEqualTo(name);
  }

  @Test
  void shortened_longText_hasSixtyCharacters() {
    assertThat(Display.shortened("a\nb")).isEqualTo("a b");
    assertThat(Display.shortened("x".repeat(61))).isEqualTo("x".repeat(57) + "...");
  }
}
