package org.autoloss.nn.models.rcnn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.autoloss.nn.FormulaWeights;
import org.autoloss.nn.Parameters;
import org.autoloss.nn.Pass;
import org.autoloss.nn.Scope;
import org.autoloss.nn.models.FeaturePyramid;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The parts of Faster R-CNN against torchvision's. */
class RegionsTest {
  // Sums of a few float32 products in another order.
  private static final double TOLERANCE = 1e-5;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  private static Stream<DynamicTest> each(String kind, java.util.function.Consumer<JsonNode> test) {
    List<JsonNode> entries = Values.kind(kind);
    assertThat(entries).isNotEmpty();
    return entries.stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.path("name").asText(),
                    () -> {
                      try (PointerScope pointers = new PointerScope()) {
                        test.accept(entry);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> anchors_ofPyramids_areTorchvisions() {
    return each("anchors", RegionsTest::checkAnchors);
  }

  private static void checkAnchors(JsonNode entry) {
    List<List<Integer>> sizes = new ArrayList<>();
    entry.path("sizes").forEach(level -> sizes.add(ints(level)));
    List<Double> ratios = new ArrayList<>();
    entry.path("ratios").forEach(ratio -> ratios.add(ratio.asDouble()));
    AnchorGenerator generator = new AnchorGenerator(sizes, ratios, true);
    List<float[]> cells = new ArrayList<>();
    List<float[]> anchors = new ArrayList<>();
    for (int i = 0; i < generator.levels(); i++) {
      cells.add(generator.cell(i));
      int[] grid = array(entry.path("grids").get(i));
      anchors.add(generator.anchors(i, grid, array(entry.path("paddedSize"))));
    }
    Values.assertEqual(entry, "cells", StepTensors.join(cells), 1e-9);
    Values.assertEqual(entry, "out", StepTensors.join(anchors), 1e-9); // the index rounds the norm
  }

  @TestFactory
  Stream<DynamicTest> encode_boxes_givesTorchvisionsDeltas() {
    return each(
        "box_encode",
        entry ->
            Values.assertEqual(
                entry,
                "out",
                coder(entry).encode(Values.floats(entry, "boxes"), Values.floats(entry, "anchors")),
                TOLERANCE));
  }

  @TestFactory
  Stream<DynamicTest> decode_deltas_givesTorchvisionsBoxesAsArraysAndTensors() {
    return each(
        "box_decode",
        entry -> {
          float[] deltas = Values.floats(entry, "deltas");
          float[] anchors = Values.floats(entry, "anchors");
          int classes = deltas.length / anchors.length;
          float[] references = new float[deltas.length];
          for (int i = 0; i < deltas.length; i++) {
            references[i] = anchors[i / (4 * classes) * 4 + i % 4];
          }
          Values.assertEqual(entry, "out", coder(entry).decode(deltas, references), TOLERANCE);
          Tensor boxes =
              coder(entry)
                  .decode(
                      Values.tensor(deltas, deltas.length / 4, 4),
                      Values.tensor(references, deltas.length / 4, 4));
          Values.assertEqual(entry, "out", StepTensors.floats(boxes), TOLERANCE);
        });
  }

  private static BoxCoder coder(JsonNode entry) {
    return new BoxCoder(
        (float) entry.path("weights").get(0).asDouble(),
        (float) entry.path("weights").get(2).asDouble(),
        false);
  }

  @TestFactory
  Stream<DynamicTest> sample_inOrder_takesTheFirst() {
    return each(
        "sampler",
        entry -> {
          BalancedSampler sampler =
              new BalancedSampler(
                  entry.path("size").asInt(), entry.path("positiveFraction").asDouble());
          BalancedSampler.Sample sample =
              sampler.sample(Values.ints(entry, "labels"), Draw.IN_ORDER);
          assertThat(sample.positive()).isEqualTo(Values.expectedInts(entry, "positive"));
          assertThat(sample.negative()).isEqualTo(Values.expectedInts(entry, "negative"));
        });
  }

  @Test
  void sample_atRandom_takesEachAsOften() {
    int[] labels = new int[40];
    Arrays.fill(labels, 0, 20, 1);
    int[] taken = new int[40];
    Draw draw = Draw.of(RandomStreams.stream(7));
    int rounds = 4000;
    for (int i = 0; i < rounds; i++) {
      int[] all = new BalancedSampler(20, 0.25).sample(labels, draw).all();
      assertThat(all).hasSize(20).doesNotHaveDuplicates();
      IntStream.of(all).forEach(place -> taken[place]++);
    }
    // Binomial: 4 of 1,000 such tests of 40 counts would lie beyond 5 standard deviations.
    double five = 5 * Math.sqrt(rounds * 0.25 * 0.75);
    IntStream.range(0, 20).forEach(i -> assertThat(taken[i]).isCloseTo(1000, offset((int) five)));
    IntStream.range(20, 40).forEach(i -> assertThat(taken[i]).isCloseTo(3000, offset((int) five)));
  }

  @Test
  void descending_valuesOfAllKinds_sortsStablyWithNanFirst() {
    float[] values = {0.5f, -1, Float.NaN, 0.5f, Float.POSITIVE_INFINITY, -2, 3, 0.5f};
    assertThat(Proposals.descending(values, 0, 8)).containsExactly(2, 4, 6, 0, 3, 7, 1, 5);
    assertThat(Proposals.descending(values, 3, 6)).containsExactly(4, 3, 5);
  }

  @TestFactory
  Stream<DynamicTest> align_regions_isTorchvisionsWithItsGradient() {
    return each("roi_align", RegionsTest::checkAlignment);
  }

  private static void checkAlignment(JsonNode entry) {
    FormulaWeights formula = new FormulaWeights(entry);
    Tensor features =
        formula.input("input", Values.shape(entry.path("input"))).set_requires_grad(true);
    float[] rois = Values.floats(entry, "rois");
    int[] images = new int[rois.length / 5];
    float[] boxes = new float[4 * images.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = (int) rois[5 * i];
      System.arraycopy(rois, 5 * i + 1, boxes, 4 * i, 4);
    }
    Tensor out =
        Regions.align(
            features,
            images,
            boxes,
            (float) entry.path("spatialScale").asDouble(),
            entry.path("outputSize").asInt(),
            entry.path("samplingRatio").asInt(),
            entry.path("aligned").asBoolean());
    out.mul(formula.input("cotangent", Values.shape(entry.path("cotangent")))).sum().backward();
    Values.assertEqual(entry, "out", out, TOLERANCE);
    Values.assertEqual(entry, "inputGradient", features.grad(), TOLERANCE);
  }

  @Test
  void align_nativeAndComposed_agree() {
    try (PointerScope pointers = new PointerScope()) {
      Tensor features = new FormulaWeights(Values.entry("levels")).input("x", 2, 33, 12, 15);
      int[] images = {0, 1, 1};
      float[] boxes = {3, 4, 60, 50, -20, 30, 200, 90, 7, 7, 7, 7};
      Tensor ours = Regions.align(features, images, boxes, 0.125f, 7, 2, false);
      Tensor composed = Regions.composed(features, images, boxes, 0.125f, 7, 2, false);
      // sums of 16 products of numbers below 1, in another order
      assertThat(ours.sub(composed).abs().max().item_float()).isLessThan(1e-6f);
    }
  }

  @Test
  void align_boxesThatAreNowhere_doNotEndATraining() {
    try (PointerScope pointers = new PointerScope()) {
      Tensor features = new FormulaWeights(Values.entry("levels")).input("x", 1, 2, 5, 5);
      float[] boxes = {Float.NaN, 0, 4, Float.POSITIVE_INFINITY};
      Tensor out = Regions.align(features, new int[1], boxes, 0.5f, 3, 2, false);
      assertThat(out.shape()).containsExactly(1, 2, 3, 3);
    }
  }

  @Test
  void levels_regionsOfAllSizes_areTorchvisions() {
    JsonNode entry = Values.entry("levels");
    try (PointerScope pointers = new PointerScope()) {
      FormulaWeights formula = new FormulaWeights(entry);
      List<Tensor> features =
          Stream.of(256, 128, 64, 32).map(side -> formula.input("x", 1, 1, side, side)).toList();
      assertThat(
              new RegionPooling(features, 1024, Variant.TORCHVISION)
                  .levels(Values.floats(entry, "boxes")))
          .isEqualTo(Values.expectedInts(entry, "levels"));
    }
  }

  @Test
  void pool_regionsOfTwoImages_isTorchvisionsMultiScaleRoiAlign() {
    JsonNode entry = Values.entry("multiscale_roi_align");
    try (PointerScope pointers = new PointerScope()) {
      FormulaWeights formula = new FormulaWeights(entry);
      List<Tensor> features = new ArrayList<>();
      for (Map.Entry<String, JsonNode> level : entry.path("features").properties()) {
        features.add(formula.input("feature" + level.getKey(), Values.shape(level.getValue())));
      }
      float[] first = Values.floats(entry, "boxes0");
      float[] second = Values.floats(entry, "boxes1");
      float[] boxes = StepTensors.join(List.of(first, second));
      int[] images = new int[boxes.length / 4];
      Arrays.fill(images, first.length / 4, images.length, 1);
      RegionPooling pooling = new RegionPooling(features, 120, Variant.TORCHVISION);
      assertThat(pooling.levels(boxes)).isEqualTo(Values.expectedInts(entry, "levels"));
      Values.assertEqual(entry, "out", pooling.pool(images, boxes, 7), TOLERANCE);
    }
  }

  @Test
  void pyramid_weightsByFormula_isTorchvisionsWithItsGradients() {
    JsonNode entry = Values.entry("fpn");
    try (PointerScope pointers = new PointerScope()) {
      Scope scope = Scope.root();
      FeaturePyramid pyramid =
          new FeaturePyramid(
              scope, ints(entry.path("inChannels")), entry.path("outChannels").asInt());
      FormulaWeights formula = new FormulaWeights(entry);
      try (Parameters parameters = formula.fill(scope)) {
        List<Tensor> features = new ArrayList<>();
        for (Map.Entry<String, JsonNode> each : entry.path("features").properties()) {
          features.add(
              formula
                  .input("feature" + each.getKey(), Values.shape(each.getValue()))
                  .set_requires_grad(true));
        }
        List<Tensor> out = pyramid.forward(features, Pass.EVALUATION);
        Tensor sum = null;
        List<String> names = List.of("0", "1", "2", "3", "pool");
        for (int i = 0; i < 5; i++) {
          Values.assertEqual(entry, "out_" + names.get(i), out.get(i), TOLERANCE);
          JsonNode cotangent = entry.path("cotangents").path(names.get(i));
          Tensor part =
              out.get(i)
                  .mul(formula.input("cotangent" + names.get(i), Values.shape(cotangent)))
                  .sum();
          sum = sum == null ? part : sum.add(part);
        }
        sum.backward();
        checkGradients(entry, parameters, TOLERANCE);
      }
    }
  }

  static void checkGradients(JsonNode entry, Parameters parameters, double tolerance) {
    List<String> zero = new ArrayList<>();
    entry.path("gradientZero").forEach(name -> zero.add(name.asText()));
    for (Map.Entry<String, JsonNode> norm : entry.path("gradientNorms").properties()) {
      double expected = norm.getValue().asDouble();
      if (!zero.contains(norm.getKey())) {
        assertThat(norm(parameters.get(norm.getKey()).tensor().grad()))
            .as(norm.getKey())
            .isCloseTo(expected, offset(tolerance * expected));
      }
    }
  }

  // In float64: sums of ten million squares in float32 are off by 1e-3.
  private static double norm(Tensor tensor) {
    return tensor.to(ScalarType.Double).norm().item_double();
  }

  @Test
  void batch_imagesOfTwoSizes_isTorchvisionsTransform() {
    JsonNode entry = Values.entry("rcnn_transform");
    try (PointerScope pointers = new PointerScope()) {
      ImageBatch batch =
          new BatchTransform(entry.path("minSize").asInt(), entry.path("maxSize").asInt())
              .batch(Values.images(entry));
      assertThat(batch.heights()).containsExactly(80, 113);
      assertThat(batch.widths()).containsExactly(100, 79);
      Values.assertEqual(entry, "out", batch.images(), TOLERANCE);
    }
  }

  private static List<Integer> ints(JsonNode array) {
    return IntStream.of(array(array)).boxed().toList();
  }

  private static int[] array(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }
}
