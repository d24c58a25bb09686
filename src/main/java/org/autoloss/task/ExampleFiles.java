package org.autoloss.task;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.autoloss.internal.Json;

/**
 * The pictures of examples in a run's folder: {@code 0-image.png}, {@code 0-labels.png}, {@code
 * 0-by-LOSS.png} and {@code 0-by-LOSS-errors.png}. A task draws those that it can.
 *
 * @param folder of the pictures
 * @param loss what the network was trained by, as tables call it
 */
public record ExampleFiles(Path folder, String loss) {
  /** The folder of the pictures in that of the run. */
  public static final String FOLDER = "examples";

  /** How many examples there are at most. */
  public static final int COUNT = 4;

  /**
   * The image itself.
   *
   * @param index from 0
   * @return a path in the folder
   */
  public Path image(int index) {
    return folder.resolve(index + "-image.png");
  }

  /**
   * What should be seen in the image.
   *
   * @param index from 0
   * @return a path in the folder
   */
  public Path labels(int index) {
    return folder.resolve(index + "-labels.png");
  }

  /**
   * What the network sees in the image.
   *
   * @param index from 0
   * @return a path in the folder
   */
  public Path prediction(int index) {
    return folder.resolve(stem(index) + ".png");
  }

  /**
   * Where the network errs in the image.
   *
   * @param index from 0
   * @return a path in the folder
   */
  public Path errors(int index) {
    return folder.resolve(stem(index) + "-errors.png");
  }

  /**
   * Says what the picture of errors shows.
   *
   * @param index from 0
   * @param caption a few words, such as {@code 12 % wrong}
   * @throws IOException if the file cannot be written
   */
  public void writeCaption(int index, String caption) throws IOException {
    Files.writeString(caption(index), caption);
  }

  /**
   * What the picture of errors shows.
   *
   * @param index from 0
   * @return a few words; empty if there are none
   * @throws IOException if the file cannot be read
   */
  public String readCaption(int index) throws IOException {
    return Files.exists(caption(index)) ? Files.readString(caption(index)) : "";
  }

  /**
   * Says how the pictures are to be read.
   *
   * @param legend a sentence or two
   * @throws IOException if the file cannot be written
   */
  public void writeLegend(String legend) throws IOException {
    Files.writeString(legend(), legend);
  }

  /**
   * How the pictures are to be read.
   *
   * @return a sentence or two; empty if there are none
   * @throws IOException if the file cannot be read
   */
  public String readLegend() throws IOException {
    return Files.exists(legend()) ? Files.readString(legend()) : "";
  }

  private Path legend() {
    return folder.resolve("legend.txt");
  }

  /**
   * Keeps what the network is worth, as curves.
   *
   * @param curves one for each chart
   * @throws IOException if the file cannot be written
   */
  public void writeCurves(List<Curve> curves) throws IOException {
    Json.MAPPER.writeValue(curves().toFile(), curves);
  }

  /**
   * What the network is worth.
   *
   * @return one curve for each chart; none if there are none
   * @throws IOException if the file cannot be read
   */
  public List<Curve> readCurves() throws IOException {
    return Files.exists(curves())
        ? List.of(Json.MAPPER.readValue(curves().toFile(), Curve[].class))
        : List.of();
  }

  private Path curves() {
    return folder.resolve("curves-" + name() + ".json");
  }

  private Path caption(int index) {
    return folder.resolve(stem(index) + "-errors.txt");
  }

  private String stem(int index) {
    return index + "-by-" + name();
  }

  private String name() {
    return loss.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }
}
