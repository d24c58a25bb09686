package org.autoloss.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Files that are there whole or not at all, whatever happens to the process or the machine. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /**
   * Writes a file by way of a temporary neighbour, which is flushed to disk and then renamed.
   *
   * @param file where to; replaced if it exists, its folders are made
   * @param content its new content
   * @throws IOException if it cannot be written; the old file is then untouched
   */
  public static void write(Path file, byte[] content) throws IOException {
    try {
      replace(file, content);
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      throw FileErrors.unwritable(file, e);
    }
  }

  private static void replace(Path file, byte[] content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    // Not createTempFile: its result only the owner may read.
    Path temporary = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Writes a text file, UTF-8.
   *
   * @param file where to
   * @param content its new content
   * @throws IOException if it cannot be written
   */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }
}
