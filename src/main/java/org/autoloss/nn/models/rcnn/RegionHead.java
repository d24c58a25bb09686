package org.autoloss.nn.models.rcnn;

import org.autoloss.nn.Block;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Linear;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;

/**
 * What says of each region which class it shows, and for each class where exactly (Girshick, "Fast
 * R-CNN", ICCV 2015, section 2.1; the two layers of Lin et al., section 4.2).
 *
 * <p>Names are torchvision's: {@code box_head.fc6}, {@code box_head.fc7}, {@code
 * box_predictor.cls_score}, {@code box_predictor.bbox_pred}.
 */
public final class RegionHead {
  private final Block features;
  private final Block classes;
  private final Block deltas;
  private final int count;

  /**
   * What the head says of each region.
   *
   * @param logits {@code [R,C]}, class 0 the background
   * @param deltas {@code [R,C,4]}
   */
  public record Answer(Tensor logits, Tensor deltas) {}

  /**
   * Declares the head.
   *
   * @param scope its place
   * @param inputs values of a pooled region
   * @param width of the two layers
   * @param classes with the background
   */
  public RegionHead(Scope scope, int inputs, int width, int classes) {
    Scope head = scope.child("box_head");
    features =
        new Linear(head.child("fc6"), inputs, width)
            .then(Functional.RELU)
            .then(new Linear(head.child("fc7"), width, width))
            .then(Functional.RELU);
    Scope predictor = scope.child("box_predictor");
    this.classes = new Linear(predictor.child("cls_score"), width, classes);
    deltas = new Linear(predictor.child("bbox_pred"), width, 4 * classes);
    count = classes;
  }

  /**
   * Asks for all regions.
   *
   * @param pooled {@code [R,C,7,7]}
   * @param pass to learn or to predict
   * @return the answers
   */
  public Answer forward(Tensor pooled, Pass pass) {
    Tensor represented = represent(pooled, pass);
    return new Answer(
        classes.forward(represented, pass), deltas.forward(represented, pass).view(-1, count, 4));
  }

  /** The output of the two layers. */
  Tensor represent(Tensor pooled, Pass pass) {
    return features.forward(pooled.flatten(1, -1), pass);
  }
}
