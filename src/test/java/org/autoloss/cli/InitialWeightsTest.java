package org.autoloss.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.autoloss.nn.Network;
import org.autoloss.nn.NetworkSpec;
import org.autoloss.nn.StateDict;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.task.Tasks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights of a file into trainings, and out of them. */
class InitialWeightsTest {
  private static final String NETWORK = "pspnet:resnet18,channels=8,auxiliary";
  private static final String LAYER = "backbone.layer3.0.conv1.weight";

  @TempDir private static Path shared;

  @BeforeAll
  static void prepare() throws IOException {
    assertThat(
            CommandLineRun.of(
                    "data",
                    "scenes",
                    "--size",
                    32,
                    "--warm",
                    2,
                    "--train",
                    4,
                    "--reward",
                    2,
                    "--test",
                    2,
                    "--out",
                    shared.resolve("scenes"))
                .exitCode())
        .isZero();
    try (Network other = Network.of(new NetworkSpec(NETWORK, 5), 9)) {
      StateDict state = other.checkpoint().state();
      state.withMetadata(Map.of("format", "pt")).write(shared.resolve("other.safetensors"));
    }
  }

  @Test
  void train_weightsOfOtherClasses_saysWhatItTakesAndExportsTheRest() throws IOException {
    Path exported = shared.resolve("out.safetensors");
    CommandLineRun run = train("other.safetensors", "--export", exported, "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .contains(
            "init: used 156 tensors; 4 of another size, so fresh (decode_head, auxiliary_head)");
    JsonNode init = new ObjectMapper().readTree(run.out()).path("init");
    assertThat(init.path("used").asInt()).isEqualTo(156);
    assertThat(init.path("mismatched").get(0).asText()).isEqualTo("decode_head.conv_seg.weight");
    StateDict state = StateDict.read(exported);
    assertThat(state.metadata()).isEqualTo(Map.of("format", "pt"));
    assertThat(state.get("decode_head.conv_seg.weight").shape()).containsExactly(8, 8, 1, 1);
    // a step of rate 1e-6 later
    assertThat(state.get(LAYER).floats()[0])
        .isCloseTo(weights().get(LAYER).floats()[0], offset(1e-4f));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "table --loss ce --steps 1 --out ",
        "search asl --metric mIoU --steps 1 --samples 2 --proxy-steps 1 --final-steps 1 --top 1"
            + " --name s --out "
      })
  void tableAndSearch_weightsOfOtherClasses_tellProgramsWhatTheyTake(String command)
      throws IOException {
    List<Object> line = new ArrayList<>(List.of((Object[]) command.trim().split(" ")));
    line.add(shared.resolve(command.substring(0, command.indexOf(' '))));
    line.addAll(List.of("--seeds", 1, "--warm-steps", 0, "--json", "--crop", 32, "--batch", 2));
    line.addAll(List.of("--network", NETWORK, "--data", shared.resolve("scenes")));
    line.addAll(List.of("--learning-rate", 1e-6, "--init", shared.resolve("other.safetensors")));
    CommandLineRun run = CommandLineRun.of(line.toArray());
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode init = new ObjectMapper().readTree(run.out()).path("init");
    JsonNode report = init.has("table") ? init.path("table") : init;
    assertThat(report.path("used").asInt()).isEqualTo(156);
    assertThat(report.path("mismatched")).hasSize(4);
    assertThat(report.path("missing")).isEmpty();
    assertThat(report.path("left")).isEmpty();
  }

  @Test
  void train_weightsThatFitNothing_saysSo() {
    Path file = Path.of("src/test/resources/pth/zip.pth").toAbsolutePath();
    CommandLineRun run = train(file.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .startsWith(
            "autoloss: "
                + file
                + ": weights: expected some of the network's names, such as"
                + " backbone.conv1.weight, got conv.weight");
  }

  @Test
  void begin_taskWithInitialWeights_hasThemAndTheirDigest() throws IOException {
    ObjectNode json = new ObjectMapper().createObjectNode().put("kind", "segmentation");
    json.put("data", shared.resolve("scenes").toString());
    json.putObject("splits").put("train", "train");
    json.put("network", NETWORK).put("crop", 32).put("minScale", 1).put("maxScale", 1);
    json.put("batchSize", 2).put("learningRate", 0.1);
    json.put("init", shared.resolve("other.safetensors").toString());
    Task task = Tasks.open(json);
    assertThat(task.toJson().path("sha256").path("init").asText()).hasSize(64);
    assertThat(Tasks.open(task.toJson()).toJson()).isEqualTo(task.toJson());
    try (TaskModel model = task.begin(Split.TRAIN, 1)) {
      assertThat(model.checkpoint().state().get(LAYER).floats())
          .isEqualTo(weights().get(LAYER).floats());
    }
  }

  private static StateDict weights() throws IOException {
    return StateDict.read(shared.resolve("other.safetensors"));
  }

  private static CommandLineRun train(String init, Object... more) {
    Object[] line = {
      "train",
      "--data",
      shared.resolve("scenes"),
      "--network",
      NETWORK,
      "--crop",
      32,
      "--batch",
      2,
      "--steps",
      1,
      "--learning-rate",
      1e-6,
      "--init",
      shared.resolve(init),
      "--out",
      shared.resolve("net.ckpt")
    };
    Object[] all = Arrays.copyOf(line, line.length + more.length);
    System.arraycopy(more, 0, all, line.length, more.length);
    return CommandLineRun.of(all);
  }
}
