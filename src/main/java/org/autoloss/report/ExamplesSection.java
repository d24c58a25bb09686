package org.autoloss.report;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.autoloss.data.Pictures;
import org.autoloss.run.ExamplePictures;

/** Test images, their labels, and what each loss's network sees in them. */
final class ExamplesSection {
  private final Path folder;
  private final List<String> losses;

  private ExamplesSection(Path folder, List<String> losses) {
    this.folder = folder;
    this.losses = losses;
  }

  /** What mustache shows; false where the run keeps no pictures. */
  static Object of(Path run, List<String> losses) throws IOException {
    ExamplesSection section = new ExamplesSection(run.resolve(ExamplePictures.FOLDER), losses);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < ExamplePictures.COUNT; i++) {
      if (Files.exists(ExamplePictures.image(section.folder, i))) {
        rows.add(Map.of("cells", section.cells(i)));
      }
    }
    return rows.isEmpty() ? false : Map.of("rows", rows);
  }

  private List<Map<String, Object>> cells(int index) throws IOException {
    String number = " " + (index + 1);
    byte[] image = Files.readAllBytes(ExamplePictures.image(folder, index));
    Path labelFile = ExamplePictures.labels(folder, index);
    byte[] labels = Pictures.readClasses(labelFile);
    int width = ImageIO.read(new ByteArrayInputStream(image)).getWidth();
    List<Map<String, Object>> cells = new ArrayList<>();
    cells.add(cell(image, "Test image" + number, "image"));
    cells.add(cell(Files.readAllBytes(labelFile), "Labels of test image" + number, "labels"));
    for (String loss : losses) {
      Path file = ExamplePictures.prediction(folder, index, loss);
      if (Files.exists(file)) {
        byte[] prediction = Pictures.readClasses(file);
        cells.add(
            cell(
                Files.readAllBytes(file),
                "Prediction for test image" + number + ", trained by " + loss,
                loss));
        cells.add(
            cell(
                Pictures.errors(width, labels, prediction),
                errorText(labels, prediction)
                    + " pixels wrong in test image"
                    + number
                    + " by "
                    + loss,
                errorText(labels, prediction) + " wrong"));
      }
    }
    return cells;
  }

  private static Map<String, Object> cell(byte[] png, String alt, String caption) {
    return Map.of("uri", DataUri.png(png), "alt", alt, "caption", caption);
  }

  private static String errorText(byte[] labels, byte[] prediction) {
    int counted = 0;
    int wrong = 0;
    for (int i = 0; i < labels.length; i++) {
      counted += labels[i] == -1 ? 0 : 1;
      wrong += labels[i] == -1 || labels[i] == prediction[i] ? 0 : 1;
    }
    return Math.round(100.0 * wrong / Math.max(1, counted)) + " %";
  }
}
