package org.autoloss.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.autoloss.Device;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Value and both gradients of convolutions against sums in double precision, over all few channels:
 * libtorch's own are wrong there on some processors.
 */
class ConvolutionTest {
  private static final int IMAGES = 2;
  private static final int[] OUT = {1, 2, 3, 4, 6, 8, 12, 16, 21};
  // Sums of up to 20,000 products of numbers around 1, in float32: a hundred times the rounding.
  private static final double TOLERANCE = 1e-4;

  static Stream<Convolution.Plan> plans() {
    return IntStream.rangeClosed(1, 16)
        .boxed()
        .flatMap(in -> Arrays.stream(OUT).mapToObj(out -> new int[] {in, out}))
        .flatMap(
            c ->
                IntStream.of(1, 3)
                    .mapToObj(kernel -> Convolution.Plan.of(c[0], c[1], kernel).withBias()))
        .flatMap(
            plan -> Stream.of(plan, plan.withStride(2), plan.withDilation(2), plan.withPadding(0)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16})
  void convolution_depthwise_isRight(int channels) {
    Convolution.Plan plan = Convolution.Plan.of(channels, channels, 3).depthwise();
    assertConvolves(plan, 9, 7);
    assertConvolves(plan.withStride(2).withBias(), 16, 16);
    assertConvolves(plan.withDilation(3), 16, 16);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 6})
  void convolution_inTwoGroups_isRight(int channels) {
    assertConvolves(new Convolution.Plan(channels, 10, 3, 2, 1, 1, 2, true, Initial.he()), 9, 7);
  }

  @ParameterizedTest
  @MethodSource("plans")
  void convolution_ofFewChannels_isRight(Convolution.Plan plan) {
    assertConvolves(plan, 9, 7);
  }

  // oneDNN chooses among its ways by the image as well.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 6, 12})
  void convolution_ofLargerImages_isRight(int channels) {
    for (int size : new int[] {16, 32}) {
      assertConvolves(Convolution.Plan.of(channels, 8, 3), size, size);
      assertConvolves(Convolution.Plan.of(8, channels, 3), size, size);
      assertConvolves(Convolution.Plan.of(channels, channels, 7).withStride(2), size, size);
    }
  }

  /** Those that oneDNN gets by a dilation, which one tap must ignore. */
  @ParameterizedTest
  @ValueSource(ints = {16, 17, 24, 33, 100})
  void convolution_pointwise_isRight(int channels) {
    assertConvolves(Convolution.Plan.of(channels, 16, 1), 9, 7);
    assertConvolves(Convolution.Plan.of(19, channels, 1).withBias(), 9, 7);
  }

  private static void assertConvolves(Convolution.Plan plan, int height, int width) {
    Libtorch.load();
    RandomGenerator random = RandomStreams.stream(1, plan.in(), plan.out());
    Scope scope = Scope.root();
    Block block = new Convolution(scope, plan);
    try (PointerScope pointers = new PointerScope();
        Parameters parameters = new Parameters(scope, Device.CPU)) {
      parameters.initialise(1);
      int inputs = IMAGES * plan.in() * height * width;
      float[] x = draw(random, inputs);
      Tensor images = Tensor.create(x, IMAGES, plan.in(), height, width);
      Tensor input = images.contiguous(MemoryFormat.ChannelsLast).set_requires_grad(true);
      Tensor output = block.forward(input, Pass.EVALUATION);
      float[] g = draw(random, (int) output.numel());
      output.backward(
          Tensor.create(g, output.shape()),
          new BoolOptional(),
          false,
          new TensorArrayRefOptional());
      Sums sums = new Sums(plan, height, width, x, parameters.get("weight").toArray(), g);
      assertThat(output.shape()).containsExactly(IMAGES, plan.out(), sums.rows, sums.columns);
      assertClose(plan, FloatArrays.read(output), sums.value);
      assertClose(plan, FloatArrays.read(input.grad()), sums.byInput);
      assertClose(plan, FloatArrays.read(parameters.get("weight").tensor().grad()), sums.byWeight);
    }
  }

  private static float[] draw(RandomGenerator random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static void assertClose(Convolution.Plan plan, float[] got, double[] expected) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(got[i] - expected[i]) <= TOLERANCE * (1 + largest))) {
        throw new AssertionError(
            plan + ": expected " + expected[i] + " at " + i + ", got " + got[i]);
      }
    }
    assertThat(got).hasSameSizeAs(expected);
  }

  /** A convolution with bias 0 and its gradients, tap by tap. */
  private static final class Sums {
    final int rows;
    final int columns;
    final double[] value;
    final double[] byInput;
    final double[] byWeight;

    Sums(Convolution.Plan p, int height, int width, float[] x, float[] w, float[] g) {
      int reach = p.dilation() * (p.kernel() - 1) + 1;
      rows = (height + 2 * p.padding() - reach) / p.stride() + 1;
      columns = (width + 2 * p.padding() - reach) / p.stride() + 1;
      value = new double[g.length];
      byInput = new double[x.length];
      byWeight = new double[w.length];
      int inner = p.in() / p.groups();
      int taps = p.kernel() * p.kernel();
      for (int i = 0; i < g.length; i++) {
        int column = i % columns;
        int row = i / columns % rows;
        int o = i / columns / rows % p.out();
        int n = i / columns / rows / p.out();
        for (int tap = 0; tap < inner * taps; tap++) {
          int c = o / (p.out() / p.groups()) * inner + tap / taps;
          int r = row * p.stride() - p.padding() + tap % taps / p.kernel() * p.dilation();
          int s = column * p.stride() - p.padding() + tap % p.kernel() * p.dilation();
          if (r >= 0 && r < height && s >= 0 && s < width) {
            int at = ((n * p.in() + c) * height + r) * width + s;
            int weight = o * inner * taps + tap;
            value[i] += (double) w[weight] * x[at];
            byInput[at] += (double) w[weight] * g[i];
            byWeight[weight] += (double) x[at] * g[i];
          }
        }
      }
    }
  }
}
