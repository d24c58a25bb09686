package org.autoloss.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.SparkFiles;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.TrialRunner;
import org.autoloss.task.Task;
import org.autoloss.task.Tasks;

/** The task of a search, opened on an executor; the last one stays open, for the next trial. */
final class Ground {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String DIGESTS = "sha256";

  private static String opened;
  private static Task task;
  private static Checkpoint warm;

  private Ground() {}

  /**
   * What carries out a trial here.
   *
   * @param device that trains; null for the one that the task names
   * @param listener sees the network
   * @throws IllegalArgumentException if the data are not here, or others are
   */
  static synchronized TrialRunner open(
      Assignment assignment, String device, TrialRunner.Listener listener) throws IOException {
    String asked = assignment.ground() + assignment.warm() + device;
    if (!asked.equals(opened)) {
      ObjectNode settings = (ObjectNode) MAPPER.readTree(assignment.ground());
      if (device != null) {
        settings.put("device", device);
      }
      task = Tasks.open(settings);
      requireSame(settings.path(DIGESTS), task.toJson().path(DIGESTS), settings.path("data"));
      warm = Checkpoint.read(Path.of(SparkFiles.get(assignment.warm())));
      opened = asked;
    }
    return new TrialRunner(task, warm, listener);
  }

  private static void requireSame(JsonNode expected, JsonNode got, JsonNode data) {
    if (expected.isValueNode() && !expected.equals(got)) {
      throw different(data, "data");
    }
    expected
        .properties()
        .forEach(
            split -> {
              if (!split.getValue().equals(got.path(split.getKey()))) {
                throw different(data, split.getKey());
              }
            });
  }

  private static IllegalArgumentException different(JsonNode data, String part) {
    return new IllegalArgumentException(
        (part.equals("init") ? part : data.asText("data"))
            + ": expected the files that the driver has, got others ("
            + part
            + " differs by its checksum); bring the same to each machine of the cluster");
  }
}
