package org.autoloss.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.autoloss.internal.Json;

/**
 * When a search ends before its time: its best so far is then confirmed and tested as usual.
 *
 * @param seconds of warm start and search, over all sessions of the run; infinite for no limit
 * @param candidates trained by Auto Seg-Loss, or explored by AutoLoss-Zero; {@link Long#MAX_VALUE}
 *     for no limit
 */
public record Budget(double seconds, long candidates) {
  /** No limit. */
  public static final Budget NONE = new Budget(Double.POSITIVE_INFINITY, Long.MAX_VALUE);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a limit is not above 0
   */
  public Budget {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("budget: expected a time above 0, got " + seconds);
    }
    if (candidates < 1) {
      throw new IllegalArgumentException("candidates: expected at least 1, got " + candidates);
    }
  }

  ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    if (seconds < Double.POSITIVE_INFINITY) {
      json.put("seconds", seconds);
    }
    if (candidates < Long.MAX_VALUE) {
      json.put("candidates", candidates);
    }
    return json;
  }

  static Budget of(JsonNode json) {
    return new Budget(
        json.path("seconds").asDouble(Double.POSITIVE_INFINITY),
        json.path("candidates").asLong(Long.MAX_VALUE));
  }
}
