package org.autoloss.spark;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.search.TrialResult;

/**
 * What travels back.
 *
 * @param status of the training; null if there was none
 * @param metrics as of {@link TrialResult}
 * @param seconds that it took
 * @param refusal why there was none, a sentence; null if there was one
 * @param machine where
 * @param network the trained one as the bytes of a checkpoint; null if it was not wanted
 */
record Answer(
    TrialResult.Status status,
    LinkedHashMap<String, Double> metrics,
    double seconds,
    String refusal,
    Machine machine,
    byte[] network)
    implements Serializable {
  static Answer of(TrialResult result, Machine machine, byte[] network) {
    return new Answer(
        result.status(),
        new LinkedHashMap<>(result.metrics()),
        result.seconds(),
        null,
        machine,
        network);
  }

  static Answer refused(String sentence, Machine machine) {
    return new Answer(null, new LinkedHashMap<>(Map.of()), 0, sentence, machine, null);
  }

  TrialResult result() {
    return new TrialResult(status, metrics, seconds, machine.toString());
  }

  /** Whether another training of the same trial gave the same; how long it took may differ. */
  boolean sameAs(Answer other) {
    return status == other.status && metrics.equals(other.metrics);
  }
}
