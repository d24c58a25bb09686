package org.autoloss.data.scenes;

import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.autoloss.internal.Folders;
import org.autoloss.internal.Json;

/**
 * A set of scenes as files, in the layout that {@link org.autoloss.data.VocDataset} reads, with
 * disjoint splits {@code warm}, {@code train}, {@code reward} and {@code test}. {@code scenes.json}
 * beside them records how they were made. Equal sets give equal files.
 *
 * @param options what the scenes are like
 * @param counts how many scenes each split has; a split of 0 is left out
 */
public record SceneSet(SceneOptions options, Map<SceneSplit, Integer> counts) {
  private static final String RECORD = "scenes.json";
  private static final int MAX_COUNT = 100_000;

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is out of range, or all are 0
   */
  public SceneSet {
    EnumMap<SceneSplit, Integer> copy = new EnumMap<>(SceneSplit.class);
    for (SceneSplit split : SceneSplit.values()) {
      int count = counts.getOrDefault(split, 0);
      if (count < 0 || count > MAX_COUNT) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: expected 0 to %d scenes, got %d",
                split.listName(),
                MAX_COUNT,
                count));
      }
      copy.put(split, count);
    }
    counts = Collections.unmodifiableMap(copy);
    if (counts.values().stream().allMatch(count -> count == 0)) {
      throw new IllegalArgumentException("counts: expected at least one scene, got none");
    }
  }

  /**
   * How many scenes there are in all splits.
   *
   * @return at least 1
   */
  public int size() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /**
   * Draws all scenes and writes them. They are written beside the target and renamed at the end, so
   * that the target is never there in part.
   *
   * @param target the folder to make; its parents are made too
   * @param replace whether an earlier set of scenes there may be replaced; any other folder that is
   *     not empty is refused in any case
   * @param progress is told the number of scenes done, after each
   * @throws IOException if a file cannot be written
   * @throws IllegalArgumentException if the target is there and may not be replaced
   */
  public void write(Path target, boolean replace, IntConsumer progress) throws IOException {
    write(target, SceneLayout.SEGMENTATION, replace, progress);
  }

  /**
   * As above, in another layout.
   *
   * @param target the folder to make; its parents are made too
   * @param layout what is written of the scenes
   * @param replace whether an earlier set of scenes there may be replaced
   * @param progress is told the number of scenes done, after each
   * @throws IOException if a file cannot be written
   * @throws IllegalArgumentException if the target is there and may not be replaced
   */
  public void write(Path target, SceneLayout layout, boolean replace, IntConsumer progress)
      throws IOException {
    Path folder = target.toAbsolutePath().normalize();
    requireFree(folder, replace);
    Files.createDirectories(folder.getParent());
    Path part = Files.createTempDirectory(folder.getParent(), "." + folder.getFileName() + "-");
    try {
      Path content = part.resolve("new");
      writeTo(content, layout, progress);
      requireFree(folder, replace); // again: minutes may have passed
      swap(content, folder, part.resolve("old"));
    } finally {
      Folders.delete(part);
    }
  }

  /**
   * Removes a set of scenes.
   *
   * @param folder that {@link #write} has made; another one stays
   * @throws IOException if a file cannot be deleted
   */
  public static void remove(Path folder) throws IOException {
    if (Files.exists(folder.resolve(RECORD))) {
      Folders.delete(folder);
    }
  }

  private static void swap(Path content, Path folder, Path old) throws IOException {
    if (Files.exists(folder)) {
      Files.move(folder, old);
    }
    try {
      Files.move(content, folder);
    } catch (IOException e) {
      if (Files.exists(old)) {
        Files.move(old, folder);
      }
      throw e;
    }
  }

  private static void requireFree(Path folder, boolean replace) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          folder + ": expected a folder or nothing, got a file; give another folder");
    }
    boolean scenes = Files.exists(folder.resolve(RECORD));
    if (!isEmpty(folder) && !(replace && scenes)) {
      throw new IllegalArgumentException(
          folder
              + ": expected an empty folder or none, got one with "
              + (scenes
                  ? "scenes; give another folder, or replace them with --force"
                  : "other files; give another folder"));
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      return content.findAny().isEmpty();
    }
  }

  private void writeTo(Path folder, SceneLayout layout, IntConsumer progress) throws IOException {
    SceneGenerator generator = new SceneGenerator(options, layout);
    SceneLayout.Writer writer =
        layout.writer(folder, layout.classNames(options.family(), options.classes()));
    int done = 0;
    for (SceneSplit split : SceneSplit.values()) {
      for (int i = 0; i < counts.get(split); i++) {
        writer.write(generator.draw(split, i));
        progress.accept(++done);
      }
      if (counts.get(split) > 0) {
        writer.endSplit(split.listName());
      }
    }
    Json.MAPPER
        .writer(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve(RECORD).toFile(), this);
  }
}
