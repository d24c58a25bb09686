package org.autoloss.task.detection;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.nn.Network;
import org.autoloss.nn.Pass;
import org.autoloss.nn.models.rcnn.BoxTargets;
import org.autoloss.nn.models.rcnn.Draw;
import org.autoloss.nn.models.rcnn.FasterRcnn;
import org.autoloss.nn.models.rcnn.RegionDetector;
import org.autoloss.nn.models.rcnn.TrainingStep;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.NetworkModel;
import org.autoloss.task.Split;

/** A Faster R-CNN and its batches: what its four losses compare. */
final class DetectionModel extends NetworkModel {
  private static final long DATA = 2;
  private static final long SAMPLES = 3;

  private final DetectionTask task;
  private final RegionDetector detector;
  private final DetectionBatches batches;
  private final long seed;

  DetectionModel(DetectionTask task, Network network, Split split, long seed) {
    super(network, seed);
    this.task = task;
    this.seed = seed;
    detector =
        new RegionDetector(network.architecture(FasterRcnn.class), task.settings().detector());
    batches =
        new DetectionBatches(task.dataset(split), task.settings(), RandomStreams.seed(seed, DATA));
  }

  @Override
  public Map<String, Pair> forward(long step) {
    network().parameters(); // refuses a closed network
    DetectionBatches.Training batch = batches.batch(step);
    TrainingStep given =
        detector.train(
            batch.images(),
            batch.objects(),
            Draw.of(RandomStreams.stream(seed, SAMPLES, step)),
            Pass.training(RandomStreams.seed(seed, step)));
    Map<String, Pair> pairs = new LinkedHashMap<>();
    pairs.put(
        DetectionTask.OBJECTNESS.name(),
        new Pair(given.objectness().view(-1, 1, 1, 1), given.presence().view(-1, 1, 1, 1)));
    pairs.put(DetectionTask.PROPOSALS.name(), boxes(given.proposals()));
    pairs.put(
        DetectionTask.CLASSIFIER.name(),
        new Pair(
                given.logits().view(-1, given.logits().size(1), 1, 1),
                given.classes().view(-1, 1, 1))
            .withQuality(given.quality().view(-1, 1, 1)));
    pairs.put(DetectionTask.BOXES.name(), boxes(given.regions()));
    return pairs;
  }

  /** A mean over boxes becomes one over all samples. */
  private static Pair boxes(BoxTargets given) {
    double share = (double) given.boxes().size(0) / Math.max(1, given.samples());
    Pair deltas = new Pair(given.deltas(), given.targets()).withShare(share);
    return new Pair(given.predicted(), given.boxes()).withShare(share).withDeltas(deltas);
  }

  @Override
  public Evaluation evaluate(Split split) {
    network().parameters();
    return new DetectionEvaluator(task.dataset(split), task.settings()).evaluate(detector);
  }

  @Override
  public void drawExamples(Split split, ExampleFiles files) throws IOException {
    new DetectionExamples(task.dataset(split), task.settings()).draw(detector, files);
  }
}
