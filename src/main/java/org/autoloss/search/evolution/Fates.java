package org.autoloss.search.evolution;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.autoloss.internal.Json;

/**
 * Counts what became of explored losses, by branch where there are several: there a rejected
 * candidate is one of the branch whose graph failed.
 */
public final class Fates {
  private static final String OF_BRANCH = ": ";

  private final Map<String, Long> counts = new TreeMap<>();

  /** Nothing is counted yet. */
  public Fates() {}

  /**
   * Counts more.
   *
   * @param block of explored losses
   * @return these fates
   */
  public Fates add(List<Explored> block) {
    block.forEach(each -> counts.merge(label(each), 1L, Long::sum));
    return this;
  }

  /** For example {@code below_threshold}, or {@code loss_box_reg: below_threshold}. */
  private static String label(Explored explored) {
    String fate = explored.decision().name().toLowerCase(Locale.ROOT);
    return explored.branch() == null ? fate : explored.branch() + OF_BRANCH + fate;
  }

  /**
   * The counts.
   *
   * @return by fate, or by branch and fate, in alphabetical order
   */
  public Map<String, Double> counts() {
    Map<String, Double> numbers = new TreeMap<>();
    counts.forEach((label, count) -> numbers.put(label, (double) count));
    return numbers;
  }

  /** Whether fates are told apart by branches. */
  boolean ofBranches() {
    return counts.keySet().stream().anyMatch(label -> label.contains(OF_BRANCH));
  }

  /**
   * Adds the fates of each branch to a tally.
   *
   * @param tally gets the field {@code branches}, if there are several
   */
  public void putInto(ObjectNode tally) {
    if (!ofBranches()) {
      return;
    }
    ObjectNode branches = tally.putObject("branches");
    counts.forEach(
        (label, count) -> {
          int at = label.indexOf(OF_BRANCH);
          if (at >= 0) {
            String branch = label.substring(0, at);
            ObjectNode own =
                branches.get(branch) instanceof ObjectNode there
                    ? there
                    : branches.putObject(branch);
            own.put(label.substring(at + OF_BRANCH.length()), count);
          }
        });
  }

  /**
   * A sentence for each branch.
   *
   * @return none if fates are not told apart by branches
   */
  public List<String> sentences() {
    ObjectNode tally = Json.MAPPER.createObjectNode();
    putInto(tally);
    List<String> sentences = new ArrayList<>();
    tally
        .path("branches")
        .properties()
        .forEach(
            branch -> {
              List<String> parts = new ArrayList<>();
              branch
                  .getValue()
                  .properties()
                  .forEach(
                      fate ->
                          parts.add(
                              String.format(
                                  Locale.ROOT,
                                  "%,d %s",
                                  fate.getValue().asLong(),
                                  fate.getKey().replace('_', ' '))));
              sentences.add(branch.getKey() + ", rejected: " + String.join(", ", parts));
            });
    return sentences;
  }
}
