package org.autoloss.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LatexFormulaTest {
  private static String latex(String spec) {
    try (Loss loss = Loss.parse(spec)) {
      return LatexFormula.of(loss);
    }
  }

  @Test
  void of_graph_isItsFormulaUnderTheSums() {
    assertThat(latex("expr:neg(mul(y,log(yhat)))"))
        .contains("L &= L_{1}")
        .contains("L_{1} &= \\sum_c \\operatorname{mean}_{nhw}\\left(-y \\cdot")
        .startsWith("\\[\n\\begin{aligned}\n")
        .endsWith("\n\\end{aligned}\n\\]\n");
  }

  @Test
  void of_meanOverPixels_hasNoOtherFactor() {
    assertThat(latex("expr:exp(mean_nhw(yhat))"))
        .contains(
            "\\left(\\exp\\left(\\operatorname{mean}_{nhw}\\left(\\hat{y}\\right)\\right)\\right)");
  }

  @Test
  void of_sum_hasWeightsAndAllCurves() {
    assertThat(latex("0.25*asl:mIoU+asl:BF1"))
        .contains("L &= 0.25\\,L_{1} + L_{2}")
        .contains("A &: (0, 0),\\ ", "O &: ", "A_1 &: ", "A_2 &: ", "O_1 &: ", "O_2 &: ")
        .contains("\\operatorname{maxpool}_{11}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dice | {\\sum p\\,y}{0.5 \\sum p^2 + 0.5 \\sum y}",
        "jaccard | {\\sum p\\,y}{-\\sum p\\,y + \\sum p + \\sum y}",
        "tversky:alpha=0.3,beta=0.7 | {\\sum p\\,y}{0.3 \\sum p + 0.7 \\sum y}",
        "tversky:alpha=0.3,beta=0.5 | {0.2 \\sum p\\,y + 0.3 \\sum p + 0.5 \\sum y}"
      })
  void of_overlap_isItsRatio(String spec, String ratio) {
    assertThat(latex(spec)).contains("L_{1} &= 1 - \\frac{1}{C}\\sum_c \\frac").contains(ratio);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ce",
        "dice",
        "jaccard",
        "asl:mIoU",
        "asl:FWIoU",
        "asl:mAcc",
        "asl:gAcc",
        "asl:BIoU",
        "asl:BF1"
      })
  void of_everyLoss_hasBalancedBraces(String spec) {
    String text = latex(spec);
    assertThat(text.chars().filter(c -> c == '{').count())
        .isEqualTo(text.chars().filter(c -> c == '}').count());
    assertThat(text).doesNotContain("%");
  }

  @ParameterizedTest
  @CsvSource({
    "BOXES,iou",
    "BOXES,iou:log",
    "BOXES,giou",
    "BOXES,diou",
    "BOXES,ciou",
    "BOXES,cse_a:reg",
    "BOXES,cse_b:reg",
    "DELTAS,l1",
    "DELTAS,smooth_l1:0.5",
    "BINARY,bce",
    "BINARY,focal",
    "BINARY,cse_b:cls",
    "HEATMAP,mse",
    "HEATMAP,wing",
    "HEATMAP,awing",
    "HEATMAP,kl",
    "CLASSES,cse_a:cls"
  })
  void of_lossOnPairs_isWellFormed(LossInput input, String spec) {
    try (Loss loss = Loss.parse(spec, input)) {
      String text = LatexFormula.of(loss);
      assertThat(text).contains("L_{1} &= ").doesNotContain("%");
      assertThat(text.chars().filter(c -> c == '{').count())
          .isEqualTo(text.chars().filter(c -> c == '}').count());
      assertThat(text.split("\\\\left", -1)).hasSameSizeAs(text.split("\\\\right", -1));
    }
  }

  @Test
  void of_focalOnYesOrNo_hasItsNumbers() {
    try (Loss loss = Loss.parse("focal:gamma=1.5,alpha=0.4", LossInput.BINARY)) {
      assertThat(LatexFormula.of(loss)).contains("\\sigma(-z)^{1.5}", "(1 - 0.4)(1 - y)");
    }
  }

  @Test
  void of_lossWithoutFormula_saysWhatIsPossible() {
    assertThatThrownBy(() -> latex("lovasz"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a surrogate, a graph");
  }
}
