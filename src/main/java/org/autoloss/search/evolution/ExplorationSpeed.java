package org.autoloss.search.evolution;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;

/**
 * How fast losses were explored.
 *
 * @param explored how many
 * @param seconds the time for all of it, trainings included
 * @param screeningSeconds the time in the rejection protocol and the equivalence check alone
 */
public record ExplorationSpeed(long explored, double seconds, double screeningSeconds) {
  /**
   * Explored losses a second, trainings included.
   *
   * @return 0 if no time has passed
   */
  public double rate() {
    return seconds > 0 ? explored / seconds : 0;
  }

  /**
   * Explored losses a second of screening.
   *
   * @return 0 if nothing was screened
   */
  public double screeningRate() {
    return screeningSeconds > 0 ? explored / screeningSeconds : 0;
  }

  /**
   * The speed as data.
   *
   * @return one JSON object
   */
  public ObjectNode toJson() {
    return Json.MAPPER
        .createObjectNode()
        .put("explored", explored)
        .put("seconds", seconds)
        .put("screeningSeconds", screeningSeconds)
        .put("perSecond", rate())
        .put("perSecondOfScreening", screeningRate());
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "explored %,d losses in %.1f s, %s a second; screening alone %.1f s, %s a second",
        explored,
        seconds,
        Display.rate(rate()),
        screeningSeconds,
        Display.rate(screeningRate()));
  }
}
