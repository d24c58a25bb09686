package org.autoloss.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.autoloss.internal.InputFiles;

/** The names of a data set's classes. */
final class ClassNames {
  private static final int LEAST = 2;
  private static final int MOST = 255;

  private ClassNames() {}

  /**
   * The names in {@code classes.txt}; without it those of PASCAL VOC, where the folder is VOC's.
   *
   * @throws IllegalArgumentException if the file is missing or bad
   */
  static List<String> read(VocFolders folders) {
    Path file = folders.classes();
    if (!Files.exists(file)) {
      if (folders.isVoc()) {
        return VocColours.CLASSES;
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
