package org.autoloss.task.detection;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Settings of tasks on images of 80 x 64 pixels that train in seconds. */
public final class SmallDetectors {
  private SmallDetectors() {}

  /** A task on the split train, and one more. */
  public static ObjectNode settings(String kind, String network, Path data, String other) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("kind", kind).put("data", data.toString());
    json.putObject("splits").put("train", "train").put(other, other);
    return json.put("network", network)
        .put("baseSize", "80x64")
        .put("batchSize", 2)
        .put("learningRate", 0.02)
        .put("anchorSamples", 32)
        .put("regionSamples", 24)
        .put("candidates", 100)
        .put("proposals", 40);
  }

  /** Changes the annotations of the split train. */
  public static void edit(Path data, Consumer<ArrayNode> change) throws IOException {
    Path file = data.resolve("annotations/train.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(file.toFile());
    change.accept((ArrayNode) json.path("annotations"));
    Files.writeString(file, json.toString());
  }

  /** Settings on the split train of other data alone. */
  public static ObjectNode on(ObjectNode settings, Path data) {
    ObjectNode json = settings.put("data", data.toString());
    json.putObject("splits").put("train", "train");
    return json;
  }
}
