package org.autoloss.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rejection protocol of branches step by step in plain Java and double precision. What float32
 * cannot hold counts as infinite.
 */
final class ReferenceBranchProtocol implements RejectionProtocol {
  private static final double NOISE = 1e-6;
  private static final double UNALIGNED = 1e-3;

  private final List<ReferenceSample> samples;
  private final RejectionSettings settings;
  private final double before;

  ReferenceBranchProtocol(BranchSamples samples, RejectionSettings settings) {
    this.samples = samples.samples().stream().map(ReferenceSample::of).toList();
    this.settings = settings;
    before = this.samples.stream().mapToDouble(s -> s.score(s.start())).average().orElseThrow();
  }

  @Override
  public List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known) {
    Set<Long> seen = new HashSet<>();
    if (known != null) {
      Arrays.stream(known).forEach(seen::add);
    }
    List<RejectionResult> results = new ArrayList<>();
    for (LossGraph graph : graphs) {
      RejectionResult start = start(graph);
      boolean moves = start.status() == RejectionResult.Status.BELOW_THRESHOLD;
      if (moves && known != null && !seen.add(start.fingerprint())) {
        results.add(
            new RejectionResult(
                RejectionResult.Status.DUPLICATE, 0, start.norms(), start.fingerprint()));
      } else {
        results.add(moves ? descend(graph, start) : start);
      }
    }
    return results;
  }

  private RejectionResult start(LossGraph graph) {
    double[] norms = new double[samples.size()];
    boolean reads = graph.inputs().stream().anyMatch(ReferenceSample.MOVING::contains);
    if (!reads) {
      return new RejectionResult(RejectionResult.Status.NO_GRADIENT, 0, norms, 0);
    }
    long hash = 0;
    boolean moves = false;
    for (int b = 0; b < norms.length; b++) {
      ReferenceSample sample = samples.get(b);
      ReferenceSample.Slope slope = sample.slope(graph, settings.eps(), sample.start());
      double norm = norm(slope.gradient());
      if (!finite(slope.value()) || !finite(norm * norm)) {
        return new RejectionResult(RejectionResult.Status.NOT_FINITE, 0, norms, 0);
      }
      norms[b] = norm > NOISE * norm(slope.madeOf()) ? norm : 0;
      moves |= norms[b] > 0;
      hash = ReferenceProtocol.mixed(hash, ReferenceProtocol.twoDigits(norms[b]));
      hash = ReferenceProtocol.mixed(hash, norms[b] > 0 ? direction(sample, slope) : 0);
    }
    return new RejectionResult(
        moves ? RejectionResult.Status.BELOW_THRESHOLD : RejectionResult.Status.NO_GRADIENT,
        0,
        norms,
        hash);
  }

  private static long direction(ReferenceSample sample, ReferenceSample.Slope slope) {
    double alignment = 0;
    for (int i = 0; i < slope.gradient().length; i++) {
      alignment += slope.gradient()[i] * sample.pull()[i];
    }
    double cosine = alignment / (norm(slope.gradient()) * sample.reach());
    return cosine < -UNALIGNED ? 1 : cosine > UNALIGNED ? -1 : 0;
  }

  private RejectionResult descend(LossGraph graph, RejectionResult start) {
    double threshold = before + settings.threshold() * (1 - before);
    double sum = 0;
    int count = samples.size();
    for (int b = 0; b < count; b++) {
      ReferenceSample sample = samples.get(b);
      double[] z = sample.start();
      double[] velocity = new double[z.length];
      double rate = settings.rate() * sample.reach() / start.norms()[b];
      for (int t = 0; t < settings.steps() && start.norms()[b] > 0; t++) {
        double[] gradient = sample.slope(graph, settings.eps(), z).gradient();
        double norm = norm(gradient);
        if (!finite(norm * norm)) {
          return ended(RejectionResult.Status.NOT_FINITE, 0, start);
        }
        for (int i = 0; i < z.length; i++) {
          velocity[i] = settings.momentum() * velocity[i] + gradient[i];
          z[i] -= rate * (1 - (double) t / settings.steps()) * velocity[i];
        }
      }
      double score =
          Arrays.stream(z).allMatch(ReferenceBranchProtocol::finite) ? sample.score(z) : Double.NaN;
      if (!finite(score)) {
        return ended(RejectionResult.Status.NOT_FINITE, 0, start);
      }
      sum += score;
      if ((sum + count - 1 - b) / count < threshold) {
        return ended(RejectionResult.Status.BELOW_THRESHOLD, sum / count, start);
      }
    }
    return ended(RejectionResult.Status.ACCEPTED, (sum / count - before) / (1 - before), start);
  }

  private static RejectionResult ended(
      RejectionResult.Status status, double score, RejectionResult start) {
    return new RejectionResult(status, score, start.norms(), start.fingerprint());
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(each -> each * each).sum());
  }

  private static boolean finite(double value) {
    return Math.abs(value) <= Float.MAX_VALUE;
  }
}
