package org.autoloss.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What killed processes leave beside their outputs. It is known by its name, and that nobody owns
 * it by its lock, which ends with the process that took it, however that ends.
 */
final class Leftovers {
  private static final String PREFIX = ".autoloss-";
  private static final String SUFFIX = ".tmp";

  private static final Set<Path> SEEN = ConcurrentHashMap.newKeySet();

  // Locks of a process are one to the system, and closing any channel of a file ends them all. So
  // what belongs to this process is never opened again.
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private Leftovers() {}

  /** A path for something temporary; the caller locks it, and says when it is gone. */
  static Path newPath(Path folder) {
    Path path = folder.resolve(PREFIX + UUID.randomUUID() + SUFFIX);
    OURS.add(path.getFileName());
    return path;
  }

  static void forget(Path path) {
    OURS.remove(path.getFileName());
  }

  /** Shows others that a file has an owner, where the file system can. */
  static void lock(FileChannel channel) throws IOException {
    try {
      channel.lock(); // waits for one who takes it for a left-over, and removes it
    } catch (IOException e) {
      // No locks here: nothing here is taken for a left-over either.
    }
  }

  /** Removes left-overs in a folder, the first time that this process asks for that. */
  static void removeOnce(Path folder) {
    if (!SEEN.add(folder)) {
      return;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
      for (Path path : found) {
        if (!OURS.contains(path.getFileName())
            && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          removeAbandoned(path);
        }
      }
    } catch (IOException e) {
      // Not to be read, or gone: it then holds nothing that is in the way.
    }
  }

  private static void removeAbandoned(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        Files.delete(path);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // Another's, or gone meanwhile.
    }
  }
}
