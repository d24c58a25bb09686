package org.autoloss.report;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The curves of one training as scalars for TensorBoard. */
public final class TrainingCurves implements Closeable {
  private final TensorBoardFile file;

  private TrainingCurves(TensorBoardFile file) {
    this.file = file;
  }

  /**
   * Begins a file. TensorBoard joins those of a folder, so that a training that goes on has a
   * second one.
   *
   * @param folder where to; made if it is not there
   * @return the file; the caller closes it
   * @throws IOException if it cannot be written
   */
  public static TrainingCurves create(Path folder) throws IOException {
    Files.createDirectories(folder);
    return new TrainingCurves(TensorBoardFile.create(folder, Instant.now()));
  }

  /**
   * Adds values.
   *
   * @param step of the training
   * @param values by the names of their curves
   * @throws IOException if the file cannot be written
   */
  public void put(int step, Map<String, Double> values) throws IOException {
    List<TensorBoardFile.Scalar> scalars = new ArrayList<>();
    values.forEach(
        (name, value) -> scalars.add(new TensorBoardFile.Scalar(name, value.floatValue())));
    file.append(step, Instant.now(), scalars);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
