package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.autoloss.graph.RejectionSamples;
import org.autoloss.metric.segmentation.ClassPolicy;
import org.autoloss.metric.segmentation.SegmentationMetrics;
import org.autoloss.nn.NetworkSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Softmax over one class is constant: nothing can be learnt or measured. */
class OneClassTest {
  private static final String MESSAGE =
      "logits: expected 2 classes or more (dimension 1), got 1; give the background a channel of"
          + " its own";

  static Stream<String> specifications() {
    return Stream.of(
            List.of("ce", "wce", "dpce", "ssim", "basnet", "dice", "lovasz", "focal", "tversky"),
            List.of("jaccard", "boundary", "l1", "smooth_l1", "mse", "0.5*ce+dice"),
            List.of("asl:mIoU", "asl:FWIoU", "asl:mAcc", "asl:gAcc", "asl:BIoU", "asl:BF1"),
            List.of("expr:neg(mul(y,log(yhat)))"))
        .flatMap(List::stream);
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void evaluate_oneClass_isRefused(String specification) {
    Shape shape = new Shape(1, 1, 2, 2);
    try (Loss loss = Loss.parse(specification)) {
      if (loss instanceof FusedLoss fused) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> fused.evaluate(new float[4], new int[4], shape, new float[4]))
            .withMessage(MESSAGE);
        ByteBuffer memory = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
        assertThatIllegalArgumentException()
            .isThrownBy(() -> fused.evaluate(memory.asFloatBuffer(), memory, shape, null))
            .withMessage(MESSAGE);
      }
    }
  }

  @Test
  void metrics_oneClass_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SegmentationMetrics(1, ClassPolicy.ASL))
        .withMessage(MESSAGE);
  }

  @Test
  void network_oneClass_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NetworkSpec("unet", 1).requireKnown())
        .withMessage("classes: expected 2 to 1024, got 1");
  }

  @Test
  void rejectionSamples_oneClass_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RejectionSamples(1, 1, 2, 2, new float[4], new int[4]))
        .withMessage("classes: expected 2 or more, got 1");
  }
}
