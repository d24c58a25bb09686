package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Libtorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LossSetTest {
  private static final List<String> TWO = List.of("first", "second");

  @BeforeAll
  static void load() {
    Libtorch.load();
  }

  @Test
  void parse_oneBranch_readsAnySpecification() {
    for (String text : new String[] {"ce", "loss=ce", "focal:gamma=2", "0.5*ce+asl:mIoU"}) {
      try (LossSet set = LossSet.parse(text, List.of("loss"))) {
        assertThat(set.loss("loss")).isNotNull();
      }
    }
  }

  @Test
  void parse_severalBranches_givesEachItsLoss() {
    try (LossSet set = LossSet.parse("second=focal:gamma=2;first=ce", TWO);
        LossSet again = LossSet.parse(set.toJson(), TWO);
        Loss focal = Loss.parse("focal:gamma=2")) {
      assertThat(set.loss("second").toJson()).isEqualTo(focal.toJson());
      assertThat(again.toJson()).isEqualTo(set.toJson());
    }
  }

  @Test
  void parse_branchWithoutALossOrWithTwo_saysWhich() {
    assertThatThrownBy(() -> LossSet.parse("first=ce", TWO))
        .hasMessageContaining("none for second");
    assertThatThrownBy(() -> LossSet.parse("ce", TWO)).hasMessageContaining("branch=loss");
    assertThatThrownBy(() -> LossSet.parse("first=ce;first=dice;second=ce", TWO))
        .hasMessageContaining("each branch once");
    assertThatThrownBy(() -> LossSet.parse("first=ce;second=nothing", TWO))
        .hasMessageContaining("got 'nothing'");
  }

  @Test
  void apply_severalBranches_isTheSumOfTheirLosses() {
    try (PointerScope scope = new PointerScope();
        LossSet set = LossSet.parse("first=ce;second=dice", TWO)) {
      Map<String, Pair> pairs = new LinkedHashMap<>();
      double sum = 0;
      for (String branch : TWO) {
        Tensor logits = randn(2, 3, 4, 4).set_requires_grad(true);
        Tensor labels = randint(3, new long[] {2, 4, 4});
        pairs.put(branch, new Pair(logits, labels));
        sum += set.loss(branch).apply(logits, labels).item_double();
      }
      Tensor total = set.apply(pairs);
      assertThat(total.item_double()).isCloseTo(sum, within(1e-6));
      total.backward();
      pairs.values().forEach(pair -> assertThat(pair.predicted().grad().defined()).isTrue());
    }
  }

  @Test
  void apply_auxiliaryHead_addsItsLossByTheUsualWeight() {
    try (PointerScope scope = new PointerScope();
        LossSet set = LossSet.parse("asl:mIoU", List.of("loss"));
        Loss loss = Loss.parse("asl:mIoU")) {
      Tensor logits = randn(2, 3, 8, 8).set_requires_grad(true);
      Tensor auxiliary = randn(2, 3, 8, 8).set_requires_grad(true);
      Tensor labels = randint(0, 3, new long[] {2, 8, 8}).to(ScalarType.Long);
      double main = loss.apply(logits, labels).item_double();
      double second = loss.apply(auxiliary, labels).item_double();
      Tensor sum = set.apply(Map.of("loss", new Pair(logits, labels, auxiliary)));
      assertThat(sum.item_double()).isCloseTo(main + 0.4 * second, within(1e-6));
      sum.backward();
      Tensor alone = auxiliary.detach().clone().set_requires_grad(true);
      loss.apply(alone, labels).backward();
      Tensor difference = auxiliary.grad().sub(alone.grad().mul(new Scalar(0.4)));
      assertThat(difference.abs().max().item_double())
          .isLessThanOrEqualTo(1e-6 * alone.grad().abs().max().item_double());
      assertThat(logits.grad().abs().max().item_double()).isPositive();
    }
  }
}
