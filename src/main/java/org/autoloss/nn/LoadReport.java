package org.autoloss.nn;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.autoloss.internal.Excerpt;
import org.autoloss.internal.Json;

/**
 * What became of weights that were loaded into a network.
 *
 * @param used the network's tensors that have the file's values, with the file's names for them
 * @param missing the network's tensors that the file has not; they stay as they were
 * @param mismatched the network's tensors that the file has in another size; they stay as they were
 * @param left the file's tensors that the network has no place for
 */
public record LoadReport(
    Map<String, String> used, List<String> missing, List<String> mismatched, List<String> left) {
  /** Copies the lists. */
  public LoadReport {
    used = Collections.unmodifiableMap(new LinkedHashMap<>(used));
    missing = List.copyOf(missing);
    mismatched = List.copyOf(mismatched);
    left = List.copyOf(left);
  }

  /**
   * The report in one line.
   *
   * @return counts, and where tensors are missing or of another size, the modules that these belong
   *     to
   */
  public String summary() {
    StringBuilder line = new StringBuilder("used " + used.size() + " tensors");
    add(line, "fresh", missing);
    add(line, "of another size, so fresh", mismatched);
    add(line, "left in the file", left);
    return line.toString();
  }

  /**
   * The report for programs.
   *
   * @return one JSON object with the number of tensors that are used, and the names of the others
   */
  public ObjectNode toJson() {
    ObjectNode json = Json.MAPPER.createObjectNode().put("used", used.size());
    missing.forEach(json.putArray("missing")::add);
    mismatched.forEach(json.putArray("mismatched")::add);
    left.forEach(json.putArray("left")::add);
    return json;
  }

  private static void add(StringBuilder line, String what, List<String> names) {
    if (!names.isEmpty()) {
      List<String> modules = names.stream().map(LoadReport::module).distinct().limit(4).toList();
      line.append("; ").append(names.size()).append(' ').append(what).append(" (");
      line.append(String.join(", ", modules)).append(')');
    }
  }

  private static String module(String name) {
    int dot = name.indexOf('.');
    return Excerpt.of(dot < 0 ? name : name.substring(0, dot));
  }
}
