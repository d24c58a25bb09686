package org.autoloss.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.loss.Loss;
import org.autoloss.search.ProgressListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunPicturesTest {
  @TempDir private Path folder;

  private final List<String> messages = new ArrayList<>();
  private final ProgressListener progress =
      new ProgressListener() {
        @Override
        public void started(String stage, int total) {}

        @Override
        public void advanced() {}

        @Override
        public void message(String line) {
          messages.add(line);
        }
      };

  @Test
  void loss_surrogate_isDrawn() {
    RunPictures.loss(folder.resolve("loss.png"), artefact(), progress);
    assertThat(messages).isEmpty();
    assertThat(folder.resolve("loss.png")).isNotEmptyFile();
  }

  @Test
  void loss_pathTaken_isAMessage() throws Exception {
    Files.createDirectories(folder.resolve("loss.png/in the way"));
    RunPictures.loss(folder.resolve("loss.png"), artefact(), progress);
    assertThat(messages).singleElement().asString().startsWith("loss.png is not drawn: ");
  }

  @Test
  void attempt_libraryMissing_isAMessage() {
    RunPictures.attempt(
        "loss.png",
        progress,
        () -> {
          throw new NoClassDefFoundError("org/knowm/xchart/XYChart");
        });
    assertThat(messages).containsExactly("loss.png is not drawn: org/knowm/xchart/XYChart");
  }

  private static String artefact() {
    try (Loss loss = Loss.parse("asl:mAcc")) {
      return loss.toJson();
    }
  }
}
