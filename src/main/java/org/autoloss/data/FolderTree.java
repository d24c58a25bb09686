package org.autoloss.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What lies in folders. */
final class FolderTree {
  private FolderTree() {}

  /**
   * The regular files of a folder and of those in it, sorted by their paths.
   *
   * @param depth how far below the folder; 1 for its own files alone
   */
  static List<Path> files(Path folder, int depth) {
    try (Stream<Path> found = Files.walk(folder, depth)) {
      return found.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalArgumentException(
          folder + ": expected a folder that can be read, got '" + e.getMessage() + "'", e);
    }
  }

  /** The names of the folders in a folder, sorted. */
  static List<String> folders(Path folder) {
    try (Stream<Path> found = Files.list(folder)) {
      return found
          .filter(Files::isDirectory)
          .map(each -> each.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // only messages ask
    }
  }
}
