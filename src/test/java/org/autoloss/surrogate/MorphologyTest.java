package org.autoloss.surrogate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.autoloss.Batches;
import org.autoloss.InstructionSets;
import org.autoloss.global.ops;
import org.autoloss.loss.Shape;
import org.autoloss.metric.segmentation.EdgeReference;
import org.autoloss.metric.segmentation.IgnoredEdges;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pooling, edges and dilation against naive double loops. */
class MorphologyTest {
  @AfterEach
  void restoreDefaults() {
    ops.set_cpu_isa("auto");
    ops.set_num_threads(0);
  }

  static Stream<Shape> awkwardShapes() {
    return Stream.of(
        new Shape(1, 1, 1, 1),
        new Shape(1, 2, 1, 33),
        new Shape(2, 1, 33, 1),
        new Shape(1, 3, 7, 17),
        new Shape(2, 3, 33, 35),
        new Shape(2, 3, 0, 5));
  }

  /** Where the window's extreme is: the first among equals, the last NaN. */
  private static int naive(Morphology kind, float[] x, Shape shape, int window, int i) {
    int width = (int) shape.w();
    int height = (int) shape.h();
    int row = i / width % height;
    int column = i % width;
    int plane = i - row * width - column;
    int best = -1;
    for (int r = Math.max(0, row - window / 2); r <= row + window / 2 && r < height; r++) {
      for (int k = Math.max(0, column - window / 2); k <= column + window / 2 && k < width; k++) {
        int other = plane + r * width + k;
        boolean better =
            best < 0
                || Float.isNaN(x[other])
                || (kind == Morphology.MAX ? x[other] > x[best] : x[other] < x[best]);
        best = better ? other : best;
      }
    }
    return best;
  }

  private static void assertLikeNaiveLoop(Morphology kind, float[] x, Shape shape, int window) {
    float[] upstream = new float[x.length];
    float[] value = new float[x.length];
    float[] gradient = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      upstream[i] = 1 + i % 7; // whole numbers: sums are exact in any order
      int place = naive(kind, x, shape, window, i);
      value[i] = x[place];
      gradient[place] += upstream[i];
    }
    assertThat(kind.pool(x, shape, window)).as("window %d", window).isEqualTo(value);
    assertThat(kind.gradient(x, upstream, shape, window))
        .as("gradient, window %d", window)
        .isEqualTo(gradient);
  }

  @ParameterizedTest
  @MethodSource("awkwardShapes")
  void pool_tiesInfinitiesAndNan_isLikeANaiveLoopOnEveryInstructionSet(Shape shape) {
    float[] ties = Batches.logits(shape, 2, 5);
    for (int i = 0; i < ties.length; i++) {
      ties[i] = Math.round(ties[i]);
    }
    float[] special = ties.clone();
    for (int i = 0; i < special.length; i += 11) {
      special[i] = i % 3 == 0 ? Float.NaN : Float.POSITIVE_INFINITY;
    }
    float[] infinite = new float[ties.length];
    Arrays.fill(infinite, Float.NEGATIVE_INFINITY);
    for (String isa : InstructionSets.supported()) {
      ops.set_cpu_isa(isa);
      for (Morphology kind : Morphology.values()) {
        for (int window : new int[] {1, 3, 5, 11, 101}) {
          for (float[] x : new float[][] {ties, special, infinite}) {
            assertLikeNaiveLoop(kind, x, shape, window);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void pool_directBuffers_isThatOfArraysForAnyNumberOfThreads(Morphology kind) {
    Shape shape = new Shape(2, 5, 70, 65);
    float[] x = Batches.logits(shape, 1, 3);
    FloatBuffer from = direct(shape).put(x);
    FloatBuffer to = direct(shape);
    float[] expected = kind.pool(x, shape, 9);
    for (int threads : new int[] {1, 2, 3}) {
      ops.set_num_threads(threads);
      kind.pool(from, shape, 9, to);
      float[] got = new float[x.length];
      to.duplicate().clear().get(got);
      assertThat(got).isEqualTo(expected);
    }
  }

  @Test
  void pool_buffersThatNativeCodeWouldMisread_areRefused() {
    Shape shape = new Shape(1, 2, 3, 4);
    FloatBuffer good = direct(shape);
    ByteBuffer bytes = ByteBuffer.allocateDirect(96);
    ByteOrder other =
        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
            ? ByteOrder.LITTLE_ENDIAN
            : ByteOrder.BIG_ENDIAN;
    FloatBuffer foreign = bytes.order(other).asFloatBuffer();
    assertRefused(foreign, shape, good, "values: expected native order");
    assertRefused(good, shape, foreign, "result: expected native order");
    assertRefused(
        good, shape, direct(shape).asReadOnlyBuffer(), "result: expected a buffer to write to");
    assertRefused(FloatBuffer.allocate(24), shape, good, "values: expected a direct buffer");
    assertRefused(good, shape, FloatBuffer.allocate(24), "result: expected a direct buffer");
    assertRefused(good, shape, null, "result: expected a direct buffer, got null");
    assertRefused(good, shape, good, "result: expected other memory than values");
    Shape larger = new Shape(1, 2, 3, 5);
    assertRefused(good, larger, direct(larger), "values: expected 30 values or more, got 24");
    Morphology.MAX.pool(good.asReadOnlyBuffer(), shape, 3, direct(shape));
  }

  private static void assertRefused(
      FloatBuffer values, Shape shape, FloatBuffer result, String message) {
    assertThatThrownBy(() -> Morphology.MAX.pool(values, shape, 3, result))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  private static FloatBuffer direct(Shape shape) {
    return ByteBuffer.allocateDirect((int) (Float.BYTES * shape.elements()))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @ParameterizedTest
  @MethodSource("awkwardShapes")
  void dilatedEdges_manyClasses_areThoseOfTheDefinition(Shape sizes) {
    Shape shape = new Shape(sizes.n(), 130, sizes.h(), sizes.w());
    int[] labels = Batches.labels(shape, 2);
    EdgeReference reference = EdgeReference.ofLabels(labels, shape, IgnoredEdges.COUNT);
    int plane = (int) (shape.h() * shape.w());
    for (int tolerance : new int[] {0, 1, 3, 50}) {
      long[] bits = Morphology.dilatedEdges(labels, shape, tolerance, true);
      byte[] edges = Morphology.labelEdges(labels, shape, true);
      for (int i = 0; i < labels.length; i++) {
        assertThat(edges[i]).isEqualTo((byte) (labels[i] != 0 && reference.edge(i) ? 1 : 0));
        for (int c : new int[] {0, 1, 63, 64, 129}) {
          boolean near = c > 0 && reference.near(i, c, tolerance);
          long word = bits[(i / plane * 3 + c / 64) * plane + i % plane];
          assertThat((word >>> c % 64 & 1) == 1).isEqualTo(near);
        }
      }
    }
  }

  @Test
  void pool_evenWindow_isRefused() {
    assertThatThrownBy(() -> Morphology.MAX.pool(new float[1], new Shape(1, 1, 1, 1), 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("window: expected an odd number, got 4");
  }
}
