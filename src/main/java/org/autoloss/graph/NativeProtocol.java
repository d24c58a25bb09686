package org.autoloss.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.autoloss.Device;
import org.autoloss.global.ops;
import org.autoloss.internal.DeviceFailures;
import org.autoloss.internal.Natives;

/** Hands graphs over to native code, all in one call: that of the CPU, or that of a GPU. */
final class NativeProtocol implements RejectionProtocol {
  private static final RejectionResult.Status[] STATUSES = RejectionResult.Status.values();

  private final RejectionSamples samples;
  private final RejectionSettings settings;
  private final Device device;

  /** An evaluator on a device that is there. */
  NativeProtocol(RejectionSamples samples, RejectionSettings settings, Device device) {
    Natives.loadKernels();
    this.samples = samples;
    this.settings = settings;
    this.device = device;
  }

  @Override
  public List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known) {
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
    if (device.isCpu()) {
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
          settings.metric().code(),
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
      DeviceFailures.run(
          () ->
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
                  settings.metric().code(),
                  settings.tolerance(),
                  settings.threshold(),
                  known == null ? 0 : 1,
                  known == null ? new long[0] : known,
                  known == null ? 0 : known.length,
                  norms,
                  status,
                  scores,
                  fingerprints,
                  device.gpu(),
                  ops.cuda_current_stream(device.gpu())));
    }
    List<RejectionResult> results = new ArrayList<>(count);
    for (int k = 0; k < count; k++) {
      double[] own = Arrays.copyOfRange(norms, k * samples.count(), (k + 1) * samples.count());
      results.add(new RejectionResult(STATUSES[status[k]], scores[k], own, fingerprints[k]));
    }
    return results;
  }
}
