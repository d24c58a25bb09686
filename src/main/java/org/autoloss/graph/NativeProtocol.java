package org.autoloss.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.autoloss.Device;
import org.autoloss.global.ops;
import org.autoloss.internal.Natives;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

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
    long[] before = known == null ? new long[0] : known;
    try (ops.GraphProtocol protocol = protocol(known != null);
        FloatPointer logits = new FloatPointer(samples.logits());
        IntPointer labels = new IntPointer(samples.labels())) {
      batch(logits, labels)
          .run(
              b ->
                  ops.graph_evaluate(
                      code,
                      starts,
                      count,
                      protocol,
                      b,
                      before,
                      before.length,
                      norms,
                      status,
                      scores,
                      fingerprints));
    }
    List<RejectionResult> results = new ArrayList<>(count);
    for (int k = 0; k < count; k++) {
      double[] own = Arrays.copyOfRange(norms, k * samples.count(), (k + 1) * samples.count());
      results.add(new RejectionResult(STATUSES[status[k]], scores[k], own, fingerprints[k]));
    }
    return results;
  }

  /** The samples, which stay in the memory of the host, and where the work is done. */
  private LogitsBatch batch(FloatPointer logits, IntPointer labels) {
    Shape shape = new Shape(samples.count(), samples.classes(), samples.height(), samples.width());
    Pointer stream = device.isCpu() ? null : ops.cuda_current_stream(device.gpu());
    return new LogitsBatch(
        shape, logits, ops.LOGIT_FLOAT32, labels, LabelType.INT32, device.gpu(), stream);
  }

  private ops.GraphProtocol protocol(boolean equivalence) {
    return new ops.GraphProtocol()
        .eps(settings.eps())
        .steps(settings.steps())
        .rate(settings.rate())
        .momentum(settings.momentum())
        .metric(settings.metric().code())
        .tolerance(settings.tolerance())
        .threshold(settings.threshold())
        .equivalence(equivalence ? 1 : 0);
  }
}
