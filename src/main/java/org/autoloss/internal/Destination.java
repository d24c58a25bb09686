package org.autoloss.internal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * Whether an output can be written, asked before the work that it is to hold. It is tried out: what
 * a file system allows, it tells only him who does it. Nothing is left of the trial.
 */
public final class Destination {
  private Destination() {}

  /**
   * Makes sure that {@link AtomicFiles} can write a file.
   *
   * @param option what the user calls it, for example {@code --out}
   * @param file may exist, and its folders may not
   * @throws IllegalArgumentException if it is no name of a file
   * @throws IOException if it is a folder, or cannot be written; the message names it
   */
  public static void requireFile(String option, Path file) throws IOException {
    requireName(option, file, "file");
    try {
      Path target = Links.follow(file);
      if (Links.isOpenFile(file) || isSpecial(target)) {
        if (!Files.isWritable(file)) {
          throw new AccessDeniedException(file.toString());
        }
      } else {
        tryOut(target);
      }
    } catch (IOException e) {
      throw FileErrors.unwritable(file, e);
    }
  }

  /**
   * Makes sure that a folder is empty, or can be made.
   *
   * @param option what the user calls it
   * @param folder may exist, and its parents may not
   * @param remedy what to do if it is there and not empty
   * @throws IllegalArgumentException if it is no name of a folder, or not empty
   * @throws IOException if it cannot be made; the message names it
   */
  public static void requireNewFolder(String option, Path folder, String remedy)
      throws IOException {
    requireName(option, folder, "folder");
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !isEmptyFolder(folder)) {
      throw new IllegalArgumentException(
          folder
              + ": expected a new or empty folder, got "
              + (Files.isDirectory(folder) ? "one that holds files" : "a file")
              + "; "
              + remedy);
    }
    requirePlace(folder);
  }

  /**
   * Makes sure that a folder can be made, or take the place of the one that is there.
   *
   * @param option what the user calls it
   * @param folder may exist, and its parents may not
   * @throws IllegalArgumentException if it is no name of a folder
   * @throws IOException if it cannot be made; the message names it
   */
  public static void requireFolder(String option, Path folder) throws IOException {
    requireName(option, folder, "folder");
    if (List.of(".", "..").contains(folder.getFileName().toString())) {
      throw new IllegalArgumentException(
          option + ": expected the name of a folder to make, got '" + folder + "'; give one");
    }
    requirePlace(folder);
  }

  private static void requirePlace(Path path) throws IOException {
    try {
      tryOut(path.toAbsolutePath());
    } catch (IOException e) {
      throw FileErrors.unwritable(path, e);
    }
  }

  private static void requireName(String option, Path path, String kind) {
    if (path.toString().isEmpty() || path.getFileName() == null) {
      throw new IllegalArgumentException(
          option + ": expected the name of a " + kind + ", got '" + path + "'; give one");
    }
  }

  private static boolean isSpecial(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      throw new IOException("Is a directory");
    }
    return Files.exists(target) && !Files.isRegularFile(target);
  }

  private static boolean isEmptyFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> content = Files.list(folder)) {
      return content.findAny().isEmpty();
    }
  }

  private static void tryOut(Path target) throws IOException {
    MissingFolders missing = MissingFolders.above(target);
    try {
      TemporaryFile.beside(target).close();
      requireNameThatFits(target);
    } finally {
      missing.removeEmpty();
    }
  }

  /** A name that is too long cannot even be asked for. */
  private static void requireNameThatFits(Path target) throws IOException {
    try {
      Files.readAttributes(target, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      // There may be nothing.
    }
  }
}
