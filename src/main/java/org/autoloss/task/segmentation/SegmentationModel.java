package org.autoloss.task.segmentation;

import java.io.IOException;
import java.util.Map;
import org.autoloss.data.Batch;
import org.autoloss.data.BatchLoader;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.StateDict;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.Split;
import org.autoloss.task.TaskModel;
import org.autoloss.train.Optimiser;
import org.autoloss.train.OptimiserSettings;
import org.autoloss.train.TrainingSettings;
import org.bytedeco.pytorch.Tensor;

/** A segmentation network and its batches: logits and label maps for one branch. */
final class SegmentationModel implements TaskModel {
  private static final long HEAD = 1;
  private static final long DATA = 2;

  private final SegmentationTask task;
  private final Network network;
  private final BatchLoader loader;
  private final long seed;

  SegmentationModel(SegmentationTask task, Network network, Split split, long seed) {
    this.task = task;
    this.network = network;
    this.seed = seed;
    loader =
        new BatchLoader(
            task.dataset(split),
            task.transform(),
            task.settings().batchSize(),
            RandomStreams.seed(seed, DATA));
  }

  @Override
  public Map<String, Pair> forward(long step) {
    Batch batch = loader.batch(step);
    Map<String, Tensor> logits = network.outputs(Tensors.images(batch), true);
    Pair pair =
        new Pair(
            logits.get(Architecture.MAIN),
            Tensors.labels(batch),
            logits.get(Architecture.AUXILIARY));
    return Map.of(SegmentationTask.BRANCH, pair);
  }

  @Override
  public Optimiser optimiser(TrainingSettings settings) {
    return OptimiserSettings.optimiser(network.parameters(), network.heads(), settings);
  }

  @Override
  public boolean isFinite() {
    return network.parameters().isFinite();
  }

  @Override
  public StateDict state() {
    return network.checkpoint().state();
  }

  @Override
  public void restore(StateDict state, int step) throws IOException {
    network.restore(state, step);
  }

  @Override
  public void resetHeads() {
    network.resetHead(RandomStreams.seed(seed, HEAD));
  }

  @Override
  public Evaluation evaluate(Split split) {
    return new SegmentationEvaluator(
            task.batches(split, network.stride()),
            task.dataset(split).classes(),
            task.settings().policy(),
            task.settings().distances(),
            task.metrics())
        .evaluate(network);
  }

  @Override
  public Checkpoint checkpoint() {
    return network.checkpoint();
  }

  @Override
  public void drawExamples(Split split, ExampleFiles files) throws IOException {
    new SegmentationExamples(task.batches(split, network.stride())).draw(network, files);
  }

  @Override
  public void close() {
    network.close();
  }
}
