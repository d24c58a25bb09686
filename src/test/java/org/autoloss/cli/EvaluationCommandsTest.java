package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.autoloss.Golden;
import org.autoloss.internal.Npy;
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
    CommandLineRun run = CommandLineRun.of("metric", "--cases", cases);
    assertThat(run.exitCode()).isEqualTo(1);
    String[] lines = run.out().split("\n");
    JsonNode self = JSON.readTree(lines[0]);
    assertThat(self.path("mIoU").asDouble()).isEqualTo(1);
    assertThat(self.path("classIoU").get(5).isNull()).isTrue();
    assertThat(JSON.readTree(lines[1]).path("error").asText())
        .isEqualTo("predictions: expected 3 dimensions [N,H,W], got [2]");
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
