package org.autoloss.search;

/**
 * A loss that a search has trained.
 *
 * @param name its place in the search, such as {@code step 2 sample 5}
 * @param loss its artefact, JSON
 * @param result how its proxy did
 * @param score the result's worth in the objective
 */
public record ScoredLoss(String name, String loss, TrialResult result, double score) {}
