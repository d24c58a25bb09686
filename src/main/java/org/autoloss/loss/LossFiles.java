package org.autoloss.loss;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The files that a specification names, for code that must not overwrite them. */
public final class LossFiles {
  private static final String BRANCHES = ";";

  private LossFiles() {}

  /**
   * The files that are read when a loss is made of a specification: artefacts, and whatever else
   * its arguments name. Rather too many than too few: what only looks like the name of a file that
   * is there is one.
   *
   * @param specification of a loss, or of the losses of several branches; may be malformed
   * @return files that are there
   */
  public static Set<Path> of(String specification) {
    Set<Path> files = new LinkedHashSet<>();
    if (specification.stripLeading().startsWith("{")) {
      return files; // an artefact itself, which names none
    }
    addAll(files, specification);
    for (String part : specification.split(BRANCHES)) {
      addAll(files, part);
      addAll(files, part.substring(part.indexOf('=') + 1)); // behind the name of a branch
    }
    return files;
  }

  private static void addAll(Set<Path> files, String specification) {
    for (String part : LossTerms.split(specification)) {
      LossTerm term = LossTerm.of(part);
      for (String name : List.of(term.argument(), term.body(), part.strip())) {
        add(files, name);
        for (String option : term.argument().split(",")) {
          add(files, option.substring(option.indexOf('=') + 1));
        }
      }
    }
  }

  private static void add(Set<Path> files, String name) {
    try {
      Path file = Path.of(name);
      if (!name.isEmpty() && Files.isRegularFile(file)) {
        files.add(file);
      }
    } catch (InvalidPathException e) {
      // Not the name of a file.
    }
  }
}
