package org.autoloss.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.autoloss.internal.Display;
import org.autoloss.run.journal.Entry;
import org.autoloss.run.journal.Stage;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Trial;
import org.autoloss.search.zero.Candidate;
import org.autoloss.search.zero.Explored;
import org.autoloss.search.zero.Individual;
import org.autoloss.search.zero.ZeroSearch;

/**
 * Writes down what an evolution explores: how many losses of a block met which fate, and the
 * individuals that were trained, generation by generation.
 *
 * <p>Losses that were rejected, or took a known score, are counted and not written: there may be
 * hundreds for each training, and the seed tells them again.
 */
final class ZeroRecorder implements ZeroSearch.Listener {
  private final RunLog log;
  private final ProgressListener progress;
  private final String metric;
  private final ZeroHarvest harvest;
  private final List<Entry> generation = new ArrayList<>();

  ZeroRecorder(RunLog log, ProgressListener progress, String metric, ZeroHarvest harvest) {
    this.log = log;
    this.progress = progress;
    this.metric = metric;
    this.harvest = harvest;
  }

  @Override
  public void explored(int step, int first, List<Explored> block) {
    Map<String, Double> fates = new TreeMap<>();
    for (Explored explored : block) {
      fates.merge(explored.decision().name().toLowerCase(Locale.ROOT), 1.0, Double::sum);
    }
    add(
        List.of(
            new Entry(
                Stage.EXPLORED,
                step,
                first,
                0,
                "",
                "",
                Entry.Origin.NONE,
                new Entry.Outcome(Stage.BLOCK, null, fates, null))));
  }

  @Override
  public void joined(Individual individual, Trial trial) {
    harvest.joined(individual);
    if (trial == null) {
      return;
    }
    Evaluation evaluation = individual.evaluation();
    generation.add(
        new Entry(
            Stage.INDIVIDUAL,
            0,
            individual.id(),
            trial.seed(),
            "individual " + individual.id(),
            individual.graph().toString(),
            origin(individual.candidate()),
            new Entry.Outcome(
                "trained", evaluation.score(), evaluation.measures(), evaluation.seconds())));
    progress.message(
        String.format(
            Locale.ROOT,
            "individual %d: %s %s %% in %.1f s%s  %s",
            individual.id(),
            metric,
            Display.percent(individual.score()),
            evaluation.seconds(),
            evaluation.status() == Evaluation.Status.OK ? "" : ", not finite",
            individual.graph()));
    progress.advanced();
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

  private static Entry.Origin origin(Candidate candidate) {
    if (candidate.parent() == null) {
      return Entry.Origin.NONE;
    }
    String mutation =
        candidate.changes().isEmpty()
            ? "copy"
            : candidate.changes().stream()
                .map(Candidate.Change::mutation)
                .collect(Collectors.joining(", "));
    return new Entry.Origin(candidate.parent().id(), mutation, null);
  }
}
