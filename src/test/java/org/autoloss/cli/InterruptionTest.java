package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is printed on Ctrl-C, and whether it works; of a search see {@link SearchFaultTest}. */
@Timeout(300)
class InterruptionTest {
  @TempDir private Path folder;

  /** Starts a command, and asks it to terminate when it has printed something. */
  private String interrupted(String line, String sign) throws Exception {
    Path output = folder.resolve("output.txt");
    Process process = SearchProcess.start(output, line);
    while (process.isAlive() && !(Files.exists(output) && text(output).contains(sign))) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    process.destroy();
    process.waitFor();
    return text(output);
  }

  private static String text(Path output) throws Exception {
    return Files.readString(output);
  }

  @Test
  void quickstart_whileScenesAreDrawn_saysWhatToDeleteAndRepeat() throws Exception {
    Path made = folder.resolve("qs");
    String text = interrupted("quickstart --dir " + made, "scenes 0/1200");
    assertThat(text)
        .contains(
            "Interrupted. Nothing was searched yet; delete "
                + made
                + ", and begin again with: autoloss quickstart --dir "
                + made)
        .doesNotContain("search resume", "Exception");
  }

  @Test
  void exploration_always_saysThatItCannotBeResumed() throws Exception {
    String scenes = folder.resolve("scenes").toString();
    String draw = "data scenes --size 32 --warm 2 --train 4 --reward 2 --test 2 --out " + scenes;
    assertThat(CommandLineRun.of((Object[]) draw.split(" ")).exitCode()).isZero();
    String text =
        interrupted(
            "search zero --metric mIoU --explore 1000000000 --samples 3 --sample-size 16 --data "
                + scenes
                + " --out "
                + folder
                + " --name run",
            "exploration 0/");
    assertThat(text)
        .contains("Interrupted. An exploration cannot be resumed; delete " + folder.resolve("run"))
        .doesNotContain("search resume", "Exception");
  }
}
