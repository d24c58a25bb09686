package org.autoloss.nn.models.rcnn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.bytedeco.pytorch.global.torch.binary_cross_entropy_with_logits;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.autoloss.internal.Libtorch;
import org.autoloss.metric.detection.RunLengths;
import org.autoloss.metric.detection.Segmentation;
import org.autoloss.nn.FormulaWeights;
import org.autoloss.nn.Parameters;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Mask R-CNN against torchvision's: names, masks, and one step with its gradients. */
class MaskRcnnTest {
  // float32 through fifty layers, as in FasterRcnnTest.
  private static final double TOLERANCE = 1e-4;
  // Sums of four products of float32.
  private static final double PASTED = 1e-5;
  // Pixels of a mask, of hundreds, whose probability may fall on the other side of a half.
  private static final int NEAR = 2;
  private static final String NETWORK = "maskrcnn_resnet50_fpn_frozen_";

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  private interface Check {
    void on(JsonNode entry, MaskRcnn network, Parameters parameters);
  }

  private static void each(String name, Check check) throws Exception {
    JsonNode entry = Values.entry(NETWORK + name);
    try (PointerScope pointers = new PointerScope()) {
      Scope scope = Scope.root();
      MaskRcnn network = declare(scope, "resnet50,norm=frozen,frozen_stages=1");
      FasterRcnnTest.assertNames(entry, scope);
      try (Parameters parameters = new FormulaWeights(entry).fill(scope)) {
        parameters.freeze(network.frozen());
        check.on(entry, network, parameters);
      }
    }
  }

  private static MaskRcnn declare(Scope scope, String argument) {
    return (MaskRcnn) new DetectionNetworks().declare("maskrcnn", argument, 4, scope);
  }

  private static MaskDetector detector(JsonNode entry, MaskRcnn network) {
    return new MaskDetector(
        network, FasterRcnnTest.settings(entry.path("options")), MaskTargets.SOFT);
  }

  /** Whole images of probabilities, 0 where nothing is drawn. */
  private static float[] pasted(float[] masks, float[] boxes, int height, int width) {
    int count = boxes.length / 4;
    float[] all = new float[count * height * width];
    for (int i = 0; i < count; i++) {
      PastedMask mask = PastedMask.of(masks, boxes, i, height, width);
      for (int k = 0; k < mask.values().length; k++) {
        int row = mask.top() + k / mask.columns();
        int column = mask.left() + k % mask.columns();
        all[(i * height + row) * width + column] = mask.values()[k];
      }
    }
    return all;
  }

  private static void assertAreas(JsonNode expected, ImageDetections found, int height, int width) {
    assertThat(expected).hasSize(found.labels().length);
    for (int i = 0; i < expected.size(); i++) {
      RunLengths mask = found.mask(i, height, width);
      assertThat(mask.area()).as("mask " + i).isCloseTo(expected.get(i).asInt(), offset(NEAR));
      assertThat(RunLengths.encode(height, width, mask.decode())).isEqualTo(mask);
    }
  }

  @Test
  void mask_ofProbabilities_isDrawnAsTorchvisionDoes() {
    JsonNode entry = Values.entry("paste_masks");
    int height = entry.path("imageSize").get(0).asInt();
    int width = entry.path("imageSize").get(1).asInt();
    float[] masks = Values.floats(entry, "masks");
    float[] boxes = Values.floats(entry, "boxes");
    Values.assertEqual(entry, "out", pasted(masks, boxes, height, width), PASTED);
    int count = boxes.length / 4;
    ImageDetections found = new ImageDetections(boxes, new float[count], new int[count], masks);
    assertAreas(entry.path("aboveHalf"), found, height, width);
  }

  @Test
  void mask_boxBesideTheImage_isEmpty() {
    float[] box = {200, 10, 240, 40};
    float[] all = new float[MaskHead.SIZE * MaskHead.SIZE];
    java.util.Arrays.fill(all, 1);
    ImageDetections found = new ImageDetections(box, new float[1], new int[1], all);
    assertThat(found.mask(0, 60, 80)).isEqualTo(RunLengths.of(60, 80, 4800));
  }

