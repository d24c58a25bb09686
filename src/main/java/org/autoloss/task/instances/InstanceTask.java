package org.autoloss.task.instances;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.Metric;
import org.autoloss.metric.detection.CocoType;
import org.autoloss.nn.Network;
import org.autoloss.nn.models.rcnn.Variant;
import org.autoloss.task.Branch;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Split;
import org.autoloss.task.detection.DetectionTask;
import org.autoloss.task.detection.RegionModel;
import org.autoloss.task.detection.RegionTask;

/**
 * Instance segmentation by Mask R-CNN: the branches of detection, and one of masks. Names and
 * baselines are torchvision's.
 */
public final class InstanceTask extends RegionTask {
  /** The name of this kind of task. */
  public static final String KIND = "instances";

  /** Which pixels of a region are inside, on the map of its object's class. */
  static final Branch MASK = new Branch("loss_mask", LossInput.BINARY, "bce");

  private final InstanceSettings settings;

  /**
   * Opens the splits that the settings name.
   *
   * @param settings which data and network
   * @param init what networks begin with, as far as it fits; {@code null} for fresh weights
   * @throws IllegalArgumentException if a file is missing or damaged, an object has no mask, two
   *     splits share an image that must not, or have other categories, or no weight fits the
   *     network
   */
  public InstanceTask(InstanceSettings settings, InitialWeights init) {
    super(settings.detection(), Set.of(CocoType.SEGM), init);
    this.settings = settings;
  }

  @Override
  public List<Branch> branches() {
    return branches(settings().variant());
  }

  /** The branches of Mask R-CNN, with the baselines of a variant. */
  static List<Branch> branches(Variant variant) {
    return Stream.concat(DetectionTask.branches(variant).stream(), Stream.of(MASK)).toList();
  }

  @Override
  public List<Metric> metrics() {
    return settings.metrics();
  }

  @Override
  protected RegionModel model(Network network, Split split, long seed) {
    return new InstanceModel(this, settings, network, split, seed);
  }

  @Override
  protected ObjectNode settingsToJson() {
    return settings.toJson();
  }
}
