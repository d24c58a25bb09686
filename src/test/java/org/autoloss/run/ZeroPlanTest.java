package org.autoloss.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.autoloss.KernelDevice;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.Goal;
import org.autoloss.metric.Metric;
import org.autoloss.search.zero.ZeroSettings;
import org.junit.jupiter.api.Test;

/** Plans in a run's configuration. */
class ZeroPlanTest {
  private static ZeroPlan plan(KernelDevice screenOn) {
    return new ZeroPlan(
        Goal.parse("BF1+0.5*mIoU"),
        ZeroSettings.DEFAULT,
        RejectionSettings.of(Metric.BF1),
        3,
        16,
        screenOn,
        300,
        400,
        150,
        500,
        4,
        2,
        7);
  }

  @Test
  void of_whatWasWritten_isThePlan() {
    for (KernelDevice device : new KernelDevice[] {KernelDevice.CPU, new KernelDevice(3)}) {
      assertThat(ZeroPlan.of(plan(device).toJson())).isEqualTo(plan(device));
    }
  }

  @Test
  void requireOperators_searchOfEarlierOrLaterOperators_isRefused() {
    ObjectNode json = plan(KernelDevice.CPU).toJson();
    assertThatCode(() -> ZeroPlan.requireOperators(Path.of("run"), json))
        .doesNotThrowAnyException();
    json.put("operators", 3);
    assertThatThrownBy(() -> ZeroPlan.requireOperators(Path.of("run"), json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "run: expected a search with version 2 of the operators, got version 3;");
    json.remove("operators");
    assertThatThrownBy(() -> ZeroPlan.requireOperators(Path.of("run"), json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got version 1, in which mean_nhw also divided by the number of");
  }

  @Test
  void of_configurationWithoutDevice_screensOnTheCpu() {
    ObjectNode json = plan(new KernelDevice(1)).toJson();
    ((ObjectNode) json.path("rejection")).remove("screenOn");
    assertThat(ZeroPlan.of(json)).isEqualTo(plan(KernelDevice.CPU));
  }

  @Test
  void read_damagedConfiguration_namesTheRun() {
    Path run = Path.of("runs/zero-macc-0");
    for (String gone : new String[] {"search", "metric", "proxies", "rejection"}) {
      ObjectNode json = plan(KernelDevice.CPU).toJson();
      json.remove(gone);
      assertThatThrownBy(() -> SavedTask.read(run, json, ZeroPlan::of))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(run + ": expected the configuration of a search")
          .hasMessageContaining("restore run.db from a copy");
    }
    assertThatThrownBy(() -> SavedTask.read(run, new ObjectMapper().nullNode(), AslPlan::of))
        .hasMessageStartingWith(run + ": expected the configuration of a search");
  }
}
