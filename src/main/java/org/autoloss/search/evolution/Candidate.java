package org.autoloss.search.evolution;

import java.util.List;

/**
 * Graphs and where they came from.
 *
 * @param genotype a graph for each branch
 * @param parent the individual that it descends from; null if it was drawn from scratch
 * @param changes what was done to the parent, in order: {@code insert}, {@code delete}, {@code
 *     replace}; empty for a copy
 */
public record Candidate(Genotype genotype, Individual parent, List<Change> changes) {
  /**
   * A mutation and what it made.
   *
   * @param mutation its name
   * @param result the text form of the graphs after it
   */
  public record Change(String mutation, String result) {}
}
