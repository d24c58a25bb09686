package org.autoloss.nn.models.rcnn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.bytedeco.pytorch.global.torch.binary_cross_entropy_with_logits;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.smooth_l1_loss;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.autoloss.internal.Libtorch;
import org.autoloss.nn.FormulaWeights;
import org.autoloss.nn.Parameters;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.autoloss.nn.box.Boxes;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole Faster R-CNNs against torchvision's: names, and with weights by formula proposals,
 * detections, samples, losses and gradients.
 */
class FasterRcnnTest {
  // float32 through fifty layers; the index says how far each is from float64.
  private static final double TOLERANCE = 1e-4;
  private static final double TIE = 1e-5;
  // Statistics of two images magnify errors from layer to layer: the index has 2e-5 here.
  private static final double BATCH_TOLERANCE = 1e-3;
  private static final int SUM = 2;
  private static final double BETA = 1.0 / 9;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @TestFactory
  Stream<DynamicTest> detect_weightsByFormula_givesTorchvisionsDetections() {
    return each("detection_eval", FasterRcnnTest::checkDetections);
  }

  @TestFactory
  Stream<DynamicTest> train_weightsByFormula_givesTorchvisionsLossesAndGradients() {
    return each("detection_train", FasterRcnnTest::checkTraining);
  }

  private interface Check {
    void on(JsonNode entry, FasterRcnn network, Parameters parameters);
  }

