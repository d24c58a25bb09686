package org.autoloss.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  @ParameterizedTest
  @CsvSource({
    "poly, 0, 1",
    "poly, 50, 0.5358867312681466",
    "poly:2, 50, 0.25",
    "poly:0, 99, 1",
    "cosine, 0, 1",
    "cosine, 50, 0.5",
    "cosine, 75, 0.14644660940672624",
    "constant, 99, 1",
    "'step:60%,90%', 59, 1",
    "'step:60%,90%', 60, 0.1",
    "'step:60%,90%', 90, 0.01",
    "'step:30', 29, 1",
    "'step:30', 30, 0.1"
  })
  void factor_ofEachSchedule_followsItsFormula(String text, int step, double expected) {
    assertThat(Schedule.parse(text).factor(step, 100)).isCloseTo(expected, within(1e-15));
    assertThat(Schedule.parse(Schedule.parse(text).toString())).isEqualTo(Schedule.parse(text));
  }

  @Test
  void of_json_takesBothFieldsAndTheUsualOnes() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    assertThat(Schedule.of(json)).isEqualTo(Schedule.POLY);
    json.put("schedule", "step:60%").put("warmUp", 20);
    assertThat(Schedule.of(json))
        .isEqualTo(Schedule.parse("step:60%").withWarmUp(Schedule.Point.parse("warm-up", "20")));
    json.put("warmUp", "soon");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.of(json))
        .withMessageStartingWith("warm-up: expected a number of steps");
  }

  @Test
  void factor_warmUp_risesToTheScheduleAndNoFurther() {
    Schedule warm = Schedule.parse("constant").withWarmUp(Schedule.Point.parse("w", "10%"));
    assertThat(warm.factor(0, 100)).isEqualTo(0.1);
    assertThat(warm.factor(4, 100)).isEqualTo(0.5);
    assertThat(warm.factor(9, 100)).isEqualTo(1);
    assertThat(warm.factor(50, 100)).isEqualTo(1);
    Schedule poly = Schedule.POLY.withWarmUp(Schedule.Point.parse("w", "20"));
    assertThat(poly.factor(9, 100)).isCloseTo(0.5 * Math.pow(0.91, 0.9), within(1e-15));
    assertThat(poly.factor(30, 100)).isEqualTo(Schedule.POLY.factor(30, 100));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "linear",
        "poly:x",
        "poly:-1",
        "poly:NaN",
        "step",
        "step:",
        "step:1,,2",
        "step:101%",
        "step:-3",
        "step:1e3",
        "cosine:2"
      })
  void parse_badText_isRefusedInASentence(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.parse(text))
        .satisfies(e -> assertThat(e.getMessage()).contains("expected").contains("got"));
  }
}
