package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.Fuzz;
import org.autoloss.internal.Json;
import org.autoloss.internal.Npy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of cases that are damaged or hostile, as a user runs them. */
class CasesFuzzTest {
  @TempDir Path folder;

  @BeforeEach
  void writeArrays() throws IOException {
    Npy.write(folder.resolve("z.npy"), new float[] {1, 2, 3, 4}, 1, 2, 1, 2);
    byte[] labels = Files.readAllBytes(folder.resolve("z.npy"));
    String text = new String(labels, StandardCharsets.ISO_8859_1);
    text = text.substring(0, 128) + "\0\0\0\0\1\0\0\0"; // two ints
    text = text.replace("<f4", "<i4").replace("(1, 2, 1, 2)", "(1, 1, 2)   ");
    Files.write(folder.resolve("y.npy"), text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void lossCases_damaged_areALineEachOrRefused() {
    fuzz(
        21,
        "loss",
        """
        [{"name":"a","loss":"ce","logits":"z.npy","labels":"y.npy"},
         {"loss":{"kind":"asl","metric":"gAcc","controlPoints":[0.5,0.5]},"logits":"z.npy",
          "labels":"y.npy"}]
        """);
  }

  @Test
  void metricCases_damaged_areALineEachOrRefused() {
    fuzz(
        22,
        "metric",
        """
        [{"name":"a","logits":"z.npy","labels":"y.npy","tolerance":1,"dropBackground":true},
         {"predictions":"y.npy","labels":"y.npy","classes":3,"chengDistance":0.1,
          "ignoredEdges":"skip"}]
        """);
  }

  private void fuzz(long seed, String command, String cases) {
    Path file = folder.resolve("cases.json");
    Fuzz.run(
        seed,
        input -> {
          Files.write(file, input);
          CommandLineRun run = CommandLineRun.of(command, "--cases", file);
          assertThat(run.exitCode()).isBetween(0, 1);
          assertThat(run.err().lines().count()).as(run.err()).isLessThanOrEqualTo(1);
          for (String line : run.out().lines().toList()) {
            requireObject(line);
          }
          if (run.exitCode() != 0) {
            throw new IllegalArgumentException(run.out() + run.err());
          }
        },
        cases);
  }

  private static void requireObject(String line) throws JsonProcessingException {
    assertThat(Json.MAPPER.readTree(line).isObject()).as(line).isTrue();
  }
}
