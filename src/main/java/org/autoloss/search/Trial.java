package org.autoloss.search;

/**
 * The place of an evaluation in its search: unique, and the same in each run of the same seed.
 *
 * @param step of the search, from 0
 * @param sample within the step, from 0
 * @param seed of everything random in the evaluation; a search may give the same to several trials,
 *     so that they differ by their candidates alone
 */
public record Trial(int step, int sample, long seed) {}
