package org.autoloss.cli;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.Optional;
import org.autoloss.internal.Excerpt;

/**
 * What the locale does to names of files. Java takes their encoding from it when it starts, and
 * names that it lacks can be neither read from the command line nor opened.
 */
final class FileNames {
  /** Stands in the arguments where the launcher could not read one. */
  private static final String UNREADABLE = "\uFFFD";

  private FileNames() {}

  /** The encoding of names. */
  static String encoding() {
    return System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name());
  }

  /** Whether it has all characters. */
  static boolean areUnlimited() {
    return Charset.isSupported(encoding())
        && Charset.forName(encoding()).equals(StandardCharsets.UTF_8);
  }

  /** What is wrong with the first argument that could not be read, if there is one. */
  static Optional<String> unreadable(String... args) {
    return areUnlimited()
        ? Optional.empty()
        : Arrays.stream(args)
            .filter(arg -> arg.contains(UNREADABLE))
            .findFirst()
            .map(FileNames::sentence);
  }

  /** What is wrong with a path that cannot be. */
  static String sentence(InvalidPathException e) {
    boolean ascii = e.getInput().chars().allMatch(c -> c < 128);
    return areUnlimited() || ascii
        ? "path: expected one that can exist, got '"
            + Excerpt.of(e.getInput())
            + "' ("
            + e.getReason()
            + ")"
        : sentence(e.getInput());
  }

  private static String sentence(String name) {
    return "locale: expected one in UTF-8, as '"
        + Excerpt.of(name)
        + "' needs, got one in "
        + encoding()
        + "; set LC_ALL=C.UTF-8";
  }
}
