package org.autoloss.task.pose;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.autoloss.data.CocoDataset;
import org.autoloss.data.ObjectDataset;
import org.autoloss.data.ObjectRange;
import org.autoloss.data.pose.PoseDataset;
import org.autoloss.data.pose.Skeleton;
import org.autoloss.graph.BranchSample;
import org.autoloss.graph.BranchSamples;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.internal.Json;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.detection.CocoType;
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
import org.autoloss.train.TorchThreads;
import org.autoloss.train.TrainingSettings;

/**
 * Poses by a network of heat maps that sees one object at a time, whose box it is told: the
 * top-down way of Xiao, Wu, Wei, "Simple baselines for human pose estimation and tracking", ECCV
 * 2018.
 */
public final class PoseTask implements Task {
  /** The name of this kind of task. */
  public static final String KIND = "pose";

  /** The one branch: a heat map for each keypoint. */
  public static final String BRANCH = "loss_keypoint";

  private final PoseSettings settings;
  private final TaskNetworks networks;
  private final Map<Split, PoseDataset> poses = new EnumMap<>(Split.class);
  private final Skeleton skeleton;

  /**
   * Opens the splits that the settings name.
   *
   * @param settings which data and network
   * @param init what networks begin with, as far as it fits; {@code null} for fresh weights
   * @throws IllegalArgumentException if a file is missing or damaged, two splits share an image
   *     that must not, or have other keypoints, or no weight fits the network
   */
  public PoseTask(PoseSettings settings, InitialWeights init) {
    this.settings = settings;
    networks = new TaskNetworks(settings.network(), init, settings.devices());
    training(1);
    Map<Split, List<String>> names = new EnumMap<>(Split.class);
    settings
        .splits()
        .forEach(
            (split, list) -> {
              ObjectDataset images =
                  CocoDataset.open(settings.data(), list, Set.of(CocoType.KEYPOINTS));
              names.put(split, images.names());
              poses.put(split, PoseDataset.of(images, settings.data() + ", " + list));
            });
    SplitNames.requireDisjoint(settings.splits(), names);
    skeleton = skeleton(poses, settings);
    settings.similarity(skeleton);
  }

  private static Skeleton skeleton(Map<Split, PoseDataset> poses, PoseSettings settings) {
    List<Skeleton> found = poses.values().stream().map(PoseDataset::skeleton).distinct().toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "splits: expected the same keypoints in all of "
              + settings.splits().values()
              + ", got "
              + found.stream().map(Skeleton::points).toList());
    }
    return found.get(0);
  }

  @Override
  public List<Branch> branches() {
    return List.of(new Branch(BRANCH, LossInput.HEATMAP, "mse"));
  }

  @Override
  public List<Metric> metrics() {
    return settings.metrics();
  }

  @Override
  public TaskModel begin(Split split, long seed) {
    return networks.begin(skeleton.size(), seed, network -> model(network, split, seed));
  }

  private PoseModel model(Network network, Split split, long seed) {
    return new PoseModel(this, network, split, seed);
  }

  @Override
  public Optional<LoadReport> initialWeights() {
    return networks.initialWeights(skeleton.size());
  }

  @Override
  public TaskModel resume(Checkpoint start, Split split, long seed) {
    if (start.spec().classes() != skeleton.size()) {
      throw new IllegalArgumentException(
          "checkpoint: expected a network of "
              + skeleton.size()
              + " keypoints, as the data has, got "
              + start.spec().classes());
    }
    return networks.resume(start, network -> model(network, split, seed));
  }

  @Override
  public TrainingSettings training(int steps) {
    return new TrainingSettings(
        steps, settings.learningRate(), settings.optimiser(), settings.schedule(), true);
  }

  /** On single objects, whichever image they are of. */
  @Override
  public Map<String, RejectionProtocol> rejection(
      List<Branch> searched,
      ObjectiveMetric objective,
      RejectionPlan plan,
      Supplier<Checkpoint> start,
      long seed) {
    List<BranchSample> found = new ArrayList<>();
    try (PoseModel model =
        networks.resume(start.get(), network -> model(network, Split.TRAIN, seed))) {
      PoseSamples samples = new PoseSamples(settings.similarity(skeleton).sigmas());
      for (long step = 0; found.size() < plan.samples() && step < plan.samples(); step++) {
        long batch = step;
        found.addAll(TorchThreads.single(() -> model.samples(batch, samples)));
      }
    }
    List<BranchSample> few = found.subList(0, Math.min(found.size(), plan.samples()));
    RejectionProtocol protocol =
        RejectionProtocol.on(
            plan.device(), new BranchSamples(LossInput.HEATMAP, few), plan.settings());
    return Map.of(BRANCH, new ConstantMaps(protocol, few));
  }

  /** How many images. */
  @Override
  public OptionalInt samples(Split split) {
    return OptionalInt.of(poses(split).images().size());
  }

  @Override
  public List<Double> learningRates() {
    return settings.automaticRate() ? settings.optimiser().kind().rates() : List.of();
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (settings.sigmas().isEmpty() && !skeleton.isCoco()) {
      warnings.add(
          "nobody has compared annotators of these keypoints, so AP takes "
              + PoseSettings.USUAL_SIGMA
              + ", the mean of COCO's, for each sigma; --set sigmas=... gives others");
    }
    contents()
        .properties()
        .forEach(
            split ->
                split
                    .getValue()
                    .properties()
                    .forEach(
                        point -> {
                          if (point.getValue().asLong() == 0) {
                            warnings.add(
                                split.getKey() + ": " + point.getKey() + " is labelled nowhere");
                          }
                        }));
    return warnings;
  }

  /** In how many objects each keypoint is labelled, in each split. */
  @Override
  public ObjectNode contents() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    poses.forEach(
        (split, data) -> {
          ObjectNode counts = json.putObject(settings.splits().get(split));
          for (int k = 0; k < skeleton.size(); k++) {
            int point = k;
            counts.put(
                skeleton.points().get(k),
                data.images().annotations().objects().stream()
                    .filter(object -> !object.crowd() && object.keypoints().labelled(point))
                    .count());
          }
        });
    return json;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = settings.toJson();
    SplitNames.putData(json, poses, PoseDataset::size, data -> data.images().digest());
    networks.putInto(json);
    return json;
  }

  DevicePool devices() {
    return networks.devices();
  }

  PoseSettings settings() {
    return settings;
  }

  /** A split's objects. */
  PoseDataset poses(Split split) {
    PoseDataset data = poses.get(split);
    if (data == null) {
      throw new IllegalArgumentException(
          "splits: expected an annotation file for the " + split.label() + " split, got none");
    }
    return data;
  }

  /** The objects of images that lie side by side. */
  PoseDataset poses(Split split, Range range) {
    ObjectDataset all = poses(split).images();
    int from = range.first(all.size());
    int to = range.end(all.size());
    return PoseDataset.of(
        new ObjectRange(all, from, to),
        settings.splits().get(split) + ", images " + (from + 1) + " to " + to);
  }

  /** What a network learns from. */
  PoseDataset learnt(Split split) {
    return PoseDataset.forTraining(poses(split).images(), settings.splits().get(split));
  }
}
