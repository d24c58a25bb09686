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
import org.bytedeco.pytorch.Tensor;
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
}
