package org.autoloss.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Excerpt;

/**
 * How the learning rate goes, as a factor of the first one. With {@code t} the share of the steps
 * that are done:
 *
 * <ul>
 *   <li>{@code poly} or {@code poly:POWER}: {@code (1 - t)^power}, 0.9 where it is not given (Chen
 *       et al., DeepLab, TPAMI 2018, section 4.1.1);
 *   <li>{@code step:AT,AT,...}: a tenth from each point on;
 *   <li>{@code cosine}: {@code (1 + cos(pi t)) / 2} (Loshchilov, Hutter, SGDR, ICLR 2017, equation
 *       5);
 *   <li>{@code constant}.
 * </ul>
 *
 * Points are steps, {@code 8000}, or shares of the training, {@code 60%}. The warm-up multiplies
 * this by {@code (step + 1) / warm-up} until it is 1.
 *
 * @param kind the shape
 * @param power of {@code poly}, 0 or more
 * @param milestones of {@code step}
 * @param warmUp where the warm-up ends
 */
public record Schedule(Kind kind, double power, List<Point> milestones, Point warmUp) {
  /** The shapes. */
  public enum Kind {
    /** A power of what is left. */
    POLY,
    /** A tenth from each point on. */
    STEP,
    /** Half a cosine. */
    COSINE,
    /** Always the same. */
    CONSTANT
  }

  /**
   * A point of a training.
   *
   * @param value 0 or more
   * @param percent whether it is a share of the steps, in percent, or a step
   */
  public record Point(double value, boolean percent) {
    /** The beginning. */
    public static final Point START = new Point(0, false);

    /**
     * Reads {@code 8000} or {@code 60%}.
     *
     * @param name of the argument, for messages
     * @param text to read
     * @return the point
     * @throws IllegalArgumentException if it is neither
     */
    public static Point parse(String name, String text) {
      boolean percent = text.endsWith("%");
      String number = percent ? text.substring(0, text.length() - 1) : text;
      try {
        double value = percent ? Double.parseDouble(number) : Integer.parseInt(number);
        if (value >= 0 && (!percent || value <= 100)) {
          return new Point(value, percent);
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw new IllegalArgumentException(
          name
              + ": expected a number of steps, or a share of them from 0% to 100%, got '"
              + Excerpt.of(text)
              + "'");
    }

    double at(int steps) {
      return percent ? Math.floor(value * steps / 100) : value;
    }

    @Override
    public String toString() {
      String number = value == Math.rint(value) ? Long.toString((long) value) : "" + value;
      return percent ? number + "%" : number;
    }
  }

  /** The poly schedule with power 0.9, without warm-up. */
  public static final Schedule POLY = new Schedule(Kind.POLY, 0.9, List.of(), Point.START);

  private static final double DECAY = 0.1;

  /**
   * Checks the power, and copies the milestones.
   *
   * @throws IllegalArgumentException if the power is not 0 or more
   */
  public Schedule {
    if (!(power >= 0 && power < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("power: expected 0 or more, got " + power);
    }
    milestones = List.copyOf(milestones);
  }

  /**
   * Reads a schedule without warm-up.
   *
   * @param text such as {@code poly}, {@code step:60%,90%} or {@code cosine}
   * @return the schedule
   * @throws IllegalArgumentException if it is none
   */
  public static Schedule parse(String text) {
    int colon = text.indexOf(':');
    String kind = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
    String argument = colon < 0 ? "" : text.substring(colon + 1);
    if (kind.equals("poly")) {
      return new Schedule(
          Kind.POLY, argument.isEmpty() ? POLY.power : power(argument), List.of(), Point.START);
    }
    if (kind.equals("step") && !argument.isEmpty()) {
      List<Point> milestones = new ArrayList<>();
      for (String point : argument.split(",", -1)) {
        milestones.add(Point.parse("schedule", point));
      }
      return new Schedule(Kind.STEP, 0, milestones, Point.START);
    }
    if (argument.isEmpty() && (kind.equals("cosine") || kind.equals("constant"))) {
      return new Schedule(Kind.valueOf(kind.toUpperCase(Locale.ROOT)), 0, List.of(), Point.START);
    }
    throw new IllegalArgumentException(
        "schedule: expected poly, poly:POWER, step:AT,AT,... such as step:60%,90%, cosine or"
            + " constant, got '"
            + Excerpt.of(text)
            + "'");
  }

  /**
   * The schedule that JSON describes: {@code schedule}, {@code poly} where it is missing, and
   * {@code warmUp}, none where it is missing.
   *
   * @param json of a task
   * @return the schedule
   * @throws IllegalArgumentException if a field is wrong
   */
  public static Schedule of(JsonNode json) {
    return parse(json.path("schedule").asText(POLY.toString()))
        .withWarmUp(Point.parse("warm-up", json.path("warmUp").asText(Point.START.toString())));
  }

  private static double power(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "schedule: expected poly:POWER with a number, got 'poly:" + Excerpt.of(text) + "'", e);
    }
  }

  /**
   * The same schedule with a warm-up.
   *
   * @param end where the rate is full for the first time
   * @return a new schedule
   */
  public Schedule withWarmUp(Point end) {
    return new Schedule(kind, power, milestones, end);
  }

  /**
   * What the first learning rate is multiplied by.
   *
   * @param step from 0 to {@code steps - 1}
   * @param steps of the training
   * @return above 0
   */
  public double factor(int step, int steps) {
    double warm = warmUp.at(steps);
    double ramp = step < warm ? (step + 1) / warm : 1;
    double done = (double) step / steps;
    return Math.min(1, ramp)
        * switch (kind) {
          case POLY -> Math.pow(1 - done, power);
          case STEP ->
              Math.pow(DECAY, milestones.stream().filter(point -> step >= point.at(steps)).count());
          case COSINE -> (1 + Math.cos(Math.PI * done)) / 2;
          case CONSTANT -> 1;
        };
  }

  /** The text that {@link #parse} reads; the warm-up is not in it. */
  @Override
  public String toString() {
    String name = kind.name().toLowerCase(Locale.ROOT);
    return switch (kind) {
      case POLY -> power == POLY.power ? name : name + ":" + power;
      case STEP -> name + ":" + String.join(",", milestones.stream().map(Point::toString).toList());
      case COSINE, CONSTANT -> name;
    };
  }
}
