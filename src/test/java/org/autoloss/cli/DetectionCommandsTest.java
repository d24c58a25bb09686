package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Detection on the command line. */
class DetectionCommandsTest {
  @TempDir Path folder;

  private static CommandLineRun run(String line, Object... values) {
    CommandLineRun run = CommandLineRun.of((Object[]) String.format(line, values).split(" "));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  @Test
  void quickstart_littleEffort_goesAllTheWayAndItsAdviceWorks() throws IOException {
    Path dir = folder.resolve("q");
    CommandLineRun run = run("quickstart --task detection --dir %s --effort 0.005", dir);
    assertThat(run.out())
        .contains("| baseline ", "| searched ", " points of AP ")
        .contains(dir.resolve("scenes") + "   the scenes, in COCO's layout");
    assertThat(dir.resolve("run/report.html")).isNotEmptyFile();
    assertThat(Files.readString(dir.resolve("run/found.json"))).contains("loss_box_reg");

    List<String> advice = advice(run.out());
    assertThat(advice).hasSize(3);
    Path checkpoint = folder.resolve("net.ckpt");
    run(advice.get(0).replace("net.ckpt", checkpoint.toString()) + " --steps 2");
    assertThat(run(advice.get(1).replace("net.ckpt", checkpoint.toString())).out())
        .contains("AP50", "ARl");
    assertThat(advice.get(2))
        .startsWith("search zero --branches loss_box_reg --task detection ")
        .endsWith("--metric AP50");
  }

  /** The commands that a text names. */
  private static List<String> advice(String text) {
    List<String> commands = new ArrayList<>();
    text.lines()
        .map(String::strip)
        .filter(line -> line.startsWith("./autoloss "))
        .forEach(
            line -> commands.add(line.substring("./autoloss ".length()).replaceAll(" +", " ")));
    return commands;
  }

  @Test
  void quickstart_taskThatThereIsNot_isRefused() {
    CommandLineRun run =
        CommandLineRun.of("quickstart", "--task", "dreams", "--dir", folder.resolve("q"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("task: expected one of detection,", "got 'dreams'");
    assertThat(folder.resolve("q")).doesNotExist();
  }
}
