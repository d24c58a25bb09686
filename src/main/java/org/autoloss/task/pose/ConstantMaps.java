package org.autoloss.task.pose;

import java.util.Arrays;
import java.util.List;
import org.autoloss.graph.BranchSample;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.StricterProtocol;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.Pair;
import org.autoloss.train.TorchThreads;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Rejects losses of heat maps that a map of one value serves.
 *
 * <p>The protocol moves each pixel by itself, and looks at the place of the maximum alone: {@code
 * -y*yhat} passes, for it raises most where the keypoint is. A network that does not know the place
 * lowers it as well by raising everything. Probabilities do not have that way out, since what one
 * class gains the others lose. So a loss must also fall, from empty maps to the targets, by more
 * than twice of what the best of {@link #HEIGHTS} brings. The rule is ours; it allows for losses
 * that do not see a constant, as those behind a softmax over pixels.
 */
final class ConstantMaps extends StricterProtocol {
  /** Of constant maps, in parts of the target's peak. */
  private static final double[] HEIGHTS = {-4, -2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2, 4};

  private static final double SHARE = 0.5;

  private final List<BranchSample> samples;

  /**
   * A rule on top of a protocol.
   *
   * @param inner the protocol
   * @param samples the same samples, of heat maps
   */
  ConstantMaps(RejectionProtocol inner, List<BranchSample> samples) {
    super(inner);
    this.samples = List.copyOf(samples);
  }

  @Override
  protected boolean keeps(LossGraph graph) {
    return !TorchThreads.single(() -> isServed(graph));
  }

  /** Whether a constant brings more than a share of what the targets bring, or these nothing. */
  private boolean isServed(LossGraph graph) {
    try (Loss loss = Loss.parse("expr:" + graph, LossInput.HEATMAP)) {
      double right = 0;
      double[] served = new double[HEIGHTS.length];
      for (BranchSample sample : samples) {
        double empty = value(loss, sample, constant(sample, 0));
        right += empty - value(loss, sample, sample.target());
        double peak = peak(sample);
        for (int k = 0; k < HEIGHTS.length; k++) {
          served[k] += empty - value(loss, sample, constant(sample, HEIGHTS[k] * peak));
        }
      }
      double best = Arrays.stream(served).max().orElseThrow();
      return !(right > 0 && best <= SHARE * right); // also where one is not a number
    }
  }

  private static double peak(BranchSample sample) {
    double peak = 0;
    for (float each : sample.target()) {
      peak = Math.max(peak, each);
    }
    return peak;
  }

  private static float[] constant(BranchSample sample, double height) {
    float[] maps = new float[sample.target().length];
    Arrays.fill(maps, (float) height);
    return maps;
  }

  private static double value(Loss loss, BranchSample sample, float[] maps) {
    try (PointerScope scope = new PointerScope()) {
      return loss.apply(new Pair(tensor(sample, maps), tensor(sample, sample.target())))
          .item_double();
    }
  }

  private static Tensor tensor(BranchSample sample, float[] values) {
    return Tensor.create(values, 1, sample.c(), sample.h(), sample.w());
  }
}
