package org.autoloss.loss.box;

import java.util.Arrays;
import java.util.Map;
import org.autoloss.internal.Natives;
import org.autoloss.internal.Scoped;
import org.autoloss.loss.LossOptions;
import org.autoloss.loss.MaskedBatch;
import org.autoloss.loss.QualityLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * CSE-Auto-A's loss of classes: the mean over samples of {@code -(1 + sin z) log softmax(x)[y]},
 * where z is the overlap of a sample's box with its target, and 1 for the background (Liu et al.,
 * "Loss function discovery for object detection via convergence-simulation driven search", ICLR
 * 2021). An overlap below 1e-7 counts as 1e-7.
 */
public final class CseClassLoss implements QualityLoss {
  private static final double LEAST = 1e-7;

  private volatile boolean closed;

  /** Makes the loss. */
  public CseClassLoss() {
    Natives.loadKernels();
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels) {
    return apply(logits, labels, null);
  }

  @Override
  public Tensor apply(Tensor logits, Tensor labels, Tensor quality) {
    if (closed) {
      throw new IllegalStateException("loss: expected an open loss, got a closed one");
    }
    return Scoped.result(
        () -> {
          MaskedBatch batch = MaskedBatch.of(logits, labels);
          if (quality != null && !Arrays.equals(quality.shape(), labels.shape())) {
            throw new IllegalArgumentException(
                "quality: expected the shape of the labels, "
                    + Arrays.toString(labels.shape())
                    + ", got "
                    + Arrays.toString(quality.shape()));
          }
          Tensor each = batch.crossEntropy();
          return batch.mean(
              quality == null
                  ? each.mul(new Scalar(1 + Math.sin(1)))
                  : each.mul(
                      quality.detach().clamp_min(new Scalar(LEAST)).sin().add(new Scalar(1))));
        });
  }

  @Override
  public String toJson() {
    return LossOptions.toJson("cse_a", Map.of("cls", true));
  }

  @Override
  public void close() {
    closed = true;
  }
}
