package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.autoloss.internal.Json;
import org.autoloss.internal.Npy;
import org.autoloss.loss.Loss;
import org.autoloss.loss.LossInput;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss loss}: the value and gradient of a loss on arrays in files. */
@Command(
    name = "loss",
    mixinStandardHelpOptions = true,
    subcommands = {LossProbeCommand.class, LossExportCommand.class, LossPlotCommand.class},
    description = "Evaluates a loss and its gradient on NumPy files.",
    footer = {
      "",
      "A case is {\"name\", \"loss\": a specification or an artefact,",
      "\"logits\": \"z.npy\", \"labels\": \"y.npy\", \"gradOut\": \"g.npy\"}, or for boxes",
      "and maps {..., \"predicted\": \"p.npy\", \"target\": \"t.npy\"}, and \"input\": boxes,",
      "deltas, binary or heatmap, where neither the loss nor its name says it;",
      "paths are relative to the file, gradOut is optional. Each case prints one",
      "JSON line: value, gradNorm, gradSum, gradAbsSum, gradNormPerSample; or error,",
      "and then the exit code is 1.",
      "",
      "Examples:",
      "  autoloss loss asl:mIoU --logits z.npy --labels y.npy --grad-out g.npy",
      "  autoloss loss giou --predicted p.npy --target t.npy",
      "  autoloss loss --cases cases.json"
    })
final class LossCommand implements Callable<Integer> {
  private static final String GRADIENT = "gradOut";

  /** The fields of a case. */
  private static final List<String> FIELDS =
      List.of(
          "name", "loss", "logits", "labels", "predicted", "target", "quality", "input", GRADIENT);

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @ArgGroup // optional, for the sake of subcommands
  private Input input;

  /** Either a file of cases or one case. */
  static final class Input {
    @Option(names = "--cases", paramLabel = "FILE", description = "A JSON list of cases.")
    private Path cases;

    @ArgGroup(exclusive = false)
    private Single single;
  }

  /** One case on the command line. */
  static final class Single {
    @Parameters(
        paramLabel = "SPEC",
        arity = "1",
        description = "A loss: ce, asl:mIoU, asl:found.json, or a sum such as 0.5*ce+asl:mIoU.")
    private String loss;

    @Option(
        names = {"--logits", "--predicted"},
        required = true,
        paramLabel = "FILE",
        description = "Float array [N,C,H,W], of boxes [N,4], .npy.")
    private Path logits;

    @Option(
        names = {"--labels", "--target"},
        required = true,
        paramLabel = "FILE",
        description =
            "Integer array [N,H,W], .npy; labels outside [0,C) are ignored. For boxes and maps a"
                + " float array as of what is predicted.")
    private Path labels;

    @Option(
        names = "--input",
        paramLabel = "INPUT",
        description =
            "What is compared, for names that mean several losses: classes, boxes,"
                + " deltas, binary or heatmap.")
    private String input;

    @Option(
        names = "--grad-out",
        paramLabel = "FILE",
        description = "Where to write the gradient, .npy.")
    private Path gradient;
  }

  @Override
  public Integer call() throws IOException {
    if (input == null) {
      throw new ParameterException(
          spec.commandLine(), "a SPEC with its files, or --cases, is missing");
    }
    if (input.cases != null) {
      return Cases.run(input.cases, FIELDS, spec.commandLine().getOut(), LossCommand::evaluate);
    }
    Single single = input.single;
    if (single.gradient != null) {
      Outputs.requireFile(spec, "--grad-out", single.gradient);
    }
    ObjectNode line = Json.MAPPER.createObjectNode();
    Npy predicted = Npy.read(single.logits);
    try (Loss loss = parse(single.loss, single.input, predicted)) {
      line.setAll(evaluate(loss, predicted, Npy.read(single.labels), null, single.gradient));
    }
    spec.commandLine().getOut().println(line);
    return 0;
  }

  private static ObjectNode evaluate(Cases.Case each) throws IOException {
    Path gradient = each.has(GRADIENT) ? each.output(GRADIENT) : null;
    boolean pair = each.has("predicted");
    Npy predicted = each.array(pair ? "predicted" : "logits");
    String input = each.has("input") ? each.field("input").asText() : null;
    try (Loss loss = parse(each.text("loss"), input, predicted)) {
      Npy quality = each.has("quality") ? each.array("quality") : null;
      return evaluate(loss, predicted, each.array(pair ? "target" : "labels"), quality, gradient);
    }
  }

  /** A loss on what the caller says, or on boxes where the array can be nothing else. */
  private static Loss parse(String specification, String input, Npy predicted) {
    if (input != null) {
      return Loss.parse(specification, LossInput.of(input));
    }
    boolean boxes = predicted.shape().length == 2 && !specification.stripLeading().startsWith("{");
    return boxes ? Loss.parse(specification, LossInput.BOXES) : Loss.parse(specification);
  }

  private static ObjectNode evaluate(
      Loss loss, Npy logits, Npy labels, Npy quality, Path gradientFile) throws IOException {
    LossEvaluation result = LossEvaluation.of(loss, logits, labels, quality);
    if (gradientFile != null) {
      Npy.write(gradientFile, result.gradient(), logits.shape());
    }
    ObjectNode line = Json.MAPPER.createObjectNode();
    line.set("value", JsonOutput.number(result.value()));
    line.set("gradNorm", JsonOutput.number(Math.sqrt(result.sum(g -> g * g))));
    line.set("gradSum", JsonOutput.number(result.sum(g -> g)));
    line.set("gradAbsSum", JsonOutput.number(result.sum(Math::abs)));
    ArrayNode perSample = JsonOutput.numbers(result.normPerSample());
    line.set("gradNormPerSample", perSample);
    return line;
  }
}
