package org.autoloss.cli;

import java.util.List;
import org.autoloss.Device;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.autoloss.task.Quickstart;
import org.autoloss.task.RejectionPlan;

/** A quickstart's search as a plan. */
final class QuickstartPlan {
  private static final double TOURNAMENT = 0.3;
  private static final int GENERATION = 4;
  private static final int SAMPLES = 5;
  private static final int SAMPLE_SIZE = 32;

  private QuickstartPlan() {}

  static SearchPlan of(Quickstart recipe, List<? extends Metric> metrics, long seed) {
    Quickstart.Search search = recipe.search();
    return new SearchPlan(
        ObjectiveMetric.parse(search.metric(), metrics),
        method(search.method()),
        search.warmSteps(),
        search.proxySteps(),
        search.finalSteps(),
        search.topK(),
        search.confirmSeeds(),
        search.testSeeds(),
        seed,
        recipe.references());
  }

  /**
   * The usual evolution in small: two thirds of the candidates are offspring, and all are trained,
   * which takes minutes for sure; until enough have passed a trial may take longer.
   */
  private static ZeroSettings evolution(int proxies) {
    ZeroSettings usual = ZeroSettings.DEFAULT;
    return new ZeroSettings(
        usual.population(),
        Math.max(2, proxies / 3),
        TOURNAMENT,
        usual.copies(),
        usual.fresh(),
        usual.mutations(),
        usual.maxDepth(),
        usual.maxOperators(),
        GENERATION,
        false,
        false,
        usual.earlyStop(),
        usual.balance());
  }

  private static SearchMethod method(Quickstart.Method method) {
    if (method instanceof Quickstart.Curves curves) {
      return new AutoSegLoss(PpoSettings.of(curves.steps(), curves.samples()));
    }
    Quickstart.Graphs graphs = (Quickstart.Graphs) method;
    RejectionSettings rejection = RejectionSettings.of(SegmentationMetric.MIOU); // or another
    return new AutoLossZero(
        evolution(graphs.proxies()),
        new RejectionPlan(rejection, SAMPLES, SAMPLE_SIZE, Device.CPU),
        graphs.proxies(),
        graphs.branches());
  }
}
