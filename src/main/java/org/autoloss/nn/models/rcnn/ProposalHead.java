package org.autoloss.nn.models.rcnn;

import static org.bytedeco.pytorch.global.torch.cat;

import java.util.List;
import org.autoloss.nn.Block;
import org.autoloss.nn.Convolution;
import org.autoloss.nn.Functional;
import org.autoloss.nn.Initial;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * What says of each anchor whether an object is there, and where exactly (Ren et al., section 3.1):
 * a 3x3 convolution with ReLU, then two of 1x1, the same at all levels of a pyramid.
 *
 * <p>Names are torchvision's: {@code conv.0.0}, {@code cls_logits}, {@code bbox_pred}.
 */
public final class ProposalHead {
  private static final Initial SMALL = Initial.normal(0.01);

  private final Block shared;
  private final Block objectness;
  private final Block deltas;

  /**
   * What the head says of all anchors of all levels, in the order of {@link
   * AnchorGenerator#anchors}.
   *
   * @param objectness logits {@code [N,A]}
   * @param deltas {@code [N,A,4]}
   */
  public record Answer(Tensor objectness, Tensor deltas) {}

  /**
   * Declares the head.
   *
   * @param scope its place
   * @param channels of the pyramid
   * @param anchors at each place
   */
  public ProposalHead(Scope scope, int channels, int anchors) {
    shared = convolution(scope.child("conv").child("0.0"), channels, channels, 3);
    objectness = convolution(scope.child("cls_logits"), channels, anchors, 1);
    deltas = convolution(scope.child("bbox_pred"), channels, 4 * anchors, 1);
  }

  private static Block convolution(Scope scope, int in, int out, int kernel) {
    return new Convolution(
        scope, Convolution.Plan.of(in, out, kernel).withBias().withInitial(SMALL));
  }

  /**
   * Asks for all anchors.
   *
   * @param pyramid of features
   * @param pass to learn or to predict
   * @return the answers
   */
  public Answer forward(List<Tensor> pyramid, Pass pass) {
    TensorVector scores = new TensorVector();
    TensorVector shifts = new TensorVector();
    for (Tensor level : pyramid) {
      Tensor features = Functional.RELU.forward(shared.forward(level, pass), pass);
      scores.push_back(flat(objectness.forward(features, pass), 1).squeeze(2));
      shifts.push_back(flat(deltas.forward(features, pass), 4));
    }
    return new Answer(cat(scores, 1), cat(shifts, 1));
  }

  /** {@code [N,A*K,H,W]} to {@code [N,H*W*A,K]}. */
  private static Tensor flat(Tensor map, long values) {
    return map.permute(0, 2, 3, 1).reshape(map.size(0), -1, values);
  }
}
