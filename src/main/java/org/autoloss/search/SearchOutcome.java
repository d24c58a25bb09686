package org.autoloss.search;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a search has tried.
 *
 * @param proxies how many losses were trained
 * @param trained those of them that are worth keeping, in the order of the search: at least the
 *     best whose training came to its end, and all of them where the objective has several metrics
 * @param favourite a loss that is confirmed whatever its proxy scored, such as a policy's last mean
 * @param details what else programs may want to know of the search, beside the result
 * @param conclusion what the method has to say of the loss that is confirmed
 */
public record SearchOutcome(
    long proxies,
    List<ScoredLoss> trained,
    Optional<ScoredLoss> favourite,
    ObjectNode details,
    Conclusion conclusion) {
  /** Adds what a method knows of the loss that was confirmed. */
  @FunctionalInterface
  public interface Conclusion {
    /** Says nothing. */
    Conclusion NONE = (winner, artefact, provenance) -> {};

    /**
     * Completes the artefact, and may write documents about the loss.
     *
     * @param winner the loss that was confirmed
     * @param artefact of the loss
     * @param provenance the artefact's field of that name
     * @throws IOException if a document cannot be written
     */
    void of(ScoredLoss winner, ObjectNode artefact, ObjectNode provenance) throws IOException;
  }

  /** Copies the list. */
  public SearchOutcome {
    trained = List.copyOf(trained);
  }

  /**
   * The losses whose proxies came to their end.
   *
   * @return in the order of the search
   */
  public List<ScoredLoss> complete() {
    return trained.stream().filter(loss -> loss.result().ok()).toList();
  }

  /**
   * The losses to confirm: the best distinct ones, and the favourite.
   *
   * @param count how many of the best
   * @return by name, best first; of equals the earlier one first
   */
  public Map<String, ScoredLoss> finalists(int count) {
    Map<String, ScoredLoss> byLoss = new LinkedHashMap<>();
    List<ScoredLoss> best = new ArrayList<>(complete());
    best.sort(Comparator.comparingDouble(loss -> -loss.score()));
    for (ScoredLoss loss : best) {
      if (byLoss.size() < count) {
        byLoss.putIfAbsent(loss.loss(), loss);
      }
    }
    favourite.ifPresent(loss -> byLoss.putIfAbsent(loss.loss(), loss));
    Map<String, ScoredLoss> finalists = new LinkedHashMap<>();
    byLoss.values().forEach(loss -> finalists.put(loss.name(), loss));
    return finalists;
  }
}
