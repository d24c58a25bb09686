package org.autoloss.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.autoloss.internal.Libtorch;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import org.autoloss.loss.QualityLoss;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exported losses on boxes and maps against the losses themselves, see {@link Python}. */
class PairPythonModuleTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Evaluates each module in double precision, and what it makes of a batch without samples. */
  private static final String DRIVER =
      """
      import importlib.util, json, torch
      for i, case in enumerate(json.load(open("cases.json"))):
          spec = importlib.util.spec_from_file_location("found%d" % i, "found%d.py" % i)
          module = importlib.util.module_from_spec(spec)
          spec.loader.exec_module(module)
          shape = case["shape"]
          z = torch.tensor(case["predicted"], dtype=torch.float64).reshape(shape).requires_grad_()
          kind = torch.long if case["classes"] else torch.float64
          y = torch.tensor(case["target"], dtype=kind).reshape(case["targetShape"])
          more = {}
          if case["quality"]:
              more["quality"] = torch.tensor(case["quality"], dtype=torch.float64).reshape(y.shape)
          value = module.FoundLoss()(z, y, **more)
          value.backward()
          empty = module.FoundLoss()(z.detach()[:0], y[:0])
          print(json.dumps({"value": value.item(), "gradient": z.grad.flatten().tolist(),
                            "empty": empty.item()}))
      """;

  @TempDir Path folder;

  private static List<String> specifications(LossInput input) {
    return switch (input) {
      case CLASSES -> List.of("cse_a:cls", "0.5*ce+2*cse_a:cls");
      case BOXES ->
          List.of(
              "iou",
              "iou:log",
              "giou",
              "diou",
              "ciou",
              "cse_a:reg",
              "cse_b:reg",
              "10*giou+cse_a:reg",
              "expr:add(1,neg(mul(i,inv(u))))",
              "0.5*iou+expr:mul(add(e,neg(u)),inv(e))");
      case DELTAS -> List.of("l1", "smooth_l1", "smooth_l1:0.7");
      case BINARY ->
          List.of("bce", "focal", "focal:gamma=1.5,alpha=0.4", "cse_b:cls", "2*bce+focal");
      case HEATMAP -> List.of("mse", "wing", "wing:omega=0.4,eps=0.3", "awing", "kl", "kl:beta=3");
    };
  }

  /** What is compared: predictions, targets and, for classes, the quality of each sample. */
  private record Data(long[] shape, float[] predicted, long[] targetShape, float[] target) {
    static Data of(LossInput input) {
      RandomGenerator random = RandomStreams.stream(11, input.ordinal());
      return switch (input) {
        case CLASSES ->
            new Data(
                new long[] {7, 4, 1, 1},
                normal(random, 28, 2),
                new long[] {7, 1, 1},
                new float[] {0, 3, 1, 255, 2, 0, 1});
        case BOXES -> new Data(new long[] {9, 4}, boxes(random), new long[] {9, 4}, boxes(random));
        case DELTAS ->
            new Data(
                new long[] {9, 4}, normal(random, 36, 1), new long[] {9, 4}, normal(random, 36, 1));
        case BINARY ->
            new Data(
                new long[] {3, 1, 2, 4},
                normal(random, 24, 3),
                new long[] {3, 1, 2, 4},
                shares(random, 24, 0.5));
        case HEATMAP ->
            new Data(
                new long[] {2, 3, 5, 4},
                normal(random, 120, 0.5),
                new long[] {2, 3, 5, 4},
                shares(random, 120, 0.8));
      };
    }

    private static float[] normal(RandomGenerator random, int count, double deviation) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) (deviation * random.nextGaussian());
      }
      return values;
    }

    /** Many zeros, and the rest in (0, 1). */
    private static float[] shares(RandomGenerator random, int count, double zeros) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = random.nextDouble() < zeros ? 0 : random.nextFloat();
      }
      return values;
    }

    /** Around the same place, so that most meet; the last one is far away. */
    private static float[] boxes(RandomGenerator random) {
      float[] boxes = new float[36];
      for (int i = 0; i < 9; i++) {
        float x = 30 * random.nextFloat() + (i == 8 ? 200 * random.nextFloat() + 40 : 0);
        float y = 30 * random.nextFloat();
        boxes[4 * i] = x;
        boxes[4 * i + 1] = y;
        boxes[4 * i + 2] = x + 12 + 40 * random.nextFloat();
        boxes[4 * i + 3] = y + 12 + 40 * random.nextFloat();
      }
      return boxes;
    }
  }

  private static float[] quality(LossInput input) {
    return input == LossInput.CLASSES ? new float[] {1, 0.3f, 0, 1, 0.9f, 1, 0.55f} : new float[0];
  }

  @ParameterizedTest
  @EnumSource(LossInput.class)
  void of_lossOnPairs_agreesWithTheLossInPython(LossInput input) throws Exception {
    assumeTrue(Python.hasTorch(), "no Python with PyTorch: set AUTOLOSS_PYTHON to one");
    Data data = Data.of(input);
    ArrayNode cases = JSON.createArrayNode();
    List<String> specifications = specifications(input);
    for (int i = 0; i < specifications.size(); i++) {
      try (Loss loss = Loss.parse(specifications.get(i), input)) {
        Files.writeString(folder.resolve("found" + i + ".py"), PythonModule.of(loss));
      }
      ObjectNode each = cases.addObject().put("classes", input == LossInput.CLASSES);
      each.set("shape", JSON.valueToTree(data.shape()));
      each.set("predicted", JSON.valueToTree(data.predicted()));
      each.set("targetShape", JSON.valueToTree(data.targetShape()));
      each.set(
          "target",
          input == LossInput.CLASSES
              ? JSON.valueToTree(whole(data.target()))
              : JSON.valueToTree(data.target()));
      each.set("quality", JSON.valueToTree(quality(input)));
    }
    JSON.writeValue(folder.resolve("cases.json").toFile(), cases);

    List<JsonNode> results = Python.run(folder, DRIVER);

    assertThat(results).hasSameSizeAs(specifications);
    for (int i = 0; i < specifications.size(); i++) {
      String specification = specifications.get(i);
      float[] gradient = new float[data.predicted().length];
      double value = evaluate(specification, input, data, gradient);
      assertThat(results.get(i).get("value").asDouble())
          .as(specification)
          .isCloseTo(value, within(1e-5 * Math.max(1, Math.abs(value))));
      assertThat(Python.distance(results.get(i).get("gradient"), gradient))
          .as(specification)
          .isLessThan(1e-4);
      assertThat(results.get(i).get("empty").asDouble()).as(specification).isZero();
    }
  }

  private static long[] whole(float[] labels) {
    long[] whole = new long[labels.length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = (long) labels[i];
    }
    return whole;
  }

  private static double evaluate(
      String specification, LossInput input, Data data, float[] gradient) {
    Libtorch.load();
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(specification, input)) {
      Tensor z = Tensor.create(data.predicted(), data.shape()).requires_grad_(true);
      Tensor value;
      if (loss instanceof QualityLoss weighed && input == LossInput.CLASSES) {
        Tensor labels = Tensor.create(whole(data.target()), data.targetShape());
        value = weighed.apply(z, labels, Tensor.create(quality(input), data.targetShape()));
      } else {
        value = loss.apply(z, Tensor.create(data.target(), data.targetShape()));
      }
      value.backward();
      z.grad().contiguous().data_ptr_float().get(gradient);
      return value.item_double();
    }
  }

  @Test
  void of_lossWithQuality_takesItAsAnArgument() {
    try (Loss loss = Loss.parse("cse_a:cls")) {
      assertThat(PythonModule.of(loss))
          .contains("def forward(self, logits, labels, quality=None):");
    }
    try (Loss loss = Loss.parse("giou")) {
      assertThat(PythonModule.of(loss)).contains("def forward(self, logits, labels):");
    }
  }
}
