package org.autoloss.nn;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Which network: its kind and its size.
 *
 * @param kind the architecture
 * @param width channels at full resolution, from 1 to 1024; the other layers are multiples of it
 * @param classes output channels, from 2 to 1024
 */
public record NetworkSpec(Kind kind, int width, int classes) {
  /** The architectures. */
  public enum Kind {
    /** A U-Net: encoder to a quarter of the resolution, dilated context, skips. */
    UNET,
    /** A plain stack at a quarter of the resolution, no skips. */
    FCN,
    /** Dilated convolutions side by side at half the resolution. */
    ASPP;

    /**
     * The kind of a name, in any case.
     *
     * @param name for example {@code unet}
     * @return the kind
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Kind of(String name) {
      return Arrays.stream(values())
          .filter(kind -> kind.label().equals(name.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "network: expected one of "
                          + Arrays.stream(values())
                              .map(Kind::label)
                              .collect(Collectors.joining(", "))
                          + ", got '"
                          + name
                          + "'"));
    }

    /**
     * The name in text and files.
     *
     * @return lower case
     */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final int LARGEST = 1024;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if a size is out of range
   */
  public NetworkSpec {
    check("width", 1, width);
    check("classes", 2, classes);
  }

  /** A network without memory: its blocks, and where they have declared what they need. */
  record Declared(Scope scope, Architecture architecture) {}

  /** Builds the network; no memory is taken for it yet. */
  Declared declare() {
    Scope scope = Scope.root();
    Architecture architecture =
        Networks.factory(kind.label()).declare(kind.label(), "width=" + width, classes, scope);
    return new Declared(scope, architecture);
  }

  private static void check(String name, int least, int value) {
    if (value < least || value > LARGEST) {
      throw new IllegalArgumentException(
          name + ": expected " + least + " to " + LARGEST + ", got " + value);
    }
  }
}
