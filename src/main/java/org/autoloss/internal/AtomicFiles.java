package org.autoloss.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Files that are there whole or not at all, whatever happens to the process or the machine.
 *
 * <p>Links are followed: their target is replaced, and they stay. What is no file, such as a device
 * or a pipe, is written to as it is.
 */
public final class AtomicFiles {
  private AtomicFiles() {}

  /** What a file is to hold. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes it.
     *
     * @param out where to; not buffered, closed by the caller
     * @throws IOException if it cannot be had or written
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file by way of a temporary neighbour, which is flushed to disk and then renamed.
   *
   * @param file where to; replaced if it exists, its folders are made
   * @param content its new content
   * @throws IOException if it cannot be written; the old file is then untouched
   */
  public static void write(Path file, Content content) throws IOException {
    Sink out = new Sink(file);
    try (out) {
      out.open();
      content.writeTo(out);
      out.commit();
    }
  }

  /**
   * Writes a file of bytes.
   *
   * @param file where to
   * @param content its new content
   * @throws IOException if it cannot be written
   */
  public static void write(Path file, byte[] content) throws IOException {
    write(file, out -> out.write(content));
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

  /** Goes to a temporary file or through to a device; its errors name the file that was wanted. */
  private static final class Sink extends OutputStream {
    private final Path file;
    private Path target;
    private TemporaryFile temporary; // null where it goes through
    private FileChannel channel;

    Sink(Path file) {
      this.file = file;
    }

    void open() throws IOException {
      try {
        target = Links.follow(file);
        if (Links.isOpenFile(file) || Files.exists(target) && !Files.isRegularFile(target)) {
          channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        } else {
          temporary = TemporaryFile.beside(target);
          channel = temporary.channel();
        }
      } catch (IOException e) {
        throw FileErrors.unwritable(file, e);
      }
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, from, count);
      try {
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      } catch (IOException e) {
        throw FileErrors.unwritable(file, e);
      }
    }

    void commit() throws IOException {
      if (temporary != null) {
        try {
          channel.force(true);
          temporary.renameTo(target);
        } catch (IOException e) {
          throw FileErrors.unwritable(file, e);
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (temporary != null) {
        temporary.close();
      } else if (channel != null) {
        channel.close();
      }
    }
  }
}
