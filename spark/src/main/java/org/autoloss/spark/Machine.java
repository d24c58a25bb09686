package org.autoloss.spark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.autoloss.storage.Versions;

/**
 * Where a training ran, and what its bits depend on.
 *
 * @param name host and executor
 * @param software of AutoLoss and libtorch
 * @param hardware instruction set, processor, and the GPU if it trains on one
 */
record Machine(String name, String software, String hardware) implements Serializable {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  /**
   * This process.
   *
   * @param device {@code cpu}, or the GPU that Spark has given
   */
  static Machine here(String device) {
    ObjectNode versions = Versions.toJson();
    SparkEnv env = SparkEnv.get();
    return new Machine(
        env.blockManager().blockManagerId().host() + " executor " + env.executorId(),
        "AutoLoss " + text(versions, "autoloss") + ", libtorch " + text(versions, "pytorch"),
        text(versions, "instructions")
            + ", "
            + processor()
            + (device.equals("cpu") ? "" : ", " + device));
  }

  private static String text(ObjectNode versions, String name) {
    return versions.path(name).asText();
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(PROCESSOR)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown processor");
    } catch (IOException e) {
      return "unknown processor";
    }
  }

  /** As the journal has it. */
  @Override
  public String toString() {
    return name + " (" + hardware + ")";
  }
}
