package org.autoloss.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.autoloss.task.Split;

/**
 * What the best candidates of a search must pass: longer trainings beside the losses that people
 * use.
 *
 * @param split that decides: {@link Split#CONFIRM}, which no score of the search has seen, or
 *     {@link Split#REWARD} again
 * @param baselines that must be beaten as well, specifications or artefacts by the names of their
 *     rows, beside the task's own baseline
 */
public record Confirmation(Split split, Map<String, String> baselines) {
  /** On the reward split again, against the task's baseline alone. */
  public static final Confirmation ON_REWARD = new Confirmation(Split.REWARD, Map.of());

  private static final String SPLIT = "confirmSplit";
  private static final String BASELINES = "baselines";

  /**
   * Checks the split.
   *
   * @throws IllegalArgumentException if it is another one
   */
  public Confirmation {
    if (split != Split.CONFIRM && split != Split.REWARD) {
      throw new IllegalArgumentException(
          "confirmation: expected the confirm or the reward split, got " + split.label());
    }
    baselines = Collections.unmodifiableMap(new LinkedHashMap<>(baselines));
  }

  /** Whether the search has not seen what decides. */
  boolean isUnseen() {
    return split == Split.CONFIRM;
  }

  // What is as it always was is left out, so that runs of before go on.
  void putInto(ObjectNode json) {
    if (isUnseen()) {
      json.put(SPLIT, split.label());
    }
    if (!baselines.isEmpty()) {
      ObjectNode rows = json.putObject(BASELINES);
      baselines.forEach(rows::put);
    }
  }

  static Confirmation of(JsonNode json) {
    Map<String, String> baselines = new LinkedHashMap<>();
    json.path(BASELINES)
        .properties()
        .forEach(row -> baselines.put(row.getKey(), row.getValue().asText()));
    boolean unseen = json.path(SPLIT).asText().equals(Split.CONFIRM.label());
    return new Confirmation(unseen ? Split.CONFIRM : Split.REWARD, baselines);
  }
}
