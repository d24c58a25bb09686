package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import org.autoloss.loss.LossInput;
import org.autoloss.metric.detection.CocoMetric;
import org.autoloss.nn.Network;
import org.autoloss.nn.models.rcnn.Variant;
import org.autoloss.task.Branch;
import org.autoloss.task.InitialWeights;
import org.autoloss.task.Split;

/**
 * Object detection by Faster R-CNN. Its branches have torchvision's names; baselines are the losses
 * of torchvision, or of the network's {@link Variant}.
 */
public final class DetectionTask extends RegionTask {
  /** The name of this kind of task. */
  public static final String KIND = "detection";

  private static final String BOX_LOSS = Variant.TORCHVISION.boxLoss();

  /** Whether an anchor shows an object. */
  static final Branch OBJECTNESS = new Branch("loss_objectness", LossInput.BINARY, "bce", false);

  /** Where exactly, of anchors. */
  static final Branch PROPOSALS = new Branch("loss_rpn_box_reg", LossInput.BOXES, BOX_LOSS);

  /** Which class a region shows; 0 is the background. */
  static final Branch CLASSIFIER = new Branch("loss_classifier", LossInput.CLASSES, "ce", false);

  /** Where exactly, of regions. */
  static final Branch BOXES = new Branch("loss_box_reg", LossInput.BOXES, BOX_LOSS);

  /**
   * Opens the splits that the settings name.
   *
   * @param settings which data and network
   * @param init what networks begin with, as far as it fits; {@code null} for fresh weights
   * @throws IllegalArgumentException if a file is missing or damaged, two splits share an image
   *     that must not, or have other categories, or no weight fits the network
   */
  public DetectionTask(DetectionSettings settings, InitialWeights init) {
    super(settings, Set.of(), init);
  }

  /**
   * The branches of Faster R-CNN.
   *
   * @param variant whose losses are the baseline
   * @return four
   */
  public static List<Branch> branches(Variant variant) {
    return List.of(
        OBJECTNESS,
        new Branch(PROPOSALS.name(), LossInput.BOXES, variant.boxLoss()),
        CLASSIFIER,
        new Branch(BOXES.name(), LossInput.BOXES, variant.boxLoss()));
  }

  @Override
  public List<Branch> branches() {
    return branches(settings().variant());
  }

  @Override
  public List<CocoMetric> metrics() {
    return settings().metrics();
  }

  @Override
  protected RegionModel model(Network network, Split split, long seed) {
    return new DetectionModel(this, network, split, seed);
  }

  @Override
  protected ObjectNode settingsToJson() {
    return settings().toJson();
  }
}
