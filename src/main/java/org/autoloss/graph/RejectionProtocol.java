package org.autoloss.graph;

import java.util.List;
import java.util.function.Function;
import org.autoloss.Device;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;

/**
 * Tries loss graphs out on predictions, without a network: the loss-rejection protocol and the
 * gradient-equivalence check of AutoLoss-Zero (Li et al., CVPR 2022, section 3.3).
 *
 * <p>For each sample on its own, {@code v = momentum v + dL/dz; z = z - rate v}, T times; the score
 * is the mean of the metric over the samples. A graph is given up as soon as its fate is known: its
 * prediction does not reach the root, or its gradient vanishes; a value or gradient is not finite;
 * or the samples that are left cannot bring the mean to the threshold.
 */
public interface RejectionProtocol {
  /**
   * Evaluates graphs. The verdict of a graph depends on the samples and settings alone.
   *
   * @param graphs graphs on the branch's inputs, of at most 64 nodes each
   * @return one verdict per graph, in their order
   * @throws IllegalArgumentException if a graph has another input or is too large
   */
  default List<RejectionResult> evaluate(List<LossGraph> graphs) {
    return evaluate(graphs, null);
  }

  /**
   * Evaluates graphs that are not gradient-equivalent to known or earlier ones.
   *
   * @param graphs graphs on the branch's inputs, of at most 64 nodes each
   * @param known fingerprints, sorted; a graph that has one of them, or that of an earlier graph of
   *     this call, is {@link RejectionResult.Status#DUPLICATE} and not optimised. Null to switch
   *     the check off
   * @return one verdict per graph, in their order
   * @throws IllegalArgumentException if a graph has another input or is too large
   */
  List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known);

  /**
   * The native evaluator: all graphs in one call, on all cores, without memory per graph or step.
   *
   * @param samples what predictions are optimised on
   * @param settings how
   * @return an evaluator, safe for use by several threads
   */
  static RejectionProtocol of(RejectionSamples samples, RejectionSettings settings) {
    return new NativeProtocol(samples, settings, Device.CPU);
  }

  /**
   * The native evaluator on the CPU or on an NVIDIA GPU, where blocks take graphs from a queue and
   * run them to their fate without the host. A GPU's decisions agree with the CPU's but for
   * rounding at the threshold; what CUDA refuses is a {@link org.autoloss.NativeLossException}.
   *
   * @param device where
   * @param samples what predictions are optimised on
   * @param settings how
   * @return an evaluator, safe for use by several threads
   * @throws IllegalStateException if there is no GPU to use, or this build has no CUDA
   * @throws IllegalArgumentException if there is no GPU of that number
   */
  static RejectionProtocol on(Device device, RejectionSamples samples, RejectionSettings settings) {
    device.requireUsable("device", "take the CPU");
    return new NativeProtocol(samples, settings, device);
  }

  /**
   * The native evaluator for a branch of a network, on what it predicts: logits of classes or of
   * yes and no, heat maps, or boxes.
   *
   * <p>A graph's score is its relative gain, {@code (after - before) / (1 - before)}, where both
   * are means over the samples; it meets the threshold of the settings. The first step of a descent
   * goes {@code rate} times the distance to the target (Euclidean; of logits the square root of how
   * many count), whatever the scale of the loss; later ones are as long as their gradients make
   * them, times a factor that falls from 1 to 0 in equal parts. Boxes move by shifts in units of
   * their sides and logarithms of their growth, relative to where they start. Metric, tolerance and
   * noise of the settings are not used.
   *
   * @param device where; the CPU
   * @param samples what predictions are optimised on
   * @param settings how; see {@link RejectionSettings#ofBranch}
   * @return an evaluator of graphs on {@link BranchGraphs#inputs}, safe for use by several threads
   * @throws IllegalArgumentException if the device is a GPU
   */
  static RejectionProtocol on(Device device, BranchSamples samples, RejectionSettings settings) {
    if (!device.isCpu()) {
      throw new IllegalArgumentException(
          "device: expected cpu, for the losses of "
              + samples.input().label()
              + " are tried out there, got "
              + device);
    }
    return new NativeBranchProtocol(samples, settings);
  }

  /**
   * The protocol for an objective of one metric or several: a graph passes if each metric's
   * protocol accepts it; its score is then the objective's weighted mean, else that of the metric
   * it failed in.
   *
   * @param objective what the loss is searched for
   * @param protocols makes the protocol of a metric, on the same samples and with the same descent
   * @return an evaluator, safe for use by several threads if the metrics' are
   */
  static RejectionProtocol forObjective(
      ObjectiveMetric objective, Function<Metric, RejectionProtocol> protocols) {
    return objective.metrics().size() == 1
        ? protocols.apply(objective.metrics().get(0))
        : new ObjectiveProtocol(objective, protocols);
  }
}
