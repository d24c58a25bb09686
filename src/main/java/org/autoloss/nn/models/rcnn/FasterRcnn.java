package org.autoloss.nn.models.rcnn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.nn.Architecture;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.autoloss.nn.models.Backbone;
import org.autoloss.nn.models.FeaturePyramid;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * The blocks of Faster R-CNN: a backbone with a feature pyramid, a head that proposes regions, and
 * one that classifies them. What lies between the two, choosing and pooling regions, is {@link
 * RegionDetector}'s.
 *
 * <p>Names are those of torchvision's {@code fasterrcnn_resnet50_fpn}: {@code backbone.body},
 * {@code backbone.fpn}, {@code rpn.head}, {@code roi_heads}.
 */
public final class FasterRcnn implements Architecture {
  /** Where the backbone stands. */
  public static final String BODY = "backbone.body";

  /** Height and width of a pooled region. */
  public static final int POOLED = 7;

  private static final String DELTAS = "deltas";

  private final Backbone body;
  private final FeaturePyramid pyramid;
  private final ProposalHead proposals;
  private final RegionHead regions;
  private final Plan plan;

  /**
   * Which one.
   *
   * @param anchors for each level of the pyramid, as many at each place of all
   * @param channels of the pyramid
   * @param width of the two layers of the region head
   * @param classes to tell apart, with the background
   * @param frozen paths of modules that keep their weights in trainings
   * @param variant whose numbers it has
   */
  public record Plan(
      AnchorGenerator anchors,
      int channels,
      int width,
      int classes,
      List<String> frozen,
      Variant variant) {}

  /**
   * Declares pyramid and heads.
   *
   * @param scope the network's
   * @param body declared in the scope {@link #BODY}
   * @param plan which
   */
  public FasterRcnn(Scope scope, Backbone body, Plan plan) {
    this.body = body;
    this.plan = plan;
    int channels = plan.channels();
    pyramid = new FeaturePyramid(scope.child("backbone").child("fpn"), body.channels(), channels);
    proposals =
        new ProposalHead(scope.child("rpn").child("head"), channels, plan.anchors().perPlace(0));
    regions =
        new RegionHead(
            scope.child("roi_heads"), channels * POOLED * POOLED, plan.width(), plan.classes());
  }

  /**
   * Its anchors.
   *
   * @return for each level of the pyramid
   */
  public AnchorGenerator anchors() {
    return plan.anchors();
  }

  /**
   * Whose numbers it has.
   *
   * @return torchvision's or mmdetection's
   */
  public Variant variant() {
    return plan.variant();
  }

  /**
   * The channels of its pyramid.
   *
   * @return of each level
   */
  public int channels() {
    return plan.channels();
  }

  /**
   * How many classes it tells apart.
   *
   * @return with the background, class 0
   */
  public int classes() {
    return plan.classes();
  }

  /**
   * Images to a pyramid of features.
   *
   * @param images {@code [N,3,H,W]}, normalised and padded
   * @param pass to learn or to predict
   * @return levels, fine to coarse; regions are pooled from all but the last
   */
  public List<Tensor> features(Tensor images, Pass pass) {
    // Channels last is what oneDNN computes in; every later tensor follows its input.
    return pyramid.forward(body.levels(images.contiguous(MemoryFormat.ChannelsLast), pass), pass);
  }

  /**
   * Asks for all anchors.
   *
   * @param features of {@link #features}
   * @param pass to learn or to predict
   * @return the answers
   */
  public ProposalHead.Answer propose(List<Tensor> features, Pass pass) {
    return proposals.forward(features, pass);
  }

  /**
   * Asks for regions.
   *
   * @param pooled {@code [R,C,7,7]}
   * @param pass to learn or to predict
   * @return the answers
   */
  public RegionHead.Answer classify(Tensor pooled, Pass pass) {
    return regions.forward(pooled, pass);
  }

  /** The logits of all anchors' objectness, {@code [N,A]}: the part that needs images alone. */
  @Override
  public Tensor forward(Tensor images, Pass pass) {
    return propose(features(images, pass), pass).objectness();
  }

  @Override
  public Map<String, Tensor> outputs(Tensor images, Pass pass) {
    ProposalHead.Answer answer = propose(features(images, pass), pass);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    outputs.put(MAIN, answer.objectness());
    outputs.put(DELTAS, answer.deltas());
    return outputs;
  }

  @Override
  public List<String> heads() {
    return List.of("rpn", "roi_heads");
  }

  @Override
  public List<String> frozen() {
    return plan.frozen();
  }
}
