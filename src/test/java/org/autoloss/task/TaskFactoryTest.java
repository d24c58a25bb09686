package org.autoloss.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.autoloss.internal.Json;
import org.autoloss.task.detection.DetectionSettings;
import org.autoloss.task.instances.InstanceSettings;
import org.autoloss.task.pose.PoseSettings;
import org.autoloss.task.segmentation.SegmentationSettings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the factories of this project say of their tasks. */
class TaskFactoryTest {
  private static final Set<String> SEVERAL = Set.of("kind", "splits", "metrics");

  private static ObjectNode json(String kind, ObjectNode given) {
    return switch (kind) {
      case "detection" -> DetectionSettings.of(given).toJson();
      case "instances" -> InstanceSettings.of(given).toJson();
      case "pose" -> PoseSettings.of(given).toJson();
      default -> SegmentationSettings.of(given).toJson();
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"segmentation", "detection", "instances", "pose"})
  void settings_eachTask_areThoseThatItsJsonHas(String kind) {
    ObjectNode given = Json.MAPPER.createObjectNode().put("data", "d").put("format", "folders");
    given.put("optimizer", "adam").put("weightDecay", 0.1).put("spareNorms", true).put("clip", 1);
    given.put("headRate", 2).put("schedule", "cosine").put("warmUp", "5").put("device", "cuda:0");
    if (kind.equals("segmentation")) {
      given.put("baseSize", "64x32").put("evaluate", "whole").put("precision", "bfloat16");
    }
    List<String> known = Tasks.factory(kind).settings();
    assertThat(known).doesNotHaveDuplicates().contains("data", "warmUp", "init");
    List<String> names = new ArrayList<>();
    json(kind, given).fieldNames().forEachRemaining(names::add);
    names.removeAll(SEVERAL);
    names.removeIf(name -> kind.equals("pose") && name.equals("crop")); // has an option
    assertThat(known).containsAll(names);
  }
}
