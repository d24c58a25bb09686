package org.autoloss.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.autoloss.Batches;
import org.autoloss.internal.Libtorch;
import org.autoloss.loss.Loss;
import org.autoloss.loss.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The exported module against the loss itself, where a Python with PyTorch is at hand: {@code
 * python3}, or what the environment variable {@code AUTOLOSS_PYTHON} names.
 */
class PythonModuleTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Shape SHAPE = new Shape(2, 5, 13, 11);

  /** Loads each module, evaluates it in double precision, and prints value and gradient. */
  private static final String DRIVER =
      """
      import importlib.util, json, sys, torch
      case = json.load(open("case.json"))
      shape = case["shape"]
      labels = torch.tensor(case["labels"]).reshape(shape[0], shape[2], shape[3])
      for i in range(case["modules"]):
          spec = importlib.util.spec_from_file_location("found%d" % i, "found%d.py" % i)
          module = importlib.util.module_from_spec(spec)
          spec.loader.exec_module(module)
          z = torch.tensor(case["logits"], dtype=torch.float64).reshape(shape).requires_grad_()
          value = module.FoundLoss()(z, labels)
          value.backward()
          print(json.dumps({"value": value.item(), "gradient": z.grad.flatten().tolist()}))
      """;

  private static final List<String> LOSSES =
      List.of(
          "ce",
          "asl:mIoU",
          "asl:FWIoU",
          "asl:mAcc",
          "asl:gAcc",
          "asl:BIoU",
          "asl:BF1",
          surrogate("mIoU", 3, true, "[0.2,0.7,0.5,0.8,0.5,0.9,0.3,0.1,0.6,0.4,0.7,0.9]"),
          surrogate("mAcc", 5, false, "[0.3,0.6]").replace("}", ",\"absentClasses\":\"skip\"}"),
          surrogate("BIoU", 1, true, "[0.2,0.7,0.6,0.3]"),
          surrogate("BF1", 2, true, "[0.8,0.85,0.17,0.03,0.21,0.45,0.08,0.87]"),
          surrogate("BF1", 2, false, "[0.8,0.85,0.17,0.03,0.21,0.45,0.08,0.87]")
              .replace("}", ",\"ignoredEdges\":\"skip\"}"),
          surrogate("BIoU", 1, false, "[0.2,0.7,0.6,0.3]")
              .replace("}", ",\"ignoredEdges\":\"skip\"}"),
          "expr:neg(mul(y,log(yhat)))",
          "expr:square(add(maxpool3(y),neg(minpool3(yhat))))",
          "expr:exp(neg(sqrt(mean_nhw(mul(y,yhat)))))",
          "expr:tanh(abs(add(inv(add(1,mean_c(square(yhat)))),neg(y))))",
          "dice",
          "dice:absent=count",
          "tversky:alpha=0.3,beta=0.7",
          "jaccard",
          "0.5*ce+2*asl:mIoU+0.7*dice+expr:neg(mul(y,yhat))");

  @TempDir Path folder;

  private static String surrogate(String metric, int tolerance, boolean drop, String points) {
    return "{\"autoloss\":1,\"kind\":\"asl\",\"metric\":\"%s\",\"controlPoints\":%s,"
            .formatted(metric, points)
        + "\"tolerance\":%d,\"dropBackground\":%b}".formatted(tolerance, drop);
  }

  @Test
  void of_everyKindOfLoss_agreesWithTheLossInPython() throws Exception {
    assumeTrue(Python.hasTorch(), "no Python with PyTorch: set AUTOLOSS_PYTHON to one");
    float[] logits = Batches.logits(SHAPE, 3, 7);
    int[] labels = Batches.labels(SHAPE, 7);
    writeCases(logits, labels);

    List<JsonNode> results = Python.run(folder, DRIVER);

    assertThat(results).hasSameSizeAs(LOSSES);
    for (int i = 0; i < LOSSES.size(); i++) {
      float[] gradient = new float[logits.length];
      double value = evaluate(LOSSES.get(i), logits, labels, gradient);
      assertThat(results.get(i).get("value").asDouble())
          .as(LOSSES.get(i))
          .isCloseTo(value, within(1e-5 * Math.max(1, Math.abs(value))));
      assertThat(Python.distance(results.get(i).get("gradient"), gradient))
          .as(LOSSES.get(i))
          .isLessThan(1e-4);
    }
  }

  @Test
  void of_graph_namesEachNodeOnce() {
    try (Loss loss = Loss.parse("expr:add(exp(yhat),square(exp(yhat)))")) {
      assertThat(PythonModule.of(loss).split("o\\.exp\\(yhat\\)", -1)).hasSize(2);
    }
  }

  @Test
  void of_lossWithoutPython_namesTheTermAndWhatIsPossible() {
    try (Loss loss = Loss.parse("0.5*ce+lovasz")) {
      assertThatThrownBy(() -> PythonModule.of(loss))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected a surrogate, a graph, cross entropy, Dice")
          .hasMessageContaining("lovasz");
    }
  }

  private void writeCases(float[] logits, int[] labels) throws IOException {
    for (int i = 0; i < LOSSES.size(); i++) {
      try (Loss loss = Loss.parse(LOSSES.get(i))) {
        Files.writeString(folder.resolve("found" + i + ".py"), PythonModule.of(loss));
      }
    }
    ObjectNode data = JSON.createObjectNode().put("modules", LOSSES.size());
    data.set("shape", JSON.valueToTree(new long[] {SHAPE.n(), SHAPE.c(), SHAPE.h(), SHAPE.w()}));
    data.set("logits", JSON.valueToTree(logits));
    data.set("labels", JSON.valueToTree(labels));
    JSON.writeValue(folder.resolve("case.json").toFile(), data);
  }

  private static double evaluate(String spec, float[] logits, int[] labels, float[] gradient) {
    Libtorch.load();
    long[] sizes = {SHAPE.n(), SHAPE.c(), SHAPE.h(), SHAPE.w()};
    try (PointerScope scope = new PointerScope();
        Loss loss = Loss.parse(spec)) {
      Tensor z = torch.from_blob(new FloatPointer(logits), sizes).requires_grad_(true);
      Tensor y =
          torch.from_blob(
              new IntPointer(labels),
              new long[] {SHAPE.n(), SHAPE.h(), SHAPE.w()},
              new TensorOptions(torch.ScalarType.Int));
      Tensor value = loss.apply(z, y);
      value.backward();
      z.grad().contiguous().data_ptr_float().get(gradient);
      return value.item_double();
    }
  }
}
