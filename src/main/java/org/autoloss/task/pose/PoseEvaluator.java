package org.autoloss.task.pose;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.autoloss.data.ObjectLabel;
import org.autoloss.data.coco.CocoFile;
import org.autoloss.data.pose.AffineMap;
import org.autoloss.data.pose.HeatMaps;
import org.autoloss.data.pose.PoseBatch;
import org.autoloss.data.pose.PoseDataset;
import org.autoloss.data.pose.PoseExample;
import org.autoloss.data.pose.PoseSample;
import org.autoloss.data.pose.PoseTransform;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.Metric;
import org.autoloss.metric.detection.CocoEvaluator;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.metric.detection.CocoResult;
import org.autoloss.metric.detection.CocoSettings;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.metric.detection.FoundPoints;
import org.autoloss.metric.detection.Keypoints;
import org.autoloss.metric.detection.PckMetric;
import org.autoloss.nn.Network;
import org.autoloss.train.TorchThreads;
import org.autoloss.train.UndefinedLogitsException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Measures networks of heat maps on the objects of a split, whose boxes they are told, on one
 * libtorch thread. Thread-safe.
 *
 * @param poses the objects
 * @param settings sizes, and whether objects are also seen mirrored
 */
record PoseEvaluator(PoseDataset poses, PoseSettings settings) {
  // mmpose's: what a detection is worth is the mean of the points that are surer than this.
  private static final double SURE = 0.2;

  /**
   * COCO's metrics and PCK over the whole split.
   *
   * @throws UndefinedLogitsException if a heat map has NaN or infinite values
   */
  Evaluation evaluate(Network network) {
    return measure(all(network));
  }

  /** What a network finds of all objects. */
  List<Found> all(Network network) {
    return TorchThreads.single(() -> find(network));
  }

  /** COCO's metrics and PCK of what was found of all objects. */
  Evaluation measure(List<Found> all) {
    CocoFile there = poses.images().annotations();
    FoundPoints found = new FoundPoints(poses.skeleton().size());
    all.forEach(each -> found.add(each.points(), each.object().keypoints(), each.object().box()));
    CocoResult result =
        new CocoEvaluator(
                CocoSettings.of(CocoType.KEYPOINTS)
                    .withSimilarity(settings.similarity(poses.skeleton())))
            .evaluate(there.imageIds(), there.categoryIds(), there.objects(), detections(all));
    return evaluation(result.evaluation(), found);
  }

  /** As COCO's results have it. */
  List<Detection> detections(List<Found> all) {
    return all.stream().map(this::detection).toList();
  }

  private Evaluation evaluation(Evaluation coco, FoundPoints found) {
    Map<Metric, Double> values = new LinkedHashMap<>();
    Map<Metric, double[]> byPoint = new LinkedHashMap<>();
    for (Metric metric : settings.metrics()) {
      if (metric instanceof PckMetric pck) {
        values.put(pck, found.mean(pck));
        byPoint.put(pck, found.byPoint(pck));
      } else {
        values.put(metric, coco.value((CocoMetric) metric));
      }
    }
    return new Evaluation(values, byPoint).withClasses(poses.skeleton().points());
  }

  /**
   * What a network finds of an object.
   *
   * @param image the image's number
   * @param object that is there
   * @param points in pixels of the image; v is the height of the heat map
   */
  record Found(long image, ObjectLabel object, Keypoints points) {}

  private List<Found> find(Network network) {
    List<Found> all = new ArrayList<>();
    for (int from = 0; from < poses.size(); from += settings.evaluationBatch()) {
      TorchThreads.requireUninterrupted("evaluation");
      int to = Math.min(poses.size(), from + settings.evaluationBatch());
      all.addAll(find(network, IntStream.range(from, to)));
    }
    return all;
  }

  /** What a network finds of some objects. */
  List<Found> find(Network network, IntStream which) {
    PoseTransform transform = PoseTransform.evaluation(settings.crop(), poses.skeleton());
    RandomGenerator none = RandomStreams.stream(0); // nothing of this transform is random
    PoseBatch batch =
        PoseBatch.of(
            which.mapToObj(i -> transform.apply(poses.get(i), none)).toList(), settings.crop());
    HeatMaps maps = maps(network, batch, batch.inputs());
    if (settings.flipTest()) {
      HeatMaps mirrored = maps(network, batch, batch.mirroredInputs());
      maps = maps.mean(mirrored.mirrored(poses.skeleton().mirror()));
    }
    List<Found> found = new ArrayList<>();
    for (int i = 0; i < batch.examples().size(); i++) {
      PoseExample example = batch.examples().get(i);
      PoseSample sample = example.sample();
      found.add(
          new Found(
              sample.image().id(), sample.object(), points(maps, i, example.map().inverse())));
    }
    return found;
  }

  /** A network's heat maps of some inputs. */
  static HeatMaps maps(Network network, PoseBatch batch, float[] inputs) {
    HeatMaps maps;
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      maps =
          HeatMapTensors.of(network.forward(HeatMapTensors.inputs(network, batch, inputs), false));
    }
    long undefined = maps.undefined();
    if (undefined > 0) {
      throw new UndefinedLogitsException(undefined, maps.values().length);
    }
    return maps;
  }

  private Keypoints points(HeatMaps maps, int object, AffineMap back) {
    double across = (double) settings.crop().width() / maps.map().width();
    double down = (double) settings.crop().height() / maps.map().height();
    double[] values = new double[3 * maps.points()];
    for (int k = 0; k < maps.points(); k++) {
      HeatMaps.Peak peak = maps.peak(object * maps.points() + k);
      values[3 * k] = back.x(peak.x() * across, peak.y() * down);
      values[3 * k + 1] = back.y(peak.x() * across, peak.y() * down);
      values[3 * k + 2] = peak.value();
    }
    return new Keypoints(values);
  }

  private Detection detection(Found found) {
    double sum = 0;
    int sure = 0;
    for (int k = 0; k < found.points().size(); k++) {
      double value = found.points().values()[3 * k + 2];
      sum += value > SURE ? value : 0;
      sure += value > SURE ? 1 : 0;
    }
    return Detection.of(
        found.image(),
        poses.images().category(found.object().label()),
        sure == 0 ? 0 : sum / sure,
        found.points());
  }
}
