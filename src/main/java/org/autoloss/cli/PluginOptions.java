package org.autoloss.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Where losses of users come from, on commands that take a loss; {@link Main} opens them. */
final class PluginOptions {
  /** The name of this mixin in its commands. */
  static final String NAME = "plugins";

  @Option(
      names = "--plugins",
      paramLabel = "JAR-or-FOLDER",
      split = ":",
      splitSynopsisLabel = ":",
      defaultValue = "${env:AUTOLOSS_PLUGINS}",
      showDefaultValue = Visibility.NEVER,
      description = {
        "losses of your own (class:com.acme.MyLoss), factories of losses, and tasks: jars, and folders of"
            + " classes and jars, parted by colons (default: those in AUTOLOSS_PLUGINS)"
      })
  private List<Path> paths;

  List<Path> paths() {
    return paths == null
        ? List.of()
        : paths.stream().filter(path -> !path.toString().isEmpty()).toList();
  }
}
