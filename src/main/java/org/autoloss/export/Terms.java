package org.autoloss.export;

import java.util.List;
import java.util.Locale;
import org.autoloss.loss.Loss;
import org.autoloss.loss.WeightedSumLoss;

/** A loss as a flat weighted sum. */
final class Terms {
  private Terms() {}

  /** The terms of a loss; sums within sums are multiplied out. */
  static List<WeightedSumLoss.Term> of(Loss loss) {
    if (!(loss instanceof WeightedSumLoss sum)) {
      return List.of(new WeightedSumLoss.Term(1, loss));
    }
    return sum.terms().stream()
        .flatMap(
            term ->
                of(term.loss()).stream()
                    .map(
                        inner ->
                            new WeightedSumLoss.Term(term.weight() * inner.weight(), inner.loss())))
        .toList();
  }

  static IllegalArgumentException notExportable(Loss loss) {
    return new IllegalArgumentException(
        String.format(
                Locale.ROOT,
                "loss: expected a surrogate, a graph, cross entropy, Dice, Tversky, Jaccard, a loss on boxes or"
                    + " maps, or a sum of them, got %s; only those",
                loss.toJson())
            + " can be written as Python or LaTeX");
  }
}
