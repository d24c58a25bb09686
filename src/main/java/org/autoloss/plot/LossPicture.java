package org.autoloss.plot;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.autoloss.loss.Loss;
import org.autoloss.loss.WeightedSumLoss;
import org.autoloss.surrogate.SurrogateLoss;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * The picture of a loss. Each Auto Seg-Loss surrogate in it has a row: its curves, beside {@code
 * g(x) = x} and the published ones, and its soft AND and OR as surfaces. A loss that is not made of
 * surrogates alone also has a row with its value and its push on the logits, beside cross entropy.
 */
public final class LossPicture {
  private static final int CHART_WIDTH = 500;
  private static final int CHART_HEIGHT = 440;

  private final List<List<Chart<?, ?>>> rows = new ArrayList<>();
  private boolean surrogatesAlone = true;

  private LossPicture() {}

  /**
   * Draws a loss.
   *
   * @param loss what to draw; stays open
   * @return a picture of a row per surrogate
   */
  public static Picture of(Loss loss) {
    LossPicture picture = new LossPicture();
    picture.add(loss, 1);
    if (!picture.surrogatesAlone) {
      picture.rows.add(LossResponse.of(loss).charts());
    }
    int columns = picture.rows.stream().mapToInt(List::size).max().orElseThrow();
    return new Picture(picture.rows, columns * CHART_WIDTH, picture.rows.size() * CHART_HEIGHT);
  }

  private void add(Loss loss, double weight) {
    if (loss instanceof WeightedSumLoss sum) {
      sum.terms().forEach(term -> add(term.loss(), weight * term.weight()));
    } else if (loss instanceof SurrogateLoss surrogate) {
      rows.add(SurrogateCharts.of(surrogate.parameters(), factor(weight)));
    } else {
      surrogatesAlone = false;
    }
  }

  private static String factor(double weight) {
    return weight == 1
        ? ""
        : new DecimalFormat("0.### × ", DecimalFormatSymbols.getInstance(Locale.ROOT))
            .format(weight);
  }
}
