package org.autoloss.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rejection protocol step by step in plain Java and double precision. What float32 cannot hold
 * counts as infinite, as it would be so in training.
 */
final class ReferenceProtocol implements RejectionProtocol {
  // These three have twins of the same name in native/cpu/graph_batch.cpp.
  private static final double NOISE = 1e-6;
  private static final double UNALIGNED = 1e-3;
  private static final double LARGEST = Float.MAX_VALUE;

  private final RejectionSamples samples;
  private final RejectionSettings settings;
  private final int elements;
  private final int[] shape;

  ReferenceProtocol(RejectionSamples samples, RejectionSettings settings) {
    this.samples = samples;
    this.settings = settings;
    shape = new int[] {1, samples.classes(), samples.height(), samples.width()};
    elements = samples.classes() * samples.height() * samples.width();
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

  /** The verdict before any step: {@code BELOW_THRESHOLD} stands for "not yet known". */
  private RejectionResult start(LossGraph graph) {
    double[] norms = new double[samples.count()];
    if (!graph.inputs().contains(LossGraph.PREDICTION)) {
      return new RejectionResult(RejectionResult.Status.NO_GRADIENT, 0, norms, 0);
    }
    long hash = 0;
    boolean moves = false;
    for (int b = 0; b < norms.length; b++) {
      double[] logits = logits(b);
      ReferenceInterpreter.Result result = run(graph, b, logits);
      if (!finite(result)) {
        return new RejectionResult(RejectionResult.Status.NOT_FINITE, 0, norms, 0);
      }
      double norm = result.sampleNorms()[0];
      norms[b] = norm > NOISE * result.cancelling() ? norm : 0;
      moves |= norms[b] > 0;
      hash = mixed(hash, twoDigits(norms[b]));
      hash = mixed(hash, norms[b] > 0 ? direction(result, b) : 0);
    }
    RejectionResult.Status status =
        moves ? RejectionResult.Status.BELOW_THRESHOLD : RejectionResult.Status.NO_GRADIENT;
    return new RejectionResult(status, 0, norms, hash);
  }

  private RejectionResult descend(LossGraph graph, RejectionResult start) {
    double sum = 0;
    for (int b = 0; b < samples.count(); b++) {
      double[] logits = logits(b);
      double[] velocity = new double[elements];
      for (int t = 0; t < settings.steps(); t++) {
        ReferenceInterpreter.Result result = run(graph, b, logits);
        if (!finite(result.sampleNorms()[0] * result.sampleNorms()[0])) {
          return ended(RejectionResult.Status.NOT_FINITE, sum, start);
        }
        for (int i = 0; i < elements; i++) {
          velocity[i] = settings.momentum() * velocity[i] + result.gradient()[i];
          logits[i] -= settings.rate() * velocity[i];
        }
      }
      if (!Arrays.stream(logits).allMatch(ReferenceProtocol::finite)) {
        return ended(RejectionResult.Status.NOT_FINITE, sum, start);
      }
      sum += score(b, logits);
      if ((sum + samples.count() - 1 - b) / samples.count() < settings.threshold()) {
        return ended(RejectionResult.Status.BELOW_THRESHOLD, sum, start);
      }
    }
    return ended(RejectionResult.Status.ACCEPTED, sum, start);
  }

  private RejectionResult ended(RejectionResult.Status status, double sum, RejectionResult start) {
    return new RejectionResult(status, sum / samples.count(), start.norms(), start.fingerprint());
  }

  private ReferenceInterpreter.Result run(LossGraph graph, int sample, double[] logits) {
    return ReferenceInterpreter.evaluate(graph, settings.eps(), logits, labels(sample), shape);
  }

  private double[] logits(int sample) {
    double[] logits = new double[elements];
    for (int i = 0; i < elements; i++) {
      logits[i] = samples.logits()[sample * elements + i];
    }
    return logits;
  }

  private int[] labels(int sample) {
    int pixels = samples.height() * samples.width();
    return Arrays.copyOfRange(samples.labels(), sample * pixels, (sample + 1) * pixels);
  }

  private double score(int sample, double[] logits) {
    int pixels = samples.height() * samples.width();
    int[] prediction = new int[pixels];
    for (int i = 0; i < pixels; i++) {
      for (int c = 1; c < samples.classes(); c++) {
        if (logits[c * pixels + i] > logits[prediction[i] * pixels + i]) {
          prediction[i] = c;
        }
      }
    }
    return new SampleScore(
            labels(sample),
            samples.classes(),
            samples.height(),
            samples.width(),
            settings.tolerance())
        .of(settings.metric(), prediction);
  }

  private static boolean finite(ReferenceInterpreter.Result result) {
    double norm = result.sampleNorms()[0];
    return finite(result.value()) && finite(norm * norm);
  }

  private static boolean finite(double value) {
    return Math.abs(value) <= LARGEST;
  }

  /** Whether the descent helps (1), harms (-1) or neither, to first order. */
  private long direction(ReferenceInterpreter.Result result, int sample) {
    int[] labels = labels(sample);
    int pixels = labels.length;
    double alignment = 0;
    for (int i = 0; i < elements; i++) {
      double label = labels[i % pixels] == i / pixels ? 1 : 0;
      alignment += result.gradient()[i] * (label - result.prediction()[i]);
    }
    double reach = Math.sqrt(samples.valid(sample));
    double cosine = alignment / (result.sampleNorms()[0] * reach);
    return cosine < -UNALIGNED ? 1 : cosine > UNALIGNED ? -1 : 0;
  }

  /** A norm to two significant digits, as an integer. */
  static long twoDigits(double norm) {
    if (!(norm > 0)) {
      return 0;
    }
    long exponent = (long) Math.floor(Math.log10(norm));
    long digits = Math.round(norm / Math.pow(10, exponent - 1));
    return digits >= 100 ? (exponent + 1) * 100 + 10 : exponent * 100 + digits;
  }

  static long mixed(long hash, long value) {
    long z = (hash ^ value) + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
