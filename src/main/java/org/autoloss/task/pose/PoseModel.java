package org.autoloss.task.pose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.autoloss.data.Extent;
import org.autoloss.data.coco.CocoResultFile;
import org.autoloss.data.pose.HeatMaps;
import org.autoloss.data.pose.PoseBatch;
import org.autoloss.data.pose.PoseDataset;
import org.autoloss.data.pose.PoseLoader;
import org.autoloss.data.pose.PoseTransform;
import org.autoloss.graph.BranchSample;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.nn.Network;
import org.autoloss.task.DevicePool;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.LoadedModel;
import org.autoloss.task.Range;
import org.autoloss.task.Split;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** A network of heat maps and its batches: maps of which some points may be left out. */
final class PoseModel extends LoadedModel<PoseBatch> {
  private static final long DATA = 2;

  private final PoseTask task;

  PoseModel(PoseTask task, Network network, Split split, long seed) {
    super(network, seed, task.devices());
    this.task = task;
    Extent crop = task.settings().crop();
    int stride = network.stride();
    if (crop.height() % stride != 0 || crop.width() % stride != 0) {
      throw new IllegalArgumentException(
          "crop: expected a height and a width that are multiples of "
              + stride
              + ", as the network divides them by it, got "
              + crop);
    }
    PoseDataset learnt = task.learnt(split);
    PoseTransform transform =
        new PoseTransform(
            crop, PoseTransform.USUAL_PADDING, task.settings().augmentation(), learnt.skeleton());
    PoseLoader loader =
        new PoseLoader(
            learnt, transform, task.settings().batchSize(), RandomStreams.seed(seed, DATA));
    load(loader::batch);
  }

  @Override
  public Map<String, Pair> forward(long step) {
    PoseBatch batch = batch(step);
    Tensor maps = network().forward(HeatMapTensors.inputs(network(), batch, batch.inputs()), true);
    HeatMaps targets = targets(batch, maps);
    return Map.of(
        PoseTask.BRANCH,
        new Pair(maps, DevicePool.send(device(), HeatMapTensors.values(targets)))
            .withPresent(DevicePool.send(device(), HeatMapTensors.present(targets))));
  }

  private HeatMaps targets(PoseBatch batch, Tensor maps) {
    return batch.targets(
        new Extent((int) maps.size(2), (int) maps.size(3)), task.settings().heatMapSigma());
  }

  /** What the network predicts for the objects of a batch. */
  List<BranchSample> samples(long step, PoseSamples samples) {
    PoseBatch batch = batch(step);
    try (PointerScope scope = new PointerScope()) {
      Tensor maps =
          network().forward(HeatMapTensors.inputs(network(), batch, batch.inputs()), true).detach();
      return samples.of(batch, targets(batch, maps), HeatMapTensors.of(maps).values());
    }
  }

  @Override
  public Evaluation evaluate(Split split) {
    return evaluator(split).evaluate(network());
  }

  /** On images that lie side by side, with all of their poses. */
  @Override
  public Evaluation evaluate(Split split, Range range) {
    return new PoseEvaluator(task.poses(split, range), task.settings()).evaluate(network());
  }

  @Override
  public Evaluation evaluate(Split split, Path results) throws IOException {
    PoseEvaluator evaluator = evaluator(split);
    List<PoseEvaluator.Found> found = evaluator.all(network());
    CocoResultFile.write(results, evaluator.detections(found), CocoType.KEYPOINTS);
    return evaluator.measure(found);
  }

  private PoseEvaluator evaluator(Split split) {
    return new PoseEvaluator(task.poses(split), task.settings());
  }

  @Override
  public void drawExamples(Split split, ExampleFiles files) throws IOException {
    new PoseExamples(task.poses(split), task.settings()).draw(network(), files);
  }
}
