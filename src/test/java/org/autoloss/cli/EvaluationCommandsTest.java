package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.autoloss.Golden;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Loss;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code loss}, {@code metric} and {@code doctor}, as a user runs them. */
class EvaluationCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("cases.json"), text);
  }

  private void copyGolden() throws IOException {
    for (String name : new String[] {"d0.logits.npy", "d0.labels.npy"}) {
      Files.copy(Golden.file("asl", name), folder.resolve(name));
    }
  }

  @Test
  void loss_cases_printsALineEachAndWritesTheGradient() throws IOException {
    copyGolden();
    Path cases =
        write(
"""
[{"name":"a","loss":"asl:mIoU","logits":"d0.logits.npy","labels":"d0.labels.npy",
  "gradOut":"g.npy"},
 {"name":"b","loss":{"autoloss":1,"kind":"asl","metric":"gAcc","controlPoints":[0.5,0.5]},
  "logits":"d0.logits.npy","labels":"d0.labels.npy"}]
""");
    CommandLineRun run = CommandLineRun.of("loss", "--cases", cases);
    assertThat(run.exitCode()).isZero();
    String[] lines = run.out().split("\n");
    assertThat(lines).hasSize(2);
    JsonNode first = JSON.readTree(lines[0]);
    // published parameters on the first golden input: see golden/asl/index.json
    assertThat(first.path("name").asText()).isEqualTo("a");
    assertThat(first.path("value").asDouble()).isCloseTo(0.418144868, within(4e-6));
    assertThat(first.path("gradNorm").asDouble()).isCloseTo(0.00809967213, within(8e-7));
    assertThat(first.path("gradNormPerSample")).hasSize(2);
    Npy gradient = Npy.read(folder.resolve("g.npy"));
    assertThat(gradient.shape()).containsExactly(2, 5, 16, 20);
    double sum = 0;
    for (float g : gradient.floats()) {
      sum += Math.abs(g);
    }
    assertThat(first.path("gradAbsSum").asDouble()).isCloseTo(sum, within(1e-12));
  }

  @Test
  void loss_oneFailingCase_namesTheFileAndGoesOn() throws IOException {
    copyGolden();
    Path cases =
        write(
            """
            [{"name":"bad","loss":"ce","logits":"missing.npy","labels":"d0.labels.npy"},
             {"name":"good","loss":"ce","logits":"d0.logits.npy","labels":"d0.labels.npy"}]
            """);
    CommandLineRun run = CommandLineRun.of("loss", "--cases", cases);
    assertThat(run.exitCode()).isEqualTo(1);
    String[] lines = run.out().split("\n");
    assertThat(JSON.readTree(lines[0]).path("error").asText()).contains("missing.npy");
    assertThat(JSON.readTree(lines[1]).path("value").asDouble()).isPositive();
  }

  @Test
  void loss_casesThatFailInAnyWay_areALineEachAndLaterOnesRun() throws IOException {
    copyGolden();
    String files = "\"logits\":\"d0.logits.npy\",\"labels\":\"d0.labels.npy\"";
    Path cases =
        write(
"""
[{"name":"folder","loss":"ce",FILES,"gradOut":"/proc/none/g.npy"},
 {"name":"stack","loss":"class:org.autoloss.cli.EvaluationCommandsTest$Throwing",FILES},
 {"name":"number","loss":5,FILES},
 17,
 {"name":"none"},
 {"name":"last","loss":"ce",FILES}]
"""
                .replace("FILES", files));
    CommandLineRun run = CommandLineRun.of("loss", "--cases", cases);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).isEmpty();
    String[] lines = run.out().split("\n");
    assertThat(lines).hasSize(6);
    for (int i = 0; i < 5; i++) {
      assertThat(JSON.readTree(lines[i]).path("error").asText()).as(lines[i]).isNotBlank();
    }
    assertThat(JSON.readTree(lines[0]).path("error").asText())
        .startsWith("/proc/none/g.npy: expected a place to write to");
    assertThat(JSON.readTree(lines[3]).path("name").asText()).isEqualTo("case 3");
    assertThat(JSON.readTree(lines[5]).path("value").asDouble()).isPositive();
  }

  @Test
  void loss_emptyBatch_isZeroWithAnEmptyGradient() throws IOException {
    Npy.write(folder.resolve("z0.npy"), new float[0], 0, 3, 4, 4);
    writeLabels("y0.npy", 0, 4, 4);
    Npy.write(folder.resolve("z1.npy"), new float[0], 2, 3, 0, 4);
    writeLabels("y1.npy", 2, 0, 4);
    for (String loss :
        List.of("ce", "dice+lovasz", "expr:neg(mul(y,log(yhat)))", "ssim", "tversky")) {
      String gradient = folder.resolve("g.npy").toString();
      CommandLineRun none = loss(loss, "z0.npy", "y0.npy", "--grad-out", gradient);
      assertThat(none.exitCode()).as(loss + none.err()).isZero();
      assertThat(JSON.readTree(none.out()).path("value").asDouble()).as(loss).isZero();
      assertThat(JSON.readTree(none.out()).path("gradNorm").asDouble()).as(loss).isZero();
      assertThat(JSON.readTree(none.out()).path("gradNormPerSample")).as(loss).isEmpty();
      assertThat(Npy.read(folder.resolve("g.npy")).shape()).as(loss).containsExactly(0, 3, 4, 4);
      CommandLineRun flat = loss(loss, "z1.npy", "y1.npy");
      assertThat(JSON.readTree(flat.out()).path("value").asDouble()).as(loss).isZero();
      assertThat(JSON.readTree(flat.out()).path("gradNormPerSample")).as(loss).hasSize(2);
    }
  }

  private CommandLineRun loss(String loss, String logits, String labels, String... more) {
    List<Object> arguments = new ArrayList<>(List.of("loss", loss, "--logits"));
    arguments.addAll(List.of(folder.resolve(logits), "--labels", folder.resolve(labels)));
    arguments.addAll(List.of(more));
    return CommandLineRun.of(arguments.toArray());
  }

  private void writeLabels(String name, long... shape) throws IOException {
    Path file = folder.resolve(name);
    Npy.write(file, new float[0], shape);
    byte[] bytes = Files.readAllBytes(file);
    String header = new String(bytes, StandardCharsets.ISO_8859_1).replace("<f4", "<i4");
    Files.write(file, header.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A loss that fails as a defect would. */
  public static final class Throwing implements Loss {
    /** For its name. */
    public Throwing() {}

    @Override
    public Tensor apply(Tensor logits, Tensor labels) {
      throw new StackOverflowError();
    }

    @Override
    public String toJson() {
      return "{}";
    }

    @Override
    public void close() {}
  }

  @Test
  void loss_specOnTheCommandLine_printsOneObject() throws IOException {
    copyGolden();
    CommandLineRun run =
        CommandLineRun.of(
            "loss",
            "0.5*ce+asl:mIoU",
            "--logits",
            folder.resolve("d0.logits.npy"),
            "--labels",
            folder.resolve("d0.labels.npy"));
    assertThat(run.exitCode()).isZero();
    assertThat(JSON.readTree(run.out()).path("value").asDouble()).isPositive();
  }

  @Test
  void loss_nothingGiven_isBadUsage() {
    CommandLineRun run = CommandLineRun.of("loss");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--cases, is missing");
  }

  @Test
  void loss_fileThatIsNoList_isOneSentence() throws IOException {
    CommandLineRun run = CommandLineRun.of("loss", "--cases", write("{}"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("autoloss: ").contains("expected a JSON list of cases");
    assertThat(run.err().strip().lines()).hasSize(1);
  }

  private static List<JsonNode> metricsOfWhichOneFails(Path cases) throws IOException {
    CommandLineRun run = CommandLineRun.of("metric", "--cases", cases);
    assertThat(run.exitCode()).isEqualTo(1);
    List<JsonNode> lines = new ArrayList<>();
    for (String line : run.out().split("\n")) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  @Test
  void metric_predictions_printsNullForAbsentClasses() throws IOException {
    Npy.write(folder.resolve("p.npy"), new float[] {0, 1}, 2);
    copyGolden();
    Path cases =
        write(
            """
            [{"name":"self","predictions":"d0.labels.npy","labels":"d0.labels.npy","classes":6},
             {"name":"floats","predictions":"p.npy","labels":"d0.labels.npy"}]
            """);
    List<JsonNode> lines = metricsOfWhichOneFails(cases);
    JsonNode self = lines.get(0);
    assertThat(self.path("mIoU").asDouble()).isEqualTo(1);
    assertThat(self.path("classIoU").get(5).isNull()).isTrue();
    assertThat(lines.get(1).path("error").asText())
        .isEqualTo("predictions: expected 3 dimensions [N,H,W], got [2]");
  }

  @Test
  void cases_fieldThatNobodyKnows_isALineThatNamesIt() throws IOException {
    copyGolden();
    Path cases =
        write(
            """
            [{"name":"a","logits":"d0.logits.npy","labels":"d0.labels.npy","tolerence":1},
             {"name":"b","logits":"d0.logits.npy","labels":"d0.labels.npy"}]
            """);
    List<JsonNode> lines = metricsOfWhichOneFails(cases);
    assertThat(lines.get(0).path("error").asText())
        .startsWith("case: expected the fields name, logits, predictions, labels, classes, toler")
        .endsWith(", got 'tolerence'");
    assertThat(lines.get(1).path("mIoU").isNumber()).isTrue();
    assertThat(CommandLineRun.of("loss", "--cases", cases).out())
        .contains("case: expected the fields name, loss, logits, labels,", "got 'tolerence'");
  }

  @Test
  void doctor_thisMachine_isHealthy() throws IOException {
    CommandLineRun run = CommandLineRun.of("doctor", "--json");
    assertThat(run.exitCode()).isZero();
    assertThat(JSON.readTree(run.out()).path("self-test").asText()).isEqualTo("passed");
  }

  @Test
  void metric_optionsAndCases_sayHowBoundariesAreMeasured() throws IOException {
    copyGolden();
    Path cases =
        write(
            """
            [{"name":"usual","logits":"d0.logits.npy","labels":"d0.labels.npy"},
             {"name":"own","logits":"d0.logits.npy","labels":"d0.labels.npy","tolerance":0,
              "dropBackground":false,"ignoredEdges":"count","chengDistance":0.2,
              "csurkaDistance":0.2},
             {"name":"bad","logits":"d0.logits.npy","labels":"d0.labels.npy",
              "dropBackground":"yes"}]
            """);
    CommandLineRun run =
        CommandLineRun.of(
            "metric",
            "--cases",
            cases,
            "--tolerance",
            2,
            "--drop-background",
            "--ignored-edges",
            "skip");
    assertThat(run.exitCode()).isEqualTo(1);
    String[] lines = run.out().split("\n");
    JsonNode usual = JSON.readTree(lines[0]);
    JsonNode own = JSON.readTree(lines[1]);
    assertThat(usual.path("classChengBIoU")).hasSize(4); // without class 0
    assertThat(own.path("classCsurkaBF")).hasSize(5);
    assertThat(own.path("classBF1")).hasSize(5);
    assertThat(own.path("BF1").asDouble()).isLessThan(usual.path("BF1").asDouble());
    assertThat(own.path("CsurkaBF").asDouble()).isGreaterThan(usual.path("CsurkaBF").asDouble());
    assertThat(own.path("ChengBIoU").asDouble()).isBetween(0.01, 0.99);
    assertThat(JSON.readTree(lines[2]).path("error").asText())
        .isEqualTo("dropBackground: expected true or false, got \"yes\"");
    assertThat(CommandLineRun.of("metric", "--cases", cases, "--ignored-edges", "no").err())
        .contains("ignored edges: expected count or skip, got 'no'");
    assertThat(CommandLineRun.of("metric", "--help").out()).contains("ChengBIoU", "CsurkaBF");
    assertThat(CommandLineRun.of("eval", "--help").out())
        .contains("ChengBIoU", "CsurkaBF", "--tolerance", "--drop-background", "--ignored-edges");
  }
}
