package org.autoloss.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.autoloss.internal.Json;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.ProgressListener;
import org.autoloss.storage.RunFolder;
import org.autoloss.task.ToyTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmStartTest {
  @TempDir private Path folder;

  /** Counts the steps of trainings. */
  private static final class Steps implements ProgressListener {
    private int count;

    @Override
    public void started(String stage, int total) {}

    @Override
    public void advanced() {
      count++;
    }

    @Override
    public void message(String line) {}
  }

  private RunFolder log() throws IOException {
    return RunFolder.create(folder.resolve("run"), "asl", Json.MAPPER.createObjectNode());
  }

  @Test
  void make_sameRecipe_takesTheFileAndTrainsNothing() throws IOException {
    Steps steps = new Steps();
    try (RunFolder log = log()) {
      Checkpoint made = new WarmStart(ToyTask.USUAL, 5, null, 1).make(log, steps);
      assertThat(steps.count).isEqualTo(5);
      Checkpoint kept = new WarmStart(ToyTask.USUAL, 5, null, 1).make(log, steps);
      assertThat(steps.count).isEqualTo(5);
      for (String name : made.state().tensors().keySet()) {
        assertThat(kept.state().get(name).floats()).isEqualTo(made.state().get(name).floats());
      }
    }
  }

  @Test
  void make_otherDataOrSeed_trainsAnew() throws IOException {
    Steps steps = new Steps();
    try (RunFolder log = log()) {
      new WarmStart(ToyTask.USUAL, 5, null, 1).make(log, steps);
      new WarmStart(new ToyTask(ToyTask.USUAL.rate(), "another"), 5, null, 1).make(log, steps);
      assertThat(steps.count).isEqualTo(10);
      new WarmStart(ToyTask.USUAL, 5, null, 2).make(log, steps);
      assertThat(steps.count).isEqualTo(15);
    }
  }

  @Test
  void make_trainingDiverges_saysSo() throws IOException {
    try (RunFolder log = log()) {
      assertThatThrownBy(
              () ->
                  new WarmStart(new ToyTask(1e30, "d"), 9, null, 1)
                      .make(log, ProgressListener.NONE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("take a smaller learning rate");
    }
  }
}
