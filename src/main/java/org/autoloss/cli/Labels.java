package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Map;
import org.autoloss.data.LabelCounts;
import org.autoloss.internal.Json;
import picocli.CommandLine.Model.CommandSpec;

/** What the labels of the splits hold, and what they lack: a person may take void for success. */
final class Labels {
  private Labels() {}

  /** Warns of each split that lacks a class or is mostly void, on standard error. */
  static void warn(CommandSpec spec, Map<String, LabelCounts> splits) {
    PrintWriter err = spec.commandLine().getErr();
    splits.forEach(
        (split, counts) ->
            counts.warning(split).ifPresent(warning -> err.println("warning: " + warning)));
    err.flush();
  }

  /** The counts of each split. */
  static ObjectNode json(Map<String, LabelCounts> splits) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    splits.forEach((split, counts) -> json.set(split, counts.toJson()));
    return json;
  }
}
