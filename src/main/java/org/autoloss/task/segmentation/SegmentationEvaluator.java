package org.autoloss.task.segmentation;

import java.util.Iterator;
import java.util.List;
import org.autoloss.Device;
import org.autoloss.data.Ahead;
import org.autoloss.data.EvaluationBatch;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.Extent;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.segmentation.BoundaryDistances;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.metric.segmentation.SegmentationMetrics;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Network;
import org.autoloss.task.DevicePool;
import org.autoloss.train.Precision;
import org.autoloss.train.TorchThreads;
import org.autoloss.train.UndefinedLogitsException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Measures networks on a split, on one libtorch thread. Thread-safe.
 *
 * @param batches the split
 * @param classes the names of its classes
 * @param policy absent classes, tolerance, background, ignored pixels
 * @param distances of the boundary metrics that know no tolerance
 * @param metrics which are counted
 * @param precision that the network computes in
 */
record SegmentationEvaluator(
    EvaluationBatches batches,
    List<String> classes,
    ClassPolicy policy,
    BoundaryDistances distances,
    List<SegmentationMetric> metrics,
    Precision precision) {
  /**
   * Evaluates a network; batch normalisation uses the recorded statistics.
   *
   * @param network to measure; it stays as it is
   * @return the metrics over the whole split
   * @throws UndefinedLogitsException if a logit is NaN: no class would be the largest
   * @throws IllegalStateException if the network is closed or this thread is interrupted
   */
  public Evaluation evaluate(Network network) {
    return TorchThreads.single(() -> run(network));
  }

  /**
   * The class that a network sees at each pixel; batch normalisation uses the recorded statistics.
   *
   * @param network to ask; it stays as it is
   * @param precision that it computes in
   * @param batch images; its labels are not read
   * @return {@code [N,H,W]} class indices as unsigned bytes
   * @throws UndefinedLogitsException if a logit is NaN
   */
  public static byte[] predict(Network network, Precision precision, EvaluationBatch batch) {
    return TorchThreads.single(
        () -> {
          byte[] classes = new byte[batch.labels().length];
          try (PointerScope scope = new PointerScope();
              NoGradGuard guard = new NoGradGuard()) {
            Tensor logits = logits(network, precision, batch);
            Tensor best = logits.argmax(new LongOptional(1), false).to(torch.ScalarType.Byte);
            best.cpu().contiguous().data_ptr_byte().get(classes);
          }
          return classes;
        });
  }

  private Evaluation run(Network network) {
    SegmentationMetrics counts =
        new SegmentationMetrics(classes.size(), policy, distances, metrics);
    Iterator<EvaluationBatch> source = batches.iterator();
    // One thread, which asks for one after the other.
    try (Ahead<EvaluationBatch> ahead =
        new Ahead<>(i -> source.hasNext() ? source.next() : null, 1, Long.MAX_VALUE)) {
      EvaluationBatch batch;
      for (long i = 0; (batch = ahead.get(i)) != null; i++) {
        TorchThreads.requireUninterrupted("evaluation");
        try (PointerScope scope = new PointerScope();
            NoGradGuard guard = new NoGradGuard()) {
          Tensor labels = DevicePool.send(network.parameters().device(), Tensors.labels(batch));
          counts.add(logits(network, precision, batch), labels);
        }
      }
    }
    return counts.result().withClasses(classes);
  }

  private static Tensor logits(Network network, Precision precision, EvaluationBatch batch) {
    Device device = network.parameters().device();
    Tensor images = DevicePool.send(device, Tensors.images(batch));
    Tensor logits;
    try (Precision.Scope scope = precision.on(device)) {
      logits = network.forward(images, false);
    }
    logits = atLabels(Precision.wide(logits), batch);
    // One sum instead of a test of each: NaN survives it. Infinite logits alone are no reason.
    if (Double.isNaN(logits.sum().item_double())) {
      long undefined = logits.isnan().any(1).sum().item_long();
      if (undefined > 0) {
        throw new UndefinedLogitsException(undefined, batch.labels().length);
      }
    }
    return logits;
  }

  /** Without the padding, and of the labels' size. */
  private static Tensor atLabels(Tensor logits, EvaluationBatch batch) {
    Extent seen = batch.seen();
    Extent labelled = batch.labelled();
    Tensor shown = logits;
    if (!seen.equals(batch.padded())) {
      shown = shown.narrow(2, 0, seen.height()).narrow(3, 0, seen.width());
    }
    return seen.equals(labelled)
        ? shown
        : Functional.resize(shown, labelled.height(), labelled.width());
  }
}
