package org.autoloss.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.autoloss.internal.Json;

/**
 * How the list of the reward split is divided, by position. Hundreds of candidates that are chosen
 * on one list fit it: what confirms them must be another, and a reward over folds asks that a loss
 * serve all of its parts.
 *
 * @param confirm the share at the list's end that becomes the confirmation split, which no score of
 *     a search sees; 0 if there is none, or it has a list of its own
 * @param folds how many the rest has, 1 to score it as a whole
 * @param score of the folds
 */
public record Division(double confirm, int folds, FoldScore score) {
  /** The reward split as it is. */
  public static final Division NONE = new Division(0, 1, FoldScore.MEAN);

  private static final String FIELD = "division";
  private static final int MOST_FOLDS = 100;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the share is not in {@code [0, 0.9]}, or there are not 1 to
   *     100 folds
   */
  public Division {
    if (!(confirm >= 0 && confirm <= 0.9)) {
      throw new IllegalArgumentException(
          "confirm share: expected 0 to 0.9 of the reward split, got " + confirm);
    }
    if (folds < 1 || folds > MOST_FOLDS) {
      throw new IllegalArgumentException("folds: expected 1 to " + MOST_FOLDS + ", got " + folds);
    }
  }

  /** The parts that a search scores on. */
  List<Range> rewards() {
    return new Range(0, 1 - confirm).folds(folds);
  }

  /** The part that confirms. */
  Range confirmation() {
    return new Range(1 - confirm, 1);
  }

  /** Adds the division to a task's JSON. */
  void putInto(ObjectNode json) {
    json.set(
        FIELD,
        Json.MAPPER
            .createObjectNode()
            .put("confirm", confirm)
            .put("folds", folds)
            .put("score", score.label()));
  }

  /**
   * The division that a task's JSON holds.
   *
   * @param settings a task's
   * @return {@link #NONE} if it holds none
   * @throws IllegalArgumentException if it holds a wrong one
   */
  static Division of(JsonNode settings) {
    JsonNode json = settings.path(FIELD);
    return json.isMissingNode()
        ? NONE
        : new Division(
            json.path("confirm").asDouble(),
            json.path("folds").asInt(1),
            FoldScore.of(json.path("score").asText(FoldScore.MEAN.label())));
  }

  /**
   * Divides a task's reward split.
   *
   * @param task undivided
   * @return a task that measures by this division; the same one if there is nothing to divide
   * @throws IllegalArgumentException if the task measures whole splits only, or a part would be
   *     empty
   */
  public Task apply(Task task) {
    return equals(NONE) ? task : new DividedTask(task, this);
  }
}
