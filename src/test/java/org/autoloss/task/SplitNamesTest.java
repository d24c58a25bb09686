package org.autoloss.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.autoloss.internal.Json;
import org.junit.jupiter.api.Test;

/** Names of splits in a task's JSON. */
class SplitNamesTest {
  @Test
  void of_whatPutIntoWrote_isTheSame() {
    Map<Split, String> lists = Map.of(Split.TRAIN, "train:0-90", Split.TEST, "val");
    ObjectNode settings = Json.MAPPER.createObjectNode();
    settings.putObject("splits").put("warm", "of before");
    SplitNames.putInto(settings, lists);
    assertThat(settings.path("splits")).hasSize(2);
    assertThat(SplitNames.of(settings)).isEqualTo(lists);
  }

  @Test
  void of_settingsWithoutSplits_isEmpty() {
    assertThat(SplitNames.of(Json.MAPPER.createObjectNode())).isEmpty();
  }
}
