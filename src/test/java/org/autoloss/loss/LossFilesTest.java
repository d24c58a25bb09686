package org.autoloss.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossFilesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@",
        "asl:@",
        "graph:\"@\"",
        "ce+0.5*asl:@",
        "0.5*@ + dice",
        "tversky:alpha=0.3,weights=#",
        "loss_box_reg=graph:@",
        "loss_mask=ce;loss_box_reg=0.5*graph:@+ce"
      })
  void of_specificationThatNamesAFile_findsIt(String specification) throws IOException {
    Path artefact = Files.writeString(folder.resolve("a+b.json"), "{}");
    Path other = Files.writeString(folder.resolve("weights.npy"), "");
    String text = specification.replace("@", artefact.toString()).replace("#", other.toString());
    assertThat(LossFiles.of(text)).contains(specification.contains("@") ? artefact : other);
  }

  @Test
  void of_anythingElse_findsNothing() {
    for (String specification : new String[] {"ce", "asl:mIoU", "", "\0", "{}", "asl:/no/a.json"}) {
      assertThat(LossFiles.of(specification)).isEmpty();
    }
  }
}
