package org.autoloss.search.evolution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.autoloss.search.SearchSession;
import org.autoloss.search.Submissions;
import org.autoloss.search.TrialResult;
import org.autoloss.storage.Entry;
import org.autoloss.storage.Stage;

/**
 * Trains on a session's executor as long as a worker is free. What was begun and what has ended is
 * in the journal before the search acts on it; a run that goes on repeats that order, with however
 * many workers, and then goes on with those that there are.
 */
final class JournalledConveyor implements Conveyor, AutoCloseable {
  private static final String BEGAN = "began";
  private static final String ENDED = "ended";

  private final SearchSession session;
  private final Function<Genotype, String> artefact;
  private final Halving halving;
  private final Submissions submissions;
  private final Deque<Entry> past;
  private final Set<Integer> running = new HashSet<>();
  private int begun;
  private int place;

  JournalledConveyor(SearchSession session, Function<Genotype, String> artefact, Halving halving)
      throws IOException {
    this.session = session;
    this.artefact = artefact;
    this.halving = halving;
    submissions = new Submissions(session.executor());
    past = new ArrayDeque<>(session.log().entries(Stage.SCHEDULE));
  }

  @Override
  public boolean begins(boolean wanted, int count) {
    if (!past.isEmpty()) {
      boolean began = past.element().outcome().decision().equals(BEGAN);
      if (began) {
        repeat();
      }
      return began;
    }
    boolean begins = wanted && count < session.executor().parallelism();
    if (begins) {
      write(BEGAN, begun);
    }
    return begins;
  }

  @Override
  public void begin(int number, long seed, Genotype candidate) {
    begun = number + 1;
    running.add(number);
    SearchSession now = halving.apply(session);
    submissions.add(now.proxy(number, 0, seed, artefact.apply(candidate)));
  }

  @Override
  public int next() {
    if (!past.isEmpty()) {
      int ended = Integer.parseInt(repeat().content());
      running.remove(ended);
      return ended;
    }
    int ended = submissions.next();
    while (!running.remove(ended)) {
      ended = submissions.next(); // of those before, the order is known
    }
    write(ENDED, ended);
    return ended;
  }

  @Override
  public ZeroSearch.Outcome outcome(int number) {
    TrialResult result = submissions.result(number);
    halving.add(result, session);
    session.progress().advanced();
    return new ZeroSearch.Outcome(result, result.score(session.objective()));
  }

  private Entry repeat() {
    place++;
    return past.remove();
  }

  private void write(String what, int number) {
    Entry entry =
        new Entry(
            Stage.SCHEDULE,
            0,
            place++,
            0,
            "",
            Integer.toString(number),
            Entry.Origin.NONE,
            Entry.Outcome.of(what));
    try {
      session.log().add(List.of(entry));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    submissions.close();
  }
}
