package org.autoloss.nn.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.autoloss.Golden;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.internal.Libtorch;
import org.autoloss.nn.FormulaWeights;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** RoIAlign and its gradient against torchvision, and against samples in double precision. */
class RoiAlignTest {
  private static final String FOLDER = "regions";

  // Of the norm. Float32 sums of up to some hundred products, in another order.
  private static final double TOLERANCE = 5e-6;

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
  Stream<DynamicTest> apply_goldenRegions_equalsTorchvisionInValueAndGradient() {
    return Golden.entries(FOLDER).stream()
        .filter(entry -> entry.path("kind").asText().equals("roi_align"))
        .map(entry -> DynamicTest.dynamicTest(entry.path("name").asText(), () -> check(entry)));
  }

  private static void check(JsonNode entry) {
    int size = entry.path("outputSize").asInt();
    RoiAlign align =
        new RoiAlign(
            size,
            size,
            entry.path("spatialScale").asDouble(),
            entry.path("samplingRatio").asInt(),
            entry.path("aligned").asBoolean());
    float[] rois = Golden.array(FOLDER, entry.path("inputs"), "rois").floats();
    try (PointerScope scope = new PointerScope()) {
      FormulaWeights formula = new FormulaWeights(entry);
      Tensor features = formula.input("input", longs(entry.path("input").path("shape")));
      features.requires_grad_(true);
      Tensor out = align.apply(features, rois);
      out.mul(formula.input("cotangent", longs(entry.path("cotangent").path("shape"))))
          .sum()
          .backward();
      assertNear(entry.path("outputs").path("out"), values(out));
      assertNear(entry.path("outputs").path("inputGradient"), values(features.grad()));
    }
  }

  private static void assertNear(JsonNode expected, float[] got) {
    boolean sampled = expected.has("sampleFile");
    float[] there = Golden.array(FOLDER, expected, sampled ? "sampleFile" : "file").floats();
    double square = 0;
    for (int i = 0; i < there.length; i++) {
      int at = sampled ? (int) ((long) i * got.length / there.length) : i;
      square += Math.pow(got[at] - there[i], 2);
    }
    assertThat(Math.sqrt(square) / expected.path("norm").asDouble())
        .isCloseTo(0, offset(10 * expected.path("float64Error").asDouble()));
  }

