package org.autoloss.search.evolution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.autoloss.graph.RejectionResult;

/**
 * Decides which candidates deserve a proxy: loss rejection, and the memory of gradient fingerprints
 * (Li et al., CVPR 2022, section 3.3). Each can be switched off.
 *
 * <p>The paper compares fingerprints of accepted candidates alone. As ours also tell a loss from
 * its negative, candidates that were rejected are remembered, too, and not optimised again.
 */
public final class LossRejection {
  private final ZeroSettings settings;
  private final GenotypeProtocol evaluator;
  // All fingerprints seen, sorted, but for those of the present block. There are as many as a
  // search
  // is long, so they are kept as numbers.
  private long[] known = {};
  // Those of the present block.
  private final Set<Long> found = new HashSet<>();
  // Those of candidates that were accepted.
  private final Set<Long> accepted = new HashSet<>();
  // Shared with those that judge for the same search.
  private final AtomicLong nanos;

  /**
   * What became of a candidate.
   *
   * @param candidate the candidate
   * @param fingerprint its gradient fingerprint; unique where fingerprints are not used
   * @param rejection why it may not; null if it passes
   * @param branch whose graph failed first; null if none did, or there is but one
   */
  record Screened(
      Candidate candidate, Long fingerprint, Explored.Decision rejection, String branch) {}

  /**
   * A screening.
   *
   * @param settings says what is switched on
   * @param evaluator tries candidates out
   */
  public LossRejection(ZeroSettings settings, GenotypeProtocol evaluator) {
    this(settings, evaluator, new AtomicLong());
  }

  private LossRejection(ZeroSettings settings, GenotypeProtocol evaluator, AtomicLong nanos) {
    this.settings = settings;
    this.evaluator = evaluator;
    this.nanos = nanos;
  }

  /** A screening of the same search that remembers nothing yet; their times are counted as one. */
  LossRejection fresh() {
    return new LossRejection(settings, evaluator, nanos);
  }

  /**
   * How long candidates have been judged, trainings not counted.
   *
   * @return seconds
   */
  public double seconds() {
    return nanos.get() / 1e9;
  }

  /** Judges candidates, in order. */
  List<Screened> screen(List<Candidate> candidates) {
    if (!settings.rejection() && !settings.equivalence()) {
      return candidates.stream()
          .map(candidate -> new Screened(candidate, null, null, null))
          .toList();
    }
    long start = System.nanoTime();
    List<Genotype> genotypes = candidates.stream().map(Candidate::genotype).toList();
    List<BranchVerdict> results =
        evaluator.evaluate(genotypes, settings.equivalence() ? known : null);
    List<Screened> screened = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      RejectionResult verdict = results.get(i).result();
      boolean passes = passes(verdict);
      Explored.Decision rejection = passes ? null : rejection(verdict);
      Long fingerprint = settings.equivalence() ? (Long) verdict.fingerprint() : null;
      String branch = passes ? null : results.get(i).branch();
      screened.add(new Screened(candidates.get(i), fingerprint, rejection, branch));
    }
    known = merged(known, found.stream().mapToLong(Long::longValue).sorted().toArray());
    found.clear();
    nanos.addAndGet(System.nanoTime() - start);
    return screened;
  }

  private boolean passes(RejectionResult verdict) {
    if (verdict.status() == RejectionResult.Status.DUPLICATE) {
      return accepted.contains(verdict.fingerprint());
    }
    boolean passes = verdict.accepted() || !settings.rejection();
    // A graph without a gradient has no fingerprint of its own.
    if (settings.equivalence() && verdict.status() != RejectionResult.Status.NO_GRADIENT) {
      remember(verdict.fingerprint(), passes);
    }
    return passes;
  }

  private void remember(long fingerprint, boolean passes) {
    if (passes) {
      accepted.add(fingerprint);
    } else {
      accepted.remove(fingerprint);
    }
    if (Arrays.binarySearch(known, fingerprint) < 0) {
      found.add(fingerprint);
    }
  }

  // Sorting all of them after each block would cost more than the blocks.
  private static long[] merged(long[] one, long[] other) {
    long[] merged = Arrays.copyOf(one, one.length + other.length);
    int left = one.length;
    int right = other.length;
    for (int at = merged.length - 1; right > 0; at--) {
      boolean takeOne = left > 0 && one[left - 1] > other[right - 1];
      merged[at] = takeOne ? one[--left] : other[--right];
    }
    return merged;
  }

  private static Explored.Decision rejection(RejectionResult verdict) {
    return switch (verdict.status()) {
      case NO_GRADIENT -> Explored.Decision.NO_GRADIENT;
      case NOT_FINITE -> Explored.Decision.NOT_FINITE;
      case DUPLICATE -> Explored.Decision.REPEATED_REJECTED;
      default -> Explored.Decision.BELOW_THRESHOLD;
    };
  }
}
