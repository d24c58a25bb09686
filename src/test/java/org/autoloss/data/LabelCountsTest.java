package org.autoloss.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabelCountsTest {
  private static LabelCounts counts(long ignored, Long... pixels) {
    List<String> names = List.of("sky", "road", "car", "dog").subList(0, pixels.length);
    return new LabelCounts(names, List.of(pixels), ignored);
  }

  @Test
  void warning_allClassesThere_isNone() {
    assertThat(counts(0, 5L, 1L).warning("train")).isEmpty();
    assertThat(counts(5, 5L, 1L).warning("train")).isEmpty();
  }

  @Test
  void warning_absentClasses_areNamed() {
    assertThat(counts(0, 5L, 0L, 1L).warning("train"))
        .contains("class road has no pixel in split train");
    assertThat(counts(2, 0L, 60L, 0L, 0L).warning("test"))
        .contains(
            "classes sky, car, dog have no pixel in split test; 3.2 % of pixels are void (255)");
  }

  @Test
  void warning_mostlyVoid_tellsTheShare() {
    assertThat(counts(60, 30L, 10L).warning("train"))
        .contains("60.0 % of pixels are void (255) in split train");
  }

  @Test
  void warning_binaryMaskOf255_tellsWhatToWrite() {
    assertThat(counts(36, 2268L, 0L).warning("train"))
        .contains(
            "class road has no pixel in split train; 1.6 % of pixels are void (255); in masks of"
                + " two classes road is 1, not 255");
  }

  @Test
  void toJson_holdsAllCounts() {
    assertThat(counts(4, 93L, 0L).toJson())
        .hasToString("{\"pixels\":{\"sky\":93,\"road\":0},\"void\":4}");
  }

  @Test
  void of_otherNumberOfCounts_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LabelCounts(List.of("sky", "road"), List.of(1L), 0))
        .withMessage("pixels: expected 2 counts, got 1");
  }
}
