package org.autoloss.search.evolution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.autoloss.internal.Display;
import org.autoloss.search.ScoredLoss;
import org.autoloss.search.SearchSession;
import org.autoloss.storage.Entry;
import org.autoloss.storage.Stage;

/**
 * Writes down what an evolution explores: how many losses of a block met which fate, and the
 * individuals that were trained, generation by generation; and keeps the best of them for the end.
 *
 * <p>Losses that were rejected, or took a known score, are counted and not written: there may be
 * hundreds for each training, and the seed reproduces them.
 */
final class EvolutionRecorder implements ZeroSearch.Listener {
  private final SearchSession session;
  private final Function<Genotype, String> artefact;
  // Best first; of equals the older one first.
  private final List<Individual> best = new ArrayList<>();
  private final List<ScoredLoss> all = new ArrayList<>();
  private final List<Entry> generation = new ArrayList<>();
  private final Fates fates = new Fates();

  EvolutionRecorder(SearchSession session, Function<Genotype, String> artefact) {
    this.session = session;
    this.artefact = artefact;
  }

  /** The best; for an objective of several metrics all that trained, in their order. */
  List<ScoredLoss> kept() {
    return several() ? all : best.stream().map(this::scored).toList();
  }

  /** What became of all that was explored. */
  Fates fates() {
    return fates;
  }

  /** The individual of a name, one of the best. */
  Individual individual(String name) {
    return best.stream().filter(i -> i.name().equals(name)).findFirst().orElseThrow();
  }

  private boolean several() {
    return session.objective().metrics().size() > 1;
  }

  private ScoredLoss scored(Individual i) {
    return new ScoredLoss(i.name(), artefact.apply(i.genotype()), i.result(), i.score());
  }

  /** A long search has more individuals than fit into memory: the best are kept. */
  private void keep(Individual individual) {
    if (!individual.result().ok()) {
      return;
    }
    if (several()) {
      all.add(scored(individual));
    }
    int at = best.size();
    while (at > 0 && best.get(at - 1).score() < individual.score()) {
      at--;
    }
    best.add(at, individual);
    if (best.size() > session.finalists()) {
      best.remove(session.finalists());
    }
  }

  @Override
  public void explored(int step, int first, List<Explored> block) {
    fates.add(block);
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
                new Entry.Outcome(Stage.BLOCK, null, new Fates().add(block).counts(), null))));
  }

  @Override
  public void joined(Individual individual) {
    if (individual.duplicateOf() != null) {
      return;
    }
    keep(individual);
    generation.add(
        new Entry(
            Stage.INDIVIDUAL,
            0,
            individual.id(),
            0,
            individual.name(),
            individual.genotype().toString(),
            origin(individual.candidate()),
            new Entry.Outcome(
                "trained",
                individual.score(),
                individual.result().metrics(),
                individual.result().seconds())));
    session
        .progress()
        .message(
            String.format(
                Locale.ROOT,
                "%s: %s %s %% in %.1f s%s  %s",
                individual.name(),
                session.objective().label(),
                Display.percent(individual.score()),
                individual.result().seconds(),
                individual.result().ok() ? "" : ", " + individual.result().status().label(),
                individual.genotype()));
  }

  @Override
  public void stepped(int step) {
    add(generation);
    generation.clear();
  }

  private void add(List<Entry> entries) {
    try {
      session.log().add(entries);
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
