package org.autoloss.benchmarks;

import java.util.List;
import java.util.Locale;
import org.autoloss.graph.GraphLoss;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.metric.segmentation.SegmentationMetric;

/**
 * Compares shorter rejection protocols with the paper's: how often they decide alike on the same
 * candidates, and what they cost. All have the paper's reach, {@code steps * rate / (1 - momentum)
 * = 5}. Not a JMH benchmark, as what counts are the decisions.
 *
 * <p>Run: {@code java -cp benchmarks/target/benchmarks.jar
 * org.autoloss.benchmarks.ProtocolComparison [METRIC [GRAPHS]]}
 */
public final class ProtocolComparison {
  private ProtocolComparison() {}

  /**
   * Prints the table as Markdown.
   *
   * @param args the metric, and how many graphs
   */
  public static void main(String[] args) {
    SegmentationMetric metric = SegmentationMetric.of(args.length > 0 ? args[0] : "mIoU");
    List<LossGraph> graphs = Candidates.graphs(args.length > 1 ? Integer.parseInt(args[1]) : 2000);
    RejectionSamples samples = Candidates.samples();
    List<RejectionResult> paper = evaluate(samples, RejectionSettings.paper(metric), graphs, null);
    for (int steps : new int[] {1, 2, 3, 5, 10, 20}) {
      evaluate(samples, settings(metric, steps), graphs, paper);
    }
  }

  private static RejectionSettings settings(SegmentationMetric metric, int steps) {
    RejectionSettings base = RejectionSettings.of(metric);
    return new RejectionSettings(
        metric,
        base.tolerance(),
        base.threshold(),
        steps,
        5.0 / steps,
        0,
        base.noise(),
        GraphLoss.DEFAULT_EPS);
  }

  private static List<RejectionResult> evaluate(
      RejectionSamples samples,
      RejectionSettings settings,
      List<LossGraph> graphs,
      List<RejectionResult> paper) {
    RejectionProtocol evaluator = RejectionProtocol.of(samples, settings);
    evaluator.evaluate(graphs.subList(0, Math.min(50, graphs.size())));
    long start = System.nanoTime();
    List<RejectionResult> results = evaluator.evaluate(graphs);
    double seconds = (System.nanoTime() - start) / 1e9;
    int accepted = 0;
    int same = 0;
    for (int k = 0; k < graphs.size(); k++) {
      accepted += results.get(k).accepted() ? 1 : 0;
      same += paper == null || results.get(k).accepted() == paper.get(k).accepted() ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %d x %s | %.1f | %d | %.0f | %d (%.2f %%) |%n",
        settings.metric(),
        settings.steps(),
        settings.rate(),
        settings.momentum(),
        accepted,
        graphs.size() / seconds,
        same,
        100.0 * same / graphs.size());
    return results;
  }
}
