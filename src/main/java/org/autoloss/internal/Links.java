package org.autoloss.internal;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** Where symbolic links lead, also those to nothing. */
final class Links {
  // As many as Linux follows.
  private static final int LONGEST_CHAIN = 40;

  private Links() {}

  /**
   * The place that a path means.
   *
   * @param path of anything or nothing
   * @return an absolute path whose last part is no link
   * @throws FileSystemLoopException if the links lead nowhere
   */
  static Path follow(Path path) throws IOException {
    Path place = path.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(place); links++) {
      if (links == LONGEST_CHAIN) {
        throw new FileSystemLoopException(path.toString());
      }
      place = place.resolveSibling(Files.readSymbolicLink(place));
    }
    return place;
  }

  /**
   * Whether a path leads to a file that this process has open, as {@code /dev/stdout} does. Such a
   * file belongs to whoever opened it; what its link says is no path, where it is a pipe.
   */
  static boolean isOpenFile(Path path) throws IOException {
    Path place = path.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(place) && links < LONGEST_CHAIN; links++) {
      if (place.getParent().toRealPath().startsWith("/proc")) {
        return true;
      }
      place = place.resolveSibling(Files.readSymbolicLink(place));
    }
    return false;
  }

  /**
   * What two paths have in common that mean the same file, by whatever links and names.
   *
   * @param path of anything or nothing
   * @return of what is there, the file itself; else the place where it would be
   */
  static Object identity(Path path) throws IOException {
    Path place = follow(path);
    if (Files.exists(place)) {
      Object file = Files.readAttributes(place, BasicFileAttributes.class).fileKey();
      return file == null ? place.toRealPath() : file;
    }
    return real(place);
  }

  /**
   * The place that a path means, free of links and dots as far as there are folders.
   *
   * @param path of anything or nothing
   * @return an absolute path
   */
  static Path real(Path path) throws IOException {
    Path place = follow(path).normalize();
    Path folder = place.getParent();
    return folder != null && Files.isDirectory(folder)
        ? folder.toRealPath().resolve(place.getFileName())
        : place;
  }
}
