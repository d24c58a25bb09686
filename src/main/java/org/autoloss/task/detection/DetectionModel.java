package org.autoloss.task.detection;

import java.util.List;
import java.util.Map;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.nn.Network;
import org.autoloss.nn.Pass;
import org.autoloss.nn.models.rcnn.Draw;
import org.autoloss.nn.models.rcnn.FasterRcnn;
import org.autoloss.nn.models.rcnn.RegionDetector;
import org.autoloss.task.Split;

/** A Faster R-CNN and its batches: what its four losses compare. */
final class DetectionModel extends RegionModel {
  private final RegionDetector detector;

  DetectionModel(DetectionTask task, Network network, Split split, long seed) {
    super(task, network, split, seed);
    detector =
        new RegionDetector(network.architecture(FasterRcnn.class), task.settings().detector());
  }

  @Override
  protected RegionDetector detector() {
    return detector;
  }

  @Override
  protected Map<String, Pair> forward(DetectionBatches.Training batch, Draw draw, Pass pass) {
    return pairs(detector.train(batch.images(), batch.objects(), draw, pass));
  }

  @Override
  protected Evaluation measure(DetectionEvaluator evaluator, List<Detection> found) {
    return evaluator.measure(found, CocoType.BBOX);
  }
}