  @Test
  void masks_givenBoxes_areTorchvisions() throws Exception {
    each(
        "given",
        (entry, network, parameters) -> {
          try (NoGradGuard guard = new NoGradGuard()) {
            ImageBatch batch = FasterRcnnTest.batch(entry);
            float[] boxes = Values.floats(entry, "boxes");
            int[] labels = Values.ints(entry, "labels");
            List<Tensor> features = network.boxes().features(batch.images(), Pass.EVALUATION);
            Tensor pooled =
                new RegionPooling(
                        features.subList(0, 4), batch.heights().get(0), network.boxes().variant())
                    .pool(new int[labels.length], boxes, MaskHead.POOLED);
            Tensor logits = network.masks(pooled, Pass.EVALUATION);
            Values.assertEqual(entry, "logits", logits, TOLERANCE);
            long[] own =
                IntStream.range(0, labels.length).mapToLong(i -> 4L * i + labels[i]).toArray();
            Tensor chosen = logits.flatten(0, 1).index_select(0, Tensor.create(own)).unsqueeze(1);
            Values.assertEqual(entry, "probabilities", chosen.sigmoid(), TOLERANCE);
            float[] masks = StepTensors.floats(chosen.sigmoid());
            float[] scaled = Values.expectedFloats(entry, "boxes");
            Values.assertEqual(entry, "pasted", pasted(masks, scaled, 120, 150), TOLERANCE);
            assertAreas(
                entry.path("pastedAboveHalf"),
                new ImageDetections(scaled, new float[labels.length], labels, masks),
                120,
                150);
          }
        });
  }

  @Test
  void detect_weightsByFormula_givesTorchvisionsBoxesAndMasks() throws Exception {
    each(
        "eval",
        (entry, network, parameters) -> {
          FasterRcnnTest.checkDetections(entry, network.boxes(), parameters);
          ImageBatch batch = FasterRcnnTest.batch(entry);
          ImageDetections found =
              detector(entry, network)
                  .detect(batch)
                  .get(0)
                  .scaled(120f / batch.heights().get(0), 150f / batch.widths().get(0));
          Values.assertEqual(
              entry, "masks", pasted(found.masks(), found.boxes(), 120, 150), TOLERANCE);
          assertAreas(entry.path("masksAboveHalf"), found, 120, 150);
        });
  }

  /** Ellipses in the boxes of the given image, resized to the nearest pixel, rounded down. */
  private static List<ImageObjects> objects(JsonNode entry, ImageBatch batch) {
    List<ImageObjects> objects = new ArrayList<>();
    for (ImageObjects each : FasterRcnnTest.objects(entry, batch)) {
      int image = objects.size();
      JsonNode shape = entry.path("images").get(image).path("shape");
      float[] boxes = Values.floats(entry, "boxes_" + image);
      List<Segmentation> masks = new ArrayList<>();
      for (int i = 0; i < each.labels().length; i++) {
        int height = batch.heights().get(image);
        int width = batch.widths().get(image);
        byte[] pixels = new byte[height * width];
        for (int k = 0; k < pixels.length; k++) {
          float row = (float) shape.get(1).asInt() / height;
          float column = (float) shape.get(2).asInt() / width;
          pixels[k] = inside(boxes, 4 * i, (int) (k / width * row), (int) (k % width * column));
        }
        masks.add(RunLengths.encode(height, width, pixels));
      }
      objects.add(new ImageObjects(each.boxes(), each.labels(), masks));
    }
    return objects;
  }

  private static byte inside(float[] boxes, int at, int row, int column) {
    double x = (column + .5 - (boxes[at] + boxes[at + 2]) / 2) * 2 / (boxes[at + 2] - boxes[at]);
    double y =
        (row + .5 - (boxes[at + 1] + boxes[at + 3]) / 2) * 2 / (boxes[at + 3] - boxes[at + 1]);
    return (byte) (x * x + y * y <= 1 ? 1 : 0);
  }

