package org.autoloss.search.evolution;

/**
 * The sizes of the evolution.
 *
 * @param population how many individuals stay: the newest; the paper's P is 2,500
 * @param initial how many accepted random graphs it starts with; the paper's K is 20
 * @param tournament the share of the population that a tournament looks at; the paper's T is 0.05
 * @param copies the share of offspring that repeats its parent, and so makes it young again
 * @param fresh the share of offspring that is drawn from scratch
 * @param mutations how many mutations the rest undergoes
 * @param maxDepth the largest depth of graphs drawn from scratch
 * @param maxOperators mutants with more operators are drawn again
 * @param generation how many candidates are trained before the population is looked at again;
 *     independent of the number of workers, so that the result is, too; 0 for none: a worker that
 *     is free gets a candidate at once, and the result depends on the order in which trainings end
 * @param rejection whether candidates must pass the rejection protocol
 * @param equivalence whether candidates with a known gradient fingerprint take the known score
 * @param earlyStop whether a proxy ends as soon as its loss is NaN or infinite
 * @param balance whether in a network of several branches a graph gets the weight at which its
 *     gradient is as large as that of the branch's usual loss
 * @param halving the share of a proxy's steps after which it ends unless it is in the better half
 *     of those before it at that point; 0 for none
 */
public record ZeroSettings(
    int population,
    int initial,
    double tournament,
    double copies,
    double fresh,
    int mutations,
    int maxDepth,
    int maxOperators,
    int generation,
    boolean rejection,
    boolean equivalence,
    boolean earlyStop,
    boolean balance,
    double halving) {
  /** The paper's settings, with generations of 8 and at most 20 operators. */
  public static final ZeroSettings DEFAULT =
      new ZeroSettings(2500, 20, 0.05, 0.1, 0.5, 2, 3, 20, 8, true, true, true, true, 0);

  private static final int MOST_INITIAL = 100_000;
  private static final double FEW_TOURNAMENT = 0.3;
  private static final double FEW_FRESH = 0.25;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public ZeroSettings {
    check("population", population >= 1, "1 or more", population);
    check("initial", initial >= 1 && initial <= MOST_INITIAL, "1 to 100,000", initial);
    check("tournament", tournament > 0 && tournament <= 1, "above 0, to 1", tournament);
    check("copies", copies >= 0 && copies <= 1, "0 to 1", copies);
    check("fresh", fresh >= 0 && copies + fresh <= 1, "0 to 1 - copies", fresh);
    check("mutations", mutations >= 1, "1 or more", mutations);
    check("maxDepth", maxDepth >= 1 && maxDepth <= 10, "1 to 10", maxDepth);
    check("maxOperators", maxOperators >= 1 && maxOperators <= 60, "1 to 60", maxOperators);
    check("generation", generation >= 0, "0 or more", generation);
    check("halving", halving >= 0 && halving < 1, "0 to below 1", halving);
  }

  /**
   * Settings for a search of some dozens of trainings: a third of them from scratch, parents that
   * are the best of three tenths of the population, and a quarter of the offspring from scratch.
   * The paper's are for thousands: of 40 trainings, 30 would be of random graphs, and as a
   * twentieth of so small a population is one individual, it would be the parent whatever its
   * score.
   *
   * @param trainings how many there will be, 1 or more
   * @return settings
   */
  public static ZeroSettings ofFew(int trainings) {
    return DEFAULT.withSelection(
        Math.min(MOST_INITIAL, Math.max(2, trainings / 3)), FEW_TOURNAMENT, FEW_FRESH);
  }

  /**
   * The same, with another beginning and other parents.
   *
   * @param first how many candidates are drawn from scratch before there are parents
   * @param entrants the share of the population that enters a tournament
   * @param scratch the share of offspring that is drawn from scratch
   * @return new settings
   */
  public ZeroSettings withSelection(int first, double entrants, double scratch) {
    return new ZeroSettings(
        population,
        first,
        entrants,
        copies,
        scratch,
        mutations,
        maxDepth,
        maxOperators,
        generation,
        rejection,
        equivalence,
        earlyStop,
        balance,
        halving);
  }

  /**
   * The same, with generations of another size.
   *
   * @param together how many candidates are trained before the population is looked at again
   * @return new settings
   */
  public ZeroSettings withGeneration(int together) {
    return with(together, rejection, equivalence, earlyStop, balance, halving);
  }

  /**
   * The same settings without generations.
   *
   * @return new settings
   */
  public ZeroSettings asynchronous() {
    return withGeneration(0);
  }

  /** Whether a generation waits for its slowest training. */
  boolean inGenerations() {
    return generation > 0;
  }

  /**
   * The same sizes with the economies switched on or off.
   *
   * @param reject whether candidates must pass the rejection protocol
   * @param reuse whether known fingerprints take the known score
   * @param stop whether proxies end at NaN or infinity
   * @return new settings
   */
  public ZeroSettings with(boolean reject, boolean reuse, boolean stop) {
    return with(generation, reject, reuse, stop, balance, halving);
  }

  /**
   * The same, with graphs balanced against the usual losses or not.
   *
   * @param balanced whether they are
   * @return new settings
   */
  public ZeroSettings withBalance(boolean balanced) {
    return with(generation, rejection, equivalence, earlyStop, balanced, halving);
  }

  /**
   * The same, with successive halving of proxies.
   *
   * @param share of their steps after which the worse half ends; 0 for none
   * @return new settings
   */
  public ZeroSettings withHalving(double share) {
    return with(generation, rejection, equivalence, earlyStop, balance, share);
  }

  private ZeroSettings with(
      int together, boolean reject, boolean reuse, boolean stop, boolean balanced, double halfway) {
    return new ZeroSettings(
        population,
        initial,
        tournament,
        copies,
        fresh,
        mutations,
        maxDepth,
        maxOperators,
        together,
        reject,
        reuse,
        stop,
        balanced,
        halfway);
  }

  private static void check(String name, boolean valid, String expected, Object got) {
    if (!valid) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", got " + got);
    }
  }
}
