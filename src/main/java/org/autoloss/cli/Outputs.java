package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Inputs;
import org.autoloss.loss.LossFiles;
import org.autoloss.storage.RunFiles;
import org.autoloss.storage.RunReader;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The files that commands write. What a command reads, its arguments say: each path among them but
 * the output itself is an input, and so is each file that a specification names. So a new option is
 * covered without a word here.
 */
final class Outputs {
  // What the folders of data are called in help; folders of classes hold whatever else there is.
  private static final String FOLDER = "DIR";

  private Outputs() {}

  /**
   * Makes sure, before any work, that a file can be written, and is none that the command reads.
   *
   * @param spec the command
   * @param option the output's name
   * @param file the output; may exist, and its folders may not
   * @throws IllegalArgumentException if it is an input, or no name of a file
   * @throws IOException if it cannot be written; the message names it
   */
  static void requireFile(CommandSpec spec, String option, Path file) throws IOException {
    Destination.requireFile(option, file);
    Inputs.of(inputs(spec, option)).requireApart(option, file);
  }

  private static List<Path> inputs(CommandSpec spec, String output) throws IOException {
    List<Path> inputs = new ArrayList<>();
    for (ArgSpec arg : spec.args()) {
      boolean isOutput = arg instanceof OptionSpec o && List.of(o.names()).contains(output);
      for (Path path : isOutput ? Set.<Path>of() : paths(arg.getValue())) {
        if (RunReader.isRun(path)) {
          inputs.addAll(RunFiles.of(path));
        } else if (Files.isRegularFile(path) || arg.paramLabel().equals(FOLDER)) {
          inputs.add(path);
        }
      }
    }
    return inputs;
  }

  /** The paths that the value of an argument names. */
  private static Set<Path> paths(Object value) {
    Set<Path> paths = new LinkedHashSet<>();
    if (value instanceof Path path && !path.toString().isEmpty()) {
      paths.add(path);
    } else if (value instanceof String text) {
      paths.addAll(LossFiles.of(text));
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(each -> paths.addAll(paths(each)));
    } else if (value instanceof Collection<?> all) {
      all.forEach(each -> paths.addAll(paths(each)));
    }
    return paths;
  }
}
