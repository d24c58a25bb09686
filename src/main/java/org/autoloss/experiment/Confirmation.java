package org.autoloss.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.Tasks;

/**
 * What the best candidates of a search must pass: longer trainings beside the losses that people
 * use.
 *
 * @param split that decides: {@link Split#CONFIRM}, which no score of the search has seen, or
 *     {@link Split#REWARD} again
 * @param baselines that must be beaten as well, specifications or artefacts by the names of their
 *     rows, beside the task's own baseline
 * @param network a second one that they are trained with as well, as in the task's settings; null
 *     for none
 * @param ratesBy name of the baseline that learning rates are tried by, where the task tries some;
 *     null for the task's own
 */
public record Confirmation(
    Split split, Map<String, String> baselines, String network, String ratesBy) {
  /** On the reward split again, against the task's baseline alone. */
  public static final Confirmation ON_REWARD = new Confirmation(Split.REWARD, Map.of());

  private static final String SPLIT = "confirmSplit";
  private static final String BASELINES = "baselines";
  private static final String NETWORK = "confirmNetwork";
  private static final String RATES_BY = "ratesBy";
  private static final String OF_TASK = "network";

  /**
   * Checks the split and the name.
   *
   * @throws IllegalArgumentException if it is another one, or there is no baseline of the name
   */
  public Confirmation {
    if (split != Split.CONFIRM && split != Split.REWARD) {
      throw new IllegalArgumentException(
          "confirmation: expected the confirm or the reward split, got " + split.label());
    }
    baselines = Collections.unmodifiableMap(new LinkedHashMap<>(baselines));
    if (ratesBy != null && !baselines.containsKey(ratesBy)) {
      throw new IllegalArgumentException(
          "confirmation: expected rates tried by a baseline, one of "
              + baselines.keySet()
              + ", got "
              + ratesBy);
    }
  }

  /**
   * A confirmation with the task's network alone.
   *
   * @param split that decides
   * @param baselines that must be beaten as well
   */
  public Confirmation(Split split, Map<String, String> baselines) {
    this(split, baselines, null, null);
  }

  /** The loss that learning rates of trainings are tried by. */
  String judge(Task task) {
    return ratesBy == null ? task.baseline() : baselines.get(ratesBy);
  }

  /**
   * The task with the second network.
   *
   * @param task of the search
   * @return empty if there is no second network
   * @throws IllegalArgumentException if the task has no such setting, or cannot use the network
   */
  Optional<Task> elsewhere(Task task) {
    if (network == null) {
      return Optional.empty();
    }
    ObjectNode settings = task.toJson();
    if (!settings.has(OF_TASK)) {
      throw new IllegalArgumentException(
          "confirmation: expected a task whose network is a setting, for a second one, got "
              + settings.path("kind").asText());
    }
    return Optional.of(Tasks.open(settings.put(OF_TASK, network)));
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
    if (network != null) {
      json.put(NETWORK, network);
    }
    if (ratesBy != null) {
      json.put(RATES_BY, ratesBy);
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
    return new Confirmation(
        unseen ? Split.CONFIRM : Split.REWARD,
        baselines,
        json.path(NETWORK).asText(null),
        json.path(RATES_BY).asText(null));
  }
}
