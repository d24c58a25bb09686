package org.autoloss.task.detection;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.autoloss.Device;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectExample;
import org.autoloss.data.ObjectSample;
import org.autoloss.data.ObjectTransform;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.detection.Box;
import org.autoloss.metric.detection.CocoEvaluator;
import org.autoloss.metric.detection.CocoResult;
import org.autoloss.metric.detection.CocoSettings;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.nn.models.rcnn.ImageDetections;
import org.autoloss.nn.models.rcnn.ObjectDetector;
import org.autoloss.train.TorchThreads;
import org.bytedeco.javacpp.PointerScope;

/**
 * Measures detectors on a split. Thread-safe.
 *
 * @param dataset the split
 * @param settings sizes of images and batches
 * @param device where the network is
 */
public record DetectionEvaluator(ObjectDataset dataset, DetectionSettings settings, Device device) {
  /**
   * COCO's metrics over the whole split.
   *
   * @param detections of all images
   * @param type what of them is compared
   * @return the values of {@link org.autoloss.metric.detection.CocoMetric#of}
   */
  public Evaluation measure(List<Detection> detections, CocoType type) {
    return compare(detections, type).evaluation().withClasses(dataset.classNames());
  }

  /** The detections of all images beside the split's objects. */
  CocoResult compare(List<Detection> detections, CocoType type) {
    CocoFile there = dataset.annotations();
    return new CocoEvaluator(CocoSettings.of(type))
        .evaluate(there.imageIds(), there.categoryIds(), there.objects(), detections);
  }

  /**
   * What there is in the split.
   *
   * @param detector finds it
   * @return detections with boxes, and with masks if the detector gives any; areas are those of
   *     boxes
   */
  List<Detection> find(ObjectDetector detector) {
    return TorchThreads.single(() -> detections(detector));
  }

  private List<Detection> detections(ObjectDetector detector) {
    List<Detection> detections = new ArrayList<>();
    for (int from = 0; from < dataset.size(); from += settings.evaluationBatch()) {
      TorchThreads.requireUninterrupted("evaluation");
      int to = Math.min(dataset.size(), from + settings.evaluationBatch());
      List<ObjectSample> samples = IntStream.range(from, to).mapToObj(dataset::get).toList();
      List<ImageDetections> found = detect(detector, samples);
      for (int i = 0; i < samples.size(); i++) {
        add(detections, samples.get(i), found.get(i));
      }
    }
    return detections;
  }

  /** What there is in some images, in pixels of the images as they are. */
  List<ImageDetections> detect(ObjectDetector detector, List<ObjectSample> samples) {
    ObjectTransform transform =
        ObjectTransform.evaluation(settings.base().shortSide(), settings.base().longSide());
    RandomGenerator none = RandomStreams.stream(0); // nothing of this transform is random
    List<ObjectExample> examples =
        samples.stream().map(sample -> transform.apply(sample, none)).toList();
    try (PointerScope scope = new PointerScope()) {
      List<ImageDetections> found = detector.detect(DetectionBatches.images(examples, device));
      return IntStream.range(0, found.size())
          .mapToObj(
              i ->
                  found
                      .get(i)
                      .scaled(
                          (float) (1 / examples.get(i).scaleY()),
                          (float) (1 / examples.get(i).scaleX())))
          .toList();
    }
  }

  private void add(List<Detection> detections, ObjectSample sample, ImageDetections found) {
    float[] boxes = found.boxes();
    for (int i = 0; i < found.scores().length; i++) {
      Box box = Box.ofCorners(boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]);
      int category = dataset.category(found.labels()[i]);
      detections.add(
          new Detection(
              sample.id(),
              category,
              found.scores()[i],
              box,
              box.area(),
              found.mask(i, sample.height(), sample.width()),
              null));
    }
  }
}