  @Test
  void apply_awkwardSizes_equalsSamplesInDoublePrecision() {
    Random random = new Random(3);
    int[][] sizes = {{1, 1, 1, 1}, {2, 33, 7, 5}, {1, 31, 1, 40}, {3, 64, 13, 9}, {1, 70, 20, 21}};
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      for (int[] size : sizes) {
        for (int samples : new int[] {-1, 1, 2, 3}) {
          for (boolean aligned : new boolean[] {false, true}) {
            RoiAlign align = new RoiAlign(3, 5, 0.5, samples, aligned);
            compare(align, size, rois(random, size, 9), random);
          }
        }
      }
    }
  }

  private static void compare(RoiAlign align, int[] size, float[] rois, Random random) {
    RoiAlignReference reference = new RoiAlignReference(align, size, rois);
    float[] features = normal(random, size[0] * size[1] * size[2] * size[3]);
    float[] flow = normal(random, reference.results());
    try (PointerScope scope = new PointerScope()) {
      Tensor map = Tensor.create(features, size[0], size[1], size[2], size[3]);
      map.requires_grad_(true);
      Tensor out = align.apply(map, rois);
      out.mul(Tensor.create(flow, out.shape())).sum().backward();
      assertThat(distance(values(out), reference.values(doubles(features))))
          .isLessThanOrEqualTo(TOLERANCE);
      assertThat(distance(values(map.grad()), reference.gradient(doubles(flow))))
          .isLessThanOrEqualTo(TOLERANCE);
    }
  }

  @Test
  void reference_centralDifferences_areItsGradient() {
    int[] size = {1, 2, 4, 5};
    Random random = new Random(8);
    RoiAlignReference reference =
        new RoiAlignReference(new RoiAlign(2, 3, 1, 2, true), size, rois(random, size, 3));
    double[] at = doubles(normal(random, 40));
    double[] flow = doubles(normal(random, reference.results()));
    double[] gradient = reference.gradient(flow);
    for (int i = 0; i < at.length; i++) {
      double before = at[i];
      at[i] = before + 1e-3;
      double above = dot(reference.values(at), flow);
      at[i] = before - 1e-3;
      double below = dot(reference.values(at), flow);
      at[i] = before;
      assertThat(gradient[i]).isCloseTo((above - below) / 2e-3, offset(1e-9));
    }
  }

  @Test
  void apply_anyNumberOfThreads_givesTheSameBits() {
    Random random = new Random(4);
    int[] size = {2, 130, 17, 19};
    float[] rois = rois(random, size, 60);
    float[] features = normal(random, 2 * 130 * 17 * 19);
    RoiAlign align = new RoiAlign(7, 7, 0.5, 2, false);
    float[][] first = null;
    for (int threads : new int[] {1, 2, 3, 7}) {
      ops.set_num_threads(threads);
      try (PointerScope scope = new PointerScope()) {
        Tensor map = Tensor.create(features, 2, 130, 17, 19);
        map.requires_grad_(true);
        Tensor out = align.apply(map, rois);
        out.mul(out.detach()).sum().backward();
        float[][] got = {values(out), values(map.grad())};
        first = first == null ? got : first;
        assertThat(got).isDeepEqualTo(first);
      }
    }
  }

  @Test
  void apply_twoPoolsOfInnerTensorsInOneGraph_gradientsAddUp() {
    Random random = new Random(6);
    int[] size = {1, 3, 8, 8};
    float[] some = rois(random, size, 4);
    float[] others = rois(random, size, 2);
    float[] features = normal(random, 192);
    RoiAlign align = new RoiAlign(2, 2, 0.5, 2, true);
    try (PointerScope scope = new PointerScope()) {
      Tensor leaf = Tensor.create(features, 1, 3, 8, 8);
      leaf.requires_grad_(true);
      Tensor map = leaf.mul(leaf).permute(0, 1, 3, 2); // neither a leaf nor contiguous
      Tensor one = align.apply(map, some);
      Tensor two = align.apply(map, others);
      one.mul(one).sum().add(two.sin().sum()).backward();

      float[] square = values(map);
      double[] first = new RoiAlignReference(align, size, some).values(doubles(square));
      double[] second = new RoiAlignReference(align, size, others).values(doubles(square));
      double[] byFirst = Arrays.stream(first).map(v -> 2 * v).toArray();
      double[] bySecond = Arrays.stream(second).map(Math::cos).toArray();
      double[] a = new RoiAlignReference(align, size, some).gradient(byFirst);
      double[] b = new RoiAlignReference(align, size, others).gradient(bySecond);
      double[] expected = new double[192];
      for (int i = 0; i < 192; i++) {
        int at = i / 64 * 64 + i % 8 * 8 + i % 64 / 8; // transposed
        expected[i] = 2 * features[i] * (a[at] + b[at]);
      }
      assertThat(distance(values(leaf.grad()), expected)).isLessThanOrEqualTo(TOLERANCE);
    }
  }

  @Test
  void apply_graphThatIsKept_givesItsGradientAgainAndAgain() {
    Random random = new Random(6);
    float[] rois = {0, 1, 1, 9, 12};
    RoiAlign align = new RoiAlign(2, 2, 0.5, 2, true);
    try (PointerScope scope = new PointerScope()) {
      Tensor kept = leaf(random);
      Tensor loss = align.apply(kept, rois).mul(align.apply(kept, rois)).sum();
      loss.backward(new Tensor(), new BoolOptional(true), false, new TensorArrayRefOptional());
      float[] first = values(kept.grad());
      // others come and go meanwhile
      for (int i = 0; i < 20; i++) {
        try (PointerScope inner = new PointerScope()) {
          Tensor other = leaf(random);
          align.apply(other, rois).sum().backward();
          align.apply(other, rois); // a graph that nobody goes back through
        }
      }
      loss.backward();
      float[] twice = values(kept.grad());
      for (int i = 0; i < first.length; i++) {
        assertThat(twice[i]).isCloseTo(2 * first[i], offset(1e-6f));
      }
    }
  }

  @Test
  void apply_secondDerivative_isRefused() {
    try (PointerScope scope = new PointerScope()) {
      Tensor map = leaf(new Random(1));
      Tensor loss = new RoiAlign(2, 2, 0.5, 2, true).apply(map, new float[] {0, 1, 1, 9, 12}).sum();
      assertThatThrownBy(
              () ->
                  loss.backward(
                      new Tensor(), new BoolOptional(true), true, new TensorArrayRefOptional()))
          .hasMessageContaining("operation: expected to be differentiated once");
    }
  }

  @Test
  void apply_withoutGradient_leadsNowhere() {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor out = new RoiAlign(2, 2, 1, 0, false).apply(leaf(new Random(1)), new float[0]);
      assertThat(out.requires_grad()).isFalse();
      assertThat(out.shape()).containsExactly(0, 2, 2, 2);
    }
  }

  @Test
  void apply_noRegions_gradientIsZero() {
    try (PointerScope scope = new PointerScope()) {
      Tensor map = leaf(new Random(1));
      new RoiAlign(2, 2, 1, 0, false).apply(map, new float[0]).sum().backward();
      assertThat(values(map.grad())).containsOnly(0);
    }
  }

  @Test
  void apply_badArguments_areNamed() {
    RoiAlign align = new RoiAlign(2, 2, 1, 0, false);
    try (PointerScope scope = new PointerScope()) {
      Tensor map = leaf(new Random(1));
      assertThatThrownBy(() -> align.apply(map, new float[4]))
          .hasMessage("rois: expected 5 values for each region, got 4");
      assertThatThrownBy(() -> align.apply(map, new float[] {1, 0, 0, 1, 1}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("rois: expected images 0 to 0, got 1.000000 in region 0");
      assertThatThrownBy(() -> align.apply(map, new float[] {0, 0, Float.NaN, 1, 1}))
          .hasMessage("rois: expected boxes within 1e7 of the origin, got nan in region 0");
      assertThatThrownBy(() -> align.apply(map.squeeze(0), new float[5]))
          .hasMessage("features: expected 4 dimensions [N,C,H,W], got [2, 6, 7]");
    }
    assertThatThrownBy(() -> new RoiAlign(0, 2, 1, 0, false))
        .hasMessage("grid: expected 1 or more bins along each axis, got 0 x 2");
    assertThatThrownBy(() -> new RoiAlign(2, 2, Double.NaN, 0, false))
        .hasMessage("scale: expected more than 0, got NaN");
  }

  private static Tensor leaf(Random random) {
    Tensor leaf = Tensor.create(normal(random, 84), 1, 2, 6, 7);
    leaf.requires_grad_(true);
    return leaf;
  }

  /** Regions inside, across borders, outside, and without width. */
  private static float[] rois(Random random, int[] size, int count) {
    float[] rois = new float[5 * count];
    for (int r = 0; r < count; r++) {
      rois[5 * r] = random.nextInt(size[0]);
      rois[5 * r + 1] = 2 * size[3] * (1.4f * random.nextFloat() - 0.3f);
      rois[5 * r + 2] = 2 * size[2] * (1.4f * random.nextFloat() - 0.3f);
      rois[5 * r + 3] = rois[5 * r + 1] + 2 * size[3] * random.nextFloat();
      rois[5 * r + 4] = rois[5 * r + 2] + 2 * size[2] * random.nextFloat();
    }
    rois[3] = rois[1];
    return rois;
  }

  private static float[] normal(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double distance(float[] got, double[] expected) {
    double square = 0;
    double norm = 0;
    assertThat(got.length).isEqualTo(expected.length);
    for (int i = 0; i < got.length; i++) {
      square += Math.pow(got[i] - expected[i], 2);
      norm += expected[i] * expected[i];
    }
    return norm == 0 ? Math.sqrt(square) : Math.sqrt(square / norm);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  private static float[] values(Tensor tensor) {
    Tensor whole = tensor.detach().contiguous();
    float[] values = new float[(int) whole.numel()];
    whole.data_ptr_float().get(values);
    return values;
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    Arrays.setAll(values, i -> array.get(i).asLong());
    return values;
  }
}
