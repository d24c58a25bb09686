package org.autoloss.search.evolution;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.autoloss.internal.RandomStreams;
import org.autoloss.search.TrialResult;
import org.autoloss.task.Branch;

/**
 * The evolution of AutoLoss-Zero (Li et al., CVPR 2022, section 3.2).
 *
 * <p>A candidate has a graph for each branch that a loss is searched for; a mutation changes that
 * of one branch. The search starts with accepted random graphs. Then, generation by generation,
 * candidates are drawn from the population (a tournament's winner, copied or mutated, or a graph
 * from scratch) until enough of them pass the screening; a candidate whose gradient fingerprint is
 * known takes the known score at once, the others are trained side by side. All join the
 * population, of which the newest stay.
 *
 * <p>All trials have the same seed, so that they meet the same batches and differ by their losses
 * alone. The result depends on the objective, the settings and the seed, not on the number of
 * workers.
 *
 * <p>An asynchronous search has no generations: as soon as a training ends, its candidate joins and
 * another one is drawn. Its result depends on the order of endings as well ({@link Conveyor}).
 */
public final class ZeroSearch {
  private static final long DRAW = 1;
  private static final long EVALUATE = 2;
  // Candidates screened in one native call: as many as it takes, by the experience so far, to fill
  // the generation; enough to keep all cores busy.
  private static final int SMALLEST_BLOCK = 32;
  private static final int LARGEST_BLOCK = 1024;
  // Of a thousand random graphs, a few pass; where of so many none does, none will.
  private static final int MOST_IN_VAIN = 200_000;

  private final ZeroSettings settings;
  private final LossRejection screening;
  private final Trainings trainings;
  private final Listener listener;

  private final Population population;
  private final Offspring variation;
  private final Nursery nursery; // null where candidates from scratch are drawn as a whole
  private final Ancestors ancestors;
  private final Map<Long, Scored> byFingerprint = new HashMap<>();
  // Of those that are being trained, those that wait for their score.
  private final Map<Long, List<LossRejection.Screened>> waiting = new HashMap<>();
  // Rejected in the nursery, and not yet told.
  private final List<Explored> refused = new ArrayList<>();
  private int born;
  private int descended;
  private long judged;
  private SearchStatistics statistics = SearchStatistics.NONE;

  /** Trains candidates side by side. */
  @FunctionalInterface
  public interface Trainings {
    /**
     * Trains the candidates of a generation.
     *
     * @param generation from 0
     * @param seed of every training
     * @param candidates in order
     * @return how each did
     */
    List<Outcome> train(int generation, long seed, List<Genotype> candidates);
  }

  /**
   * How a candidate did.
   *
   * @param result of its training
   * @param score larger is better
   */
  public record Outcome(TrialResult result, double score) {}

  /** Receives what happens; calls never overlap. */
  public interface Listener {
    /** Ignores all calls. */
    Listener NONE = individual -> {};

    /**
     * An individual has joined the population. The order of these calls does not vary from run to
     * run.
     *
     * @param individual the newcomer
     */
    void joined(Individual individual);

    /**
     * Candidates have been screened. The order of these calls does not vary from run to run.
     *
     * @param generation from 0
     * @param first the place of the first one in its generation, from 0
     * @param block the candidates in order
     */
    default void explored(int generation, int first, List<Explored> block) {}

    /**
     * All of a generation have joined.
     *
     * @param generation from 0
     */
    default void stepped(int generation) {}
  }

  /** What is kept of an individual that was trained, also after it has left the population. */
  private record Scored(int id, Outcome outcome) {}

  /**
   * A search. It can be run once.
   *
   * @param settings its sizes
   * @param branches that losses are searched for
   * @param screening decides who is trained
   * @param trainings scores candidates
   * @param listener is told of progress
   */
  public ZeroSearch(
      ZeroSettings settings,
      List<Branch> branches,
      LossRejection screening,
      Trainings trainings,
      Listener listener) {
    this(settings, branches, Ancestors.NONE, screening, trainings, listener);
  }

  /**
   * A search that begins with what earlier ones found. It can be run once.
   *
   * @param settings its sizes
   * @param branches that losses are searched for
   * @param ancestors the first candidates
   * @param screening decides who is trained
   * @param trainings scores candidates
   * @param listener is told of progress
   */
  public ZeroSearch(
      ZeroSettings settings,
      List<Branch> branches,
      Ancestors ancestors,
      LossRejection screening,
      Trainings trainings,
      Listener listener) {
    this.settings = settings;
    this.ancestors = ancestors;
    this.screening = screening;
    this.trainings = trainings;
    this.listener = listener;
    population = new Population(settings.population(), settings.tournament());
    variation = new Offspring(settings, branches);
    nursery =
        branches.size() > 1 && settings.rejection()
            ? new Nursery(variation.generators(), screening, this::refuse)
            : null;
  }

