package org.autoloss.nn.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.Npy;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Overlaps, matching and suppression against torchvision and plain loops. */
class BoxesTest {
  private static final String FOLDER = "regions";

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @AfterEach
  void restore() {
    ops.set_cpu_isa("auto");
    ops.set_num_threads(0);
  }

  @TestFactory
  Stream<DynamicTest> suppress_goldenCases_keepsWhatTorchvisionKeeps() {
    return Golden.entries(FOLDER).stream()
        .filter(entry -> entry.path("kind").asText().endsWith("nms"))
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.path("name").asText(),
                    () -> {
                      JsonNode inputs = entry.path("inputs");
                      int[] kept =
                          Boxes.suppress(
                              floats(inputs, "boxes"),
                              floats(inputs, "scores"),
                              inputs.has("classes") ? ints(inputs, "classes") : null,
                              entry.path("threshold").asDouble());
                      assertThat(kept).isEqualTo(ints(entry.path("outputs").path("keep"), "file"));
                    }));
  }

  @Test
  void suppress_everyInstructionSetAndThreads_keepsWhatPlainLoopsKeep() {
    Random random = new Random(1);
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      for (int n : new int[] {1, 2, 15, 16, 17, 33, 400, 1500}) {
        for (float side : new float[] {4, 30, 150}) {
          float[] boxes = boxes(random, n, side);
          float[] scores = new float[n];
          int[] classes = new int[n];
          for (int i = 0; i < n; i++) {
            scores[i] = random.nextInt(50) / 50f - 0.5f; // with ties
            classes[i] = random.nextInt(3);
          }
          for (double threshold : new double[] {0, 0.1, 0.3, 0.5, 0.7, 0.95, 1, 2}) {
            ops.set_num_threads(1 + random.nextInt(4));
            int[] expected = plain(boxes, scores, classes, threshold);
            assertThat(Boxes.suppress(boxes, scores, classes, threshold)).isEqualTo(expected);
            int[] one = plain(boxes, scores, new int[n], threshold);
            assertThat(Boxes.suppress(boxes, scores, null, threshold)).isEqualTo(one);
          }
        }
      }
    }
  }

  @Test
  void suppress_equalScores_firstStays() {
    float[] boxes = {0, 0, 10, 10, 1, 0, 11, 10, 0, 0, 10, 10};
    assertThat(Boxes.suppress(boxes, new float[] {0.5f, 0.5f, 0.5f}, null, 0.5)).containsExactly(0);
    assertThat(Boxes.suppress(boxes, new float[] {0f, -0f, 1f}, null, 0.9)).containsExactly(2, 1);
  }

  @Test
  void suppress_boxesThatAreNotFinite_neitherGoNorTakeOthersAway() {
    float inf = Float.POSITIVE_INFINITY;
    float[] boxes = {
      0, 0, 10, 10, Float.NaN, 0, 10, 10, -inf, -inf, inf, inf, 0, 0, inf, 10, 0, 0, 10, 10
    };
    float[] scores = {0.1f, 0.9f, 0.8f, Float.NaN, 0.2f};
    assertThat(Boxes.suppress(boxes, scores, null, 0.5)).containsExactly(3, 1, 2, 4);
  }

  @Test
  void suppress_cornersInDisorder_equalsPlainLoops() {
    Random random = new Random(5);
    float[] boxes = new float[4 * 200];
    float[] scores = new float[200];
    for (int i = 0; i < boxes.length; i++) {
      boxes[i] = random.nextInt(20);
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextFloat();
    }
    for (double threshold : new double[] {0.2, 0.5}) {
      assertThat(Boxes.suppress(boxes, scores, null, threshold))
          .isEqualTo(plain(boxes, scores, new int[200], threshold));
    }
  }

  @Test
  void suppress_badArguments_areNamed() {
    assertThatThrownBy(() -> Boxes.suppress(new float[5], new float[1], null, 0.5))
        .hasMessage("boxes: expected 4 values for each box, got 5");
    assertThatThrownBy(() -> Boxes.suppress(new float[8], new float[1], null, 0.5))
        .hasMessage("scores: expected 2 values, one for each box, got 1");
    assertThatThrownBy(() -> Boxes.suppress(new float[8], new float[2], new int[3], 0.5))
        .hasMessage("classes: expected 2 values, one for each box, got 3");
    assertThatThrownBy(() -> Boxes.suppress(new float[8], new float[2], null, Double.NaN))
        .hasMessage("threshold: expected 0 or more, got NaN");
    assertThat(Boxes.suppress(new float[0], new float[0], null, 0.5)).isEmpty();
  }

  @Test
  void iou_goldenPairs_equalsTorchvision() {
    JsonNode entry = entry("box_iou");
    float[] first = floats(entry.path("inputs"), "boxes1");
    float[] second = floats(entry.path("inputs"), "boxes2");
    float[] expected = floats(entry.path("outputs").path("out"), "file");
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      assertThat(Boxes.iou(first, second)).containsExactly(expected);
    }
    int columns = second.length / 4;
    for (int i = 0; i < expected.length; i++) {
      Float iou = Boxes.iou(first, i / columns, second, i % columns);
      assertThat(iou).isEqualTo((Float) expected[i]); // boxed: NaN equals NaN
    }
  }

  @TestFactory
  Stream<DynamicTest> match_goldenOverlaps_equalsTorchvision() {
    return Golden.entries(FOLDER).stream()
        .filter(entry -> entry.path("kind").asText().equals("matcher"))
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.path("name").asText(),
                    () -> {
                      Npy overlaps = Golden.array(FOLDER, entry.path("inputs"), "iou");
                      int[] matches =
                          Boxes.matchOverlaps(
                              overlaps.floats(),
                              (int) overlaps.shape()[0],
                              (int) overlaps.shape()[1],
                              entry.path("low").asDouble(),
                              entry.path("high").asDouble(),
                              entry.path("allowLowQuality").asBoolean());
                      assertThat(matches)
                          .isEqualTo(ints(entry.path("outputs").path("matches"), "file"));
                    }));
  }

  @TestFactory
  Stream<DynamicTest> match_goldenBoxes_equalsTorchvision() {
    return Golden.entries(FOLDER).stream()
        .filter(entry -> entry.path("kind").asText().equals("matcher"))
        .filter(entry -> entry.path("inputs").has("gt")) // the other is of overlaps no box has
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.path("name").asText(),
                    () -> {
                      int[] matches =
                          Boxes.match(
                              floats(entry.path("inputs"), "gt"),
                              floats(entry.path("inputs"), "anchors"),
                              entry.path("low").asDouble(),
                              entry.path("high").asDouble(),
                              entry.path("allowLowQuality").asBoolean());
                      assertThat(matches)
                          .contains(Boxes.BACKGROUND, 0)
                          .isEqualTo(ints(entry.path("outputs").path("matches"), "file"));
                    }));
  }

  @Test
  void match_objectThatNothingOverlaps_restoresAllAsTorchvisionDoes() {
    float[] objects = {0, 0, 10, 10, 100, 100, 110, 110};
    float[] boxes = {0, 0, 10, 10, 0, 0, 10, 5, 20, 20, 30, 30};
    assertThat(Boxes.match(objects, boxes, 0.3, 0.7, true)).containsExactly(0, 0, 0);
    assertThat(Boxes.match(objects, boxes, 0.3, 0.7, false))
        .containsExactly(0, Boxes.IGNORED, Boxes.BACKGROUND);
    assertThat(Boxes.match(new float[0], boxes, 0.3, 0.7, true)).containsOnly(-1);
  }

  @Test
  void match_noTarget_allAreBackground() {
    assertThat(Boxes.match(new float[0], new float[8], 0, 0.7, true))
        .containsExactly(Boxes.BACKGROUND, Boxes.BACKGROUND);
    assertThat(Boxes.match(new float[4], new float[0], 0.3, 0.7, true)).isEmpty();
  }

  @Test
  void match_boxesWithoutArea_countAsApart() {
    float[] point = {3, 3, 3, 3};
    assertThat(Boxes.match(point, point, 0.3, 0.7, false)).containsExactly(Boxes.BACKGROUND);
    assertThat(Boxes.match(point, point, 0.3, 0.7, true)).containsExactly(0);
  }

  @Test
  void match_badArguments_areNamed() {
    assertThatThrownBy(() -> Boxes.match(new float[4], new float[4], 0.8, 0.7, true))
        .hasMessage("low: expected at most the upper threshold 0.7, got 0.8");
    assertThatThrownBy(() -> Boxes.matchOverlaps(new float[5], 2, 3, 0.3, 0.7, true))
        .hasMessage("overlaps: expected 6 values, got 5");
  }

  @Test
  void tensors_ofAnyStrides_areDecidedAsArraysAre() {
    Random random = new Random(5);
    int n = 300;
    float[] first = boxes(random, 20, 100);
    float[] second = boxes(random, n, 100);
    float[] scores = new float[n];
    int[] classes = new int[n];
    for (int i = 0; i < n; i++) {
      scores[i] = i % 7 == 0 ? 0.5f : random.nextFloat();
      classes[i] = random.nextInt(3);
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor targets = Tensor.create(first, 20, 4);
      Tensor across = Tensor.create(second, n, 4).t().contiguous().t(); // columns side by side
      Tensor by = Tensor.create(scores, n);
      Tensor of = Tensor.create(classes, n).to(ScalarType.Long);
      float[] iou = new float[20 * n];
      Boxes.iou(targets, across).data_ptr_float().get(iou);
      assertThat(iou).containsExactly(Boxes.iou(first, second));
      assertThat(ints(Boxes.match(targets, across, 0.2, 0.5, true)))
          .isEqualTo(Boxes.match(first, second, 0.2, 0.5, true))
          .contains(Boxes.BACKGROUND, Boxes.IGNORED);
      assertThat(ints(Boxes.suppress(across, by, of, 0.4)))
          .isEqualTo(Boxes.suppress(second, scores, classes, 0.4))
          .isNotEqualTo(ints(Boxes.suppress(across, by, null, 0.4)));
      assertThat(Boxes.suppress(across.narrow(0, 0, 0), by.narrow(0, 0, 0), null, 0.4).numel())
          .isZero();
      assertThatThrownBy(() -> Boxes.suppress(across, by.narrow(0, 0, 9), null, 0.4))
          .hasMessage("scores: expected shape [300], a value for each box, got [9]");
      assertThatThrownBy(() -> Boxes.suppress(across, by, by, 0.4))
          .hasMessage("classes: expected int64 on cpu, got float32 on cpu");
      assertThatThrownBy(() -> Boxes.iou(targets, across.t()))
          .hasMessage("second: expected shape [N,4], got [4, 300]");
    }
  }

  private static int[] ints(Tensor tensor) {
    long[] values = new long[(int) tensor.numel()];
    tensor.contiguous().data_ptr_long().get(values);
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  private static float[] boxes(Random random, int n, float side) {
    float[] boxes = new float[4 * n];
    for (int i = 0; i < n; i++) {
      boxes[4 * i] = random.nextFloat() * 300;
      boxes[4 * i + 1] = random.nextFloat() * 300;
      boxes[4 * i + 2] = boxes[4 * i] + random.nextFloat() * side;
      boxes[4 * i + 3] = boxes[4 * i + 1] + random.nextFloat() * side;
    }
    return boxes;
  }

  /** Every box against all that stay, in float32, as torchvision does. */
  private static int[] plain(float[] boxes, float[] scores, int[] classes, double threshold) {
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> scores[i] + 0f).reversed())
            .mapToInt(i -> i)
            .toArray();
    int[] kept = new int[order.length];
    int count = 0;
    for (int i : order) {
      boolean stays = true;
      for (int k = 0; k < count; k++) {
        stays &= classes[kept[k]] != classes[i] || !(iou(boxes, kept[k], i) > threshold);
      }
      if (stays) {
        kept[count++] = i;
      }
    }
    return Arrays.copyOf(kept, count);
  }

  private static float iou(float[] b, int i, int j) {
    float w = Math.min(b[4 * i + 2], b[4 * j + 2]) - Math.max(b[4 * i], b[4 * j]);
    float h = Math.min(b[4 * i + 3], b[4 * j + 3]) - Math.max(b[4 * i + 1], b[4 * j + 1]);
    float both = Math.max(w, 0) * Math.max(h, 0);
    return both / (area(b, i) + area(b, j) - both);
  }

  private static float area(float[] b, int i) {
    return (b[4 * i + 2] - b[4 * i]) * (b[4 * i + 3] - b[4 * i + 1]);
  }

  private static JsonNode entry(String name) {
    return Golden.entries(FOLDER).stream()
        .filter(each -> each.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static float[] floats(JsonNode holder, String field) {
    return Golden.array(FOLDER, holder, field).floats();
  }

  private static int[] ints(JsonNode holder, String field) {
    return Golden.array(FOLDER, holder, field).ints();
  }
}
