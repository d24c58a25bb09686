package org.autoloss.search.evolution;

import org.autoloss.graph.RejectionResult;

/**
 * What the rejection protocol says of a candidate.
 *
 * @param result of the whole
 * @param branch whose graph failed first; null if none did, or there is but one
 */
public record BranchVerdict(RejectionResult result, String branch) {}
