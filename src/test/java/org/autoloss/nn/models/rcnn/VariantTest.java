package org.autoloss.nn.models.rcnn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.nn.box.Boxes;
import org.autoloss.nn.box.RoiAlign;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Each number that mmdetection's Faster R-CNN has otherwise than torchvision's. */
class VariantTest {
  private static final String SMALL = "fasterrcnn:small,channels=8,width=8,anchor_size=8";

  private static FasterRcnn network(String text) {
    try (Network network = Network.of(new NetworkSpec(text, 3), 1)) {
      return network.architecture(FasterRcnn.class);
    }
  }

  @Test
  void of_network_isItsOption() {
    assertThat(Variant.of(SMALL)).isEqualTo(Variant.TORCHVISION);
    assertThat(Variant.of(SMALL + ", variant=mmdet")).isEqualTo(Variant.MMDET);
    assertThat(network(SMALL).variant()).isEqualTo(Variant.TORCHVISION);
    assertThat(network(SMALL + ",variant=mmdet").variant()).isEqualTo(Variant.MMDET);
    assertThatThrownBy(() -> network(SMALL + ",variant=yolo"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mmdet");
  }

  @Test
  void anchors_ofMmdet_keepTheirFractions() {
    float[] rounded = network(SMALL).anchors().cell(0);
    float[] exact = network(SMALL + ",variant=mmdet").anchors().cell(0);
    double half = 8 / Math.sqrt(0.5) / 2; // the wide anchor
    assertThat(rounded[2]).isEqualTo((float) Math.rint(half));
    assertThat((double) exact[2]).isCloseTo(half, within(1e-6));
    assertThat((double) exact[3]).isCloseTo(half / 2, within(1e-6));
  }

  @Test
  void matchAnchors_ofAnObjectWithoutAGoodOne_differ() {
    // IoU with the objects: anchor 0 .5 and 0, anchor 1 0 and .2, anchor 2 .75 and 0, both 3
    float[] objects = {0, 0, 10, 10, 100, 0, 110, 10};
    float[] anchors = {0, 0, 10, 5, 100, 0, 110, 2, 200, 0, 210, 10};
    assertThat(Variant.TORCHVISION.matchAnchors(objects, anchors))
        .as("each object has its best anchor, however bad")
        .containsExactly(0, 1, Boxes.BACKGROUND);
    assertThat(Variant.MMDET.matchAnchors(objects, anchors))
        .as("from an overlap of 0.3 on")
        .containsExactly(0, Boxes.BACKGROUND, Boxes.BACKGROUND);
  }

  @Test
  void matchAnchors_oneAnchorBestOfTwoObjects_differ() {
    // The one anchor overlaps the first object by 0.6 and the second by 0.4.
    float[] objects = {0, 0, 10, 6, 0, 6, 10, 10};
    float[] anchors = {0, 0, 10, 10};
    assertThat(Variant.TORCHVISION.matchAnchors(objects, anchors))
        .as("it stays with the object that it overlaps most")
        .containsExactly(0);
    assertThat(Variant.MMDET.matchAnchors(objects, anchors))
        .as("the later object takes it")
        .containsExactly(1);
  }

  @Test
  void decode_sidesThatShrinkWildly_areBoundedInMmdet() {
    Libtorch.load();
    float[] deltas = {0, 0, -100, -100};
    float[] references = {0, 0, 100, 100};
    float[] free = Variant.TORCHVISION.detections().decode(deltas, references);
    float[] bounded = Variant.MMDET.detections().decode(deltas, references);
    assertThat(free[2] - free[0]).isLessThan(1e-3f);
    assertThat(bounded[2] - bounded[0]).isCloseTo(1.6f, within(1e-3f)); // 100 * 16 / 1000
    try (PointerScope scope = new PointerScope()) {
      Tensor boxes =
          Variant.MMDET
              .detections()
              .decode(Tensor.create(deltas, 1, 4), Tensor.create(references, 1, 4));
      float[] tensor = StepTensors.floats(boxes);
      for (int i = 0; i < 4; i++) {
        assertThat(tensor[i]).isCloseTo(bounded[i], within(1e-4f));
      }
    }
  }

  @Test
  void pool_ofMmdet_isShiftedAndAdaptive() {
    Libtorch.load();
    try (PointerScope scope = new PointerScope()) {
      Tensor finest = random(1, 3, 32, 32);
      Tensor coarse = random(1, 3, 16, 16);
      float[] box = {10.3f, 20.1f, 90.7f, 77.5f};
      float[] roi = {0, box[0], box[1], box[2], box[3]};
      float[] plain = StepTensors.floats(new RoiAlign(7, 7, 0.25, 2, false).apply(finest, roi));
      float[] aligned = StepTensors.floats(new RoiAlign(7, 7, 0.25, 0, true).apply(finest, roi));
      assertThat(pooled(List.of(finest, coarse), box, Variant.TORCHVISION)).isEqualTo(plain);
      assertThat(pooled(List.of(finest, coarse), box, Variant.MMDET)).isEqualTo(aligned);
      assertThat(aligned).isNotEqualTo(plain);
    }
  }

  private static float[] pooled(List<Tensor> levels, float[] box, Variant variant) {
    return StepTensors.floats(new RegionPooling(levels, 128, variant).pool(new int[1], box, 7));
  }

  private static Tensor random(long... shape) {
    RandomGenerator random = RandomStreams.stream(3, shape[2]);
    float[] values = new float[(int) (shape[0] * shape[1] * shape[2] * shape[3])];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.create(values, shape);
  }

  @Test
  void align_shiftedAndAdaptive_isTheSameOfLibtorchsOperations() {
    Libtorch.load();
    try (PointerScope scope = new PointerScope()) {
      Tensor features = random(2, 3, 20, 24);
      int[] images = {0, 1, 1, 0};
      float[] boxes = {3, 4, 90, 60, 0, 0, 8, 8, 50, 20, 50, 20, -9, -5, 70, 130};
      float[] ours = StepTensors.floats(Regions.align(features, images, boxes, 0.25f, 7, 0, true));
      float[] composed =
          StepTensors.floats(Regions.composed(features, images, boxes, 0.25f, 7, 0, true));
      for (int i = 0; i < ours.length; i++) {
        assertThat(composed[i]).isCloseTo(ours[i], within(1e-5f));
      }
    }
  }

  @Test
  void levels_atTheirBounds_areTheSame() {
    Libtorch.load();
    try (PointerScope scope = new PointerScope()) {
      List<Tensor> levels = List.of(random(1, 1, 64, 64), random(1, 1, 32, 32));
      float[] boxes = {0, 0, 111, 111, 0, 0, 113, 113, 0, 0, 5, 5, 0, 0, 900, 900};
      for (Variant each : Variant.values()) {
        assertThat(new RegionPooling(levels, 256, each).levels(boxes)).containsExactly(0, 1, 0, 1);
      }
    }
  }

  @Test
  void large_boxWithoutArea_staysInMmdet() {
    Candidates flat = new Candidates(new float[] {5, 5, 5, 9}, new float[] {1}, new int[] {0});
    assertThat(flat.large(Variant.TORCHVISION.proposalSide(), -1).scores()).isEmpty();
    assertThat(flat.large(Variant.TORCHVISION.detectionSide(), 0).scores()).isEmpty();
    assertThat(flat.large(Variant.MMDET.proposalSide(), -1).scores()).hasSize(1);
    assertThat(flat.large(Variant.MMDET.detectionSide(), 0).scores()).hasSize(1);
  }

  @Test
  void settings_ofMmdet_haveAThousandProposals() {
    assertThat(Variant.TORCHVISION.settings()).isEqualTo(DetectorSettings.TORCHVISION);
    assertThat(Variant.MMDET.settings().proposals())
        .isEqualTo(new DetectorSettings.Phases(1000, 1000));
    assertThat(Variant.MMDET.boxLoss()).isEqualTo("l1");
  }
}
