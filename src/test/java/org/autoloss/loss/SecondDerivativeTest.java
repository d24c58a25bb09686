package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.autoloss.loss.BackwardPasses.gradient;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.rand;
import static org.bytedeco.pytorch.global.torch.randint;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.autoloss.internal.Libtorch;
import org.autoloss.surrogate.Morphology;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradient penalties: losses behind an operation, differentiated twice. */
class SecondDerivativeTest {
  private static final String REFUSAL = "loss: expected to be differentiated once, got a second";

  static {
    Libtorch.load();
  }

  private final Tensor labels = labels();

  private static Tensor labels() {
    manual_seed(7);
    return randint(3, new long[] {1, 6, 6});
  }

  private static Tensor leaf() {
    return rand(1, 3, 6, 6).add(new Scalar(0.5)).set_requires_grad(true);
  }

  private static Tensor penalty(Tensor gradient) {
    return gradient.pow(new Scalar(2)).sum();
  }

  private Tensor penalty(Loss loss, Tensor leaf) {
    return penalty(gradient(loss.apply(leaf.mul(leaf), labels), leaf, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ce", "wce", "dpce", "focal:gamma=2", "l1", "smooth_l1", "mse", "boundary"})
  void backward_twiceThroughALossOfLibtorchOperations_isTheFiniteDifference(String spec) {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(spec)) {
      Tensor leaf = leaf();
      penalty(loss, leaf).backward();
      double step = 0.01;
      Tensor above = leaf.detach().clone();
      Tensor below = leaf.detach().clone();
      above.flatten().get(5).add_(new Scalar(step));
      below.flatten().get(5).sub_(new Scalar(step));
      double difference =
          penalty(loss, above.set_requires_grad(true)).item_double()
              - penalty(loss, below.set_requires_grad(true)).item_double();
      double expected = difference / (2 * step);
      // float32 sums of a hundred squares, over a step of 0.01, and its square
      assertThat(leaf.grad().flatten().get(5).item_double())
          .isCloseTo(expected, within(0.02 * Math.abs(expected) + 1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "asl:mIoU",
        "asl:FWIoU",
        "asl:mAcc",
        "asl:gAcc",
        "asl:BIoU",
        "asl:BF1",
        "expr:neg(mul(y,log(yhat)))",
        "dice",
        "jaccard",
        "tversky",
        "lovasz",
        "ssim",
        "basnet",
        "0.5*ce+asl:mIoU"
      })
  void backward_twiceThroughAFusedLoss_isRefused(String spec) {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(spec)) {
      Tensor leaf = leaf();
      Tensor penalty = penalty(loss, leaf);
      assertThatThrownBy(penalty::backward).hasMessageStartingWith(REFUSAL);
      // also where only one gradient is asked for
      Tensor again = penalty(loss, leaf);
      assertThatThrownBy(() -> gradient(again, leaf, false)).hasMessageStartingWith(REFUSAL);
      // and where the logits are the leaf
      Tensor bare = penalty(gradient(loss.apply(leaf, labels), leaf, true));
      assertThatThrownBy(bare::backward).hasMessageStartingWith(REFUSAL);
    }
  }

  @Test
  void backward_ofAFunctionOfTheGradientByAWeight_isRightWhereTheLogitsHaveNoPart() {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("asl:mIoU")) {
      Tensor leaf = leaf();
      Tensor weight = rand(1).set_requires_grad(true);
      Tensor value = loss.apply(leaf.mul(leaf), labels);
      Tensor plain = gradient(value, leaf, false);
      Tensor weighted = gradient(value.mul(weight), leaf, true);
      assertThat(gradient(weighted.sum(), weight, false).item_double())
          .isCloseTo(plain.sum().item_double(), within(1e-6));
    }
  }

  @Test
  void gradient_withOrWithoutAGraph_isTheSameAndKeepsItsBuffer() {
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse("asl:mIoU")) {
      Tensor leaf = leaf();
      Tensor with = gradient(loss.apply(leaf.mul(leaf), labels), leaf, true);
      Tensor copy = with.detach().clone();
      for (int i = 0; i < 10; i++) { // would write over the buffer if it were free
        loss.apply(leaf().mul(leaf()), labels).backward();
      }
      assertThat(with.equal(copy)).isTrue();
      Tensor without = gradient(loss.apply(leaf.mul(leaf), labels), leaf, false);
      assertThat(without.requires_grad()).isFalse();
      assertThat(without.equal(copy)).isTrue();
    }
  }

  @Test
  void backward_twiceFromSeveralThreads_isRefusedInEach() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (Loss loss = Loss.parse("dice")) {
      Callable<Integer> work =
          () -> {
            int refused = 0;
            for (int i = 0; i < 50; i++) {
              try (PointerScope scope = new PointerScope()) {
                Tensor leaf = leaf();
                Tensor value = loss.apply(leaf.mul(leaf), labels);
                Tensor exact = gradient(value, leaf, false);
                value.backward();
                assertThat(leaf.grad().equal(exact)).isTrue();
                Tensor penalty = penalty(loss, leaf);
                try {
                  penalty.backward();
                } catch (RuntimeException e) {
                  refused += e.getMessage().startsWith(REFUSAL) ? 1 : 0;
                }
              }
            }
            return refused;
          };
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        results.add(pool.submit(work));
      }
      for (Future<Integer> result : results) {
        assertThat(result.get()).isEqualTo(50);
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void backward_twiceThroughAPool_isTheFiniteDifference() {
    try (PointerScope scope = new PointerScope()) {
      Tensor leaf = leaf();
      Tensor cubes = leaf.pow(new Scalar(3));
      Tensor pooled = Morphology.MAX.pool(cubes, 3).pow(new Scalar(2)).sum();
      penalty(gradient(pooled, leaf, true)).backward();
      // By hand: k windows take x, so the gradient is 6 k x^5, and that of its square 360 k^2 x^9.
      Tensor counted = leaf.detach().clone().set_requires_grad(true);
      Morphology.MAX.pool(counted, 3).sum().backward();
      Tensor expected =
          counted
              .grad()
              .pow(new Scalar(2))
              .mul(leaf.detach().pow(new Scalar(9)))
              .mul(new Scalar(360));
      assertThat(leaf.grad().allclose(expected, 1e-4, 1e-4, false)).isTrue();
    }
  }
}
