package org.autoloss.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.graph.GraphGenerator;
import org.autoloss.graph.LabelMaps;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.Mutation;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.segmentation.SegmentationMetric;

/** Seeded samples, and graphs as an evolution draws them. */
final class Candidates {
  private static final List<String> PARENTS =
      List.of(
          "neg(mul(y,log(yhat)))",
          "square(add(y,neg(yhat)))",
          "neg(mul(mean_nhw(mul(y,yhat)),inv(mean_nhw(add(y,yhat)))))",
          "neg(sqrt(mul(y,tanh(yhat))))");

  private Candidates() {}

  /** Five samples of [6,32,32]. */
  static RejectionSamples samples() {
    RandomGenerator random = RandomStreams.stream(7);
    int[] labels = LabelMaps.ellipses(5, 6, 32, random);
    double noise = RejectionSettings.of(SegmentationMetric.MIOU).noise();
    return RejectionSamples.of(labels, 5, 6, 32, 32, noise, random);
  }

  /** Half of them random, half twice mutated from losses that work. */
  static List<LossGraph> graphs(int count) {
    RandomGenerator random = RandomStreams.stream(8);
    GraphGenerator generator = new GraphGenerator(LossGraph.SEGMENTATION_INPUTS, 3);
    List<LossGraph> graphs = new ArrayList<>();
    while (graphs.size() < count) {
      LossGraph graph = generator.next(random);
      if (graphs.size() % 2 == 0) {
        graph = LossGraph.parse(PARENTS.get(random.nextInt(PARENTS.size())));
        graph = Mutation.next(random).apply(graph, generator, random);
        graph = Mutation.next(random).apply(graph, generator, random);
      }
      graphs.add(graph);
    }
    return graphs;
  }
}