  /**
   * Searches.
   *
   * @param seed of everything random
   * @param enough asked after each block of candidates and each generation, with what has been done
   *     so far; the search ends when it says true
   * @return what became of all that was explored; individuals go to the listener, and are kept no
   *     longer than the population needs them
   */
  public SearchStatistics run(long seed, Predicate<SearchStatistics> enough) {
    return run(seed, Long.MAX_VALUE, enough);
  }

  /**
   * Searches by a number of trainings that is kept exactly.
   *
   * @param seed of everything random
   * @param count how many candidates are trained, at most; the last generation is as large as is
   *     left of them
   * @param enough as above
   * @return as above
   * @throws IllegalStateException if of 200,000 candidates none passes, before any was trained
   */
  public SearchStatistics run(long seed, long count, Predicate<SearchStatistics> enough) {
    long shared = RandomStreams.seed(seed, EVALUATE);
    for (int generation = 0;
        statistics.trained() < count && !enough.test(statistics);
        generation++) {
      int size = generation == 0 ? settings.initial() : settings.generation();
      int wanted = (int) Math.min(size, count - statistics.trained());
      List<LossRejection.Screened> chosen =
          draw(seed, generation, generation == 0, wanted, count, enough);
      train(chosen, generation, shared);
      listener.stepped(generation);
    }
    return statistics;
  }

  /**
   * Searches without generations.
   *
   * @param seed of everything random
   * @param count how many candidates are trained, at most
   * @param conveyor trains, and says what comes next
   * @param enough asked before a candidate is drawn, and after each block
   * @return as above
   * @throws IllegalStateException if of 200,000 candidates none passes, before any was trained
   */
  public SearchStatistics run(
      long seed, long count, Conveyor conveyor, Predicate<SearchStatistics> enough) {
    long shared = RandomStreams.seed(seed, EVALUATE);
    Map<Integer, LossRejection.Screened> running = new HashMap<>();
    boolean over = false;
    int number = 0;
    while (true) {
      boolean wanted = !over && statistics.trained() + running.size() < count;
      if (conveyor.begins(wanted, running.size())) {
        Optional<LossRejection.Screened> drawn =
            enough.test(statistics) ? Optional.empty() : next(seed, number, count, enough);
        over = drawn.isEmpty();
        if (!over) {
          running.put(number, drawn.get());
          conveyor.begin(number, shared, drawn.get().candidate().genotype());
          number++;
        }
      } else if (!running.isEmpty()) {
        int ended = conveyor.next();
        end(running.remove(ended), conveyor.outcome(ended));
        listener.stepped(ended);
      } else {
        return statistics;
      }
    }
  }

