package com.example.shapes;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;
import org.autoloss.metric.segmentation.BoundaryDistances;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.metric.segmentation.SegmentationMetrics;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.task.Split;
import org.autoloss.task.TaskModel;
import org.autoloss.train.Optimiser;
import org.autoloss.train.Sgd;
import org.autoloss.train.TorchThreads;
import org.autoloss.train.TrainingSettings;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/** A network, and the batches that it meets. */
final class ShapesModel implements TaskModel {
  private static final int PICTURES = 1_000; // in each split

  private final Network network;
  private final Split split;
  private final int batchSize;
  private final long seed;

  ShapesModel(Network network, Split split, int batchSize, long seed) {
    this.network = network;
    this.split = split;
    this.batchSize = batchSize;
    this.seed = seed;
  }

  /** Batch i of a seed is the same whenever it is asked for. */
  @Override
  public Map<String, Pair> forward(long step) {
    int first = new SplittableRandom(31 * seed + step).nextInt(PICTURES - batchSize);
    Shapes.Batch batch = Shapes.batch(split, first, batchSize);
    return Map.of(
        ShapesTask.BRANCH, new Pair(network.forward(batch.images(), true), batch.labels()));
  }

  @Override
  public Optimiser optimiser(TrainingSettings settings) {
    return new Sgd(network.parameters(), settings);
  }

  @Override
  public boolean isFinite() {
    return network.parameters().isFinite();
  }

  @Override
  public void resetHeads() {
    network.resetHead(seed);
  }

  @Override
  public Evaluation evaluate(Split on) {
    return TorchThreads.single(
        () -> {
          SegmentationMetrics counts =
              new SegmentationMetrics(
                  Shapes.CLASSES.size(),
                  ClassPolicy.ASL,
                  BoundaryDistances.STANDARD,
                  List.of(SegmentationMetric.MACC));
          try (PointerScope scope = new PointerScope();
              NoGradGuard guard = new NoGradGuard()) {
            Shapes.Batch batch = Shapes.batch(on, 0, PICTURES);
            counts.add(network.forward(batch.images(), false), batch.labels());
          }
          return evaluation(counts.result());
        });
  }

  /** Mean accuracy is the mean of the classes' recalls. */
  private static Evaluation evaluation(Evaluation counted) {
    double[] recalls = counted.byClass(SegmentationMetric.MACC);
    Map<Metric, Double> values = new LinkedHashMap<>();
    values.put(WorstRecall.METRIC, Arrays.stream(recalls).min().orElse(Double.NaN));
    values.put(SegmentationMetric.MACC, counted.value(SegmentationMetric.MACC));
    return new Evaluation(values);
  }

  @Override
  public Checkpoint checkpoint() {
    return network.checkpoint();
  }

  @Override
  public void close() {
    network.close();
  }
}
