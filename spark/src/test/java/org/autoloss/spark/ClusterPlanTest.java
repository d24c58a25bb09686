package org.autoloss.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ClusterPlanTest {
  private static final String[] EVEN = {
    "trainings=640",
    "slots=64",
    "explored=0",
    "training=100",
    "spread=0",
    "stopped=0",
    "overhead=0",
    "journal=0",
    "executor_hours=1e12"
  };

  @Test
  void play_equalTrainingsAndNoCosts_isTheirNumberOverTheSlots() {
    ClusterPlan plan = new ClusterPlan(EVEN);
    assertThat(plan.play(0)).isEqualTo(new ClusterPlan.Outcome(1_000, 1, 0));
    assertThat(plan.play(64)).isEqualTo(plan.play(0));
    // Eight of 64 slots work: 80 generations of 100 seconds.
    assertThat(plan.play(8)).isEqualTo(new ClusterPlan.Outcome(8_000, 0.125, 0));
  }

  @Test
  void play_unequalTrainings_costGenerationsMore() {
    ClusterPlan plan = new ClusterPlan();
    assertThat(plan.play(0).busy()).isGreaterThan(0.95);
    assertThat(plan.play(64).seconds()).isGreaterThan(1.3 * plan.play(0).seconds());
  }

  @Test
  void play_executorsThatDie_costTheirTrainings() {
    ClusterPlan frail = new ClusterPlan("executor_hours=1");
    assertThat(frail.play(0).deaths()).isBetween(150, 300); // of 10,000 times 80 s, 222 expected
    assertThat(frail.play(0).seconds() / new ClusterPlan().play(0).seconds())
        .isCloseTo(1.02, within(0.02));
  }

  @Test
  void plan_unknownInput_isRefused() {
    assertThatThrownBy(() -> new ClusterPlan("gpus=8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 'gpus=8'");
  }
}
