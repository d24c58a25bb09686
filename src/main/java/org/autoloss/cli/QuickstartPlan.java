package org.autoloss.cli;

import org.autoloss.Device;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.evolution.AutoLossZero;
import org.autoloss.search.evolution.ZeroSettings;
import org.autoloss.search.ppo.AutoSegLoss;
import org.autoloss.search.ppo.PpoSettings;
import org.autoloss.task.Quickstart;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Task;

/** A quickstart's search as a plan. */
final class QuickstartPlan {
  private static final int GENERATION = 4;
  private static final int SAMPLES = 5;
  private static final int SAMPLE_SIZE = 32;

  private QuickstartPlan() {}

  static SearchPlan of(Quickstart recipe, Task task, long seed) {
    Quickstart.Search search = recipe.search();
    return new SearchPlan(
        ObjectiveMetric.parse(search.metric(), task.metrics()),
        method(search.method(), task.rejectionSettings()),
        search.warmSteps(),
        search.proxySteps(),
        search.finalSteps(),
        search.topK(),
        search.confirmSeeds(),
        search.testSeeds(),
        seed,
        recipe.references());
  }

  private static SearchMethod method(Quickstart.Method method, RejectionSettings rejection) {
    if (method instanceof Quickstart.Curves curves) {
      return new AutoSegLoss(PpoSettings.of(curves.steps(), curves.samples()));
    }
    Quickstart.Graphs graphs = (Quickstart.Graphs) method;
    return new AutoLossZero(
        ZeroSettings.ofFew(graphs.proxies()).withGeneration(GENERATION),
        new RejectionPlan(rejection, SAMPLES, SAMPLE_SIZE, Device.CPU),
        graphs.proxies(),
        graphs.branches());
  }
}
