package org.autoloss.loss;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;

/**
 * The options of a loss, from a specification ({@code tversky:alpha=0.3,beta=0.7}, {@code
 * lovasz:per_image}) or from the fields of a JSON artefact.
 *
 * <pre>
 * argument = option { "," option }
 * option   = name [ "=" value ]
 * </pre>
 *
 * A loss asks for each option it knows, then calls {@link #requireAllKnown}.
 */
public final class LossOptions {
  private static final String BARE = "";
  private static final Set<String> COMMON = Set.of("autoloss", "kind", "provenance");

  private final String loss;
  private final Map<String, String> given;
  private final Set<String> known = new TreeSet<>();

  private LossOptions(String loss, Map<String, String> given) {
    this.loss = loss;
    this.given = given;
  }

  /**
   * The options of a specification.
   *
   * @param loss its name, for messages
   * @param argument what follows the colon, may be empty
   * @return the options
   * @throws IllegalArgumentException if an option is empty or given twice
   */
  public static LossOptions parse(String loss, String argument) {
    Map<String, String> given = new LinkedHashMap<>();
    String[] options = argument.isBlank() ? new String[0] : argument.split(",", -1);
    for (String option : options) {
      int equals = option.indexOf('=');
      String name = (equals < 0 ? option : option.substring(0, equals)).strip();
      String value = equals < 0 ? BARE : option.substring(equals + 1).strip();
      if (name.isEmpty() || equals >= 0 && value.isEmpty()) {
        throw new IllegalArgumentException(
            loss
                + ": expected options such as name=value,name=value, got '"
                + Excerpt.of(argument)
                + "'");
      }
      if (given.put(name, value) != null) {
        throw new IllegalArgumentException(
            loss + ": expected each option once, got two " + Excerpt.of(name));
      }
    }
    return new LossOptions(loss, given);
  }

  /**
   * The options that an artefact holds: its fields, but for those that every artefact may have,
   * {@code autoloss}, {@code kind} and {@code provenance}.
   *
   * @param loss its kind, for messages
   * @param artefact the JSON object
   * @return the options
   */
  public static LossOptions of(String loss, ObjectNode artefact) {
    Map<String, String> given = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : artefact.properties()) {
      if (!COMMON.contains(field.getKey())) {
        given.put(field.getKey(), field.getValue().asText());
      }
    }
    return new LossOptions(loss, given);
  }

  /**
   * An artefact: the counterpart of {@link #of}.
   *
   * @param kind the loss's name
   * @param options numbers, booleans and strings by name, in order
   * @return one JSON object
   */
  public static String toJson(String kind, Map<String, ?> options) {
    ObjectNode artefact = Json.MAPPER.createObjectNode();
    artefact.put("autoloss", LossParser.VERSION).put("kind", kind);
    options.forEach((name, value) -> artefact.set(name, Json.MAPPER.valueToTree(value)));
    return artefact.toString();
  }

  /**
   * A number.
   *
   * @param name of the option
   * @param fallback where it is not given
   * @return its value
   * @throws IllegalArgumentException if it is not a number
   */
  public double number(String name, double fallback) {
    known.add(name);
    String text = given.get(name);
    if (text == null) {
      return fallback;
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw wrong(name, "a number", text, e);
    }
  }

  /**
   * A number that has a usual value: {@code name} alone stands for it.
   *
   * @param name of the option
   * @param fallback where it is not given
   * @param usual where it is given without a value
   * @return its value
   * @throws IllegalArgumentException if it is not a number
   */
  public double number(String name, double fallback, double usual) {
    known.add(name);
    return BARE.equals(given.get(name)) ? usual : number(name, fallback);
  }

  /**
   * A switch: {@code name}, {@code name=true} or {@code name=false}.
   *
   * @param name of the option
   * @return whether it is on; false where it is not given
   * @throws IllegalArgumentException if its value is another
   */
  public boolean flag(String name) {
    known.add(name);
    String text = given.getOrDefault(name, "false");
    return switch (text) {
      case BARE, "true" -> true;
      case "false" -> false;
      default -> throw wrong(name, "true or false", text, null);
    };
  }

  /**
   * A whole number.
   *
   * @param name of the option
   * @param fallback where it is not given
   * @return its value
   * @throws IllegalArgumentException if it is not a whole number
   */
  public int whole(String name, int fallback) {
    double value = number(name, fallback);
    if (value != (int) value) {
      throw wrong(name, "a whole number", given.get(name), null);
    }
    return (int) value;
  }

  /**
   * One of two words.
   *
   * @param name of the option
   * @param usual the one that stands where the option is not given
   * @param other the other one
   * @return whether it is the other one
   * @throws IllegalArgumentException if its value is neither
   */
  public boolean choice(String name, String usual, String other) {
    known.add(name);
    String text = given.getOrDefault(name, usual);
    if (!text.equals(usual) && !text.equals(other)) {
      throw wrong(name, usual + " or " + other, text, null);
    }
    return text.equals(other);
  }

  /**
   * Whether an option is given at all.
   *
   * @param name of the option
   * @return whether it is
   */
  public boolean has(String name) {
    return given.containsKey(name);
  }

  /**
   * What a class without a labelled pixel does: {@code absent=skip} (also where it is not given) or
   * {@code absent=count}.
   *
   * @return the choice
   * @throws IllegalArgumentException if its value is another
   */
  public AbsentClasses absent() {
    known.add("absent");
    String text = given.getOrDefault("absent", "skip");
    return switch (text) {
      case "skip" -> AbsentClasses.SKIP;
      case "count" -> AbsentClasses.COUNT;
      default -> throw wrong("absent", "skip or count", text, null);
    };
  }

  /**
   * Refuses options that nobody has asked for.
   *
   * @throws IllegalArgumentException if there is one
   */
  public void requireAllKnown() {
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            loss
                + ": expected "
                + (known.isEmpty() ? "no option" : "the options " + String.join(", ", known))
                + ", got '"
                + Excerpt.of(name)
                + "'");
      }
    }
  }

  private IllegalArgumentException wrong(
      String name, String expected, String got, RuntimeException cause) {
    return new IllegalArgumentException(
        loss + ": " + name + ": expected " + expected + ", got '" + Excerpt.of(got) + "'", cause);
  }
}
