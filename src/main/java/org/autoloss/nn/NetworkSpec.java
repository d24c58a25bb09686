package org.autoloss.nn;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.autoloss.internal.Excerpt;

/**
 * Which network: a name and what its factory is told, as in {@code unet}, {@code unet:width=8} or
 * {@code deeplabv3plus:mobilenet_v2,output_stride=8}.
 *
 * <p>The name need not be that of a {@link NetworkFactory}: a {@link Checkpoint} of a network that
 * is made elsewhere has a text of its own, too.
 *
 * @param text a name, or a name, a colon and options; the name in lower case
 * @param classes how many there are to tell apart, or whatever else its outputs stand for; from 1
 *     to 1024
 */
public record NetworkSpec(String text, int classes) {
  private static final Pattern FORM = Pattern.compile("([A-Za-z0-9_.-]+)(:\\P{Cntrl}*)?");
  private static final int LONGEST = 1_000;
  private static final int MOST_CLASSES = 1024;

  /**
   * Checks text and classes.
   *
   * @throws IllegalArgumentException if the text has no name, or the classes are out of range
   */
  public NetworkSpec {
    Matcher parts = FORM.matcher(text);
    if (text.length() > LONGEST || !parts.matches()) {
      throw new IllegalArgumentException(
          "network: expected a name, or a name with options such as unet:width=8, got '"
              + Excerpt.of(text)
              + "'");
    }
    String name = parts.group(1);
    text = name.toLowerCase(Locale.ROOT) + text.substring(name.length());
    if (classes < 1 || classes > MOST_CLASSES) {
      throw new IllegalArgumentException(
          "classes: expected 1 to " + MOST_CLASSES + ", got " + classes);
    }
  }

  /**
   * The name, for {@link NetworkFactory}.
   *
   * @return what stands before the colon
   */
  public String name() {
    int colon = text.indexOf(':');
    return colon < 0 ? text : text.substring(0, colon);
  }

  /**
   * The options, for {@link NetworkFactory}.
   *
   * @return what stands behind the colon; empty without one
   */
  public String argument() {
    int colon = text.indexOf(':');
    return colon < 0 ? "" : text.substring(colon + 1);
  }

  /**
   * Checks that the network can be made, without making it.
   *
   * @return this
   * @throws IllegalArgumentException if no factory has the name, or it does not understand the
   *     options or the classes
   */
  public NetworkSpec requireKnown() {
    declare();
    return this;
  }

  /**
   * What {@link Network#load} would make of a file's weights, without making the network.
   *
   * @param weights of a file
   * @return which would be used, and which not
   * @throws IllegalArgumentException if no name fits, or the network cannot be made
   */
  public LoadReport match(StateDict weights) {
    return declare().scope().match(weights);
  }

  /** A network without memory: its blocks, and where they have declared what they need. */
  record Declared(Scope scope, Architecture architecture) {}

  /** Builds the network; no memory is taken for it yet. */
  Declared declare() {
    Scope scope = Scope.root();
    Architecture architecture =
        Networks.factory(name()).declare(name(), argument(), classes, scope);
    return new Declared(scope, architecture);
  }
}
