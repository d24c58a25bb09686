package org.autoloss.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.autoloss.internal.FileErrors;
import org.autoloss.internal.Shell;

/**
 * The right to write to a run: a lock of the operating system on a file in its folder, which ends
 * with the process, however that ends.
 */
final class WriteLock implements Closeable {
  static final String FILE = "run.lock";

  // Locks of a process are one to the system, and closing any channel of the file ends them all. So
  // within this process the folders are remembered, and a held file is never opened again.
  private static final Set<Path> HELD = new HashSet<>();

  private final Path folder;
  private final FileChannel channel;

  private WriteLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /** Takes the lock of a folder that exists, or says that another holds it. */
  static WriteLock take(Path folder) throws IOException {
    WriteLock lock = tryTake(folder);
    if (lock == null) {
      throw new IllegalStateException(
          folder
              + ": expected a run that nobody writes to, got one that another process goes on with;"
              + " wait for its end, or look at it with: autoloss runs show "
              + Shell.word(folder));
    }
    return lock;
  }

  /** Whether somebody holds the lock. */
  static boolean isTaken(Path folder) {
    if (!Files.isWritable(folder.resolve(FILE))) {
      return false;
    }
    try (WriteLock lock = tryTake(folder)) {
      return lock == null;
    } catch (IOException e) {
      return false;
    }
  }

  private static WriteLock tryTake(Path folder) throws IOException {
    Path real = folder.toRealPath();
    synchronized (HELD) {
      if (HELD.contains(real)) {
        return null;
      }
      FileChannel channel = channel(real.resolve(FILE));
      if (channel.tryLock() == null) {
        channel.close();
        return null;
      }
      HELD.add(real);
      return new WriteLock(real, channel);
    }
  }

  private static FileChannel channel(Path file) throws IOException {
    try {
      return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw FileErrors.unwritable(file, e);
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (HELD) {
      if (HELD.remove(folder)) {
        channel.close();
      }
    }
  }
}