  private static Stream<DynamicTest> each(String kind, Check check) {
    return Values.kind(kind).stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.path("name").asText(),
                    () -> {
                      try (PointerScope pointers = new PointerScope()) {
                        Scope scope = Scope.root();
                        FasterRcnn network = declare(entry, scope);
                        assertNames(entry, scope);
                        try (Parameters parameters = new FormulaWeights(entry).fill(scope)) {
                          parameters.freeze(network.frozen());
                          check.on(entry, network, parameters);
                        }
                      }
                    }));
  }

  private static FasterRcnn declare(JsonNode entry, Scope scope) {
    String argument =
        switch (entry.path("network").asText()) {
          case "fasterrcnn_resnet50_fpn" -> "resnet50";
          case "fasterrcnn_resnet50_fpn_frozen" -> "resnet50,norm=frozen,frozen_stages=1";
          default -> "mobilenet_v2,norm=frozen";
        };
    return (FasterRcnn) new DetectionNetworks().declare("fasterrcnn", argument, 4, scope);
  }

  static void assertNames(JsonNode entry, Scope scope) throws Exception {
    Map<String, long[]> shapes = FormulaWeights.shapes(scope);
    String listing =
        shapes.entrySet().stream()
            .map(each -> each.getKey() + " " + sizes(each.getValue()) + "\n")
            .collect(Collectors.joining());
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(listing.getBytes(StandardCharsets.UTF_8));
    assertThat(shapes).hasSize(entry.path("count").asInt());
    assertThat(HexFormat.of().formatHex(digest)).isEqualTo(entry.path("namesSha256").asText());
  }

  private static String sizes(long[] shape) {
    return Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  static DetectorSettings settings(JsonNode options) {
    return new DetectorSettings(
        phases(options, "rpn_pre_nms_top_n"),
        phases(options, "rpn_post_nms_top_n"),
        options.path("rpn_batch_size_per_image").asInt(),
        options.path("box_batch_size_per_image").asInt(),
        (float) options.path("box_score_thresh").asDouble(0.05),
        options.path("box_detections_per_img").asInt());
  }

  private static DetectorSettings.Phases phases(JsonNode options, String name) {
    return new DetectorSettings.Phases(
        options.path(name + "_train").asInt(), options.path(name + "_test").asInt());
  }

  static ImageBatch batch(JsonNode entry) {
    JsonNode options = entry.path("options");
    return new BatchTransform(options.path("min_size").asInt(), options.path("max_size").asInt())
        .batch(Values.images(entry));
  }

  private static double tolerance(JsonNode entry) {
    boolean frozen = entry.path("network").asText().endsWith("frozen");
    return frozen ? TOLERANCE : BATCH_TOLERANCE;
  }

  private static void assertPyramid(JsonNode entry, List<Tensor> features, double tolerance) {
    for (int i = 0; i < features.size(); i++) {
      String name = i == features.size() - 1 ? "fpn_pool" : "fpn_" + i;
      Values.assertEqual(entry, name, features.get(i), tolerance);
    }
  }

  static void checkDetections(JsonNode entry, FasterRcnn network, Parameters parameters) {
    try (NoGradGuard guard = new NoGradGuard()) {
      ImageBatch batch = batch(entry);
      Values.assertEqual(entry, "transformed", batch.images(), TOLERANCE);
      RegionDetector detector = new RegionDetector(network, settings(entry.path("options")));
      List<Tensor> features = network.features(batch.images(), Pass.EVALUATION);
      assertPyramid(entry, features, TOLERANCE);
      ProposalHead.Answer answer = network.propose(features, Pass.EVALUATION);
      Proposals chooser = Proposals.of(network, features, batch.padded());
      Candidates proposals = detector.propose(answer, chooser, batch, false).get(0);
      Values.assertEqual(entry, "proposals", proposals.boxes(), TOLERANCE);
      Values.assertEqual(entry, "proposalScores", proposals.scores(), TOLERANCE);
      Tensor pooled =
          detector
              .pooling(features, batch)
              .pool(new int[proposals.scores().length], proposals.boxes(), FasterRcnn.POOLED);
      Values.assertEqual(entry, "pooled", pooled, TOLERANCE);
      RegionHead.Answer classified = network.classify(pooled, Pass.EVALUATION);
      Values.assertEqual(entry, "classLogits", classified.logits(), TOLERANCE);
      Values.assertEqual(entry, "boxRegression", classified.deltas().flatten(1, -1), TOLERANCE);
      int[] size = {
        (int) Values.images(entry).get(0).size(1), (int) Values.images(entry).get(0).size(2)
      };
      ImageDetections detections =
          detector
              .detect(batch)
              .get(0)
              .scaled(
                  (float) size[0] / batch.heights().get(0),
                  (float) size[1] / batch.widths().get(0));
      assertThat(detections.labels()).isEqualTo(Values.expectedInts(entry, "labels"));
      Values.assertEqual(entry, "scores", detections.scores(), TOLERANCE);
      Values.assertEqual(entry, "boxes", detections.boxes(), TOLERANCE);
    }
  }

  static List<ImageObjects> objects(JsonNode entry, ImageBatch batch) {
    List<ImageObjects> objects = new ArrayList<>();
    for (int i = 0; i < batch.heights().size(); i++) {
      float[] boxes = Values.floats(entry, "boxes_" + i).clone();
      JsonNode shape = entry.path("images").get(i).path("shape");
      for (int k = 0; k < boxes.length; k++) {
        boxes[k] *=
            k % 2 == 0
                ? batch.widths().get(i) / (float) shape.get(2).asInt()
                : batch.heights().get(i) / (float) shape.get(1).asInt();
      }
      objects.add(new ImageObjects(boxes, Values.ints(entry, "labels_" + i)));
    }
    return objects;
  }

  private static void checkTraining(JsonNode entry, FasterRcnn network, Parameters parameters) {
    ImageBatch batch = batch(entry);
    RegionDetector detector = new RegionDetector(network, settings(entry.path("options")));
    List<ImageObjects> objects = objects(entry, batch);
    boolean sameOrder = checkSamples(entry, network, detector, batch, objects);
    TrainingStep step = detector.train(batch, objects, Draw.IN_ORDER, Pass.training(1));
    if (sameOrder) {
      Values.assertEqual(entry, "classLogits", step.logits(), tolerance(entry));
    }
    checkLosses(entry, losses(step), parameters);
  }

  static Map<String, Tensor> losses(TrainingStep step) {
    Map<String, Tensor> losses = new LinkedHashMap<>();
    losses.put(
        "loss_objectness", binary_cross_entropy_with_logits(step.objectness(), step.presence()));
    losses.put("loss_rpn_box_reg", boxLoss(step.proposals()));
    losses.put("loss_classifier", cross_entropy_loss(step.logits(), step.classes()));
    losses.put("loss_box_reg", boxLoss(step.regions()));
    return losses;
  }

  /** The values of losses, and the gradients of their sum. */
  static void checkLosses(JsonNode entry, Map<String, Tensor> losses, Parameters parameters) {
    assertThat(losses).hasSize(entry.path("losses").size());
    Tensor sum = null;
    for (Map.Entry<String, Tensor> loss : losses.entrySet()) {
      double expected = entry.path("losses").path(loss.getKey()).asDouble();
      assertThat(expected).isPositive();
      assertThat(loss.getValue().item_double())
          .as(loss.getKey())
          .isCloseTo(expected, offset(TOLERANCE * expected));
      sum = sum == null ? loss.getValue() : sum.add(loss.getValue());
    }
    sum.backward();
    // Batch statistics and ReLUs near 0: the index says how far float32 is from float64.
    double error = entry.path("gradientNormFloat64Error").asDouble();
    RegionsTest.checkGradients(entry, parameters, Math.max(TOLERANCE, 10 * error));
  }

  private static Tensor boxLoss(BoxTargets boxes) {
    return smooth_l1_loss(boxes.deltas(), boxes.targets(), SUM, BETA)
        .div(new Scalar((double) boxes.samples()));
  }

  /**
   * What lies between the heads, with the same batch statistics as in the step.
   *
   * @return whether proposals came in the expected order, that of their scores; rounding turns
   *     those around whose scores differ by a few units in the sixth digit
   */
  static boolean checkSamples(
      JsonNode entry,
      FasterRcnn network,
      RegionDetector detector,
      ImageBatch batch,
      List<ImageObjects> objects) {
    boolean sameOrder = true;
    try (NoGradGuard guard = new NoGradGuard()) {
      List<Tensor> features = network.features(batch.images(), Pass.training(1));
      assertPyramid(entry, features, tolerance(entry));
      ProposalHead.Answer answer = network.propose(features, Pass.training(1));
      Proposals chooser = Proposals.of(network, features, batch.padded());
      List<Candidates> proposals = detector.propose(answer, chooser, batch, true);
      for (int i = 0; i < objects.size(); i++) {
        SampledAnchors anchors =
            SampledAnchors.of(
                chooser.anchors(),
                objects.get(i),
                detector.settings().anchorSamples(),
                Draw.IN_ORDER,
                network.variant());
        assertThat(anchors.chosen().positive())
            .isEqualTo(Values.expectedInts(entry, "rpnPositive_" + i));
        assertThat(anchors.chosen().negative())
            .isEqualTo(Values.expectedInts(entry, "rpnNegative_" + i));
        assertThat(places(anchors.matches(), 0, Integer.MAX_VALUE))
            .isEqualTo(Values.expectedInts(entry, "anchorPositive_" + i));
        assertThat(places(anchors.matches(), Boxes.IGNORED, Boxes.IGNORED))
            .isEqualTo(Values.expectedInts(entry, "anchorIgnored_" + i));
        float[] found = proposals.get(i).boxes().clone();
        sameOrder &= !turnTies(entry, i, found, proposals.get(i).scores());
        Values.assertEqual(entry, "proposals_" + i, found, tolerance(entry));
        Values.assertEqual(
            entry, "proposalScores_" + i, proposals.get(i).scores(), tolerance(entry));
        SampledRegions regions =
            SampledRegions.of(
                found, objects.get(i), detector.settings().regionSamples(), Draw.IN_ORDER);
        assertThat(regions.labels()).isEqualTo(Values.expectedInts(entry, "roiLabels_" + i));
        assertThat(regions.matches()).isEqualTo(Values.expectedInts(entry, "roiMatches_" + i));
        Values.assertEqual(entry, "rois_" + i, regions.boxes(), tolerance(entry));
        float[] boxes = Candidates.boxes(objects.get(i).boxes(), regions.matches());
        // Of the expected regions: a narrow one would magnify its error.
        float[] rois = Values.expectedFloats(entry, "rois_" + i);
        Values.assertEqual(
            entry, "roiTargets_" + i, BoxCoder.DETECTIONS.encode(boxes, rois), TOLERANCE);
      }
    }
    return sameOrder;
  }

  /** Brings neighbours into the expected order whose scores are the same but for rounding. */
  private static boolean turnTies(JsonNode entry, int image, float[] boxes, float[] scores) {
    float[] expected = Values.expectedFloats(entry, "proposals_" + image);
    boolean turned = false;
    for (int i = 0; i + 1 < scores.length && boxes.length == expected.length; i++) {
      if (scores[i] - scores[i + 1] < TIE
          && distance(boxes, i, expected, i) > distance(boxes, i + 1, expected, i)) {
        for (int k = 0; k < 4; k++) {
          float first = boxes[4 * i + k];
          boxes[4 * i + k] = boxes[4 * i + 4 + k];
          boxes[4 * i + 4 + k] = first;
        }
        turned = true;
      }
    }
    return turned;
  }

  private static double distance(float[] a, int i, float[] b, int j) {
    return IntStream.range(0, 4).mapToDouble(k -> Math.abs(a[4 * i + k] - b[4 * j + k])).sum();
  }

  private static int[] places(int[] values, int least, int most) {
    return IntStream.range(0, values.length)
        .filter(i -> values[i] >= least && values[i] <= most)
        .toArray();
  }

  @Test
  void train_imagesWithoutObjects_hasNoPositivesAndStillAGradient() {
    try (PointerScope pointers = new PointerScope()) {
      Scope scope = Scope.root();
      JsonNode entry = Values.entry("fasterrcnn_mobilenet_v2_fpn_frozen_train");
      FasterRcnn network = declare(entry, scope);
      try (Parameters parameters = new FormulaWeights(entry).fill(scope)) {
        RegionDetector detector = new RegionDetector(network, settings(entry.path("options")));
        ImageBatch batch = batch(entry);
        ImageObjects none = new ImageObjects(new float[0], new int[0]);
        TrainingStep step =
            detector.train(batch, List.of(none, none), Draw.IN_ORDER, Pass.training(1));
        assertThat(step.proposals().predicted().shape()).containsExactly(0, 4);
        assertThat(step.regions().predicted().shape()).containsExactly(0, 4);
        Tensor sum = step.proposals().predicted().sum().add(step.regions().predicted().sum());
        sum.backward();
        assertThat(sum.item_double()).isZero();
        assertThat(parameters.gradients().abs().sum().item_double()).isZero();
      }
    }
  }
}
