package org.autoloss.graph;

import java.util.ArrayList;
import java.util.List;

/**
 * A rejection protocol and one rule more: what the protocol accepts must keep it, too, or is below
 * the threshold.
 */
public abstract class StricterProtocol implements RejectionProtocol {
  private final RejectionProtocol inner;

  /**
   * A rule on top of a protocol.
   *
   * @param inner the protocol
   */
  protected StricterProtocol(RejectionProtocol inner) {
    this.inner = inner;
  }

  /**
   * The rule.
   *
   * @param graph that the protocol accepts
   * @return whether it keeps the rule
   */
  protected abstract boolean keeps(LossGraph graph);

  @Override
  public final List<RejectionResult> evaluate(List<LossGraph> graphs, long[] known) {
    List<RejectionResult> results = new ArrayList<>(inner.evaluate(graphs, known));
    for (int i = 0; i < results.size(); i++) {
      RejectionResult result = results.get(i);
      if (result.accepted() && !keeps(graphs.get(i))) {
        results.set(
            i,
            new RejectionResult(
                RejectionResult.Status.BELOW_THRESHOLD,
                result.score(),
                result.norms(),
                result.fingerprint()));
      }
    }
    return results;
  }
}
