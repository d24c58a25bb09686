package org.autoloss.loss.handcrafted;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.CrossEntropyLoss;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossFactory;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.loss.WeightedSumLoss.Term;

/** Makes the hand-made losses by their names. */
public final class HandcraftedLossFactory implements LossFactory {
  private static final Map<String, Function<LossOptions, Loss>> LOSSES = new TreeMap<>();

  static {
    LOSSES.put(
        WeightedCrossEntropyLoss.NAME,
        o ->
            new WeightedCrossEntropyLoss(
                o.number("border", 0, WeightedCrossEntropyLoss.BORDER),
                o.number("sigma", WeightedCrossEntropyLoss.SIGMA)));
    LOSSES.put(
        DistancePenalisedCrossEntropyLoss.NAME,
        o -> new DistancePenalisedCrossEntropyLoss(o.number("strength", 1)));
    LOSSES.put(DiceLoss.NAME, o -> new DiceLoss(o.absent()));
    LOSSES.put(JaccardLoss.NAME, o -> new JaccardLoss(o.absent()));
    LOSSES.put(
        TverskyLoss.NAME,
        o ->
            new TverskyLoss(
                o.number("alpha", TverskyLoss.ALPHA),
                o.number("beta", TverskyLoss.BETA),
                o.absent()));
    LOSSES.put(LovaszLoss.NAME, o -> new LovaszLoss(o.flag("per_image")));
    LOSSES.put(SsimLoss.NAME, o -> new SsimLoss());
    LOSSES.put("basnet", o -> basnet());
    LOSSES.put(FocalLoss.NAME, o -> new FocalLoss(o.number("gamma", FocalLoss.GAMMA)));
    LOSSES.put(BoundaryLoss.NAME, o -> new BoundaryLoss());
    LOSSES.put(ProbabilityDistance.L1, o -> ProbabilityDistance.l1());
    LOSSES.put(ProbabilityDistance.MSE, o -> ProbabilityDistance.mse());
    LOSSES.put(
        ProbabilityDistance.SMOOTH_L1, o -> ProbabilityDistance.smoothL1(o.number("beta", 1)));
  }

  /** For {@link java.util.ServiceLoader}. */
  public HandcraftedLossFactory() {}

  /**
   * Cross entropy, structural similarity and IoU in equal parts: Qin et al., "BASNet", CVPR 2019,
   * equation 4.
   */
  private static Loss basnet() {
    return new WeightedSumLoss(
        List.of(
            new Term(1, new CrossEntropyLoss()),
            new Term(1, new SsimLoss()),
            new Term(1, new JaccardLoss(AbsentClasses.SKIP))));
  }

  @Override
  public Set<String> names() {
    return LOSSES.keySet();
  }

  @Override
  public Loss parse(String name, String argument) {
    return make(name, LossOptions.parse(name, argument));
  }

  @Override
  public Loss fromJson(String name, ObjectNode artefact) {
    return make(name, LossOptions.of(name, artefact));
  }

  private static Loss make(String name, LossOptions options) {
    Loss loss = LOSSES.get(name).apply(options);
    try {
      options.requireAllKnown();
    } catch (IllegalArgumentException e) {
      loss.close();
      throw e;
    }
    return loss;
  }
}
