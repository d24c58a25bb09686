package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MutationTest {
  private final GraphGenerator generator = new GraphGenerator(LossGraph.SEGMENTATION_INPUTS, 4);
  private final RandomGenerator random = RandomStreams.stream(7);

  @ParameterizedTest
  @EnumSource(Mutation.class)
  void apply_thousandsOfRandomGraphs_staysValid(Mutation mutation) {
    int changed = 0;
    for (int i = 0; i < 3000; i++) {
      LossGraph graph = generator.next(random);
      LossGraph mutant = mutation.apply(graph, generator, random);
      // Parsing the text builds the graph anew, with all checks.
      assertThat(LossGraph.parse(mutant.toString())).isEqualTo(mutant);
      changed += mutant.equals(graph) ? 0 : 1;
    }
    assertThat(changed).isGreaterThan(2500);
  }

  @Test
  void apply_insert_addsOneOperator() {
    LossGraph graph = LossGraph.parse("neg(mul(y,log(yhat)))");
    for (int i = 0; i < 200; i++) {
      LossGraph mutant = Mutation.INSERT.apply(graph, generator, random);
      assertThat(mutant.operatorCount()).isEqualTo(4);
    }
  }

  @Test
  void apply_delete_leavesAnOperand() {
    LossGraph graph = LossGraph.parse("neg(log(yhat))");
    for (int i = 0; i < 50; i++) {
      assertThat(Mutation.DELETE.apply(graph, generator, random).toString())
          .isIn("neg(yhat)", "log(yhat)");
    }
    LossGraph input = LossGraph.parse("yhat");
    assertThat(Mutation.DELETE.apply(input, generator, random)).isSameAs(input);
  }

  @Test
  void apply_replace_keepsTheOtherOperators() {
    LossGraph graph = LossGraph.parse("tanh(yhat)");
    for (int i = 0; i < 200; i++) {
      LossGraph mutant = Mutation.REPLACE.apply(graph, generator, random);
      assertThat(mutant.operatorCount()).isEqualTo(1);
      assertThat(mutant.toString()).contains("yhat").doesNotStartWith("tanh");
    }
  }
}
