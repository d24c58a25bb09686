package org.autoloss.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say where the files of a run lie now. */
final class MovedOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where the data lies now (default: where it lay)")
  private Path data;

  @Option(
      names = "--init",
      paramLabel = "FILE",
      description = "where the weights that it began with lie now (default: where they lay)")
  private Path init;

  /** The places by the names of the task's settings. */
  Map<String, Path> places() {
    Map<String, Path> places = new LinkedHashMap<>();
    if (data != null) {
      places.put("data", data);
    }
    if (init != null) {
      places.put("init", init);
    }
    return places;
  }
}
