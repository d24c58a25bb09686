package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.autoloss.data.ObjectDataset;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.internal.Json;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.LoadReport;
import org.autoloss.nn.Network;
import org.autoloss.task.Branch;
import org.autoloss.task.DevicePool;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.NetworkSamples;
import org.autoloss.task.RejectionPlan;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.TaskNetworks;
import org.autoloss.train.TrainingSettings;

/**
 * What the tasks share whose networks choose regions of images: splits, weights, settings. To each
 * of them are left its branches, its metrics and its model.
 */
public abstract class RegionTask implements Task {
  private final DetectionSettings settings;
  private final TaskNetworks networks;
  private final Map<Split, DetectionData> splits = new EnumMap<>(Split.class);

  /**
   * Opens the splits that the settings name.
   *
   * @param settings which data and network
   * @param types what is read of objects beside their boxes
   * @param init what networks begin with, as far as it fits; {@code null} for fresh weights
   * @throws IllegalArgumentException if a file is missing or damaged, two splits share an image
   *     that must not, or have other categories, or no weight fits the network
   */
  protected RegionTask(DetectionSettings settings, Set<CocoType> types, InitialWeights init) {
    this.settings = settings;
    networks = new TaskNetworks(settings.network(), init, settings.devices());
    training(1);
    settings
        .splits()
        .forEach(
            (split, list) -> splits.put(split, DetectionData.open(settings.data(), list, types)));
    requireSameCategories();
    Map<Split, List<String>> names = new EnumMap<>(Split.class);
    splits.forEach((split, data) -> names.put(split, data.dataset().names()));
    SplitNames.requireDisjoint(settings.splits(), names);
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    return networks.begin(classes(split), seed, network -> model(network, split, seed));
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
              + " classes, as the data has with the background, got "
              + start.spec().classes());
    }
    return networks.resume(start, network -> model(network, split, seed));
  }

  /**
   * The model of a network.
   *
   * @param network closed with the model
   * @param split what it learns from
   * @param seed of the order and the random changes of the data, and of fresh heads
   * @return the model
   * @throws IllegalArgumentException if it is another kind of network
   */
  protected abstract RegionModel model(Network network, Split split, long seed);

  /**
   * The settings of the whole task.
   *
   * @return one JSON object, as its factory understands it
   */
  protected abstract ObjectNode settingsToJson();

  /** The categories and the background. */
  private int classes(Split split) {
    return dataset(split).classNames().size() + 1;
  }

  @Override
  public TrainingSettings training(int steps) {
    return new TrainingSettings(
        steps, settings.learningRate(), settings.optimiser(), settings.schedule(), true);
  }

  /**
   * The baseline, and what papers compare for the region head, as mmdetection's configurations have
   * it: {@code iou}, {@code -log IoU} with weight 10; {@code giou} with weight 10; {@code cse_a},
   * CSE-Auto-A's pair with weight 10 for boxes.
   */
  @Override
  public Map<String, String> namedLosses() {
    String boxes = DetectionTask.BOXES.name();
    String classes = DetectionTask.CLASSIFIER.name();
    Map<String, String> losses = new LinkedHashMap<>();
    losses.put("baseline", baseline());
    losses.put("iou", with(Map.of(boxes, "iou:log,weight=10")));
    losses.put("giou", with(Map.of(boxes, "giou,weight=10")));
    losses.put("cse_a", with(Map.of(classes, "cse_a:cls", boxes, "cse_a:reg,weight=10")));
    return losses;
  }

  /** The baseline but for some branches. */
  private String with(Map<String, String> others) {
    return branches().stream()
        .map(each -> each.name() + "=" + others.getOrDefault(each.name(), each.baseline()))
        .collect(Collectors.joining(";"));
  }

  @Override
  public Map<String, RejectionProtocol> rejection(
      List<Branch> searched,
      ObjectiveMetric objective,
      RejectionPlan plan,
      Supplier<Checkpoint> start,
      long seed) {
    try (RegionModel model =
        networks.resume(start.get(), network -> model(network, Split.TRAIN, seed))) {
      model.takeSingleImages(Split.TRAIN);
      return NetworkSamples.protocols(model, searched, plan);
    }
  }

  @Override
  public List<Double> learningRates() {
    return settings.learningRates();
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    splits.forEach(
        (split, data) ->
            data.counts()
                .forEach(
                    (name, count) -> {
                      if (count == 0) {
                        warnings.add(
                            settings.splits().get(split) + ": there is no object of " + name);
                      }
                    }));
    return warnings;
  }

  /** The objects of each category in each split. */
  @Override
  public ObjectNode contents() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    splits.forEach(
        (split, data) -> {
          ObjectNode counts = json.putObject(settings.splits().get(split));
          data.counts().forEach(counts::put);
        });
    return json;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = settingsToJson();
    SplitNames.putData(
        json, splits, data -> data.dataset().size(), data -> data.dataset().digest());
    networks.putInto(json);
    return json;
  }

  /**
   * Data, network, and how regions are chosen.
   *
   * @return as given at construction
   */
  protected final DetectionSettings settings() {
    return settings;
  }

  DevicePool devices() {
    return networks.devices();
  }

  @Override
  public OptionalInt samples(Split split) {
    return OptionalInt.of(dataset(split).size());
  }

  /** A split's data. */
  ObjectDataset dataset(Split split) {
    DetectionData data = splits.get(split);
    if (data == null) {
      throw new IllegalArgumentException(
          "splits: expected an annotation file for the " + split.label() + " split, got none");
    }
    return data.dataset();
  }

  private void requireSameCategories() {
    Set<String> found = new TreeSet<>();
    splits.values().forEach(data -> found.add(data.counts().keySet().toString()));
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          "splits: expected the same categories in all, got " + String.join(" and ", found));
    }
  }
}
