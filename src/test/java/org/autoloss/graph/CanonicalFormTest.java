package org.autoloss.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalFormTest {
  // Large, so that log(1 + eps) is not rounding noise itself.
  private static final double EPS = 1e-3;
  private static final int[] SHAPE = {2, 3, 4, 5};

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "mul(yhat,y);mul(y,yhat)",
        "neg(neg(yhat));yhat",
        "mul(neg(y),neg(yhat));mul(y,yhat)",
        "square(neg(abs(yhat)));square(yhat)",
        "mul(mul(1,yhat),yhat);square(yhat)",
        "abs(exp(yhat));exp(yhat)",
        "abs(neg(exp(yhat)));exp(yhat)",
        "maxpool3(neg(yhat));neg(minpool3(yhat))",
        "mean_nhw(mean_c(yhat));yhat",
        "neg(mean_c(neg(mean_nhw(yhat))));yhat",
        "tanh(mean_nhw(mean_c(yhat)));tanh(mean_c(mean_nhw(yhat)))",
        "exp(mean_nhw(mean_nhw(yhat)));exp(mean_nhw(yhat))",
        "mul(yhat,mean_nhw(1));yhat",
        "exp(maxpool3(mean_nhw(yhat)));exp(mean_nhw(yhat))",
        "exp(mean_c(square(1)));exp(1)",
        "neg(mean_nhw(log(neg(yhat))));log(yhat)",
        "exp(mean_nhw(log(neg(yhat))));exp(neg(mean_nhw(log(yhat))))",
        "neg(mean_c(log(neg(yhat))));log(yhat)",
        "inv(neg(yhat));inv(neg(yhat))"
      })
  void of_equalByAlgebra_givesOneForm(String text, String canonical) {
    assertThat(CanonicalForm.of(LossGraph.parse(text)).toString()).isEqualTo(canonical);
  }

  @Test
  void of_randomGraphs_keepsValueAndGradient() {
    RandomGenerator random = RandomStreams.stream(3);
    GraphGenerator generator = new GraphGenerator(LossGraph.SEGMENTATION_INPUTS, 5);
    double[] logits = random.doubles(2 * 3 * 20, -3, 3).toArray();
    int[] labels = random.ints(40, 0, 4).toArray(); // 3 is ignored
    int simplified = 0;
    for (int i = 0; i < 3000; i++) {
      LossGraph graph = generator.next(random);
      LossGraph canonical = CanonicalForm.of(graph);
      assertThat(CanonicalForm.of(canonical)).isEqualTo(canonical);
      simplified += canonical.equals(graph) ? 0 : 1;
      assertSame(graph, canonical, logits, labels);
    }
    assertThat(simplified).isGreaterThan(1000);
  }

  private static void assertSame(LossGraph a, LossGraph b, double[] logits, int[] labels) {
    var first = ReferenceInterpreter.evaluate(a, EPS, logits, labels, SHAPE);
    var second = ReferenceInterpreter.evaluate(b, EPS, logits, labels, SHAPE);
    if (!Double.isFinite(first.value())) {
      assertThat(second.value()).as("%s and %s", a, b).isEqualTo(first.value());
      return;
    }
    // A mean taken in another order rounds differently, and an exponential magnifies that.
    assertThat(second.value())
        .as("%s and %s", a, b)
        .isCloseTo(first.value(), within(1e-9 * first.magnitude()));
    for (int n = 0; n < first.sampleNorms().length; n++) {
      if (Double.isFinite(first.sampleNorms()[n])) {
        assertThat(second.sampleNorms()[n])
            .as("%s and %s", a, b)
            .isCloseTo(
                first.sampleNorms()[n],
                within(1e-9 * (first.sampleNorms()[n] + first.magnitude())));
      }
    }
  }
}
