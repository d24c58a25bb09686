package org.autoloss.report;

import java.io.IOException;
import java.nio.file.Path;
import org.autoloss.internal.Json;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossSet;
import org.autoloss.plot.LossPicture;
import org.autoloss.search.ProgressListener;

/** Pictures in a run's folder. A run is worth more than its pictures: none of them can fail it. */
public final class RunPictures {
  private RunPictures() {}

  /**
   * Draws a loss, or says why not.
   *
   * @param file where to
   * @param artefact of the loss
   * @param progress is told why not
   */
  public static void loss(Path file, String artefact, ProgressListener progress) {
    attempt(
        file.getFileName().toString(),
        progress,
        () -> {
          if (!LossSet.branches(Json.MAPPER.readTree(artefact)).isEmpty()) {
            throw new IllegalArgumentException("losses of several branches have no common picture");
          }
          try (Loss loss = Loss.parse(artefact)) {
            LossPicture.of(loss).write(file);
          }
        });
  }

  /** Something that is drawn. */
  @FunctionalInterface
  public interface Drawing {
    /**
     * Draws.
     *
     * @throws IOException if the file cannot be written
     */
    void draw() throws IOException;
  }

  /**
   * Draws something, or says why not.
   *
   * @param name of the file, for the message
   * @param progress is told why not
   * @param drawing what to draw
   */
  public static void attempt(String name, ProgressListener progress, Drawing drawing) {
    try {
      drawing.draw();
    } catch (IOException | RuntimeException | LinkageError e) { // LinkageError: without XChart
      progress.message(name + " is not drawn: " + e.getMessage());
    }
  }
}
