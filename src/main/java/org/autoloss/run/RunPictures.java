package org.autoloss.run;

import java.io.IOException;
import java.nio.file.Path;
import org.autoloss.loss.Loss;
import org.autoloss.plot.LossPicture;

/** Pictures in a run's folder. A run is worth more than its pictures: none of them can fail it. */
final class RunPictures {
  private RunPictures() {}

  /** Draws a loss, or says why not. */
  static void loss(Path file, String artefact, ProgressListener progress) {
    attempt(
        file.getFileName().toString(),
        progress,
        () -> {
          try (Loss loss = Loss.parse(artefact)) {
            LossPicture.of(loss).write(file);
          }
        });
  }

  /** Something that is drawn. */
  interface Drawing {
    void draw() throws IOException;
  }

  static void attempt(String name, ProgressListener progress, Drawing drawing) {
    try {
      drawing.draw();
    } catch (IOException | RuntimeException | LinkageError e) { // LinkageError: without XChart
      progress.message(name + " is not drawn: " + e.getMessage());
    }
  }
}
