package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.autoloss.internal.InputFiles;

/** The names of a data set's classes. */
final class ClassNames {
  /** The file that has them, in the folder of a data set. */
  static final String FILE = "classes.txt";

  private static final int LEAST = 2;
  private static final int MOST = 255;

  private ClassNames() {}

  /**
   * The names in {@code classes.txt}.
   *
   * @param usual what is meant where there is no file; empty if that is an error
   * @throws IllegalArgumentException if the file is missing or bad
   */
  static List<String> read(Path file, List<String> usual) {
    if (!Files.exists(file)) {
      if (!usual.isEmpty()) {
        return usual;
      }
      throw new IllegalArgumentException(
          file
              + ": expected a list of classes, got nothing; write it, with one name a line in the"
              + " order of the labels' indices, the background first");
    }
    List<String> names = InputFiles.lines(file, "a list of classes");
    check(names, file);
    return names;
  }

  private static void check(List<String> names, Path file) {
    if (names.size() < LEAST || names.size() > MOST) {
      throw new IllegalArgumentException(
          file
              + ": expected "
              + LEAST
              + " to "
              + MOST
              + " class names, got "
              + names.size()
              + (names.size() == 1 ? "; give the background a class of its own" : ""));
    }
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).isEmpty()) {
        throw new IllegalArgumentException(
            file + ": line " + (i + 1) + ": expected a class name, got a blank line");
      }
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw new IllegalArgumentException(file + ": expected different class names, got one twice");
    }
  }
}
