package org.autoloss.search.evolution;

import java.util.List;
import java.util.Map;
import org.autoloss.graph.RejectionProtocol;
import org.autoloss.graph.RejectionResult;

/**
 * The rejection protocol and the gradient-equivalence check for candidates that have a graph for
 * each of several branches.
 */
@FunctionalInterface
public interface GenotypeProtocol {
  /**
   * Evaluates candidates that are not gradient-equivalent to known or earlier ones.
   *
   * @param candidates of the same branches
   * @param known fingerprints, sorted; a candidate that has one of them, or that of an earlier one
   *     of this call, is {@link RejectionResult.Status#DUPLICATE}. Null to switch the check off
   * @return one verdict per candidate, in their order
   */
  List<BranchVerdict> evaluate(List<Genotype> candidates, long[] known);

  /**
   * The protocol of branches. A candidate passes if the protocol of each branch accepts its graph;
   * its score is then their mean, else that of the first branch in which it fails. Its fingerprint
   * is made of those of all branches: two candidates are equivalent if their graphs are, branch by
   * branch.
   *
   * @param byBranch the protocols that there are, by the branch's name; at least one. The graphs of
   *     other branches are all accepted, and differ if their canonical forms do
   * @return an evaluator, safe for use by several threads if the protocols are
   */
  static GenotypeProtocol of(Map<String, RejectionProtocol> byBranch) {
    return new BranchProtocols(byBranch);
  }
}
