package org.autoloss.benchmarks;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.softmax;
import static org.bytedeco.pytorch.global.torch.zeros;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Lovász-Softmax as its authors published it, with {@code sort} and {@code cumsum} class by class:
 * what the native one is measured against. The labels must all be in range, and each class present.
 */
final class ComposedLovasz extends Baseline {
  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    Tensor loss = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      long classes = logits.size(1);
      Tensor p = softmax(logits, 1).permute(0, 2, 3, 1).reshape(-1, classes);
      Tensor flat = labels.flatten();
      TensorVector losses = new TensorVector();
      for (long c = 0; c < classes; c++) {
        Tensor own = flat.eq(new Scalar(c)).to(ScalarType.Float);
        T_TensorTensor_T sorted = own.sub(p.select(1, c)).abs().sort(0, true);
        Tensor label = own.index_select(0, sorted.get1());
        losses.push_back(sorted.get0().dot(slopes(label)).view(1));
      }
      loss.put(cat(losses).mean());
    }
    return loss;
  }

  /** What one more error adds to the Jaccard loss. */
  private static Tensor slopes(Tensor label) {
    Tensor all = label.sum();
    Tensor left = all.sub(label.cumsum(0));
    Tensor whole = all.add(label.neg().add(new Scalar(1)).cumsum(0));
    Tensor jaccard = left.div(whole).neg().add(new Scalar(1));
    Tensor before = cat(new TensorVector(zeros(1), jaccard.narrow(0, 0, jaccard.size(0) - 1)));
    return jaccard.sub(before);
  }
}
