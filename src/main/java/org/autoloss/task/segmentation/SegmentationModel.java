package org.autoloss.task.segmentation;

import java.io.IOException;
import java.util.Map;
import org.autoloss.data.Batch;
import org.autoloss.data.BatchLoader;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Network;
import org.autoloss.task.DevicePool;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.LoadedModel;
import org.autoloss.task.Range;
import org.autoloss.task.Split;
import org.autoloss.train.Precision;
import org.bytedeco.pytorch.Tensor;

/** A segmentation network and its batches: logits and label maps for one branch. */
final class SegmentationModel extends LoadedModel<Batch> {
  private static final long DATA = 2;

  // A wait for so many steps costs little, and few steps are in vain after a loss that is NaN.
  private static final int LOSSES_ON_A_GPU = 16;

  private final SegmentationTask task;

  SegmentationModel(SegmentationTask task, Network network, Split split, long seed) {
    super(network, seed, task.devices());
    this.task = task;
    BatchLoader loader =
        new BatchLoader(
            task.dataset(split),
            task.transform(),
            task.settings().batchSize(),
            RandomStreams.seed(seed, DATA));
    load(loader::batch);
  }

  @Override
  public Map<String, Pair> forward(long step) {
    Batch batch = batch(step);
    Tensor images = DevicePool.send(device(), Tensors.images(batch));
    Tensor labels = DevicePool.send(device(), Tensors.labels(batch));
    try (Precision.Scope scope = task.settings().precision().on(device())) {
      Map<String, Tensor> logits = network().outputs(images, true);
      Tensor auxiliary = logits.get(Architecture.AUXILIARY);
      Pair pair =
          new Pair(
              Precision.wide(logits.get(Architecture.MAIN)),
              labels,
              auxiliary == null ? null : Precision.wide(auxiliary));
      return Map.of(SegmentationTask.BRANCH, pair);
    }
  }

  @Override
  public int lossesAtOnce() {
    return device().isCpu() ? 1 : LOSSES_ON_A_GPU;
  }

  @Override
  public Evaluation evaluate(Split split) {
    return evaluate(split, Range.ALL);
  }

  @Override
  public Evaluation evaluate(Split split, Range range) {
    return new SegmentationEvaluator(
            task.batches(split, network().stride(), range),
            task.dataset(split).classes(),
            task.settings().policy(),
            task.settings().distances(),
            task.metrics(),
            task.settings().precision())
        .evaluate(network());
  }

  @Override
  public void drawExamples(Split split, ExampleFiles files) throws IOException {
    new SegmentationExamples(task.batches(split, network().stride()), task.settings().precision())
        .draw(network(), files);
  }
}
