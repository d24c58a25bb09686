package org.autoloss.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.autoloss.internal.AtomicFiles;

/** A run's folder: a file {@code SERIES.jsonl} per series, one JSON object a line. */
public final class RunFolder implements RunLog {
  private final Path folder;
  private final Map<String, FileChannel> series = new HashMap<>();

  private RunFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes the folder of a new run.
   *
   * @param folder a path where nothing is, or an empty folder
   * @return the log; the caller closes it
   * @throws IOException if the folder cannot be made
   * @throws IllegalArgumentException if something is there: no run is ever overwritten
   */
  public static RunFolder create(Path folder) throws IOException {
    if (Files.exists(folder) && !isEmptyFolder(folder)) {
      throw new IllegalArgumentException(
          folder
              + ": expected a new or empty folder, got one that holds files; give the run another"
              + " name, or move the folder away");
    }
    Files.createDirectories(folder);
    return new RunFolder(folder);
  }

  @Override
  public synchronized void append(String name, ObjectNode result) throws IOException {
    FileChannel channel = series.get(name);
    if (channel == null) {
      channel =
          FileChannel.open(
              path(name + ".jsonl"), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      series.put(name, channel);
    }
    ByteBuffer line = ByteBuffer.wrap((result + "\n").getBytes(StandardCharsets.UTF_8));
    while (line.hasRemaining()) {
      channel.write(line);
    }
    channel.force(false);
  }

  @Override
  public void write(String name, String content) throws IOException {
    AtomicFiles.write(path(name), content);
  }

  @Override
  public Path path(String name) {
    return folder.resolve(name);
  }

  @Override
  public synchronized void close() throws IOException {
    for (FileChannel channel : series.values()) {
      channel.close();
    }
    series.clear();
  }

  private static boolean isEmptyFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }
}
