package org.autoloss.graph;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.autoloss.global.ops;
import org.autoloss.internal.Natives;
import org.autoloss.loss.LossInput;

/** Tries graphs out on what a branch predicts, all in one native call on the CPU. */
final class NativeBranchProtocol implements RejectionProtocol {
  private final BranchSamples samples;
  private final RejectionSettings settings;
  private final long[] shapes;
  private final float[] predicted;
  private final float[] target;
  private final int[] labels;
  private final float[] spots;

  NativeBranchProtocol(BranchSamples samples, RejectionSettings settings) {
    Natives.loadKernels();
    this.samples = samples;
    this.settings = settings;
    shapes =
        samples.samples().stream()
            .flatMapToLong(
                each -> IntStream.of(each.n(), each.c(), each.h(), each.w()).asLongStream())
            .toArray();
    boolean classes = samples.input() == LossInput.CLASSES;
    predicted = joined(BranchSample::predicted);
    target = classes ? null : joined(BranchSample::target);
    labels =
        classes
            ? samples.samples().stream().flatMapToInt(each -> IntStream.of(each.labels())).toArray()
            : null;
    spots = samples.input() == LossInput.HEATMAP ? joined(BranchSample::spots) : null;
  }

  private float[] joined(Function<BranchSample, float[]> part) {
    List<float[]> parts = samples.samples().stream().map(part).toList();
    float[] all = new float[parts.stream().mapToInt(each -> each.length).sum()];
    int at = 0;
    for (float[] each : parts) {
      System.arraycopy(each, 0, all, at, each.length);
      at += each.length;
    }
    return all;
  }

  private int kind() {
    return switch (samples.input()) {
      case CLASSES -> ops.BRANCH_CLASSES;
      case BINARY -> ops.BRANCH_BINARY;
      case HEATMAP -> ops.BRANCH_HEATMAPS;
      default -> ops.BRANCH_BOXES;
    };
  }

  @Override
  public List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known) {
    GraphCodes codes = GraphCodes.of(graphs, samples.input());
    NativeVerdicts verdicts = new NativeVerdicts(codes.count(), samples.count());
    long[] before = known == null ? new long[0] : known;
    try (ops.GraphProtocol protocol = NativeProtocol.protocol(settings, known != null)) {
      ops.branch_evaluate(
          codes.code(),
          codes.starts(),
          codes.count(),
          protocol,
          kind(),
          shapes,
          samples.count(),
          predicted,
          target,
          labels,
          spots,
          before,
          before.length,
          verdicts.norms(),
          verdicts.status(),
          verdicts.scores(),
          verdicts.fingerprints());
    }
    return verdicts.results();
  }
}
