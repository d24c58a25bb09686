package org.autoloss.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.rand;

import java.util.Arrays;
import java.util.List;
import org.autoloss.Device;
import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlocksTest {
  private static final Pass TRAINING = Pass.training(7);
  // float32 sums of at most some hundred products, in another order
  private static final double ROUNDING = 1e-5;

  private final Scope scope = Scope.root();
  private PointerScope pointers;
  private Parameters parameters;

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @BeforeEach
  void open() {
    pointers = new PointerScope();
  }

  @AfterEach
  void close() {
    if (parameters != null) {
      parameters.close();
    }
    pointers.close();
  }

  @ParameterizedTest
  @CsvSource({
    "3,2,3,1,1",
    "4,6,3,2,1",
    "4,4,3,1,2",
    "5,3,1,1,1",
    "5,3,1,2,1",
    "20,3,1,2,1",
    "20,18,1,1,1"
  })
  void convolution_anyPlan_isTheSumOverItsTaps(
      int in, int out, int kernel, int stride, int dilation) {
    Convolution.Plan plan =
        Convolution.Plan.of(in, out, kernel).withStride(stride).withDilation(dilation).withBias();
    Block block = new Convolution(scope, plan);
    allocate();
    parameters.get("bias").set(Arrays.copyOf(new float[] {1, 2, 3, 4, 5, 6}, out));
    assertConvolves(block, plan, 1);
  }

  @Test
  void convolution_depthwise_keepsChannelsApart() {
    Convolution.Plan plan = Convolution.Plan.of(6, 6, 3).depthwise().withDilation(2);
    Block block = new Convolution(scope, plan);
    allocate();
    assertThat(parameters.get("weight").shape()).containsExactly(6, 1, 3, 3);
    assertConvolves(block, plan, 6);
  }

  private void assertConvolves(Block block, Convolution.Plan plan, int groups) {
    Tensor images = rand(2, plan.in(), 9, 7);
    Tensor input = images.contiguous(MemoryFormat.ChannelsLast).set_requires_grad(true);
    Tensor output = block.forward(input, TRAINING);
    Tensor expected = naive(images, plan, groups);
    assertThat(output.shape()).containsExactly(expected.shape());
    assertClose(output, expected);
    output.sum().backward(); // and comes back: not so in each of libtorch's own ways
    assertThat(input.grad().shape()).containsExactly(images.shape());
  }

  private Tensor naive(Tensor images, Convolution.Plan plan, int groups) {
    float[] x = FloatArrays.read(images);
    float[] w = parameters.get("weight").toArray();
    float[] b = plan.biased() ? parameters.get("bias").toArray() : new float[plan.out()];
    int h = (int) images.size(2);
    int width = (int) images.size(3);
    int rows = (h - 1) / plan.stride() + 1;
    int columns = (width - 1) / plan.stride() + 1;
    int k = plan.kernel();
    int inner = plan.in() / groups;
    float[] y = new float[2 * plan.out() * rows * columns];
    for (int i = 0; i < y.length; i++) {
      int column = i % columns;
      int row = i / columns % rows;
      int o = i / columns / rows % plan.out();
      int n = i / columns / rows / plan.out();
      double sum = b[o];
      for (int tap = 0; tap < inner * k * k; tap++) {
        int c = o / (plan.out() / groups) * inner + tap / k / k;
        int r = row * plan.stride() + (tap / k % k - k / 2) * plan.dilation();
        int s = column * plan.stride() + (tap % k - k / 2) * plan.dilation();
        if (r >= 0 && r < h && s >= 0 && s < width) {
          sum += (double) w[o * inner * k * k + tap] * x[((n * plan.in() + c) * h + r) * width + s];
        }
      }
      y[i] = (float) sum;
    }
    return Tensor.create(y, 2, plan.out(), rows, columns);
  }

  @Test
  void deconvolution_withStride_isTheConvolutionsTranspose() {
    Convolution.Plan plan = new Convolution.Plan(3, 5, 4, 2, 1, 1, 1, false, Initial.he());
    Block up = new Deconvolution(scope.child("up"), plan);
    Convolution.Plan back = new Convolution.Plan(5, 3, 4, 2, 1, 1, 1, false, Initial.he());
    Block down = new Convolution(scope.child("down"), back);
    allocate();
    parameters.get("down.weight").set(parameters.get("up.weight").toArray());
    Tensor x = rand(2, 3, 6, 4);
    Tensor y = rand(2, 5, 12, 8);
    Tensor enlarged = up.forward(x, TRAINING);
    assertThat(enlarged.shape()).containsExactly(2, 5, 12, 8);
    double forth = enlarged.mul(y).sum().item_double();
    double fro = down.forward(y, TRAINING).mul(x).sum().item_double();
    assertThat(forth).isCloseTo(fro, offset(1e-3)); // sums of 960
  }

  @Test
  void linear_anyFeatures_isAMatrixProductAndASum() {
    Block block = new Linear(scope, 3, 2);
    allocate();
    parameters.get("weight").set(new float[] {1, 2, 3, 4, 5, 6});
    parameters.get("bias").set(new float[] {10, 20});
    float[] output =
        FloatArrays.read(block.forward(Tensor.create(new float[] {1, 0, -1}), TRAINING));
    assertThat(output).containsExactly(8, 18);
  }

  @Test
  void linear_fresh_isWithinPyTorchsBounds() {
    new Linear(scope, 16, 40);
    allocate();
    float[] weights = parameters.get("weight").toArray();
    double square = 0;
    for (float weight : weights) {
      assertThat(weight).isBetween(-0.25f, 0.25f);
      square += weight * weight;
    }
    // a uniform variance of bound^2 / 3; 640 draws have a relative deviation of 3.5 %
    assertThat(square / weights.length * 48).isBetween(0.85, 1.15);
  }

  @Test
  void batchNorm_training_recordsStatisticsAndCountsBatches() {
    Block block = new BatchNorm(scope.child("bn"), 3);
    allocate();
    Tensor input = rand(4, 3, 5, 6).mul(new Scalar(3)).add(new Scalar(2));
    block.forward(input, TRAINING);
    block.forward(input, Pass.EVALUATION);
    assertThat(parameters.counter("bn.num_batches_tracked").value()).isEqualTo(1);
    double mean = FloatArrays.read(input.mean())[0];
    float[] recorded = parameters.get("bn.running_mean").toArray();
    assertThat(recorded[0] + recorded[1] + recorded[2])
        .isCloseTo((float) (3 * 0.1 * mean), offset(1e-4f));
    parameters.freeze(List.of("bn"));
    Tensor frozen = block.forward(input, TRAINING);
    assertThat(frozen.equal(block.forward(input, Pass.EVALUATION))).isTrue();
    assertThat(parameters.counter("bn.num_batches_tracked").value()).isEqualTo(1);
    assertThat(parameters.get("bn.running_mean").toArray()).isEqualTo(recorded);
  }

  @Test
  void frozenBatchNorm_training_usesItsBuffersAndTrainsNothing() {
    Block block = new FrozenBatchNorm(scope, 2, 1e-5);
    new Linear(scope.child("other"), 1, 1);
    allocate();
    assertThat(parameters.names())
        .startsWith("weight", "bias", "running_mean", "running_var")
        .hasSize(6);
    float[][] values = {{2, 3}, {0.5f, -1}, {0.1f, 0.2f}, {4, 0.25f}};
    String[] names = {"weight", "bias", "running_mean", "running_var"};
    TensorOptional[] tensors = new TensorOptional[4];
    for (int i = 0; i < 4; i++) {
      parameters.get(names[i]).set(values[i]);
      tensors[i] = new TensorOptional(Tensor.create(values[i]));
    }
    Tensor input = rand(2, 2, 3, 3);
    Tensor expected =
        batch_norm(input, tensors[0], tensors[1], tensors[2], tensors[3], false, 0, 1e-5, false);
    assertThat(block.forward(input, TRAINING).equal(expected)).isTrue();
    assertThat(parameters.groups(List.of(), false))
        .containsExactly(new ParameterGroup(0, 2, false, true));
  }

  @Test
  void dropout_training_dropsAShareByTheSeedAndKeepsTheMean() {
    Block block = Dropout.ofValues(scope.child("drop"), 0.3);
    Tensor input = ones(1, 8, 100, 100);
    Tensor output = block.forward(input, TRAINING);
    double kept = output.ne(new Scalar(0)).to(ScalarType.Double).mean().item_double();
    assertThat(kept).isBetween(0.69, 0.71); // 80,000 draws: a standard deviation of 0.0016
    assertThat(FloatArrays.read(output.max())[0]).isEqualTo(1 / 0.7f);
    assertThat(block.forward(input, TRAINING).equal(output)).isTrue();
    assertThat(block.forward(input, Pass.training(8)).equal(output)).isFalse();
    assertThat(Dropout.ofValues(scope.child("other"), 0.3).forward(input, TRAINING).equal(output))
        .isFalse();
    assertThat(block.forward(input, Pass.EVALUATION)).isSameAs(input);
  }

  @Test
  void dropout_ofChannels_dropsWholeOnes() {
    Tensor output = Dropout.ofChannels(scope, 0.5).forward(ones(20, 30, 4, 4), TRAINING);
    Tensor sums = output.sum(2, 3);
    Tensor whole = sums.eq(new Scalar(0)).logical_or(sums.eq(new Scalar(32)));
    assertThat(whole.all().item_bool()).isTrue();
    assertThat(sums.mean().item_double()).isBetween(13.0, 19.0); // 16 of 600 draws, +- 0.65
  }

  @Test
  void dropout_shareOfOne_throws() {
    assertThatThrownBy(() -> Dropout.ofValues(scope, 1))
        .hasMessage("dropout: expected a share from 0 to below 1, got 1.0");
  }

  @Test
  void maxPoolAndAveragePool_knownValues() {
    Tensor input = Tensor.create(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3);
    assertThat(FloatArrays.read(Functional.maxPool(3, 2, 1).forward(input, TRAINING)))
        .containsExactly(5, 6, 8, 9);
    assertThat(FloatArrays.read(Functional.averagePool(1, 1).forward(input, TRAINING)))
        .containsExactly(5);
    assertThat(FloatArrays.read(Functional.RELU6.forward(input, TRAINING)))
        .containsExactly(1, 2, 3, 4, 5, 6, 6, 6, 6);
  }

  @Test
  void scope_sameNameTwice_throws() {
    new Linear(scope.child("a"), 1, 1);
    assertThatThrownBy(() -> new Linear(scope.child("a"), 1, 1))
        .hasMessage("a.weight: expected each name once, got it twice");
  }

  private void allocate() {
    parameters = new Parameters(scope, Device.CPU);
    parameters.initialise(3);
  }

  private static void assertClose(Tensor got, Tensor expected) {
    double difference = got.sub(expected).abs().max().item_double();
    assertThat(difference).isLessThanOrEqualTo(ROUNDING * expected.abs().max().item_double());
  }
}
