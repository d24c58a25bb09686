package org.autoloss.search.zero;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.autoloss.graph.LossGraph;
import org.autoloss.internal.RandomStreams;
import org.autoloss.search.Evaluation;
import org.autoloss.search.Objective;
import org.autoloss.search.Trial;
import org.autoloss.search.Workers;

/**
 * The evolution of AutoLoss-Zero (Li et al., CVPR 2022, section 3.2).
 *
 * <p>It starts with accepted random graphs. Then, generation by generation, candidates are drawn
 * from the population (a tournament's winner, copied or mutated, or a graph from scratch) until
 * enough of them pass the screening; a candidate whose gradient fingerprint is known takes the
 * known score at once, the others are trained side by side. All join the population, of which the
 * newest stay.
 *
 * <p>All trials have the same seed, so that they meet the same batches and differ by their losses
 * alone. The result depends on the objective, the settings and the seed, not on the number of
 * workers.
 */
public final class ZeroSearch {
  private static final long DRAW = 1;
  private static final long EVALUATE = 2;
  // Candidates screened in one native call: as many as it takes, by the experience so far, to fill
  // the generation; enough to keep all cores busy.
  private static final int SMALLEST_BLOCK = 32;
  private static final int LARGEST_BLOCK = 1024;

  private final ZeroSettings settings;
  private final Screening screening;
  private final Objective<LossGraph> objective;
  private final Listener listener;

  private final Population population;
  private final Variation variation;
  private final Map<Long, Scored> byFingerprint = new HashMap<>();
  private int born;
  private Tally tally = Tally.NONE;

  /** Hears of the progress; calls never overlap. */
  public interface Listener {
    /** Hears nothing. */
    Listener NONE = (individual, trial) -> {};

    /**
     * An individual has joined the population. The order of these calls does not vary from run to
     * run.
     *
     * @param individual the newcomer
     * @param trial where it was trained; null if it took the score of a twin
     */
    void joined(Individual individual, Trial trial);

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
  private record Scored(int id, Evaluation evaluation) {}

  /**
   * A search. It can be run once.
   *
   * @param settings its sizes
   * @param screening decides who is trained
   * @param objective what to maximise
   * @param listener hears of the progress
   */
  public ZeroSearch(
      ZeroSettings settings,
      Screening screening,
      Objective<LossGraph> objective,
      Listener listener) {
    this.settings = settings;
    this.screening = screening;
    this.objective = objective;
    this.listener = listener;
    population = new Population(settings.population(), settings.tournament());
    variation = new Variation(settings);
  }

  /**
   * Searches.
   *
   * @param seed of everything random
   * @param workers who train
   * @param enough asked after each block of candidates and each generation, with what has been done
   *     so far; the search ends when it says true
   * @return what became of all that was explored; individuals go to the listener, and are kept no
   *     longer than the population needs them
   */
  public Tally run(long seed, Workers workers, Predicate<Tally> enough) {
    return run(seed, workers, Long.MAX_VALUE, enough);
  }

  /**
   * Searches by a number of trainings that is kept exactly.
   *
   * @param seed of everything random
   * @param workers who train
   * @param trainings how many candidates are trained, at most; the last generation is as large as
   *     is left of them
   * @param enough as above
   * @return as above
   */
  public Tally run(long seed, Workers workers, long trainings, Predicate<Tally> enough) {
    long shared = RandomStreams.seed(seed, EVALUATE);
    for (int generation = 0; tally.trained() < trainings && !enough.test(tally); generation++) {
      int size = generation == 0 ? settings.initial() : settings.generation();
      int wanted = (int) Math.min(size, trainings - tally.trained());
      List<Screening.Screened> chosen = draw(seed, generation, wanted, enough);
      train(chosen, generation, shared, workers);
      listener.stepped(generation);
    }
    return tally;
  }

