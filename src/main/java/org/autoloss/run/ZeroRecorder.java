package org.autoloss.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.autoloss.run.journal.Entry;
import org.autoloss.run.journal.Stage;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Trial;
import org.autoloss.search.zero.Candidate;
import org.autoloss.search.zero.Explored;
import org.autoloss.search.zero.Individual;
import org.autoloss.search.zero.ZeroSearch;

/**
 * Writes down what an evolution explores: losses block by block, individuals generation by
 * generation, each in one transaction.
 */
final class ZeroRecorder implements ZeroSearch.Listener {
  private final RunLog log;
  private final ProgressListener progress;
  private final String metric;
  private final List<Entry> generation = new ArrayList<>();

  ZeroRecorder(RunLog log, ProgressListener progress, String metric) {
    this.log = log;
    this.progress = progress;
    this.metric = metric;
  }

  @Override
  public void explored(int step, int first, List<Explored> block) {
    List<Entry> entries = new ArrayList<>();
    for (Explored explored : block) {
      entries.add(
          new Entry(
              Stage.EXPLORED,
              step,
              first + entries.size(),
              0,
              "",
              explored.candidate().graph().toString(),
              origin(explored.candidate(), explored.fingerprint()),
              Entry.Outcome.of(explored.decision().name().toLowerCase(Locale.ROOT))));
    }
    add(entries);
  }

  @Override
  public void joined(Individual individual, Trial trial) {
    Evaluation evaluation = individual.evaluation();
    Individual twin = individual.twin();
    generation.add(
        new Entry(
            Stage.INDIVIDUAL,
            0,
            individual.id(),
            trial == null ? 0 : trial.seed(),
            "individual " + individual.id() + (twin == null ? "" : " (score of " + twin.id() + ")"),
            individual.graph().toString(),
            origin(individual.candidate(), null),
            new Entry.Outcome(
                twin == null ? "trained" : "reused",
                evaluation.score(),
                evaluation.measures(),
                twin == null ? evaluation.seconds() : null)));
    if (trial != null) {
      progress.message(
          String.format(
              Locale.ROOT,
              "individual %d: %s %.4f in %.1f s%s  %s",
              individual.id(),
              metric,
              individual.score(),
              evaluation.seconds(),
              evaluation.status() == Evaluation.Status.OK ? "" : ", not finite",
              individual.graph()));
      progress.advanced();
    }
  }

  @Override
  public void stepped(int step) {
    add(generation);
    generation.clear();
  }

  private void add(List<Entry> entries) {
    try {
      log.add(entries);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private static Entry.Origin origin(Candidate candidate, Long fingerprint) {
    if (candidate.parent() == null) {
      return new Entry.Origin(null, null, fingerprint);
    }
    String mutation =
        candidate.changes().isEmpty()
            ? "copy"
            : candidate.changes().stream()
                .map(Candidate.Change::mutation)
                .collect(Collectors.joining(", "));
    return new Entry.Origin(candidate.parent().id(), mutation, fingerprint);
  }
}
