package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.autoloss.experiment.CostProbe.Measured;
import org.autoloss.experiment.CostProbe.Trainings;
import org.autoloss.search.RandomSearch;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.junit.jupiter.api.Test;

class CostProbeTest {
  private static final Measured MEASURED = new Measured(0.1, 2, 1_000);

  @Test
  void trainings_seconds_areStepsAndEvaluationsSharedByWorkers() {
    assertThat(new Trainings(8, 50).seconds(MEASURED, 2)).isCloseTo(8 * 7 / 2.0, offset(1e-9));
  }

  @Test
  void trainings_within_areThoseThatThereIsTimeFor() {
    Trainings all = new Trainings(1_000, 50);
    assertThat(all.within(70, MEASURED, 2, n -> n).count()).isEqualTo(20);
    assertThat(all.within(70, MEASURED, 2, n -> n + 4).count()).isEqualTo(24);
    assertThat(all.within(-5, MEASURED, 2, n -> n).count()).isEqualTo(1);
    assertThat(all.within(1e9, MEASURED, 2, n -> n + 4)).isEqualTo(all);
    assertThat(all.within(Double.POSITIVE_INFINITY, MEASURED, 2, n -> n)).isEqualTo(all);
  }

  @Test
  void proxies_endedByCandidates_areWholeSteps() {
    SearchMethod ppo = new AutoSegLoss(PpoSettings.of(6, 8));
    assertThat(ppo.proxies(9)).isEqualTo(2 * 8 + 1);
    assertThat(ppo.proxies(16)).isEqualTo(2 * 8 + 1);
    SearchMethod random = new RandomSearch(6, 8);
    assertThat(random.proxies(1)).isEqualTo(8);
    for (SearchMethod method : new SearchMethod[] {ppo, random}) {
      assertThat(method.proxies(Long.MAX_VALUE)).isEqualTo(method.proxies());
      assertThat(method.proxies(method.proxies())).isEqualTo(method.proxies());
    }
  }
}
