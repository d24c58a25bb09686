package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.one_hot;
import static org.bytedeco.pytorch.global.torch.softmax;

import org.autoloss.surrogate.SurrogateParameters;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The BF1 surrogate as one would write it with libtorch operations, minima and dilations by {@code
 * max_pool2d} and the gradient left to autograd: the way of the published implementation, and what
 * the fused kernel is measured against. The labels must all be in range, and class 0 has edges too.
 */
final class ComposedBoundary extends Baseline {
  private static final long[] PIXELS = {0, 2, 3};

  private final SurrogateParameters parameters;

  ComposedBoundary(SurrogateParameters parameters) {
    this.parameters = parameters;
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    Tensor loss = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      int window = 2 * parameters.policy().tolerance() + 1;
      Tensor truth = labelEdges(labels, logits.size(1));
      Tensor labelled = truth.sum(PIXELS);
      Tensor predicted = edges(softmax(logits, 1));
      Tensor precision = ratio(predicted.mul(largest(truth, window)), predicted.sum(PIXELS));
      Tensor recall = ratio(largest(predicted, window).mul(truth), labelled);
      Tensor both = precision.add(recall).add(new Scalar(1e-8));
      Tensor f = precision.mul(recall).mul(new Scalar(2)).div(both);
      Tensor present = labelled.gt(new Scalar(0)).to(ScalarType.Float);
      loss.put(f.mul(present).sum().div(present.sum()).neg().add(new Scalar(1)));
    }
    return loss;
  }

  /** Label edges of each class, dilated by a window: {@code [N,C,H,W]}, 0 and 1. */
  static Tensor dilatedEdges(Tensor labels, long classes, int window) {
    return largest(labelEdges(labels, classes), window);
  }

  private static Tensor labelEdges(Tensor labels, long classes) {
    Tensor y = one_hot(labels, classes).permute(0, 3, 1, 2).to(ScalarType.Float);
    return y.mul(lowest(y).neg().add(new Scalar(1)));
  }

  private static Tensor ratio(Tensor matched, Tensor all) {
    return matched.sum(PIXELS).div(all.add(new Scalar(1e-8)));
  }

  private Tensor edges(Tensor p) {
    Tensor e = lowest(p);
    Tensor o1 = curve(2, p);
    Tensor o2 = curve(3, e);
    return o1.add(o2).sub(o1.mul(o2)).sub(curve(0, p).mul(curve(1, e)));
  }

  private Tensor curve(int index, Tensor x) {
    return ComposedCurve.apply(parameters.curves().get(index), x);
  }

  private static Tensor lowest(Tensor x) {
    return largest(x.neg(), 3).neg();
  }

  /** The largest value of each window at stride 1; windows are cut off at the image's border. */
  static Tensor largest(Tensor x, int window) {
    long[] size = {window, window};
    long[] one = {1, 1};
    long[] padding = {window / 2, window / 2};
    return max_pool2d(x, size, one, padding, one, false);
  }
}
