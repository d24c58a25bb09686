package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.autoloss.Device;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.autoloss.storage.Versions;
import org.autoloss.surrogate.SurrogateStart;
import org.autoloss.task.RejectionPlan;
import org.junit.jupiter.api.Test;

/** Plans in a run's configuration. */
class SearchPlanTest {
  private static SearchMethod zero(Device device) {
    return new AutoLossZero(
        ZeroSettings.DEFAULT,
        new RejectionPlan(RejectionSettings.of(SegmentationMetric.MIOU), 3, 16, device),
        300);
  }

  private static SearchPlan plan(SearchMethod method) {
    return new SearchPlan(
        ObjectiveMetric.parse("BF1+0.5*mIoU", SegmentationMetric.all()),
        method,
        400,
        150,
        500,
        4,
        2,
        3,
        7);
  }

  private static SearchPlan read(ObjectNode json) {
    return SearchPlan.of(json, SegmentationMetric.all());
  }

  @Test
  void of_whatWasWritten_isThePlan() {
    SearchMethod[] methods = {
      new AutoSegLoss(PpoSettings.of(3, 5)),
      new AutoSegLoss(
          PpoSettings.of(3, 5).withFinalSigma(0.05),
          List.of(SurrogateStart.IDENTITY, SurrogateStart.DICE),
          "ce",
          true),
      new RandomSearch(2, 9),
      new RandomSearch(2, 9, "ce", true),
      zero(Device.CPU),
      zero(new Device(3))
    };
    for (SearchMethod method : methods) {
      assertThat(read(plan(method).toJson())).isEqualTo(plan(method));
    }
  }

  @Test
  void of_runOfAnEarlierVersion_isRefusedWithASentence() {
    ObjectNode json = plan(new RandomSearch(2, 9)).toJson();
    json.remove("format");
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got one of an earlier version")
        .hasMessageContaining("start a new run");
  }

  @Test
  void of_damagedConfiguration_saysWhatIsMissing() {
    for (String gone : new String[] {"search", "metric", "method", "topK"}) {
      ObjectNode json = plan(zero(Device.CPU)).toJson();
      json.remove(gone);
      assertThatThrownBy(() -> read(json))
          .as(gone)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected");
    }
  }

  @Test
  void savedTask_configurationWithoutTask_namesTheRun() {
    Path run = Path.of("runs/zero-macc-0");
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.set("versions", Versions.toJson());
    assertThatThrownBy(() -> SavedTask.of(run, json, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(run + ": expected the configuration of a search")
        .hasMessageContaining("restore run.db from a copy");
  }
}
