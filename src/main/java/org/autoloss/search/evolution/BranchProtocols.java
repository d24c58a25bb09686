package org.autoloss.search.evolution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.DoubleStream;
import org.autoloss.graph.CanonicalForm;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.graph.RejectionResult.Status;

/** A protocol for each branch, joined. */
final class BranchProtocols implements GenotypeProtocol {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L; // 2^64 over the golden ratio, odd

  private final Map<String, RejectionProtocol> byBranch = new ConcurrentHashMap<>();

  BranchProtocols(Map<String, RejectionProtocol> byBranch) {
    if (byBranch.isEmpty()) {
      throw new IllegalArgumentException("protocols: expected at least one, got none");
    }
    byBranch.forEach((branch, own) -> this.byBranch.put(branch, new RecentVerdicts(own)));
  }

  @Override
  public List<BranchVerdict> evaluate(List<Genotype> candidates, long[] known) {
    if (candidates.isEmpty()) {
      return List.of();
    }
    Set<String> branches = candidates.get(0).graphs().keySet();
    if (branches.size() == 1) {
      String branch = branches.iterator().next();
      return protocol(branch).evaluate(graphs(candidates, branch), known).stream()
          .map(verdict -> new BranchVerdict(verdict, null))
          .toList();
    }
    // Each branch is judged without the known ones: what is known are fingerprints of the whole.
    Map<String, List<RejectionResult>> verdicts = new LinkedHashMap<>();
    for (String branch : branches) {
      verdicts.put(branch, protocol(branch).evaluate(graphs(candidates, branch), null));
    }
    Set<Long> earlier = new HashSet<>();
    List<BranchVerdict> joined = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      Map<String, RejectionResult> own = new LinkedHashMap<>();
      for (String branch : branches) {
        own.put(branch, verdicts.get(branch).get(i));
      }
      joined.add(join(own, known, earlier));
    }
    return joined;
  }

  private RejectionProtocol protocol(String branch) {
    return byBranch.computeIfAbsent(
        branch, none -> new RecentVerdicts((graphs, known) -> accepted(graphs)));
  }

  private static List<LossGraph> graphs(List<Genotype> candidates, String branch) {
    return candidates.stream().map(candidate -> candidate.graph(branch)).toList();
  }

  private static BranchVerdict join(
      Map<String, RejectionResult> byBranch, long[] known, Set<Long> earlier) {
    Collection<RejectionResult> verdicts = byBranch.values();
    double[] norms = verdicts.stream().flatMapToDouble(v -> DoubleStream.of(v.norms())).toArray();
    long fingerprint = 0;
    for (RejectionResult verdict : verdicts) {
      // Multiplied before the next one is added, so that branches do not change places.
      fingerprint = Long.rotateLeft((fingerprint ^ verdict.fingerprint()) * GOLDEN, 31);
    }
    String failed =
        byBranch.keySet().stream()
            .filter(branch -> !byBranch.get(branch).accepted())
            .findFirst()
            .orElse(null);
    // A graph without a gradient has no fingerprint of its own.
    boolean told = verdicts.stream().allMatch(v -> v.status() != Status.NO_GRADIENT);
    if (known != null
        && told
        && (Arrays.binarySearch(known, fingerprint) >= 0 || !earlier.add(fingerprint))) {
      return new BranchVerdict(
          new RejectionResult(Status.DUPLICATE, 0, norms, fingerprint), failed);
    }
    double score =
        failed == null
            ? verdicts.stream().mapToDouble(RejectionResult::score).average().orElseThrow()
            : byBranch.get(failed).score();
    Status status = failed == null ? Status.ACCEPTED : byBranch.get(failed).status();
    return new BranchVerdict(
        new RejectionResult(told ? status : Status.NO_GRADIENT, score, norms, fingerprint), failed);
  }

  /** The verdicts where there is no protocol. */
  private static List<RejectionResult> accepted(List<LossGraph> graphs) {
    return graphs.stream()
        .map(graph -> CanonicalForm.of(graph).toString())
        .map(text -> new RejectionResult(Status.ACCEPTED, 1, new double[0], hash(text)))
        .toList();
  }

  /** The 64-bit FNV-1a hash. */
  private static long hash(String text) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }
}
