package org.autoloss.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The folders above a path that are not there yet: what may go again if nothing comes of it. */
public final class MissingFolders {
  private final List<Path> deepestFirst = new ArrayList<>();

  private MissingFolders() {}

  /**
   * Looks which are missing now.
   *
   * @param path of anything or nothing
   * @return the folders
   */
  public static MissingFolders above(Path path) {
    MissingFolders missing = new MissingFolders();
    for (Path folder = path.toAbsolutePath().getParent();
        folder != null && !Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
        folder = folder.getParent()) {
      missing.deepestFirst.add(folder);
    }
    return missing;
  }

  /** Removes those that have been made since, and are empty. */
  public void removeEmpty() {
    for (Path folder : deepestFirst) {
      try {
        Files.deleteIfExists(folder);
      } catch (IOException e) {
        // It was never made, or something was put into it, by us or another process.
      }
    }
  }
}
