package org.autoloss.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Arrays that native code fills with what it says of graphs. */
record NativeVerdicts(double[] norms, int[] status, double[] scores, long[] fingerprints) {
  private static final RejectionResult.Status[] STATUSES = RejectionResult.Status.values();

  NativeVerdicts(int graphs, int samples) {
    this(
        new double[Math.multiplyExact(graphs, samples)],
        new int[graphs],
        new double[graphs],
        new long[graphs]);
  }

  List<RejectionResult> results() {
    int graphs = status.length;
    List<RejectionResult> results = new ArrayList<>(graphs);
    for (int k = 0; k < graphs; k++) {
      int samples = norms.length / graphs;
      double[] own = Arrays.copyOfRange(norms, k * samples, (k + 1) * samples);
      results.add(new RejectionResult(STATUSES[status[k]], scores[k], own, fingerprints[k]));
    }
    return results;
  }
}
