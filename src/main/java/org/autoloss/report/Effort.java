package org.autoloss.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.autoloss.internal.Json;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;

/**
 * What trainings took.
 *
 * @param trainings how many
 * @param seconds of all of them, each by one worker on one thread of libtorch
 */
public record Effort(long trainings, double seconds) {
  // The final table tells how good a loss is; it is no part of what found it.
  private static final List<Stage> SEARCH = List.of(Stage.RATE, Stage.PROXY, Stage.CONFIRMATION);

  /**
   * What the search took that left a loss.
   *
   * @param artefact the loss, such as {@code runs/asl-miou-0/found.json}
   * @return the trainings of the run in whose folder it lies, without warm start and final table;
   *     empty if that is no run's folder, or one of no search
   * @throws IOException if the run cannot be read
   */
  public static Optional<Effort> ofSearch(Path artefact) throws IOException {
    Path folder = artefact.toAbsolutePath().getParent();
    if (folder == null || !RunReader.isRun(folder)) {
      return Optional.empty();
    }
    long[] trainings = {0};
    double[] seconds = {0};
    try (RunReader reader = RunReader.open(folder)) {
      for (Stage stage : SEARCH) {
        reader.forEach(
            stage,
            entry -> {
              trainings[0]++;
              Double took = entry.outcome().seconds();
              seconds[0] += took == null ? 0 : took;
            });
      }
    }
    return trainings[0] == 0 ? Optional.empty() : Optional.of(new Effort(trainings[0], seconds[0]));
  }

  /**
   * Both together.
   *
   * @param other trainings
   * @return their sum
   */
  public Effort and(Effort other) {
    return new Effort(trainings + other.trainings, seconds + other.seconds);
  }

  /** Such as {@code 9 trainings, 120 s}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d trainings, %.0f s", trainings, seconds);
  }

  ObjectNode toJson() {
    return Json.MAPPER.createObjectNode().put("trainings", trainings).put("workerSeconds", seconds);
  }
}
