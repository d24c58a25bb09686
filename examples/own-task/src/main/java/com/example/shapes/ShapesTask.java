package com.example.shapes;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.Metric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.task.Branch;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.TrainingSettings;

/**
 * The task.
 *
 * @param network which, such as {@code pooled:width=8}
 * @param batchSize pictures in a batch
 * @param learningRate at the first step
 */
record ShapesTask(String network, int batchSize, double learningRate) implements Task {
  static final String KIND = "shapes";
  static final String BRANCH = "loss";

  ShapesTask {
    new NetworkSpec(network, Shapes.CLASSES.size()).requireKnown();
    TrainingSettings.of(1, learningRate); // checks the rate
  }

  @Override
  public List<Branch> branches() {
    return List.of(new Branch(BRANCH, LossInput.CLASSES, "ce"));
  }

  @Override
  public List<Metric> metrics() {
    return List.of(WorstRecall.METRIC, SegmentationMetric.MACC);
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    NetworkSpec spec = new NetworkSpec(network, Shapes.CLASSES.size());
    return new ShapesModel(Network.of(spec, seed), split, batchSize, seed);
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    return new ShapesModel(Network.of(start), split, batchSize, seed);
  }

  @Override
  public TrainingSettings training(int steps) {
    return TrainingSettings.of(steps, learningRate);
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", KIND)
            .put("network", network)
            .put("batchSize", batchSize)
            .put("learningRate", learningRate);
    json.putObject("sha256").put("shapes", Shapes.VERSION);
    return json;
  }
}
