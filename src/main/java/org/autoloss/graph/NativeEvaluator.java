package org.autoloss.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.autoloss.global.ops;

/** Hands graphs over to native code, all in one call: that of the CPU, or that of a GPU. */
final class NativeEvaluator implements GraphEvaluator {
  private static final Verdict.Status[] STATUSES = Verdict.Status.values();
  private static final int CPU = -1;

  private final RejectionSamples samples;
  private final RejectionSettings settings;
  private final int device;

  NativeEvaluator(RejectionSamples samples, RejectionSettings settings) {
    this(samples, settings, CPU);
  }

  NativeEvaluator(RejectionSamples samples, RejectionSettings settings, int device) {
    this.samples = samples;
    this.settings = settings;
    this.device = device;
    if (device == CPU) {
      return;
    }
    int devices = ops.cuda_device_count();
    if (devices == 0) {
      throw new IllegalStateException(
          "device: expected a GPU, got none: " + ops.cuda_status().getString());
    }
    if (device < 0 || device >= devices) {
      throw new IllegalArgumentException(
          "device: expected 0 to %d, got %d".formatted(devices - 1, device));
    }
  }

  @Override
  public List<Verdict> evaluate(List<LossGraph> graphs, long[] known) {
    int count = graphs.size();
    int[][] codes = new int[count][];
    long[] starts = new long[count + 1];
    for (int k = 0; k < count; k++) {
      codes[k] = Bytecode.of(graphs.get(k));
      starts[k + 1] = starts[k] + codes[k].length / Bytecode.STRIDE;
    }
    int[] code = new int[Math.toIntExact(starts[count] * Bytecode.STRIDE)];
    for (int k = 0; k < count; k++) {
      System.arraycopy(codes[k], 0, code, (int) starts[k] * Bytecode.STRIDE, codes[k].length);
    }
    double[] norms = new double[Math.multiplyExact(count, samples.count())];
    int[] status = new int[count];
    double[] scores = new double[count];
    long[] fingerprints = new long[count];
    if (device == CPU) {
      ops.graph_evaluate(
          code,
          starts,
          count,
          settings.eps(),
          samples.logits(),
          samples.labels(),
          samples.count(),
          samples.classes(),
          samples.height(),
          samples.width(),
          settings.steps(),
          settings.rate(),
          settings.momentum(),
          settings.metric().ordinal(),
          settings.tolerance(),
          settings.threshold(),
          known == null ? 0 : 1,
          known == null ? new long[0] : known,
          known == null ? 0 : known.length,
          norms,
          status,
          scores,
          fingerprints);
    } else {
      ops.graph_evaluate(
          code,
          starts,
          count,
          settings.eps(),
          samples.logits(),
          samples.labels(),
          samples.count(),
          samples.classes(),
          samples.height(),
          samples.width(),
          settings.steps(),
          settings.rate(),
          settings.momentum(),
          settings.metric().ordinal(),
          settings.tolerance(),
          settings.threshold(),
          known == null ? 0 : 1,
          known == null ? new long[0] : known,
          known == null ? 0 : known.length,
          norms,
          status,
          scores,
          fingerprints,
          device,
          ops.cuda_current_stream(device));
    }
    List<Verdict> verdicts = new ArrayList<>(count);
    for (int k = 0; k < count; k++) {
      double[] own = Arrays.copyOfRange(norms, k * samples.count(), (k + 1) * samples.count());
      verdicts.add(new Verdict(STATUSES[status[k]], scores[k], own, fingerprints[k]));
    }
    return verdicts;
  }
}
