package org.autoloss.task.instances;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;
import org.autoloss.metric.detection.BoxMetric;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.metric.detection.RunLengths;
import org.autoloss.nn.Network;
import org.autoloss.nn.Pass;
import org.autoloss.nn.models.rcnn.Draw;
import org.autoloss.nn.models.rcnn.MaskDetector;
import org.autoloss.nn.models.rcnn.MaskRcnn;
import org.autoloss.nn.models.rcnn.MaskStep;
import org.autoloss.task.Split;
import org.autoloss.task.detection.DetectionBatches;
import org.autoloss.task.detection.DetectionEvaluator;
import org.autoloss.task.detection.RegionModel;

/** A Mask R-CNN and its batches: what its five losses compare. */
final class InstanceModel extends RegionModel {
  private final MaskDetector detector;
  private final List<Metric> metrics;

  InstanceModel(
      InstanceTask task, InstanceSettings settings, Network network, Split split, long seed) {
    super(task, network, split, seed);
    detector =
        new MaskDetector(
            network.architecture(MaskRcnn.class),
            settings.detection().detector(),
            settings.targets());
    metrics = settings.metrics();
  }

  @Override
  protected MaskDetector detector() {
    return detector;
  }

  @Override
  protected Map<String, Pair> forward(DetectionBatches.Training batch, Draw draw, Pass pass) {
    MaskStep given = detector.train(batch.images(), batch.objects(), draw, pass);
    Map<String, Pair> pairs = pairs(given.boxes());
    pairs.put(InstanceTask.MASK.name(), new Pair(given.logits(), given.targets()));
    return pairs;
  }

  @Override
  protected CocoType found() {
    return CocoType.SEGM;
  }

  @Override
  protected Evaluation measure(DetectionEvaluator evaluator, List<Detection> found) {
    List<Detection> masks =
        found.stream()
            .map(
                each ->
                    Detection.of(
                        each.image(),
                        each.category(),
                        each.score(),
                        (RunLengths) each.segmentation()))
            .toList();
    Evaluation ofMasks = evaluator.measure(masks, CocoType.SEGM);
    Evaluation ofBoxes = evaluator.measure(found, CocoType.BBOX);
    Map<Metric, Double> values = new LinkedHashMap<>();
    for (Metric each : metrics) {
      values.put(
          each, each instanceof BoxMetric box ? ofBoxes.value(box.metric()) : ofMasks.value(each));
    }
    return new Evaluation(
            values,
            Map.of(
                CocoMetric.AP, ofMasks.byClass(CocoMetric.AP),
                CocoMetric.AR100, ofMasks.byClass(CocoMetric.AR100)))
        .withClasses(evaluator.dataset().classNames());
  }
}