  /** Draws until one must be trained; empty if there were enough before. */
  private Optional<LossRejection.Screened> next(
      long seed, int number, long limit, Predicate<SearchStatistics> enough) {
    for (LossRejection.Screened each :
        draw(seed, number, number < settings.initial(), 1, limit, enough)) {
      Long fingerprint = each.fingerprint();
      if (fingerprint != null && byFingerprint.containsKey(fingerprint)) {
        join(each, null);
      } else if (fingerprint != null && waiting.containsKey(fingerprint)) {
        waiting.get(fingerprint).add(each);
      } else {
        if (fingerprint != null) {
          waiting.put(fingerprint, new ArrayList<>());
        }
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** A training has ended: its candidate joins, and those behind it that wait for its score. */
  private void end(LossRejection.Screened trained, Outcome outcome) {
    join(trained, outcome);
    List<LossRejection.Screened> followers = waiting.remove(trained.fingerprint());
    if (followers != null) {
      followers.forEach(each -> join(each, null));
    }
  }

  /**
   * Draws until so many must be trained.
   *
   * @param first whether all are from scratch
   */
  private List<LossRejection.Screened> draw(
      long seed,
      int generation,
      boolean first,
      int wanted,
      long limit,
      Predicate<SearchStatistics> enough) {
    RandomGenerator random = RandomStreams.stream(seed, DRAW, generation);
    List<Individual> parents = population.snapshot();
    List<LossRejection.Screened> chosen = new ArrayList<>();
    int untrained = 0;
    int explored = 0;
    do {
      int count = block(wanted - untrained, statistics.trained() + untrained);
      List<Candidate> block = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Candidate child =
            first || parents.isEmpty() ? null : variation.offspring(population, parents, random);
        (child == null ? fresh(random, enough) : Optional.of(child)).ifPresent(block::add);
      }
      List<Explored> decisions = new ArrayList<>(refused);
      refused.clear();
      for (LossRejection.Screened candidate : screening.screen(block)) {
        if (untrained == wanted) {
          break; // those that are left count as never drawn
        }
        Explored.Decision decision = candidate.rejection();
        if (decision == null) {
          chosen.add(candidate);
          boolean reused = known(candidate, chosen);
          untrained += reused ? 0 : 1;
          decision = reused ? Explored.Decision.REUSED : Explored.Decision.TRAINED;
        }
        judged++;
        statistics = statistics.plus(SearchStatistics.explored(candidate.rejection()));
        decisions.add(
            new Explored(
                candidate.candidate(), candidate.fingerprint(), decision, candidate.branch()));
      }
      listener.explored(generation, explored, decisions);
      explored += decisions.size();
      if (limit < Long.MAX_VALUE && statistics.trained() == 0 && chosen.isEmpty()) {
        requireHope(explored);
      }
    } while (untrained < wanted && !enough.test(statistics.plus(joining(untrained))));
    return chosen;
  }

  private static void requireHope(int explored) {
    if (explored > MOST_IN_VAIN) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "rejection: expected some losses to pass, got none of %,d; take a lower --threshold,"
                  + " or another --rejection-rate",
              explored));
    }
  }

  /** A candidate from scratch, or one of the ancestors first; empty if there are enough. */
  private Optional<Candidate> fresh(RandomGenerator random, Predicate<SearchStatistics> enough) {
    Optional<Genotype> drawn =
        nursery == null
            ? Optional.of(variation.fresh(random).genotype())
            : nursery.next(random, () -> enough.test(statistics));
    Optional<Genotype> own =
        descended < ancestors.count()
            ? drawn.map(others -> ancestors.genotype(descended++, others))
            : drawn;
    return own.map(genotype -> new Candidate(genotype, null, List.of()));
  }

  private void refuse(Explored graph) {
    statistics = statistics.plus(SearchStatistics.explored(graph.decision()));
    refused.add(graph);
  }

  /** How many candidates to draw at once for so many that must be trained. */
  private int block(int wanted, long trained) {
    if (!settings.rejection() && !settings.equivalence()) {
      return wanted; // all of them are trained
    }
    double share = (trained + 1.0) / (judged + 1.0);
    // What a nursery gives has been judged already, so that none is drawn in vain.
    int least = nursery == null ? SMALLEST_BLOCK : wanted;
    return (int) Math.min(LARGEST_BLOCK, Math.max(least, Math.ceil(wanted / share)));
  }

  /** Whether a candidate's score is known, or will be before its turn. */
  private boolean known(LossRejection.Screened candidate, List<LossRejection.Screened> chosen) {
    Long fingerprint = candidate.fingerprint();
    return fingerprint != null
        && (byFingerprint.containsKey(fingerprint)
            || waiting.containsKey(fingerprint)
            || chosen.stream()
                .anyMatch(other -> other != candidate && fingerprint.equals(other.fingerprint())));
  }

  private static SearchStatistics joining(int untrained) {
    return new SearchStatistics(0, 0, 0, 0, 0, 0, untrained, 0);
  }

  private void train(List<LossRejection.Screened> chosen, int generation, long seed) {
    List<Genotype> genotypes = new ArrayList<>();
    List<Integer> places = new ArrayList<>(); // of each chosen one in genotypes; null if it repeats
    Set<Long> fresh = new HashSet<>();
    for (LossRejection.Screened screened : chosen) {
      Long fingerprint = screened.fingerprint();
      boolean repeats =
          fingerprint != null
              && (byFingerprint.containsKey(fingerprint) || !fresh.add(fingerprint));
      places.add(repeats ? null : (Integer) genotypes.size());
      if (!repeats) {
        genotypes.add(screened.candidate().genotype());
      }
    }
    List<Outcome> outcomes = trainings.train(generation, seed, genotypes);
    for (int i = 0; i < chosen.size(); i++) {
      Integer place = places.get(i);
      join(chosen.get(i), place == null ? null : outcomes.get(place));
    }
  }

  /** Adds a newcomer; without an outcome of its own it takes that of its fingerprint. */
  private void join(LossRejection.Screened screened, Outcome own) {
    Scored original = own == null ? byFingerprint.get(screened.fingerprint()) : null;
    Outcome outcome = original == null ? own : original.outcome();
    Individual individual =
        new Individual(
            born++,
            screened.candidate(),
            outcome.result(),
            outcome.score(),
            original == null ? null : (Integer) original.id());
    population.add(individual);
    if (original == null && screened.fingerprint() != null) {
      byFingerprint.put(screened.fingerprint(), new Scored(individual.id(), outcome));
    }
    statistics =
        statistics.plus(
            original == null
                ? new SearchStatistics(0, 0, 0, 0, 0, 0, 1, outcome.result().ok() ? 0 : 1)
                : new SearchStatistics(0, 0, 0, 0, 0, 1, 0, 0));
    listener.joined(individual);
  }
}
