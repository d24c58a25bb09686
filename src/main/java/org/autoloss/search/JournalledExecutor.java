package org.autoloss.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunLog;
import org.autoloss.storage.Stage;

/**
 * Carries each trial out once in the life of a run: what the log holds is taken from it, and what
 * it does not hold is on disk before the search uses it. A search that is run again from its
 * beginning thus reaches the same state again, and goes on.
 */
public final class JournalledExecutor implements TrialExecutor {
  private final TrialExecutor inner;
  private final RunLog log;
  private final ToDoubleFunction<TrialResult> score;

  /**
   * An executor.
   *
   * @param inner carries out what is new; closed with this one
   * @param log holds the results
   * @param score of a proxy, written down with it
   */
  public JournalledExecutor(TrialExecutor inner, RunLog log, ToDoubleFunction<TrialResult> score) {
    this.inner = inner;
    this.log = log;
    this.score = score;
  }

  @Override
  public CompletableFuture<TrialResult> submit(Trial trial) {
    Optional<Entry> known = find(trial);
    if (known.isPresent()) {
      return CompletableFuture.completedFuture(result(known.get()));
    }
    CompletableFuture<TrialResult> running = inner.submit(trial);
    CompletableFuture<TrialResult> written = running.thenApply(result -> add(trial, result));
    written.whenComplete(
        (value, failure) -> {
          if (written.isCancelled()) {
            running.cancel(true);
          }
        });
    return written;
  }

  @Override
  public int parallelism() {
    return inner.parallelism();
  }

  @Override
  public void close() {
    inner.close();
  }

  private Optional<Entry> find(Trial trial) {
    List<Entry> there;
    try {
      there = log.find(trial.stage(), trial.step(), trial.sample());
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
    Optional<Entry> same =
        there.stream()
            .filter(e -> e.content().equals(trial.loss()) && e.seed() == trial.seed())
            .findFirst();
    // At a place of a search stands one candidate; comparisons have several losses at one place.
    if (same.isEmpty() && !there.isEmpty() && trial.stage() == Stage.PROXY) {
      throw new IllegalStateException(
          "run: expected "
              + there.get(0).content()
              + " at "
              + trial.name()
              + ", as the journal has it, got "
              + trial.loss()
              + "; go on with the AutoLoss, the libtorch and the kind of processor that began it");
    }
    return same;
  }

  private static TrialResult result(Entry entry) {
    Entry.Outcome outcome = entry.outcome();
    if (outcome.seconds() == null) {
      throw new IllegalArgumentException(
          "run: expected the time of "
              + entry.name()
              + " in the journal, got none; restore run.db from a copy");
    }
    return new TrialResult(
        TrialResult.Status.valueOf(outcome.decision().toUpperCase(Locale.ROOT)),
        outcome.metrics(),
        outcome.seconds(),
        outcome.machine());
  }

  private synchronized TrialResult add(Trial trial, TrialResult result) {
    Double points = trial.stage() == Stage.PROXY ? (Double) score.applyAsDouble(result) : null;
    Entry entry =
        new Entry(
            trial.stage(),
            trial.step(),
            trial.sample(),
            trial.seed(),
            trial.name(),
            trial.loss(),
            Entry.Origin.NONE,
            new Entry.Outcome(
                result.status().name().toLowerCase(Locale.ROOT),
                points,
                result.metrics(),
                result.seconds(),
                result.machine()));
    try {
      log.add(List.of(entry));
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
