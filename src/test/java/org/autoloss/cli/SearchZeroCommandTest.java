package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.autoloss.Kernels;
import org.autoloss.graph.GraphLoss;
import org.autoloss.loss.Loss;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code autoloss search zero}, on a few tiny scenes. */
class SearchZeroCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SMALL =
      "search zero --metric mAcc --data %s --crop 32 --width 2 --batch 2 --warm-steps 2"
          + " --proxy-steps 2 --final-steps 3 --sample-size 16 --samples 3 --seeds 1 --top 2"
          + " --out %s ";

  @TempDir private static Path scenes;
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void drawScenes() {
    String line = "data scenes --size 32 --warm 8 --train 8 --reward 6 --test 6 --out " + scenes;
    assertThat(
            Main.commandLine().setOut(new PrintWriter(new StringWriter())).execute(line.split(" ")))
        .isZero();
  }

  @Test
  void searchZero_anyNumberOfWorkers_leavesTheSameLossAndFamily() throws IOException {
    for (int workers : List.of(1, 2)) {
      run(
          SMALL + "--proxies 24 --seed 3 --workers %d --name run%d --json",
          scenes,
          folder,
          workers,
          workers);
    }
    Path first = folder.resolve("run1");
    Path second = folder.resolve("run2");
    assertThat(nodes(first)).isEqualTo(nodes(second));
    assertThat(first.resolve("family.md")).hasSameTextualContentAs(second.resolve("family.md"));
    assertThat(first.resolve("family.md"))
        .content()
        .contains("| random |", "mAcc", "$$", "in percent")
        .containsPattern("\\| random \\| \\d+\\.\\d\\d \\|");
    assertThat(err.toString()).containsPattern("individual \\d+: mAcc \\d+\\.\\d\\d % in ");
    assertThat(first.resolve("tally.json")).hasSameTextualContentAs(second.resolve("tally.json"));
    for (Stage stage : Stage.values()) {
      assertThat(entries(first, stage)).isEqualTo(entries(second, stage));
    }
    assertThat(entries(first, Stage.INDIVIDUAL)).hasSize(24);
    assertThat(entries(first, Stage.PROXY)).hasSize(24);
    try (Loss loss = Loss.parse("graph:" + first.resolve("candidate.json"))) {
      assertThat(loss).isInstanceOf(GraphLoss.class);
    }
    JsonNode result = JSON.readTree(out.toString().lines().findFirst().orElseThrow());
    assertThat(result.at("/tally/trained").asInt()).isEqualTo(24);
    assertDecisions(first, result.path("tally"));
    assertThat(result.at("/candidate/kind").asText()).isEqualTo("graph");
  }

  @Test
  void searchZero_ablation_comparesFourVariants() throws IOException {
    run(SMALL + "--ablation --ablation-seconds 1 --name table", scenes, folder);
    assertThat(out.toString())
        .contains("naive evolution", "+ loss rejection", "+ gradient equivalence", "+ early stop");
    JsonNode rows = JSON.readTree(folder.resolve("table/ablation.json").toFile()).path("rows");
    assertThat(rows).hasSize(4);
    double naive = rows.get(0).at("/tally/explored").asDouble();
    assertThat(rows.get(3).at("/tally/explored").asDouble()).isGreaterThan(10 * naive);
  }

  @Test
  void searchZero_ablationRows_areThoseAskedFor() throws IOException {
    run(
        SMALL
            + "--ablation --ablation-rows only_early_stop,naive --ablation-seconds 0.1 --name few",
        scenes,
        folder);
    JsonNode rows = JSON.readTree(folder.resolve("few/ablation.json").toFile()).path("rows");
    assertThat(rows.findValuesAsText("variant"))
        .containsExactly("early stop alone", "naive evolution");
  }

  @Test
  void searchZero_explore_countsWithoutTrainings() throws IOException {
    for (int workers : List.of(1, 2)) {
      run(
          SMALL + "--explore 3000 --workers %d --name explored%d",
          scenes,
          folder,
          workers,
          workers);
    }
    assertThat(out.toString()).contains("| no gradient |", " losses in ", " a second");
    assertThat(folder.resolve("explored1/warm.ckpt")).doesNotExist();
    Path tally = folder.resolve("explored1/tally.json");
    assertThat(tally).hasSameTextualContentAs(folder.resolve("explored2/tally.json"));
    assertThat(JSON.readTree(tally.toFile()).path("trained").asInt()).isPositive();
    JsonNode speed = JSON.readTree(folder.resolve("explored1/speed.json").toFile());
    assertThat(speed.path("explored").asInt()).isGreaterThanOrEqualTo(3000);
    assertThat(speed.path("perSecond").asDouble()).isPositive();
  }

  @Test
  void searchZero_exploreAndAblation_isOneSentence() {
    String line = SMALL + "--explore 5 --ablation";
    assertThat(execute(line.formatted(scenes, folder).split(" "))).isEqualTo(1);
    assertThat(err.toString()).contains("--explore: expected 1 or more losses, and no --ablation");
  }

  @Test
  void searchZero_screenOnAnUnknownDevice_isOneSentence() {
    String line = SMALL + "--screen-on tpu";
    assertThat(execute(line.formatted(scenes, folder).split(" "))).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "autoloss: --screen-on: expected cpu, cuda or cuda:N (the GPU's number), got tpu\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--explore 5 ", "--ablation "})
  void searchZero_screenOnAGpuThatIsNotThere_isOneSentenceAndLeavesNothing(String kind) {
    Assumptions.assumeTrue(Kernels.cudaDevices() == 0, "this machine has a GPU");
    String line = SMALL + kind + "--screen-on cuda";
    assertThat(execute(line.formatted(scenes, folder).split(" "))).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "autoloss: --screen-on: expected a GPU, got none (%s); leave it out to use the CPU\n"
                .formatted(Kernels.cudaStatus()));
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @EnumSource(
      value = SegmentationMetric.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CHENG_BIOU", "CSURKA_BF"})
  void searchZero_eachMetric_leavesALossAndATable(SegmentationMetric metric) throws IOException {
    run(
        SMALL.replace("mAcc", "%s") + "--proxies 2 --threshold 0.3 --name each --no-early-stop",
        metric.label(),
        scenes,
        folder);
    Path run = folder.resolve("each");
    JsonNode found = JSON.readTree(run.resolve("candidate.json").toFile());
    assertThat(found.path("metric").asText()).isEqualTo(metric.label());
    assertThat(found.at("/provenance/configuration/search/evolution/earlyStop").asBoolean(true))
        .isFalse();
    assertThat(found.at("/provenance/configuration/search/rejection/device").asText())
        .isEqualTo("cpu");
    assertThat(run.resolve("family.md")).content().contains("| " + metric.label() + " | gain |");
    assertThat(run.resolve("table.md")).content().contains(metric.label());
  }

  @Test
  void searchZero_severalMetrics_leavesTheirTradeToo() throws IOException {
    run(
        SMALL.replace("mAcc", "mIoU+BF1") + "--proxies 6 --threshold 0.3 --seed 4 --json",
        scenes,
        folder);
    Path run = folder.resolve("zero-miou-bf1-4");
    JsonNode result = JSON.readTree(out.toString().lines().findFirst().orElseThrow());
    assertThat(result.at("/candidate/metric").asText()).isEqualTo("mIoU+BF1");
    assertThat(result.at("/pareto/proxies").asInt() + result.at("/tally/stopped").asInt())
        .isEqualTo(6);
    assertThat(run.resolve("pareto.png")).isNotEmptyFile();
    for (JsonNode proxy : result.at("/pareto/front")) {
      try (Loss loss = Loss.parse("graph:" + run.resolve(proxy.path("loss").asText()))) {
        assertThat(loss).isInstanceOf(GraphLoss.class);
      }
    }
    for (Entry entry : entries(run, Stage.PROXY)) {
      Map<String, Double> metrics = entry.outcome().metrics();
      assertThat(entry.outcome().score())
          .isEqualTo((metrics.get("mIoU") + metrics.get("BF1")) / 2, within(1e-12));
    }
  }

  @Test
  void searchZero_metricThatIsOnlyMeasured_isOneSentence() {
    String line = SMALL.replace("mAcc", "CsurkaBF");
    assertThat(execute(line.formatted(scenes, folder).split(" "))).isEqualTo(1);
    assertThat(err.toString()).contains("metric: expected one of mIoU, ", "got 'CsurkaBF'");
  }

  @Test
  void searchZero_unknownMetric_isOneSentence() {
    int code = execute((SMALL + "--metric foo").formatted(scenes, folder).split(" "));
    assertThat(code).isNotZero();
  }

  @Test
  void searchZero_threeProxies_trainsThree() throws IOException {
    run(SMALL + "--proxies 3 --name three", scenes, folder);
    assertThat(entries(folder.resolve("three"), Stage.PROXY)).hasSize(3);
    assertThat(err.toString()).contains("search 3/3").doesNotContain("4/3", "5/3");
  }

  @Test
  void searchZero_diskThatItTakes_isAboutTheEstimate() throws IOException {
    run(SMALL + "--proxies 100 --threshold 0.3 --name disk", scenes, folder);
    Matcher cost = Pattern.compile("([0-9.]+) MB of disk").matcher(err.toString());
    assertThat(cost.find()).isTrue();
    double estimate = Double.parseDouble(cost.group(1)) * 1e6;
    try (Stream<Path> files = Files.walk(folder.resolve("disk"))) {
      double taken = files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
      assertThat(estimate).isBetween(taken / 2, 2 * taken);
    }
  }

  private static List<Entry> entries(Path run, Stage stage) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      return reader.entries(stage).stream().map(SearchZeroCommandTest::withoutSeconds).toList();
    }
  }

  private static Entry withoutSeconds(Entry e) {
    Entry.Outcome o = e.outcome();
    Entry.Outcome timeless = new Entry.Outcome(o.decision(), o.score(), o.metrics(), null);
    return new Entry(
        e.stage(), e.step(), e.sample(), e.seed(), e.name(), e.content(), e.origin(), timeless);
  }

  private static void assertDecisions(Path run, JsonNode tally) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      Map<String, Long> decisions = reader.decisions(Stage.EXPLORED);
      assertThat(decisions.values().stream().mapToLong(n -> n).sum())
          .isEqualTo(tally.path("explored").asLong());
      for (String name : List.of("trained", "reused")) {
        assertThat(decisions.getOrDefault(name, 0L)).isEqualTo(tally.path(name).asLong());
      }
      assertThat(decisions.getOrDefault("below_threshold", 0L))
          .isEqualTo(tally.path("belowThreshold").asLong());
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.COMPLETE);
    }
  }

  private static JsonNode nodes(Path run) throws IOException {
    return JSON.readTree(run.resolve("candidate.json").toFile()).path("nodes");
  }

  private void run(String line, Object... values) {
    assertThat(execute(line.formatted(values).split(" "))).as(err.toString()).isZero();
  }

  private int execute(String... args) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }
}
