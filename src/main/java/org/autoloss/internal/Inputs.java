package org.autoloss.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a command reads, and what an output must therefore not replace: the same file counts by
 * whatever links and names.
 */
public final class Inputs {
  // What commands write where they read data: an earlier one may be replaced.
  private static final List<String> OUTPUTS = List.of(FileKind.CHECKPOINT, FileKind.SAFETENSORS);

  private final Set<Object> files = new HashSet<>();
  private final List<Path> folders = new ArrayList<>();

  private Inputs() {}

  /**
   * Looks at the inputs as they are now.
   *
   * @param paths files, there or not; of a folder all that lies in it is an input, but for
   *     checkpoints
   * @return the inputs
   * @throws IOException if a path leads nowhere
   */
  public static Inputs of(Collection<Path> paths) throws IOException {
    Inputs inputs = new Inputs();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        inputs.folders.add(path.toRealPath());
      } else {
        inputs.files.add(Links.identity(path));
      }
    }
    return inputs;
  }

  /**
   * Makes sure that an output is none of them. A device or a pipe may be both.
   *
   * @param option what the user calls the output
   * @param output may exist
   * @throws IllegalArgumentException if it is an input
   * @throws IOException if its links lead nowhere
   */
  public void requireApart(String option, Path output) throws IOException {
    Path target = Links.follow(output);
    boolean isStream =
        Links.isOpenFile(output) || Files.exists(target) && !Files.isRegularFile(target);
    if (!isStream && (files.contains(Links.identity(output)) || isInFolder(output))) {
      throw new IllegalArgumentException(
          option
              + ": expected a file that this command does not read, got "
              + output
              + "; give another name");
    }
  }

  private boolean isInFolder(Path output) throws IOException {
    if (!Files.exists(output) || OUTPUTS.contains(FileKind.of(output))) {
      return false;
    }
    Path place = Links.real(output);
    return folders.stream().anyMatch(place::startsWith);
  }
}
