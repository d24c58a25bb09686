package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.autoloss.data.CentreCrop;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.LabelCounts;
import org.autoloss.data.TrainingTransform;
import org.autoloss.data.VocDataset;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.internal.RandomStreams;
import org.autoloss.metric.ClassPolicy;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.train.FineTuning;
import org.autoloss.train.SegmentationEvaluator;
import org.autoloss.train.TrainingSettings;
import org.autoloss.train.WarmStart;

/** A data set with a network, a warm start and a way to evaluate: the ground losses compete on. */
public final class SegmentationTask {
  private static final int EVALUATION_BATCH = 16;

  private final TaskSettings settings;
  private final TrainingTransform transform;
  private final VocDataset warm;
  private final VocDataset train;
  private final VocDataset reward;
  private final VocDataset test;
  private final Map<String, LabelCounts> labels;

  /**
   * Opens the four splits, and counts their labels.
   *
   * @param settings which data and network
   * @throws IllegalArgumentException if a list or a file is missing, two splits share a sample that
   *     must not, a label file is damaged, or a split is all void
   */
  public SegmentationTask(TaskSettings settings) {
    this.settings = settings;
    transform =
        TrainingTransform.of(settings.crop()).withScale(settings.minScale(), settings.maxScale());
    warm = open(settings.splits().warm());
    train = open(settings.splits().train());
    reward = open(settings.splits().reward());
    test = open(settings.splits().test());
    requireDisjoint(settings.splits().train(), train, settings.splits().reward(), reward);
    for (VocDataset seen : new VocDataset[] {warm, train, reward}) {
      requireDisjoint("a split of the search", seen, settings.splits().test(), test);
    }
    labels = count();
  }

  private Map<String, LabelCounts> count() {
    Map<String, LabelCounts> counts = new LinkedHashMap<>();
    counts.put(settings.splits().warm(), warm.labelCounts());
    counts.put(settings.splits().train(), train.labelCounts());
    counts.put(settings.splits().reward(), reward.labelCounts());
    counts.put(settings.splits().test(), test.labelCounts());
    return Collections.unmodifiableMap(counts);
  }

  /**
   * The pixels of each class in each split.
   *
   * @return by the names of the splits, in the order warm, train, reward, test
   */
  public Map<String, LabelCounts> labels() {
    return labels;
  }

  /**
   * The warm start of a run, trained or taken from its {@code warm.ckpt}.
   *
   * @param log of the run
   * @param steps of its training
   * @param seed of its training
   * @param progress hears of each step
   * @return the checkpoint
   * @throws IOException if the file cannot be read or written
   */
  Checkpoint warmStart(RunLog log, int steps, long seed, ProgressListener progress)
      throws IOException {
    progress.started("warm start", steps);
    return new WarmStart(network(), training(steps), settings.batchSize(), seed)
        .make(
            log.path("warm.ckpt"),
            warm,
            warm.digest(),
            transform,
            (step, all, loss) -> progress.advanced());
  }

  /** A network that has learnt nothing, to measure with. */
  Checkpoint freshNetwork() {
    try (Network network = Network.of(network(), 0)) {
      return network.checkpoint();
    }
  }

  private NetworkSpec network() {
    return new NetworkSpec(settings.network(), settings.width(), train.classes().size());
  }

  /**
   * Trainings on the train split.
   *
   * @param start what they begin with
   * @param steps how long each is
   * @return trainings that differ by loss and seed
   */
  public FineTuning fineTuning(Checkpoint start, int steps) {
    return new FineTuning(start, train, transform, settings.batchSize(), training(steps));
  }

  /**
   * Trainings on the train split, with or without the early stop.
   *
   * @param start what they begin with
   * @param steps how long each is
   * @param earlyStop whether a loss that is not finite ends a training at once
   * @return trainings that differ by loss and seed
   */
  FineTuning fineTuning(Checkpoint start, int steps, boolean earlyStop) {
    return new FineTuning(
        start, train, transform, settings.batchSize(), training(steps).withEarlyStop(earlyStop));
  }

  /**
   * Label maps of the train split for the rejection protocol, scaled down.
   *
   * @param count how many
   * @param size their height and width
   * @param noise deviation of the logits that their predictions start from
   * @param seed of the choice and the logits
   * @return the samples
   */
  public RejectionSamples rejectionSamples(int count, int size, double noise, long seed) {
    return ProtocolSamples.of(train, count, size, noise, RandomStreams.stream(seed));
  }

  /**
   * Evaluation on the reward split.
   *
   * @return what scores a search
   */
  public SegmentationEvaluator rewardEvaluator() {
    return evaluator(reward);
  }

  /**
   * Evaluation on the test split.
   *
   * @return what fills the final table
   */
  public SegmentationEvaluator testEvaluator() {
    return evaluator(test);
  }

  /**
   * Settings, and a fingerprint and the size of each split.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    ObjectNode json = settings.toJson();
    ObjectNode sizes = json.putObject("samples");
    sizes.put("warm", warm.size()).put("train", train.size());
    sizes.put("reward", reward.size()).put("test", test.size());
    ObjectNode digests = json.putObject("sha256");
    digests.put("warm", warm.digest()).put("train", train.digest());
    digests.put("reward", reward.digest()).put("test", test.digest());
    return json;
  }

  /**
   * All that the results of a search depend on.
   *
   * @param plan the search's own part; completed
   * @return the plan with data, network and versions
   */
  ObjectNode configuration(ObjectNode plan) {
    plan.set("task", toJson());
    plan.set("versions", Versions.toJson());
    return plan;
  }

  private TrainingSettings training(int steps) {
    return TrainingSettings.of(steps, settings.learningRate());
  }

  private SegmentationEvaluator evaluator(VocDataset split) {
    return new SegmentationEvaluator(
        new EvaluationBatches(split, CentreCrop.of(settings.crop()), EVALUATION_BATCH),
        split.classes().size(),
        ClassPolicy.ASL);
  }

  private VocDataset open(String split) {
    return VocDataset.open(settings.data(), split);
  }

  private static void requireDisjoint(
      String firstName, VocDataset first, String secondName, VocDataset second) {
    Set<String> names = Set.copyOf(first.names());
    second.names().stream()
        .filter(names::contains)
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException(
                  "splits: expected no sample in both "
                      + firstName
                      + " and "
                      + secondName
                      + ", got "
                      + name
                      + "; give other lists");
            });
  }
}
