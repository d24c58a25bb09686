package org.autoloss.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;

/**
 * How many pixels each class has in the labels of a split.
 *
 * @param classes the names of the classes
 * @param pixels as many counts
 * @param ignored pixels that are void (255)
 */
public record LabelCounts(List<String> classes, List<Long> pixels, long ignored) {
  /** Void pixels are told of where they are more than this, or where a class has no pixel. */
  private static final double MUCH = 0.5;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if there is not one count for each class
   */
  public LabelCounts {
    if (pixels.size() != classes.size()) {
      throw new IllegalArgumentException(
          "pixels: expected " + classes.size() + " counts, got " + pixels.size());
    }
    classes = List.copyOf(classes);
    pixels = List.copyOf(pixels);
  }

  /**
   * How many pixels have a class.
   *
   * @return the sum over all classes
   */
  public long labelled() {
    return pixels.stream().mapToLong(Long::longValue).sum();
  }

  /**
   * The classes without a pixel.
   *
   * @return their names
   */
  public List<String> absent() {
    List<String> absent = new ArrayList<>();
    for (int c = 0; c < classes.size(); c++) {
      if (pixels.get(c) == 0) {
        absent.add(classes.get(c));
      }
    }
    return absent;
  }

  /**
   * The share of void pixels.
   *
   * @return from 0 to 1
   */
  public double ignoredShare() {
    return (double) ignored / (labelled() + ignored);
  }

  /**
   * What a person should know before trusting a loss or a metric on this split.
   *
   * @param split its name
   * @return a sentence that names the classes without a pixel, and the share of void; empty if
   *     every class has pixels and less than half of all are void
   */
  public Optional<String> warning(String split) {
    List<String> absent = absent();
    if (absent.isEmpty() && ignoredShare() < MUCH) {
      return Optional.empty();
    }
    List<String> parts = new ArrayList<>();
    if (!absent.isEmpty()) {
      parts.add(
          (absent.size() == 1 ? "class %s has" : "classes %s have")
                  .replace("%s", Excerpt.of(String.join(", ", absent)))
              + " no pixel in split "
              + split);
    }
    if (ignored > 0) {
      String share = String.format(Locale.ROOT, "%.1f", 100 * ignoredShare());
      parts.add(
          share + " % of pixels are void (255)" + (absent.isEmpty() ? " in split " + split : ""));
    }
    if (isBinaryMask()) {
      parts.add("in masks of two classes " + absent.get(0) + " is 1, not 255");
    }
    return Optional.of(String.join("; ", parts));
  }

  /** Masks of 0 and 255, where 255 was meant to be the foreground. */
  private boolean isBinaryMask() {
    return classes.size() == 2 && pixels.get(1) == 0 && ignored > 0;
  }

  /**
   * The counts as JSON.
   *
   * @return {@code {"pixels":{"background":93,"cat":7},"void":4}}
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    ObjectNode counts = json.putObject("pixels");
    for (int c = 0; c < classes.size(); c++) {
      counts.put(classes.get(c), pixels.get(c));
    }
    return json.put("void", ignored);
  }
}
