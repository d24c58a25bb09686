package com.example;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import java.util.Locale;
import org.autoloss.loss.Loss;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.metric.segmentation.SegmentationMetrics;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains the smallest of networks, one convolution, by the surrogate of mIoU, to find again the
 * classes that another convolution of the same kind has drawn. Fails if the metric does not rise.
 */
public final class TrainingLoop {
  private static final int CLASSES = 4;
  private static final int STEPS = 60;
  private static final double RATE = 20;

  private TrainingLoop() {}

  /**
   * Trains, and prints loss and metric as it goes.
   *
   * @param args ignored
   */
  public static void main(String[] args) {
    try (Loss loss = Loss.parse("asl:mIoU");
        PointerScope all = new PointerScope()) {
      manual_seed(1);
      Tensor images = randn(8, 3, 32, 32);
      Tensor labels = conv2d(images, randn(CLASSES, 3, 3, 3)).max(1).get1(); // argmax over classes
      Tensor weights =
          randn(CLASSES, 3, 3, 3).mul(new Scalar(0.01)).detach().set_requires_grad(true);
      double before = miou(images, labels, weights);
      for (int step = 0; step < STEPS; step++) {
        try (PointerScope scope = new PointerScope()) {
          Tensor value = loss.apply(conv2d(images, weights), labels);
          value.backward();
          weights.set_data(weights.detach().sub(weights.grad().mul(new Scalar(RATE))));
          weights.grad().zero_();
          if (step % 10 == 0) {
            System.out.printf(Locale.ROOT, "step %2d  loss %.4f%n", step, value.item_float());
          }
        }
      }
      double after = miou(images, labels, weights);
      System.out.printf(Locale.ROOT, "mIoU %.3f before, %.3f after%n", before, after);
      if (!(after > before + 0.2)) {
        throw new AssertionError("training by the loss did not raise its metric");
      }
    }
  }

  private static double miou(Tensor images, Tensor labels, Tensor weights) {
    SegmentationMetrics metrics = new SegmentationMetrics(CLASSES, ClassPolicy.ASL);
    try (PointerScope scope = new PointerScope()) {
      metrics.add(conv2d(images, weights).detach(), labels);
    }
    return metrics.result().value(SegmentationMetric.MIOU);
  }
}
