package org.autoloss.task.detection;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.data.ObjectBatch;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectRange;
import org.autoloss.data.coco.CocoResultFile;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Pair;
import org.autoloss.metric.Evaluation;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.metric.detection.Detection;
import org.autoloss.nn.Network;
import org.autoloss.nn.Pass;
import org.autoloss.nn.models.rcnn.BoxTargets;
import org.autoloss.nn.models.rcnn.Draw;
import org.autoloss.nn.models.rcnn.ObjectDetector;
import org.autoloss.nn.models.rcnn.TrainingStep;
import org.autoloss.task.ExampleFiles;
import org.autoloss.task.LoadedModel;
import org.autoloss.task.Range;
import org.autoloss.task.Split;

/** A network that chooses regions, and its batches. */
public abstract class RegionModel extends LoadedModel<ObjectBatch> {
  private static final long DATA = 2;
  private static final long SAMPLES = 3;

  private final RegionTask task;
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
    super(network, seed, task.devices());
    this.task = task;
    this.seed = seed;
    load(split, task.settings().batchSize());
  }

  private void load(Split split, int size) {
    DetectionBatches source =
        new DetectionBatches(
            task.dataset(split), task.settings(), size, RandomStreams.seed(seed, DATA));
    load(source::batch);
  }

  /** From now on, a batch is one image. */
  void takeSingleImages(Split split) {
    load(split, 1);
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
        DetectionBatches.training(batch(step), device()),
        Draw.of(RandomStreams.stream(seed, SAMPLES, step)),
        Pass.training(RandomStreams.seed(seed, step)));
  }

  /**
   * What the four losses of Faster R-CNN compare.
   *
   * @param given by the network
   * @return a pair for each of {@link DetectionTask#branches(org.autoloss.nn.models.rcnn.Variant)};
   *     may be added to
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
    return measure(task.dataset(split));
  }

  @Override
  public final Evaluation evaluate(Split split, Range range) {
    ObjectDataset all = task.dataset(split);
    return measure(new ObjectRange(all, range.first(all.size()), range.end(all.size())));
  }

  private Evaluation measure(ObjectDataset dataset) {
    DetectionEvaluator evaluator = evaluator(dataset);
    return measure(evaluator, evaluator.find(detector()));
  }

  @Override
  public final Evaluation evaluate(Split split, Path results) throws IOException {
    DetectionEvaluator evaluator = evaluator(task.dataset(split));
    List<Detection> found = evaluator.find(detector());
    CocoResultFile.write(results, found, found());
    return measure(evaluator, found);
  }

  private DetectionEvaluator evaluator(ObjectDataset dataset) {
    return new DetectionEvaluator(dataset, task.settings(), device());
  }

  /**
   * What of an object is found, for files of results.
   *
   * @return boxes, if nothing more
   */
  protected CocoType found() {
    return CocoType.BBOX;
  }

  @Override
  public final void drawExamples(Split split, ExampleFiles files) throws IOException {
    new DetectionExamples(evaluator(task.dataset(split))).draw(detector(), found(), files);
  }
}
