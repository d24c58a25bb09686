package org.autoloss.search.evolution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.graph.LossGraph;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;
import org.autoloss.graph.RejectionResult.Status;

/**
 * A protocol that remembers what it said of the graphs it was asked for last. Of what a search
 * draws, seven graphs of ten have been drawn before: there are few small ones, and a mutation of
 * one branch leaves the others as they are. Verdicts are those of the protocol, to the bit.
 */
final class RecentVerdicts implements RejectionProtocol {
  private static final int MOST = 20_000;

  private final RejectionProtocol protocol;
  private final Map<LossGraph, RejectionResult> remembered = new Recent();

  RecentVerdicts(RejectionProtocol protocol) {
    this.protocol = protocol;
  }

  @Override
  public List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known) {
    List<RejectionResult> verdicts = recall(graphs, known);
    List<LossGraph> fresh = new ArrayList<>();
    for (int i = 0; i < graphs.size(); i++) {
      if (verdicts.get(i) == null) {
        fresh.add(graphs.get(i));
      }
    }
    if (!fresh.isEmpty()) {
      List<RejectionResult> found = protocol.evaluate(fresh, known);
      remember(fresh, found);
      Iterator<RejectionResult> next = found.iterator();
      verdicts.replaceAll(verdict -> verdict == null ? next.next() : verdict);
    }
    return verdicts;
  }

  /** What can be said without the protocol; null of other graphs. */
  private synchronized List<RejectionResult> recall(List<LossGraph> graphs, long[] known) {
    List<RejectionResult> verdicts = new ArrayList<>(graphs.size());
    for (LossGraph graph : graphs) {
      RejectionResult before = remembered.get(graph);
      verdicts.add(before == null ? null : again(before, known));
    }
    return verdicts;
  }

  private synchronized void remember(List<LossGraph> graphs, List<RejectionResult> verdicts) {
    for (int i = 0; i < graphs.size(); i++) {
      // The second of two equal graphs in one call says less than the first.
      boolean less = verdicts.get(i).status() == Status.DUPLICATE;
      if (!less || !remembered.containsKey(graphs.get(i))) {
        remembered.put(graphs.get(i), verdicts.get(i));
      }
    }
  }

  /** The verdict of a graph that comes again; null if the protocol must be asked. */
  private static RejectionResult again(RejectionResult before, long[] known) {
    if (before.status() == Status.NO_GRADIENT) {
      return before;
    }
    if (known == null) {
      return before.status() == Status.DUPLICATE ? null : before;
    }
    // One that is not finite may have been so before any step, and then has no fingerprint.
    boolean told = before.status() != Status.NOT_FINITE;
    return told && Arrays.binarySearch(known, before.fingerprint()) >= 0
        ? new RejectionResult(Status.DUPLICATE, 0, before.norms(), before.fingerprint())
        : null;
  }

  /** What was used last. */
  private static final class Recent extends LinkedHashMap<LossGraph, RejectionResult> {
    private static final long serialVersionUID = 1;

    Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<LossGraph, RejectionResult> eldest) {
      return size() > MOST;
    }
  }
}
