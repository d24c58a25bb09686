package org.autoloss.nn.models.rcnn;

import static org.bytedeco.pytorch.global.torch.cat;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Boxes as deltas to reference boxes (Girshick, Donahue, Darrell, Malik, "Rich feature hierarchies
 * for accurate object detection and semantic segmentation", CVPR 2014, appendix C): the shift of
 * the centre in units of the reference's sides, and the logarithms of the ratios of the sides, each
 * times a weight.
 *
 * @param centre weight of the two shifts
 * @param side weight of the two logarithms
 * @param bounded whether sides shrink by so much at most as they may grow
 */
public record BoxCoder(float centre, float side, boolean bounded) {
  /** Of region proposals, where references are anchors. */
  public static final BoxCoder PROPOSALS = new BoxCoder(1, 1, false);

  /** Of detections, where references are proposals. */
  public static final BoxCoder DETECTIONS = new BoxCoder(10, 5, false);

  // Sides grow by this at most, so that the exponential of a wild delta stays finite.
  private static final float LARGEST = (float) Math.log(1000.0 / 16);

  /**
   * The same, where sides shrink by so much at most as they may grow.
   *
   * @return a new coder
   */
  BoxCoder withBound() {
    return new BoxCoder(centre, side, true);
  }

  /**
   * Boxes to deltas.
   *
   * @param boxes to encode, sides above 0
   * @param references as many
   * @return new deltas
   */
  public float[] encode(float[] boxes, float[] references) {
    float[] deltas = new float[boxes.length];
    for (int i = 0; i < boxes.length; i += 4) {
      for (int axis = 0; axis < 2; axis++) {
        float from = references[i + axis];
        float length = references[i + axis + 2] - from;
        float side = boxes[i + axis + 2] - boxes[i + axis];
        float shift = boxes[i + axis] + 0.5f * side - (from + 0.5f * length);
        deltas[i + axis] = centre * shift / length;
        deltas[i + axis + 2] = this.side * (float) Math.log(side / length);
      }
    }
    return deltas;
  }

  /**
   * Deltas to boxes.
   *
   * @param deltas to decode
   * @param references as many
   * @return new boxes
   */
  public float[] decode(float[] deltas, float[] references) {
    float[] boxes = new float[deltas.length];
    for (int i = 0; i < deltas.length; i += 4) {
      for (int axis = 0; axis < 2; axis++) {
        float from = references[i + axis];
        float length = references[i + axis + 2] - from;
        float middle = deltas[i + axis] / centre * length + (from + 0.5f * length);
        float growth = Math.min(deltas[i + axis + 2] / side, LARGEST);
        growth = bounded ? Math.max(growth, -LARGEST) : growth;
        float half = 0.5f * ((float) Math.exp(growth) * length);
        boxes[i + axis] = middle - half;
        boxes[i + axis + 2] = middle + half;
      }
    }
    return boxes;
  }

  /**
   * Deltas to boxes, differentiable with respect to the deltas.
   *
   * @param deltas {@code [N,4]} float32
   * @param references {@code [N,4]} float32
   * @return boxes {@code [N,4]}
   */
  public Tensor decode(Tensor deltas, Tensor references) {
    Tensor from = references.narrow(1, 0, 2);
    Tensor length = references.narrow(1, 2, 2).sub(from);
    Tensor centres = from.add(length.mul(new Scalar(0.5)));
    Tensor middle =
        deltas.narrow(1, 0, 2).div(new Scalar((double) centre)).mul(length).add(centres);
    Tensor growth = deltas.narrow(1, 2, 2).div(new Scalar((double) side));
    growth = growth.clamp_max(new Scalar((double) LARGEST));
    growth = bounded ? growth.clamp_min(new Scalar((double) -LARGEST)) : growth;
    Tensor half = growth.exp().mul(length);
    half = half.mul(new Scalar(0.5));
    return cat(new TensorVector(middle.sub(half), middle.add(half)), 1);
  }
}
