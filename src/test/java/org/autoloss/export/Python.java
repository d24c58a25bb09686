package org.autoloss.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Python with PyTorch, where one is at hand: {@code python3}, or what the environment variable
 * {@code AUTOLOSS_PYTHON} names.
 */
final class Python {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Python() {}

  private static String command() {
    return System.getenv().getOrDefault("AUTOLOSS_PYTHON", "python3");
  }

  static boolean hasTorch() throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command(), "-c", "import torch")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Runs a program in a folder; each line that it prints is JSON. */
  static List<JsonNode> run(Path folder, String program) throws Exception {
    Path output = folder.resolve("out.txt");
    Process process =
        new ProcessBuilder(command(), "-c", program)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(text).isZero();
    List<JsonNode> results = new ArrayList<>();
    for (String line : text.lines().toList()) {
      results.add(JSON.readTree(line));
    }
    return results;
  }

  /** The distance of two gradients, relative to the norm. */
  static double distance(JsonNode actual, float[] expected) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(actual.get(i).asDouble() - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / norm);
  }
}
