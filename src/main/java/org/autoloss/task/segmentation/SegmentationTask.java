package org.autoloss.task.segmentation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import org.autoloss.Device;
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
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.LoadReport;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.task.Branch;
import org.autoloss.task.DevicePool;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Range;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.TrainingSettings;

/** Semantic segmentation of a folder in one of the layouts of {@link DataFormat}. */
public final class SegmentationTask implements Task {
  /** The name of this kind of task. */
  public static final String KIND = "segmentation";

  /** The one branch: classes of pixels. */
  public static final String BRANCH = "loss";

  private static final long WEIGHTS = 1;

  private final SegmentationSettings settings;
  private final InitialWeights init; // null for fresh weights
  private final TrainingTransform transform;
  private final DevicePool devices;
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
    this.init = init;
    transform =
        TrainingTransform.of(settings.crop())
            .withBase(settings.base())
            .withScale(settings.minScale(), settings.maxScale());
    requirePossible();
    devices = new DevicePool(settings.devices());
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

  /** All that can be said before the data are read. */
  private void requirePossible() {
    NetworkSpec spec = new NetworkSpec(settings.network(), 2).requireKnown();
    if (init != null) {
      init.match(spec);
    }
    training(1);
    Batch.requireSize(settings.batchSize(), settings.crop().height(), settings.crop().width());
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
    NetworkSpec spec = spec(split);
    return model(device -> begin(spec, seed, device), split, seed);
  }

  private Network begin(NetworkSpec spec, long seed, Device device) {
    Network fresh = Network.of(spec, RandomStreams.seed(seed, WEIGHTS), device);
    return init == null ? fresh : init.into(fresh);
  }

  private NetworkSpec spec(Split split) {
    return new NetworkSpec(settings.network(), dataset(split).classes().size());
  }

  @Override
  public Optional<LoadReport> initialWeights() {
    return Optional.ofNullable(init)
        .map(weights -> weights.match(spec(splits.keySet().iterator().next())));
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    int classes = dataset(split).classes().size();
    if (start.spec().classes() != classes) {
      throw new IllegalArgumentException(
          "checkpoint: expected a network of "
              + classes
              + " classes, as the data has, got "
              + start.spec().classes());
    }
    return model(device -> Network.of(start, device), split, seed);
  }

  /** A model on the device that has the fewest; it gives the device back when it is closed. */
  private TaskModel model(Function<Device, Network> network, Split split, long seed) {
    Device device = devices.take();
    try {
      return new SegmentationModel(this, network.apply(device), split, seed);
    } catch (RuntimeException | Error e) {
      devices.give(device);
      throw e;
    }
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
    return Map.of(
        BRANCH,
        RejectionProtocol.forObjective(
            objective,
            metric ->
                RejectionProtocol.on(
                    plan.device(),
                    samples,
                    plan.settings().withMetric(SegmentationMetric.searchable(metric)))));
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
    ObjectNode sizes = json.putObject("samples");
    splits.forEach((split, data) -> sizes.put(split.label(), data.size()));
    ObjectNode digests = json.putObject("sha256");
    splits.forEach((split, data) -> digests.put(split.label(), data.digest()));
    if (init != null) {
      init.putInto(json);
    }
    return json;
  }

  DevicePool devices() {
    return devices;
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
