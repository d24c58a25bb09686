package org.autoloss.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The same commands on a machine of no language and on an Egyptian one, which has other digits. */
class LocaleTest {
  private static final String SMALL =
      "--crop 32 --width 2 --batch 2 --warm-steps 2 --proxy-steps 2 --final-steps 2 --data d --out"
          + " r";
  private static final List<String> COMMANDS =
      List.of(
          "data scenes --out d --size 32 --warm 8 --train 8 --reward 6 --test 12",
          "loss export asl:BF1 --format python --out bf1.py",
          "loss export 0.5*asl:BIoU+expr:neg(mul(y,log(yhat))) --format python --out sum.py",
          "loss export 0.5*asl:BIoU+expr:neg(mul(y,log(yhat))) --format latex --out sum.tex",
          "loss export 0.5*asl:BIoU+expr:neg(mul(y,log(yhat))) --format json --out sum.json",
          "loss plot 0.5*asl:BF1 --out bf1.svg",
          "loss plot asl:BF1 --out bf1.png",
          "loss probe dice",
          "train --data d --crop 32 --width 2 --batch 2 --steps 3 --loss asl:BF1 --out net.ckpt",
          "eval --data d --crop 32 --checkpoint net.ckpt",
          "search asl --metric mIoU --steps 2 --samples 3 --top 1 --seeds 2 --name asl " + SMALL,
          "search zero --metric mAcc --proxies 22 --sample-size 16 --samples 3 --seeds 1 --top 1"
              + " --name zero "
              + SMALL,
          "report r/asl",
          "report r/zero",
          "runs list r",
          "runs show r/asl",
          "runs export r/asl --out asl.csv",
          "data scenes --out e --size 123456",
          "train --data d --crop 32 --batch 1234567 --steps 0 --out x.ckpt",
          "loss export asl:BF1,tolerance=-12345");

  // What holds times or paths of the machine.
  private static final Pattern TIMED =
      Pattern.compile(
          "r/.*(run\\.db.*|run\\.lock|tfevents.*|report\\.html|speed\\.json|table\\.json)|asl\\.csv|process\\.log"
              + "|\\d+\\.(out|err)");
  private static final Pattern TEXT =
      Pattern.compile(".*\\.(py|tex|json|svg|md|html|csv|txt|out|err)");
  private static final Pattern FOREIGN_DIGIT = Pattern.compile("(?U)[\\d&&[^0-9]]");

  @TempDir private static Path folder;

  /** Runs the commands in a process of its own; what each prints is in N.out and N.err. */
  static final class Commands {
    private Commands() {}

    public static void main(String[] args) throws IOException {
      for (int i = 0; i < COMMANDS.size(); i++) {
        try (PrintWriter out = new PrintWriter(i + ".out", UTF_8);
            PrintWriter err = new PrintWriter(i + ".err", UTF_8)) {
          CommandLine line = Main.commandLine().setOut(out).setErr(err);
          line.execute(COMMANDS.get(i).split(" "));
        }
      }
      System.exit(0); // as the command line does, whatever threads there are
    }
  }

  private static Process start(String name, String... options) throws IOException {
    Path here = Files.createDirectory(folder.resolve(name));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Djava.awt.headless=true");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Commands.class.getName());
    return new ProcessBuilder(command)
        .directory(here.toFile())
        .redirectErrorStream(true)
        .redirectOutput(here.resolve("process.log").toFile())
        .start();
  }

  @BeforeAll
  static void run() throws Exception {
    Process one = start("root", "-Duser.language=", "-Duser.country=");
    Process other = start("egypt", "-Duser.language=ar", "-Duser.country=EG");
    assertThat(one.waitFor()).isZero();
    assertThat(other.waitFor()).isZero();
  }

  private static Map<String, Path> files(String name) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder.resolve(name))) {
      all.filter(Files::isRegularFile)
          .forEach(file -> files.put(folder.resolve(name).relativize(file).toString(), file));
    }
    return files;
  }

  @Test
  void commands_otherLocale_leaveTheSameFiles() throws IOException {
    Map<String, Path> expected = files("root");
    Map<String, Path> got = files("egypt");
    String time = "tfevents\\.\\d+";
    assertThat(got.keySet().stream().map(name -> name.replaceAll(time, "")))
        .containsExactlyElementsOf(
            expected.keySet().stream().map(name -> name.replaceAll(time, "")).toList());
    assertThat(expected)
        .containsKeys("bf1.py", "sum.tex", "bf1.svg", "d/JPEGImages/test_00011.jpg", "net.ckpt")
        .containsKeys("r/asl/found.json", "r/asl/report.html", "r/zero/found.json", "asl.csv");
    expected.forEach(
        (name, file) -> {
          if (!TIMED.matcher(name).matches()) {
            assertThat(got.get(name)).as(name).hasSameBinaryContentAs(file);
          }
        });
  }

  @Test
  void commands_otherLocale_writeAndPrintPlainDigits() throws IOException {
    int read = 0;
    for (Map.Entry<String, Path> file : files("egypt").entrySet()) {
      if (TEXT.matcher(file.getKey()).matches()) {
        assertThat(Files.readString(file.getValue()))
            .as(file.getKey())
            .doesNotContainPattern(FOREIGN_DIGIT);
        read++;
      }
    }
    assertThat(read).isGreaterThan(2 * COMMANDS.size());
  }

  @Test
  void commands_otherLocale_fillInTheirMessages() throws IOException {
    assertThat(folder.resolve("egypt/17.err")).content().contains("32 to 1024", "123456");
    assertThat(folder.resolve("egypt/19.err")).content().contains("12345");
    assertThat(folder.resolve("egypt/0.out")).content().contains("34 scenes");
  }
}
