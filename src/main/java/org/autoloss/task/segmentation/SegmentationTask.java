package org.autoloss.task.segmentation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.autoloss.data.Batch;
import org.autoloss.data.DataFormat;
import org.autoloss.data.DatasetRange;
import org.autoloss.data.EvaluationBatches;
import org.autoloss.data.FileDataset;
import org.autoloss.data.LabelCounts;
import org.autoloss.data.TrainingTransform;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.graph.RejectionSettings;
import org.autoloss.graph.SteepSlopes;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.LoadReport;
import org.autoloss.nn.Network;
import org.autoloss.task.Branch;
import org.autoloss.task.DevicePool;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Range;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.TaskNetworks;
import org.autoloss.train.TrainingSettings;

/** Semantic segmentation of a folder in one of the layouts of {@link DataFormat}. */
public final class SegmentationTask implements Task {
  /** The name of this kind of task. */
  public static final String KIND = "segmentation";

  /** The one branch: classes of pixels. */
  public static final String BRANCH = "loss";

  private final SegmentationSettings settings;
  private final TrainingTransform transform;
  private final TaskNetworks networks;
  private final Map<Split, FileDataset> splits = new EnumMap<>(Split.class);
  private final Map<String, LabelCounts> labels = new LinkedHashMap<>();

  /**
   * Opens the splits that the settings name, and counts their labels; networks begin with fresh
   * weights.
   *
   * @param settings which data and network
   * @throws IllegalArgumentException if a list or a file is missing, two splits share a sample that
   *     must not, a label file is damaged, or a split is all void
   */
  public SegmentationTask(SegmentationSettings settings) {
    this(settings, null);
  }

  /**
   * Opens the splits that the settings name, and counts their labels.
   *
   * @param settings which data and network
   * @param init what networks begin with, as far as it fits; {@code null} for fresh weights
   * @throws IllegalArgumentException if a list or a file is missing, two splits share a sample that
   *     must not, a label file is damaged, a split is all void, or no weight fits the network
   */
  public SegmentationTask(SegmentationSettings settings, InitialWeights init) {
    this.settings = settings;
    transform =
        TrainingTransform.of(settings.crop())
            .withBase(settings.base())
            .withScale(settings.minScale(), settings.maxScale());
    networks = new TaskNetworks(settings.network(), init, settings.devices());
    training(1);
    Batch.requireSize(settings.batchSize(), settings.crop().height(), settings.crop().width());
    settings
        .splits()
        .forEach((split, list) -> splits.put(split, settings.format().open(settings.data(), list)));
    Map<Split, List<String>> names = new EnumMap<>(Split.class);
    splits.forEach((split, data) -> names.put(split, data.names()));
    SplitNames.requireDisjoint(settings.splits(), names);
    splits.keySet().forEach(split -> batches(split, 1));
    splits.forEach(
        (split, dataset) -> labels.put(settings.splits().get(split), dataset.labelCounts()));
  }

  @Override
  public List<Branch> branches() {
    return List.of(new Branch(BRANCH, LossInput.CLASSES, "ce"));
  }

  @Override
  public List<SegmentationMetric> metrics() {
    return settings.metrics();
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    return networks.begin(classes(split), seed, network -> model(network, split, seed));
  }

  private SegmentationModel model(Network network, Split split, long seed) {
    return new SegmentationModel(this, network, split, seed);
  }

  private int classes(Split split) {
    return dataset(split).classes().size();
  }

  @Override
  public Optional<LoadReport> initialWeights() {
    return networks.initialWeights(classes(splits.keySet().iterator().next()));
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    int classes = classes(split);
    if (start.spec().classes() != classes) {
      throw new IllegalArgumentException(
          "checkpoint: expected a network of "
              + classes
              + " classes, as the data has, got "
              + start.spec().classes());
    }
    return networks.resume(start, network -> model(network, split, seed));
  }

  @Override
  public TrainingSettings training(int steps) {
    return new TrainingSettings(
        steps, settings.learningRate(), settings.optimiser(), settings.schedule(), true);
  }

  @Override
  public List<Double> learningRates() {
    return settings.automaticRate() ? settings.optimiser().kind().rates() : List.of();
  }

  @Override
  public Map<String, RejectionProtocol> rejection(
      List<Branch> searched,
      ObjectiveMetric objective,
      RejectionPlan plan,
      Supplier<Checkpoint> start,
      long seed) {
    RejectionSamples samples =
        ProtocolSamples.of(
            dataset(Split.TRAIN),
            plan.samples(),
            plan.sampleSize(),
            plan.settings().noise(),
            RandomStreams.stream(seed));
    RejectionProtocol protocol =
        RejectionProtocol.forObjective(
            objective,
            metric ->
                RejectionProtocol.on(
                    plan.device(),
                    samples,
                    plan.settings().withMetric(SegmentationMetric.searchable(metric))));
    return Map.of(
        BRANCH,
        plan.steepest() > 0
            ? new SteepSlopes(
                protocol, samples, plan.settings().noise(), plan.settings().eps(), plan.steepest())
            : protocol);
  }

  @Override
  public RejectionSettings rejectionSettings() {
    return RejectionSettings.of(SegmentationMetric.MIOU);
  }

  @Override
  public List<String> warnings() {
    return labels.entrySet().stream()
        .flatMap(each -> each.getValue().warning(each.getKey()).stream())
        .toList();
  }

  /** The pixels of each class in each split. */
  @Override
  public ObjectNode contents() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    labels.forEach((split, counts) -> json.set(split, counts.toJson()));
    return json;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = settings.toJson();
    SplitNames.putData(json, splits, FileDataset::size, FileDataset::digest);
    networks.putInto(json);
    return json;
  }

  DevicePool devices() {
    return networks.devices();
  }

  SegmentationSettings settings() {
    return settings;
  }

  TrainingTransform transform() {
    return transform;
  }

  /** A split's data. */
  FileDataset dataset(Split split) {
    FileDataset data = splits.get(split);
    if (data == null) {
      throw new IllegalArgumentException(
          "splits: expected a list for the " + split.label() + " split, got none");
    }
    return data;
  }

  @Override
  public OptionalInt samples(Split split) {
    return OptionalInt.of(dataset(split).size());
  }

  /** A split in batches, for a network of a stride. */
  EvaluationBatches batches(Split split, int stride) {
    return batches(split, stride, Range.ALL);
  }

  /** A part of a split in batches, for a network of a stride. */
  EvaluationBatches batches(Split split, int stride, Range range) {
    FileDataset all = dataset(split);
    return new EvaluationBatches(
        new DatasetRange(all, range.first(all.size()), range.end(all.size())),
        settings.evaluation().view(settings, stride),
        settings.evaluationBatch(),
        settings.crop());
  }
}
