package org.autoloss.graph;

import java.util.List;
import org.autoloss.Device;
import org.autoloss.global.ops;
import org.autoloss.internal.Natives;
import org.autoloss.loss.LabelType;
import org.autoloss.loss.LogitsBatch;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;

/** Hands graphs over to native code, all in one call: that of the CPU, or that of a GPU. */
final class NativeProtocol implements RejectionProtocol {
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
    GraphCodes codes = GraphCodes.of(graphs, LossInput.CLASSES);
    NativeVerdicts verdicts = new NativeVerdicts(codes.count(), samples.count());
    long[] before = known == null ? new long[0] : known;
    try (ops.GraphProtocol protocol = protocol(settings, known != null);
        FloatPointer logits = new FloatPointer(samples.logits());
        IntPointer labels = new IntPointer(samples.labels())) {
      batch(logits, labels)
          .run(
              b ->
                  ops.graph_evaluate(
                      codes.code(),
                      codes.starts(),
                      codes.count(),
                      protocol,
                      b,
                      before,
                      before.length,
                      verdicts.norms(),
                      verdicts.status(),
                      verdicts.scores(),
                      verdicts.fingerprints()));
    }
    return verdicts.results();
  }

  /**
   * The samples, and where the work is done. They stay in the memory of the host, and results are
   * there when the call returns: libtorch, which may have no CUDA, need not be asked for a stream.
   */
  private LogitsBatch batch(FloatPointer logits, IntPointer labels) {
    Shape shape = new Shape(samples.count(), samples.classes(), samples.height(), samples.width());
    return new LogitsBatch(
        shape, logits, ops.LOGIT_FLOAT32, labels, LabelType.INT32, device.gpu(), null);
  }

  /** The settings as native code has them; the caller closes them. */
  static ops.GraphProtocol protocol(RejectionSettings settings, boolean equivalence) {
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
