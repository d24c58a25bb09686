package org.autoloss.task.detection;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectRange;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.detection.Detection;
import org.autoloss.nn.Network;
import org.autoloss.nn.Pass;
import org.autoloss.nn.models.rcnn.BoxTargets;
import org.autoloss.nn.models.rcnn.Draw;
import org.autoloss.nn.models.rcnn.ObjectDetector;
import org.autoloss.nn.models.rcnn.TrainingStep;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.NetworkModel;
import org.autoloss.task.Range;
import org.autoloss.task.Split;
import org.autoloss.train.TorchThreads;

/** A network that chooses regions, and its batches. */
public abstract class RegionModel extends NetworkModel {
  private static final long DATA = 2;
  private static final long SAMPLES = 3;

  private final RegionTask task;
  private DetectionBatches batches;
  private final long seed;

  /**
   * A model.
   *
   * @param task whose data it learns from
   * @param network closed with this model
   * @param split what it learns from
   * @param seed of the order and the random changes of the data, of samples and fresh heads
   */
  protected RegionModel(RegionTask task, Network network, Split split, long seed) {
    super(network, seed);
    this.task = task;
    this.seed = seed;
    batches = batches(split, task.settings().batchSize());
  }

  private DetectionBatches batches(Split split, int size) {
    return new DetectionBatches(
        task.dataset(split), task.settings(), size, RandomStreams.seed(seed, DATA));
  }

  /** From now on, a batch is one image. */
  void takeSingleImages(Split split) {
    batches = batches(split, 1);
  }

  /**
   * What finds objects.
   *
   * @return the network, with its settings
   */
  protected abstract ObjectDetector detector();

  /**
   * What the losses compare on a batch.
   *
   * @param batch images and objects
   * @param draw how anchors and regions are sampled
   * @param pass to learn
   * @return a pair for each branch
   */
  protected abstract Map<String, Pair> forward(
      DetectionBatches.Training batch, Draw draw, Pass pass);

  /**
   * The task's metrics.
   *
   * @param evaluator of the split
   * @param found on the whole split
   * @return their values
   */
  protected abstract Evaluation measure(DetectionEvaluator evaluator, List<Detection> found);

  @Override
  public final Map<String, Pair> forward(long step) {
    network().parameters(); // refuses a closed network
    return forward(
        batches.batch(step),
        Draw.of(RandomStreams.stream(seed, SAMPLES, step)),
        Pass.training(RandomStreams.seed(seed, step)));
  }

  /**
   * What the four losses of Faster R-CNN compare.
   *
   * @param given by the network
   * @return a pair for each of {@link DetectionTask#BRANCHES}; may be added to
   */
  protected static Map<String, Pair> pairs(TrainingStep given) {
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
  public final Evaluation evaluate(Split split) {
    return evaluate(task.dataset(split));
  }

  @Override
  public final Evaluation evaluate(Split split, Range range) {
    ObjectDataset all = task.dataset(split);
    return evaluate(new ObjectRange(all, range.first(all.size()), range.end(all.size())));
  }

  private Evaluation evaluate(ObjectDataset dataset) {
    network().parameters(); // refuses a closed network
    DetectionEvaluator evaluator = new DetectionEvaluator(dataset, task.settings());
    return measure(evaluator, TorchThreads.single(() -> evaluator.detections(detector())));
  }

  @Override
  public final void drawExamples(Split split, ExampleFiles files) throws IOException {
    new DetectionExamples(task.dataset(split), task.settings()).draw(detector(), files);
  }
}
