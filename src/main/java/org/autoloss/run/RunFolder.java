package org.autoloss.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.autoloss.internal.AtomicFiles;

/** A run's folder: a file {@code SERIES.jsonl} per series, one JSON object a line. */
public final class RunFolder implements RunLog {
  private static final String CONFIGURATION = "config.json";
  private static final ObjectMapper JSON = new ObjectMapper();

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

  /**
   * Makes the folder of a new run, or continues the run that is there.
   *
   * @param folder a path where nothing is, an empty folder, or that of a run
   * @param configuration all that its results depend on; kept as {@code config.json}
   * @return the log; the caller closes it
   * @throws IOException if the folder cannot be made or read
   * @throws IllegalArgumentException if a run of another configuration is there, or other files
   */
  public static RunFolder resume(Path folder, ObjectNode configuration) throws IOException {
    Path file = folder.resolve(CONFIGURATION);
    String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(configuration) + "\n";
    if (!Files.exists(file)) {
      RunFolder created = create(folder);
      created.write(CONFIGURATION, text);
      return created;
    }
    if (!Files.readString(file).equals(text)) {
      throw new IllegalArgumentException(
          file
              + ": expected the options of the run that is there, got others; give this run another"
              + " folder, or repeat the options");
    }
    return new RunFolder(folder);
  }

  /**
   * The results of a series so far. A last line that an interrupted run left incomplete is removed.
   *
   * @param name the series
   * @return one JSON object for each result, in order
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if a line is not a JSON object
   */
  public synchronized List<ObjectNode> results(String name) throws IOException {
    Path file = path(name + ".jsonl");
    List<ObjectNode> results = new ArrayList<>();
    if (!Files.exists(file)) {
      return results;
    }
    String text = Files.readString(file);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    if (whole.length() < text.length()) {
      AtomicFiles.write(file, whole);
    }
    for (String line : whole.lines().toList()) {
      try {
        results.add(JSON.readValue(line, ObjectNode.class));
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException(
            file + ": expected one JSON object a line, got '" + line + "'; remove that line", e);
      }
    }
    return results;
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
