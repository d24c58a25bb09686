package org.autoloss.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.autoloss.task.ExampleFiles;

/** Test images, what should be seen in them, and what each loss's network sees. */
final class ExamplesSection {
  private static final String ERROR_MAPS =
      "In the error maps right pixels are grey, wrong ones red, ignored ones white.";

  private final Path folder;
  private final List<String> losses;

  private ExamplesSection(Path folder, List<String> losses) {
    this.folder = folder;
    this.losses = losses;
  }

  /** What mustache shows; false where the run keeps no pictures. */
  static Object of(Path run, List<String> losses) throws IOException {
    ExamplesSection section = new ExamplesSection(run.resolve(ExampleFiles.FOLDER), losses);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < ExampleFiles.COUNT; i++) {
      if (Files.exists(section.files("").image(i))) {
        rows.add(Map.of("cells", section.cells(i)));
      }
    }
    String legend = section.files("").readLegend();
    return rows.isEmpty()
        ? false
        : Map.of("rows", rows, "legend", legend.isEmpty() ? ERROR_MAPS : legend);
  }

  private ExampleFiles files(String loss) {
    return new ExampleFiles(folder, loss);
  }

  private List<Map<String, Object>> cells(int index) throws IOException {
    String number = " " + (index + 1);
    List<Map<String, Object>> cells = new ArrayList<>();
    add(cells, files("").image(index), "Test image" + number, "image");
    add(cells, files("").labels(index), "Labels of test image" + number, "labels");
    for (String loss : losses) {
      ExampleFiles files = files(loss);
      String caption = files.readCaption(index);
      add(
          cells,
          files.prediction(index),
          "Prediction for test image" + number + ", trained by " + loss,
          Files.exists(files.errors(index)) || caption.isEmpty() ? loss : loss + ": " + caption);
      add(
          cells,
          files.errors(index),
          "Errors in test image" + number + " by " + loss + ": " + caption,
          caption);
    }
    return cells;
  }

  private static void add(List<Map<String, Object>> cells, Path file, String alt, String caption)
      throws IOException {
    if (Files.exists(file)) {
      byte[] png = Files.readAllBytes(file);
      cells.add(Map.of("uri", DataUri.png(png), "alt", alt, "caption", caption));
    }
  }
}