  /** Draws until so many must be trained. */
  private List<Screening.Screened> draw(
      long seed, int generation, int wanted, Predicate<Tally> enough) {
    boolean first = generation == 0;
    RandomGenerator random = RandomStreams.stream(seed, DRAW, generation);
    List<Individual> parents = population.snapshot();
    List<Screening.Screened> chosen = new ArrayList<>();
    int untrained = 0;
    int explored = 0;
    do {
      int count = block(wanted - untrained, tally.trained() + untrained);
      List<Candidate> block = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        block.add(
            first || parents.isEmpty()
                ? variation.fresh(random)
                : variation.offspring(population, parents, random));
      }
      List<Explored> decisions = new ArrayList<>();
      for (Screening.Screened candidate : screening.screen(block)) {
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
        tally = tally.plus(Tally.explored(candidate.rejection()));
        decisions.add(new Explored(candidate.candidate(), candidate.fingerprint(), decision));
      }
      listener.explored(generation, explored, decisions);
      explored += decisions.size();
    } while (untrained < wanted && !enough.test(tally.plus(joining(untrained))));
    return chosen;
  }

  /** How many candidates to draw at once for so many that must be trained. */
  private int block(int wanted, long trained) {
    if (!settings.rejection() && !settings.equivalence()) {
      return wanted; // all of them are trained
    }
    double share = (trained + 1.0) / (tally.explored() + 1.0);
    return (int) Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, Math.ceil(wanted / share)));
  }

  /** Whether a candidate's score is known, or will be before its turn. */
  private boolean known(Screening.Screened candidate, List<Screening.Screened> chosen) {
    Long fingerprint = candidate.fingerprint();
    return fingerprint != null
        && (byFingerprint.containsKey(fingerprint)
            || chosen.stream()
                .anyMatch(other -> other != candidate && fingerprint.equals(other.fingerprint())));
  }

  private static Tally joining(int untrained) {
    return new Tally(0, 0, 0, 0, 0, 0, untrained, 0);
  }

  private void train(List<Screening.Screened> chosen, int generation, long seed, Workers workers) {
    List<Callable<Evaluation>> tasks = new ArrayList<>();
    List<Trial> trials = new ArrayList<>();
    Map<Long, Integer> first = new HashMap<>();
    for (Screening.Screened screened : chosen) {
      Long fingerprint = screened.fingerprint();
      boolean repeats =
          fingerprint != null
              && (byFingerprint.containsKey(fingerprint) || first.containsKey(fingerprint));
      Trial trial = repeats ? null : new Trial(generation, tasks.size(), seed);
      trials.add(trial);
      if (!repeats) {
        first.put(fingerprint, tasks.size());
        tasks.add(() -> objective.evaluate(screened.candidate().graph(), trial));
      }
    }
    List<Evaluation> evaluations = workers.run(tasks);
    for (int i = 0; i < chosen.size(); i++) {
      Trial trial = trials.get(i);
      join(chosen.get(i), trial, trial == null ? null : evaluations.get(trial.sample()));
    }
  }

  private void join(Screening.Screened screened, Trial trial, Evaluation evaluation) {
    Scored twin = trial == null ? byFingerprint.get(screened.fingerprint()) : null;
    Individual individual =
        twin == null
            ? new Individual(born++, screened.candidate(), evaluation, null)
            : new Individual(born++, screened.candidate(), twin.evaluation(), twin.id());
    population.add(individual);
    if (twin == null && screened.fingerprint() != null) {
      byFingerprint.put(screened.fingerprint(), new Scored(individual.id(), evaluation));
    }
    boolean stopped = individual.evaluation().status() == Evaluation.Status.NOT_FINITE;
    tally =
        tally.plus(
            twin == null
                ? new Tally(0, 0, 0, 0, 0, 0, 1, stopped ? 1 : 0)
                : new Tally(0, 0, 0, 0, 0, 1, 0, 0));
    listener.joined(individual, trial);
  }
}
