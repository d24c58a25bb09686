package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.autoloss.data.ObjectDataset;
import org.autoloss.internal.Json;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.LoadReport;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.task.Branch;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Split;
import org.autoloss.task.SplitNames;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.TrainingSettings;

/**
 * Object detection by Faster R-CNN. Its branches have torchvision's names; baselines are
 * torchvision's losses.
 */
public final class DetectionTask implements Task {
  /** The name of this kind of task. */
  public static final String KIND = "detection";

  private static final String SMOOTH_L1 = "smooth_l1";

  /** Whether an anchor shows an object. */
  static final Branch OBJECTNESS = new Branch("loss_objectness", LossInput.BINARY, "bce");

  /** Where exactly, of anchors. */
  static final Branch PROPOSALS = new Branch("loss_rpn_box_reg", LossInput.BOXES, SMOOTH_L1);

  /** Which class a region shows; 0 is the background. */
  static final Branch CLASSIFIER = new Branch("loss_classifier", LossInput.CLASSES, "ce");

  /** Where exactly, of regions. */
  static final Branch BOXES = new Branch("loss_box_reg", LossInput.BOXES, SMOOTH_L1);

  private static final long WEIGHTS = 1;

  private final DetectionSettings settings;
  private final InitialWeights init; // null for fresh weights
  private final Map<Split, DetectionData> splits = new EnumMap<>(Split.class);

  /**
   * Opens the splits that the settings name.
   *
   * @param settings which data and network
   * @param init what networks begin with, as far as it fits; {@code null} for fresh weights
   * @throws IllegalArgumentException if a file is missing or damaged, two splits share an image
   *     that must not, or have other categories, or no weight fits the network
   */
  public DetectionTask(DetectionSettings settings, InitialWeights init) {
    this.settings = settings;
    this.init = init;
    NetworkSpec spec = new NetworkSpec(settings.network(), 2).requireKnown();
    if (init != null) {
      init.match(spec);
    }
    training(1);
    settings
        .splits()
        .forEach((split, list) -> splits.put(split, DetectionData.open(settings.data(), list)));
    requireSameCategories();
    Map<Split, List<String>> names = new EnumMap<>(Split.class);
    splits.forEach((split, data) -> names.put(split, data.names()));
    SplitNames.requireDisjoint(settings.splits(), names);
  }

  @Override
  public List<Branch> branches() {
    return List.of(OBJECTNESS, PROPOSALS, CLASSIFIER, BOXES);
  }

  @Override
  public List<CocoMetric> metrics() {
    return settings.metrics();
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    Network fresh = Network.of(spec(split), RandomStreams.seed(seed, WEIGHTS));
    return model(init == null ? fresh : init.into(fresh), split, seed);
  }

  private NetworkSpec spec(Split split) {
    return new NetworkSpec(settings.network(), classes(split));
  }

  @Override
  public Optional<LoadReport> initialWeights() {
    return Optional.ofNullable(init)
        .map(weights -> weights.match(spec(splits.keySet().iterator().next())));
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
    return model(Network.of(start), split, seed);
  }

  private TaskModel model(Network network, Split split, long seed) {
    try {
      return new DetectionModel(this, network, split, seed);
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /** The categories and the background. */
  private int classes(Split split) {
    return dataset(split).classNames().size() + 1;
  }

  @Override
  public TrainingSettings training(int steps) {
    return new TrainingSettings(
        steps, settings.learningRate(), settings.optimiser(), settings.schedule(), true);
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
    ObjectNode json = settings.toJson();
    ObjectNode sizes = json.putObject("samples");
    splits.forEach((split, data) -> sizes.put(split.label(), data.dataset().size()));
    ObjectNode digests = json.putObject("sha256");
    splits.forEach((split, data) -> digests.put(split.label(), data.digest()));
    if (init != null) {
      init.putInto(json);
    }
    return json;
  }

  DetectionSettings settings() {
    return settings;
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
