package org.autoloss.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code autoloss report}, of two tiny searches. */
class ReportCommandTest {
  private static final List<String> BROWSERS =
      List.of("chromium", "chromium-browser", "google-chrome", "chrome");

  /** Writes what only a browser knows into the page. */
  private static final String PROBE =
      """
      <script>
      addEventListener("load", () => {
        const images = [...document.images];
        document.body.dataset.probe = JSON.stringify({
          drawn: images.filter(i => i.naturalWidth > 0).length, images: images.length,
          described: images.filter(i => i.alt).length,
          overflow: document.documentElement.scrollWidth - innerWidth,
          dark: getComputedStyle(document.body).backgroundColor});
      });
      </script>
      """;

  @TempDir private static Path folder;

  @BeforeAll
  static void search() {
    Path scenes = folder.resolve("scenes");
    succeed("data scenes --size 32 --warm 8 --train 8 --reward 6 --test 6 --out", scenes);
    String common = " --crop 32 --width 2 --batch 2 --warm-steps 2 --proxy-steps 2 --final-steps 2";
    succeed(
        "search asl --metric mIoU --steps 2 --samples 3 --top 1 --seeds 2 --name asl"
            + common
            + " --out "
            + folder
            + " --data",
        scenes);
    succeed(
        "search zero --metric mAcc --proxies 22 --sample-size 16 --samples 3 --seeds 1 --top 1"
            + " --name zero"
            + common
            + " --out "
            + folder
            + " --data",
        scenes);
    succeed("report", folder.resolve("asl"));
    succeed("report", folder.resolve("zero"));
  }

  private static void succeed(String line, Path last) {
    Object[] words = Stream.concat(Stream.of(line.split(" ")), Stream.of(last)).toArray();
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  @Test
  void report_asl_hasAllSections() throws IOException {
    assertThat(report("asl"))
        .contains("Search for mIoU by Auto Seg-Loss", "mIoU, searched", "It is complete.")
        .contains("cross entropy</th>", "dice</th>", "published asl:mIoU</th>", "searched</th>")
        .contains("The centre of the search, step by step", "Rewards of 9 candidates")
        .contains("\\begin{aligned}", "Prediction for test image 1, trained by searched")
        .contains("&quot;sha256&quot;", "avx")
        .contains("· (dice:absent")
        .doesNotContain("Family tree");
  }

  @Test
  void report_zero_hasFamilyTreeAndRates() throws IOException {
    assertThat(report("zero"))
        .contains("Search for mAcc by AutoLoss-Zero", "Family tree", "losses explored")
        .contains("below threshold</th>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"asl", "zero"})
  void report_folderOfAnyName_printsACommandThatWorks(String run) throws Exception {
    Path odd = Files.createDirectories(folder.resolve("it's mIoU+BF1 of " + run));
    for (String name : List.of("run.db", "run.lock", "config.json", "found.json")) {
      Files.copy(folder.resolve(run).resolve(name), odd.resolve(name));
    }
    succeed("report", odd);
    String html = Files.readString(odd.resolve("report.html")).replace("&#39;", "'");
    Matcher usage =
        Pattern.compile("autoloss train --data DATA --loss (.*) --out network.ckpt").matcher(html);
    assertThat(html).contains("--out network.ckpt --task segmentation");
    assertThat(usage.find()).isTrue();
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", "printf %s " + usage.group(1));
    String word = new String(shell.start().getInputStream().readAllBytes(), UTF_8);
    succeed("loss export --format json --out " + folder.resolve(run + ".json"), Path.of(word));
    assertThat(folder.resolve(run + ".json")).content().contains("\"kind\":");
  }

  @ParameterizedTest
  @ValueSource(strings = {"asl", "zero"})
  void report_anySearch_needsNothingOutsideTheFile(String run) throws IOException {
    String html = report(run);
    assertThat(html).doesNotContain("http://", "https://", "<script", "<link", "{{");
    Matcher sources = Pattern.compile("(?:src|href)=\"([^\"]*)\"").matcher(html);
    int count = 0;
    while (sources.find()) {
      assertThat(sources.group(1)).matches("(?s)data:image/.*|#.*");
      count++;
    }
    assertThat(count).isGreaterThan(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"asl", "zero"})
  void report_headings_descendWithoutGaps(String run) throws IOException {
    Matcher headings = Pattern.compile("<h([1-6])").matcher(report(run));
    int before = 0;
    while (headings.find()) {
      int level = Integer.parseInt(headings.group(1));
      assertThat(level).isLessThanOrEqualTo(before + 1);
      before = level;
    }
    assertThat(before).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"asl", "zero"})
  void report_onAPhone_fitsAndShowsEveryPicture(String run) throws Exception {
    Optional<Path> browser = browser();
    assumeTrue(browser.isPresent(), "no Chromium on this machine's path");
    Path page = folder.resolve(run + "-probe.html");
    Files.writeString(page, report(run).replace("</body>", PROBE + "</body>"));
    Path output = folder.resolve(run + "-dom.html");
    Process process =
        new ProcessBuilder(
                browser.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=390,844",
                "--virtual-time-budget=5000",
                "--dump-dom",
                page.toUri().toString())
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    Matcher probe = Pattern.compile("data-probe=\"([^\"]*)\"").matcher(Files.readString(output));
    assertThat(probe.find()).as("the page was loaded").isTrue();
    String found = probe.group(1).replace("&quot;", "\"");
    Matcher counts =
        Pattern.compile(
                "\"drawn\":(\\d+),\"images\":(\\d+),\"described\":(\\d+),\"overflow\":(-?\\d+)")
            .matcher(found);
    assertThat(counts.find()).as(found).isTrue();
    assertThat(counts.group(1)).as("pictures drawn").isEqualTo(counts.group(2));
    assertThat(counts.group(3)).as("pictures with a text").isEqualTo(counts.group(2));
    assertThat(Integer.parseInt(counts.group(4))).as("overflow to the right").isNotPositive();
  }

  @Test
  void report_noRun_saysWhatWasExpected() {
    CommandLineRun run = CommandLineRun.of("report", folder);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("expected the folder of a run");
  }

  private static String report(String run) throws IOException {
    return Files.readString(folder.resolve(run).resolve("report.html"));
  }

  private static Optional<Path> browser() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .flatMap(directory -> BROWSERS.stream().map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
