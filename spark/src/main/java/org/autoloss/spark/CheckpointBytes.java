package org.autoloss.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.nn.Checkpoint;

/** A checkpoint's file as it travels. */
final class CheckpointBytes {
  private CheckpointBytes() {}

  private interface Work<T> {
    T on(Path file) throws IOException;
  }

  static byte[] of(Checkpoint checkpoint) {
    return withFile(
        file -> {
          checkpoint.write(file);
          return Files.readAllBytes(file);
        });
  }

  static Checkpoint read(byte[] bytes) {
    return withFile(file -> Checkpoint.read(Files.write(file, bytes)));
  }

  private static <T> T withFile(Work<T> work) {
    try {
      Path file = Files.createTempFile("autoloss-network", ".ckpt");
      try {
        return work.on(file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
