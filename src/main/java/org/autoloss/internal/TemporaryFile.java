package org.autoloss.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that is to take the place of another; locked, so that all can see that it has an owner.
 */
final class TemporaryFile implements Closeable {
  private final Path path;
  private final FileChannel channel;

  private TemporaryFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** A new one in the folder of a file, which is made. Left-overs in there are removed first. */
  static TemporaryFile beside(Path file) throws IOException {
    Path folder = file.getParent();
    // Asked first: where the folder is a link to one, makers of folders say that it is there.
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
    Leftovers.removeOnce(folder);
    while (true) {
      Path path = Leftovers.newPath(folder);
      // Not createTempFile: its result only the owner may read.
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      Leftovers.lock(channel);
      if (Files.exists(path)) {
        return new TemporaryFile(path, channel);
      }
      // Another process took it for a left-over in the moment before it was locked.
      channel.close();
    }
  }

  Path path() {
    return path;
  }

  FileChannel channel() {
    return channel;
  }

  void renameTo(Path file) throws IOException {
    Files.move(path, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes it, if it was not renamed. */
  @Override
  public void close() throws IOException {
    // Deleted first: what is not locked may be deleted by others.
    try (channel) {
      Files.deleteIfExists(path);
    } finally {
      Leftovers.forget(path);
    }
  }
}
