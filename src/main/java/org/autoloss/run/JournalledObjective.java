package org.autoloss.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.autoloss.run.journal.Entry;
import org.autoloss.run.journal.Stage;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.Trial;

/**
 * Evaluates each candidate once in the life of a run: what the log holds is taken from it, and what
 * it does not is on disk before the search uses it. A search that is run again from its beginning
 * so comes to where it was, and goes on.
 *
 * @param <C> the candidates' type
 * @param objective evaluates what is new
 * @param content writes a candidate down; different candidates differ in it
 * @param log holds the evaluations
 */
record JournalledObjective<C>(Objective<C> objective, Function<C, String> content, RunLog log)
    implements Objective<C> {
  @Override
  public Evaluation evaluate(C candidate, Trial trial) {
    String text = content.apply(candidate);
    try {
      List<Entry> known = log.find(Stage.PROXY, trial.step(), trial.sample());
      if (!known.isEmpty()) {
        return evaluation(known.get(0), text);
      }
      Evaluation evaluation = objective.evaluate(candidate, trial);
      log.add(List.of(entry(text, trial, evaluation)));
      return evaluation;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static Evaluation evaluation(Entry entry, String text) {
    if (!entry.content().equals(text)) {
      throw new IllegalStateException(
          "run: expected "
              + entry.content()
              + " at "
              + entry.name()
              + ", as the journal has it, got "
              + text
              + "; go on with the AutoLoss, the libtorch and the kind of processor that began it");
    }
    Entry.Outcome outcome = entry.outcome();
    if (outcome.score() == null || outcome.seconds() == null) {
      throw new IllegalArgumentException(
          "run: expected the score and the time of "
              + entry.name()
              + " in the journal, got none; restore run.db from a copy");
    }
    return new Evaluation(
        outcome.score(),
        Evaluation.Status.valueOf(outcome.decision().toUpperCase(Locale.ROOT)),
        outcome.seconds(),
        outcome.metrics());
  }

  private static Entry entry(String text, Trial trial, Evaluation evaluation) {
    return new Entry(
        Stage.PROXY,
        trial.step(),
        trial.sample(),
        trial.seed(),
        "step " + trial.step() + " sample " + trial.sample(),
        text,
        Entry.Origin.NONE,
        new Entry.Outcome(
            evaluation.status().name().toLowerCase(Locale.ROOT),
            evaluation.score(),
            evaluation.measures(),
            evaluation.seconds()));
  }
}