  @Test
  void train_weightsByFormula_givesTorchvisionsLossesAndGradients() throws Exception {
    each(
        "train",
        (entry, network, parameters) -> {
          ImageBatch batch = FasterRcnnTest.batch(entry);
          List<ImageObjects> objects = objects(entry, batch);
          MaskDetector detector = detector(entry, network);
          FasterRcnnTest.checkSamples(
              entry,
              network.boxes(),
              new RegionDetector(network.boxes(), detector.settings()),
              batch,
              objects);
          MaskStep step = detector.train(batch, objects, Draw.IN_ORDER, Pass.training(1));
          Values.assertEqual(entry, "maskTargets", step.targets().squeeze(1), TOLERANCE);
          assertThat(step.logits().shape()).isEqualTo(step.targets().shape());
          Map<String, Tensor> losses = FasterRcnnTest.losses(step.boxes());
          losses.put("loss_mask", binary_cross_entropy_with_logits(step.logits(), step.targets()));
          FasterRcnnTest.checkLosses(entry, losses, parameters);
        });
  }

  @Test
  void targets_squareMask_areSharesOrYesAndNo() {
    // Columns 10 to 23 of a region of 28 x 28 pixels, shifted by a quarter.
    byte[] pixels = new byte[40 * 40];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % 40 >= 10 && i % 40 < 24 ? 1 : 0);
    }
    List<Segmentation> masks = List.of(RunLengths.encode(40, 40, pixels));
    float[] boxes = {0, 0, 5, 5, 4.25f, 4, 32.25f, 32};
    SampledRegions regions = new SampledRegions(boxes, new int[2], new int[] {0, 1});
    float[] soft = MaskTargets.SOFT.of(regions, masks, 40, 40);
    float[] binary = MaskTargets.BINARY.of(regions, masks, 40, 40);
    assertThat(soft).hasSize(28 * 28); // none for the background
    // One sample in each bin, at 4.25 + i + 0.5: not aligned, pixel 10 stands at 10, not 10.5.
    assertThat(soft[4]).isZero();
    assertThat(soft[5]).isEqualTo(0.75f);
    assertThat(soft[6]).isEqualTo(1);
    assertThat(soft[18]).isEqualTo(1);
    assertThat(soft[19]).isEqualTo(0.25f);
    assertThat(binary[5]).isZero();
    assertThat(binary[6]).isEqualTo(1);
    assertThat(binary[19]).isEqualTo(1);
    assertThat(binary[20]).isZero();
    assertThat(MaskTargets.of("binary")).isEqualTo(MaskTargets.BINARY);
    assertThatThrownBy(() -> MaskTargets.of("hard"))
        .hasMessage("maskTargets: expected soft or binary, got 'hard'");
  }

  /** With a small backbone, where no reference value is needed. */
  private static void onSmall(Check check) {
    JsonNode entry = Values.entry(NETWORK + "train");
    try (PointerScope pointers = new PointerScope()) {
      Scope scope = Scope.root();
      MaskRcnn network = declare(scope, "mobilenet_v2,norm=frozen,mask_width=8");
      try (Parameters parameters = new FormulaWeights(entry).fill(scope)) {
        check.on(entry, network, parameters);
      }
    }
  }

  @Test
  void train_imagesWithoutObjects_hasNoMasksAndStillAGradient() {
    onSmall(
        (entry, network, parameters) -> {
          ImageObjects none = new ImageObjects(new float[0], new int[0]);
          MaskStep step =
              detector(entry, network)
                  .train(
                      FasterRcnnTest.batch(entry),
                      List.of(none, none),
                      Draw.IN_ORDER,
                      Pass.training(1));
          assertThat(step.logits().shape()).containsExactly(0, 1, 28, 28);
          assertThat(step.targets().shape()).containsExactly(0, 1, 28, 28);
          step.logits().sum().backward();
          assertThat(parameters.gradients().abs().sum().item_double()).isZero();
        });
  }

  @Test
  void train_objectsWithoutMasks_isRefused() {
    onSmall(
        (entry, network, parameters) -> {
          ImageBatch batch = FasterRcnnTest.batch(entry);
          List<ImageObjects> objects = FasterRcnnTest.objects(entry, batch);
          MaskDetector detector = detector(entry, network);
          assertThatThrownBy(() -> detector.train(batch, objects, Draw.IN_ORDER, Pass.training(1)))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessage("objects: expected 3 masks, got 0");
        });
  }
}
