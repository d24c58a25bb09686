package org.autoloss.loss.handcrafted;

import org.autoloss.loss.AbsentClasses;
import org.autoloss.loss.Shape;

/** The reference of the specifications that tests use, and its gradient by central differences. */
record ReferenceLosses(int[] labels, Shape shape) {
  double value(String specification, double[] logits) {
    HandcraftedReference reference = new HandcraftedReference(labels, shape);
    AbsentClasses skip = AbsentClasses.SKIP;
    return switch (specification) {
      case "ce" -> reference.crossEntropy(logits);
      case "wce" -> reference.weightedCrossEntropy(logits, 0, 1);
      case "wce:border=10,sigma=2" -> reference.weightedCrossEntropy(logits, 10, 2);
      case "dpce" -> reference.distancePenalisedCrossEntropy(logits, 1);
      case "dpce:strength=0.3" -> reference.distancePenalisedCrossEntropy(logits, 0.3);
      case "focal" -> reference.focal(logits, 2);
      case "focal:gamma=0.5" -> reference.focal(logits, 0.5);
      case "dice" -> reference.dice(logits, skip);
      case "dice:absent=count" -> reference.dice(logits, AbsentClasses.COUNT);
      case "jaccard" -> reference.tversky(logits, 1, 1, skip);
      case "tversky:alpha=0.2,beta=0.9" -> reference.tversky(logits, 0.2, 0.9, skip);
      case "lovasz" -> reference.lovasz(logits, false);
      case "lovasz:per_image" -> reference.lovasz(logits, true);
      case "ssim" -> reference.ssim(logits);
      case "basnet" ->
          reference.crossEntropy(logits)
              + reference.ssim(logits)
              + reference.tversky(logits, 1, 1, skip);
      case "boundary" -> reference.boundary(logits);
      case "l1" -> reference.l1(logits);
      case "mse" -> reference.mse(logits);
      case "smooth_l1:beta=0.3" -> reference.smoothL1(logits, 0.3);
      default -> throw new IllegalArgumentException(specification);
    };
  }

  double[] gradient(String specification, double[] logits, double step) {
    double[] gradient = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      double[] moved = logits.clone();
      moved[i] = logits[i] + step;
      double up = value(specification, moved);
      moved[i] = logits[i] - step;
      gradient[i] = (up - value(specification, moved)) / (2 * step);
    }
    return gradient;
  }
}
