package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.autoloss.Kernels;
import org.autoloss.internal.Json;
import org.autoloss.loss.Loss;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.nn.Checkpoint;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.storage.Entry;
import org.autoloss.storage.RunInfo;
import org.autoloss.storage.RunReader;
import org.autoloss.storage.Stage;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands that train, on a few tiny scenes. */
class ExperimentCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path shared;
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void drawScenes() {
    String[] line = "data scenes --size 32 --warm 8 --train 8 --reward 6 --test 6 --out".split(" ");
    String[] args = Stream.concat(Stream.of(line), Stream.of(scenes())).toArray(String[]::new);
    assertThat(Main.commandLine().setOut(new PrintWriter(new StringWriter())).execute(args))
        .isZero();
  }

  @Test
  void trainThenEval_sameSeed_givesTheSameFileAndMetrics() throws IOException {
    for (String name : List.of("a.ckpt", "b.ckpt")) {
      run(
          "train --data %s --crop 32 --width 2 --batch 2 --steps 3 --loss ce+asl:BIoU+asl:BF1 --out"
              + " %s",
          scenes(), folder.resolve(name));
    }
    assertThat(folder.resolve("a.ckpt")).hasSameBinaryContentAs(folder.resolve("b.ckpt"));
    JsonNode metrics =
        json("eval --data %s --crop 32 --checkpoint %s --json", scenes(), folder.resolve("a.ckpt"));
    for (String metric : List.of("mIoU", "FWIoU", "mAcc", "gAcc", "BIoU", "BF1")) {
      assertThat(metrics.path(metric).asDouble(-1)).isBetween(0.0, 1.0);
    }
    out.getBuffer().setLength(0);
    run("eval --data %s --crop 32 --checkpoint %s", scenes(), folder.resolve("a.ckpt"));
    assertThat(out.toString())
        .contains(
            String.format(Locale.ROOT, "mIoU %11.2f %%", 100 * metrics.path("mIoU").asDouble()));
  }

  @Test
  void eval_wholeImagesAndCrops_differWhereImagesAreLarger() throws IOException {
    Path checkpoint = folder.resolve("a.ckpt");
    run(
        "train --data %s --crop 16x24 --width 2 --batch 2 --steps 3 --out %s",
        scenes(), checkpoint);
    String eval = "eval --data %s --checkpoint %s --json --crop ";
    JsonNode whole = json(eval + "16x24", scenes(), checkpoint);
    JsonNode crop = json(eval + "16x24 --evaluate crop", scenes(), checkpoint);
    JsonNode all = json(eval + "32 --evaluate crop", scenes(), checkpoint);
    // Scenes of 32 x 32: a crop of that size is the whole image.
    assertThat(whole).isEqualTo(all).isNotEqualTo(crop);
    JsonNode classes = whole.path("classes").path("mIoU");
    double sum = 0;
    for (JsonNode value : classes) {
      sum += value.asDouble();
    }
    assertThat(sum / classes.size()).isCloseTo(whole.path("mIoU").asDouble(), within(1e-12));
    assertThat(classes.size()).isGreaterThan(1);
  }

  /** Cross entropy that gives up once. */
  public static final class Tiring implements Loss {
    private static int stepsLeft;
    private final Loss inner = Loss.parse("ce");

    @Override
    public Tensor apply(Tensor logits, Tensor labels) {
      if (stepsLeft-- == 0) {
        throw new IllegalStateException("tired");
      }
      return inner.apply(logits, labels);
    }

    @Override
    public String toJson() {
      return inner.toJson();
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  @Test
  void train_resume_writesTheFileOfATrainingWithoutInterruption() throws IOException {
    String train =
        "train --data %s --crop 32 --width 2 --batch 2 --steps 9 --snapshot-every 3 --optimizer adamw"
            + " --learning-rate 0.01 --warmup 2 --clip 1 --head-rate 2 --spare-norms"
            + " --evaluate-every 2 --best mIoU --metrics mIoU --log %s --loss class:"
            + Tiring.class.getName()
            + " --out %s";
    Path whole = folder.resolve("whole.ckpt");
    Path broken = folder.resolve("broken.ckpt");
    Tiring.stepsLeft = 100;
    run(train, scenes(), folder.resolve("log"), whole);
    Tiring.stepsLeft = 7;
    assertThat(execute(train, scenes(), folder.resolve("log2"), broken)).isEqualTo(1);
    assertThat(broken).doesNotExist();
    Tiring.stepsLeft = 100;
    assertThat(execute(train + " --resume --seed 1", scenes(), folder.resolve("log2"), broken))
        .isEqualTo(1);
    assertThat(err.toString()).contains("expected the options with which the training began");
    run(train + " --resume", scenes(), folder.resolve("log2"), broken);
    assertThat(100 - Tiring.stepsLeft).isEqualTo(3); // steps 6, 7 and 8
    assertThat(broken).hasSameBinaryContentAs(whole);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("whole.ckpt", "broken.ckpt", "log", "log2");
    }
    assertThat(folder.resolve("log")).isDirectoryContaining("glob:**.tfevents.**");
    assertThat(execute(train + " --resume", scenes(), folder.resolve("log2"), broken)).isEqualTo(1);
    assertThat(err.toString()).contains("expected what --snapshot-every left, got nothing");
  }

  @Test
  void train_best_keepsTheNetworkThatMeasuredBest() throws IOException {
    Path file = folder.resolve("best.ckpt");
    JsonNode result =
        json(
            "train --data %s --crop 32 --width 2 --batch 2 --steps 12 --evaluate-every 4 --best gAcc"
                + " --json --out %s",
            scenes(), file);
    assertThat(result.path("bestStep").asInt() % 4).isZero();
    String note = Checkpoint.read(file).notes().get("best");
    out.getBuffer().setLength(0);
    JsonNode measured =
        json("eval --data %s --crop 32 --split reward --checkpoint %s --json", scenes(), file);
    assertThat(note).isEqualTo("gAcc=" + measured.path("gAcc").asDouble() + " on reward");
  }

  @Test
  void commandsThatTrain_deviceThatIsNotThere_failInASentence() {
    assumeThat(Kernels.cudaDevices()).as("GPUs, of which this test needs none").isZero();
    for (String command :
        List.of(
            "train --out x.ckpt --data ",
            "table --out x --data ",
            "search asl --metric mIoU --data ",
            "eval --checkpoint x.ckpt --data ")) {
      err.getBuffer().setLength(0);
      assertThat(execute(command + "%s --device cuda:1", scenes())).isEqualTo(1);
      assertThat(err.toString())
          .startsWith("autoloss: --device: expected a GPU, got none (")
          .endsWith("; leave it out to use the CPU\n")
          .hasLineCount(1);
    }
    assertThat(execute("quickstart --dir %s --devices cuda:0,cuda:1", folder.resolve("q")))
        .isEqualTo(1);
    err.getBuffer().setLength(0);
    assertThat(execute("train --out x.ckpt --data %s --device tpu", scenes())).isEqualTo(1);
    assertThat(err.toString()).contains("--device: expected cpu, cuda or cuda:N");
  }

  @Test
  void presets_ofPretrainedNetworks_refuseToBeginWithoutWeights() {
    for (String preset : List.of("mobile", "paper")) {
      for (String search : List.of("search asl", "search zero", "search random")) {
        err.getBuffer().setLength(0);
        String command = search + " --metric mIoU --data %s --out %s --preset " + preset;
        assertThat(execute(command, scenes(), folder)).isEqualTo(1);
        assertThat(err.toString())
            .startsWith("autoloss: --init: expected a file with the weights of ")
            .hasLineCount(1);
      }
    }
  }

  @Test
  void searchAsl_withoutWarmStart_needsNoWarmListAndBeginsWithTheTasksWeights() throws IOException {
    JsonNode result =
        json(
            "search asl --metric mIoU --data %s --out %s --name cold --crop 32 --width 2 --batch 2"
                + " --warm-steps 0 --warm-split nothing --steps 1 --samples 2 --proxy-steps 2"
                + " --final-steps 2 --top 1 --seeds 1 --learning-rate auto --json",
            scenes(), folder);
    assertThat(result.path("test").path("searched").path("mIoU").has("mean")).isTrue();
    try (RunReader reader = RunReader.open(folder.resolve("cold"))) {
      assertThat(reader.entries(Stage.RATE)).hasSize(12).allMatch(entry -> entry.step() == 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"asl --steps 1 --samples 2", "random --steps 1 --samples 2", "zero --proxies 2"})
  void search_noLearningRate_triesRatesWhereThatCostsATenthAtMostAndOnlyOnce(String method)
      throws IOException {
    String search =
        "search "
            + method
            + " --metric mAcc --data %s --out %s --crop 32 --width 2 --batch 2 --warm-steps 0"
            + " --proxy-steps 1 --top 1 --seeds 1 --final-steps ";
    // 12 trainings of 1 step beside 2 of 1 step and 6 of 20, or 6 of 1.
    run(search + "20 --name long", scenes(), folder);
    assertThat(err.toString()).containsPattern("learning rate 0\\.\\d+ \\(mAcc by wce: 0\\.01: ");
    Path chosen = folder.resolve("long");
    List<Entry> sweep = rates(chosen);
    assertThat(sweep).hasSize(12);
    run("search resume %s", chosen);
    assertThat(rates(chosen)).isEqualTo(sweep);
    run("runs show %s", chosen);
    assertThat(out.toString()).containsPattern("learning rate +of all other trainings 0\\.");
    run(search + "1 --name short", scenes(), folder);
    assertThat(err.toString()).contains("learning rate 0.2: the default, not tuned");
    assertThat(rates(folder.resolve("short"))).isEmpty();
  }

  private static List<Entry> rates(Path run) throws IOException {
    try (RunReader reader = RunReader.open(run)) {
      return reader.entries(Stage.RATE);
    }
  }

  @Test
  void train_bfloat16_givesOtherWeightsTheSameEachTime() {
    String train = "train --data %s --crop 32 --batch 2 --steps 2 --precision %s --out %s";
    for (String name : List.of("float32", "bfloat16")) {
      run(train, scenes(), name, folder.resolve(name));
    }
    run(train, scenes(), "bfloat16", folder.resolve("again"));
    assertThat(folder.resolve("again")).hasSameBinaryContentAs(folder.resolve("bfloat16"));
    run(
        "eval --data %s --crop 32 --precision bfloat16 --checkpoint %s",
        scenes(), folder.resolve("bfloat16"));
  }

  @Test
  void train_initWithFreshHead_startsFromTheCheckpoint() {
    String common = "train --data %s --crop 32 --batch 2 --steps 1 ";
    run(common + "--width 3 --out %s", scenes(), folder.resolve("a.ckpt"));
    // The width comes from the checkpoint, not from the option's default.
    run(
        common + "--init %s --reset-head --out %s",
        scenes(),
        folder.resolve("a.ckpt"),
        folder.resolve("b.ckpt"));
    assertThat(folder.resolve("b.ckpt").toFile().length())
        .isLessThan(folder.resolve("a.ckpt").toFile().length() + 100);
  }

  @Test
  void eval_checkpointOfAnotherNumberOfClasses_saysSo() throws IOException {
    Path file = folder.resolve("net.ckpt");
    try (Network network = Network.of(new NetworkSpec("fcn:width=1", 3), 1)) {
      network.checkpoint().write(file);
    }
    for (String command : List.of("eval --checkpoint", "train --out none/made.ckpt --init")) {
      assertThat(execute(command + " %s --crop 32 --data %s", file, scenes())).isEqualTo(1);
      assertThat(err.toString())
          .contains("expected a network of 8 classes, as the data has, got 3");
      err.getBuffer().setLength(0);
    }
  }

  @Test
  void train_lossOverflows_failsAndLeavesTheOldCheckpoint() throws IOException {
    Path file = folder.resolve("net.ckpt");
    Files.writeString(file, "old");
    int code =
        execute(
            "train --data %s --crop 32 --batch 2 --steps 9 --learning-rate 1e38 --width 2 --out %s",
            scenes(), file);
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).contains("autoloss: loss: it became NaN or infinite after");
    assertThat(file).content().isEqualTo("old");
  }

  @Test
  void eval_otherThanACheckpoint_saysWhatLiesThere() throws IOException {
    Path text = Files.writeString(folder.resolve("net.ckpt"), "no checkpoint");
    assertRefused(text, "a text file");
    assertRefused(folder.resolve("none.ckpt"), "nothing");
    assertRefused(folder, "a folder");
  }

  private void assertRefused(Path checkpoint, String kind) {
    String expected =
        "autoloss: %s: expected a checkpoint, got %s; give a file that autoloss train wrote\n"
            .formatted(checkpoint, kind);
    for (String command :
        List.of("eval --checkpoint", "train --crop 32 --out none/made.ckpt --init")) {
      err.getBuffer().setLength(0);
      assertThat(execute(command + " %s --data %s", checkpoint, scenes())).isEqualTo(1);
      assertThat(err.toString()).isEqualToNormalizingNewlines(expected);
    }
  }

  @Test
  void eval_finiteWeightsThatGiveNaN_saysSo() {
    Path file = folder.resolve("net.ckpt");
    // After one step the weights are large, but finite; their products are not.
    run(
        "train --data %s --crop 32 --batch 2 --steps 1 --learning-rate 1e30 --width 2 --out %s",
        scenes(), file);
    assertThat(execute("eval --data %s --crop 32 --checkpoint %s", scenes(), file)).isEqualTo(1);
    assertThat(err.toString())
        .contains("autoloss: " + file + ": network: expected logits that are numbers, got NaN at")
        .contains("train it again, with a smaller learning rate");
  }

  @Test
  void searchAsl_twoWorkers_leavesTheRunOfOne() throws IOException {
    JsonNode one = search("one", "mIoU", 1);
    JsonNode two = search("two", "mIoU", 2);
    assertThat(two.path("test")).isEqualTo(one.path("test"));
    assertThat(two.at("/candidate/controlPoints")).isEqualTo(one.at("/candidate/controlPoints"));
    assertThat(proxies("two")).isEqualTo(proxies("one"));
    assertThat(proxies("one")).hasSize(2 * 3 + 1);
    Path run = folder.resolve("one");
    for (String file : List.of("config.json", "warm.ckpt", "loss.png", "table.md", "table.json")) {
      assertThat(run.resolve(file)).isNotEmptyFile();
    }
    try (RunReader reader = RunReader.open(run)) {
      assertThat(reader.entries(Stage.TEST)).hasSize(3 * 2);
      assertThat(reader.info().status()).isEqualTo(RunInfo.Status.COMPLETE);
    }
    try (Loss loss = Loss.read(run.resolve("candidate.json"))) {
      assertThat(JSON.readTree(loss.toJson()).path("controlPoints"))
          .isEqualTo(one.at("/candidate/controlPoints"));
    }
  }

  @Test
  void searchAsl_nameTaken_isRefused() throws IOException {
    Files.createDirectories(folder.resolve("run"));
    Files.writeString(folder.resolve("run/config.json"), "{}");
    int code = execute("search asl --metric mIoU --data %s --out %s --name run", scenes(), folder);
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).contains("give the run another name");
  }

  @Test
  void searchAsl_boundaryMetric_findsALossOfIt() throws IOException {
    JsonNode found = search("edges", "BF1", 1);
    assertThat(found.at("/candidate/metric").asText()).isEqualTo("BF1");
    assertThat(found.at("/candidate/controlPoints")).hasSize(8);
    assertThat(err.toString())
        .containsPattern("proxy step 0 sample 0: BF1 \\d+\\.\\d\\d % in ")
        .containsPattern("confirmed step .*The search gains .* on the confirmation split");
    assertThat(folder.resolve("edges/table.md")).content().contains("BIoU", "BF1");
  }

  @Test
  void searchAsl_twoMetrics_findsTheirWeightedSum() throws IOException {
    JsonNode found = search("both", "0.25*mIoU+0.75*BF1", 1).path("candidate");
    assertThat(found.path("kind").asText()).isEqualTo("sum");
    assertThat(found.at("/terms/0/weight").asDouble()).isEqualTo(0.25);
    assertThat(found.at("/terms/1/loss/metric").asText()).isEqualTo("BF1");
    for (Entry proxy : entries("both")) {
      assertThat(JSON.readTree(proxy.content()).findValues("controlPoints"))
          .extracting(JsonNode::size)
          .containsExactly(12, 8);
      Map<String, Double> metrics = proxy.outcome().metrics();
      assertThat(metrics).hasSize(SegmentationMetric.allSearchable().size());
      assertThat(proxy.outcome().score())
          .isCloseTo(0.25 * metrics.get("mIoU") + 0.75 * metrics.get("BF1"), within(1e-15));
    }
    assertThat(folder.resolve("both/pareto.png")).isNotEmptyFile();
    JsonNode front = JSON.readTree(folder.resolve("both/pareto.json").toFile()).path("front");
    assertThat(front).isNotEmpty();
    try (Loss loss = Loss.read(folder.resolve("both").resolve(front.at("/0/loss").asText()))) {
      assertThat(JSON.readTree(loss.toJson()).at("/terms/0/weight").asDouble()).isEqualTo(0.25);
    }
    assertThat(folder.resolve("both/table.md"))
        .content()
        .contains("| published 0.25\\*asl:mIoU+0.75\\*asl:BF1 |");
    Path artefact = folder.resolve("both/candidate.json");
    run(
        "train --data %s --crop 32 --width 2 --batch 2 --steps 1 --loss asl:%s --out %s",
        scenes(), artefact, folder.resolve("net.ckpt"));
    run(
        "table --data %s --crop 32 --width 2 --batch 2 --warm-steps 1 --steps 1 --seeds 1"
            + " --loss ce --searched both=%s --out %s",
        scenes(), artefact, folder.resolve("table"));
  }

  @Test
  void search_confirmNetwork_confirmsWithBothAndTestsWithItsOwn() throws IOException {
    String search =
        "search random --metric mAcc --data %s --out %s --crop 32 --width 2 --batch 2 --warm-steps 1"
            + " --steps 1 --samples 2 --proxy-steps 1 --final-steps 1 --top 1 --seeds 2"
            + " --learning-rate 0.1 --confirm-network fcn:width=2 --name ";
    run(search + "both", scenes(), folder);
    assertThat(err.toString()).contains("confirmation with fcn:width=2 as well");
    Path both = folder.resolve("both");
    assertThat(Checkpoint.read(both.resolve("warm-confirm.ckpt")).spec().text())
        .isEqualTo("fcn:width=2");
    JsonNode rows = Json.read(both.resolve("confirmation.json"), "a table (JSON)").path("table");
    assertThat(rows).isNotEmpty();
    rows.forEach(row -> assertThat(row.at("/mAcc/seeds")).as("%s", row).hasSize(4));
    JsonNode test = Json.read(both.resolve("table.json"), "a table (JSON)");
    test.forEach(row -> assertThat(row.at("/mAcc/seeds")).hasSize(2));
    String found = Files.readString(both.resolve("found.json"));
    run("search resume %s", both);
    assertThat(Files.readString(both.resolve("found.json"))).isEqualTo(found);
    assertThat(execute(search.replace("fcn:", "fnc:") + "other", scenes(), folder)).isEqualTo(1);
    assertThat(err.toString()).contains("fnc");
    assertThat(folder.resolve("other")).doesNotExist();
  }

  @Test
  void searchAsl_overlappingSplits_isRefused() {
    int code =
        execute(
            "search asl --metric mIoU --data %s --out %s --test-split reward", scenes(), folder);
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).contains("splits: expected no sample in both");
  }

  @Test
  void lossPlot_size_isKept() throws IOException {
    Path file = folder.resolve("dice.png");
    run("loss plot dice --width 640 --height 300 --out %s", file);
    assertThat(out.toString()).isEqualToNormalizingNewlines(file + ": 640 x 300 pixels\n");
    assertThat(ImageIO.read(file.toFile()).getWidth()).isEqualTo(640);
  }

  @Test
  void quickstart_searchFailsAtOnce_leavesNothing() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    // Room for eight scenes, and not for what a search begins with.
    assumeTrue(
        mounts("mount", "-t", "tmpfs", "-o", "size=150k", "tmpfs", disk.toString()),
        "mounting needs root");
    try {
      String line = "quickstart --effort 0.005 --dir " + disk.resolve("a/b");
      CommandLineRun run = CommandLineRun.of((Object[]) line.split(" "));
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("scenes 8/8", "got a full disk; make room");
      assertThat(disk).isEmptyDirectory();
    } finally {
      mounts("umount", disk.toString());
    }
  }

  private static boolean mounts(String... words) throws Exception {
    try {
      return new ProcessBuilder(words).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void quickstart_littleEffort_goesAllTheWay() {
    Path dir = folder.resolve("q");
    run("quickstart --dir %s --effort 0.005", dir);
    assertThat(out.toString())
        .contains("| cross entropy ", "| published asl:mIoU ", "| searched ")
        .contains("--loss " + dir.resolve("run/found.json"));
    assertThat(execute("quickstart --dir %s", dir)).isEqualTo(1);
    assertThat(err.toString())
        .contains(dir + ": expected a new or empty folder, got one that holds files; go on with")
        .contains(": autoloss search resume " + dir.resolve("run") + "; or give another one");
  }

  private JsonNode search(String name, String metric, int workers) throws IOException {
    return json(
        "search asl --metric %s --data %s --out %s --name %s --workers %d --crop 32 --width 2"
            + " --batch 2 --steps 2 --samples 3 --warm-steps 2 --proxy-steps 2 --final-steps 2"
            + " --top 1 --seeds 2 --start identity --with none --baseline none --json",
        metric, scenes(), folder, name, workers);
  }

  private List<String> proxies(String name) throws IOException {
    return entries(name).stream()
        .map(e -> e.name() + " " + e.seed() + " " + e.content() + " " + e.outcome().metrics())
        .toList();
  }

  private List<Entry> entries(String name) throws IOException {
    try (RunReader reader = RunReader.open(folder.resolve(name))) {
      return reader.entries(Stage.PROXY);
    }
  }

  private JsonNode json(String format, Object... values) throws IOException {
    out.getBuffer().setLength(0);
    run(format, values);
    return JSON.readTree(out.toString());
  }

  private void run(String format, Object... values) {
    assertThat(execute(format, values)).as(err::toString).isZero();
  }

  private int execute(String format, Object... values) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    return line.execute(format.formatted(values).split(" "));
  }

  private static String scenes() {
    return shared.resolve("scenes").toString();
  }
}
