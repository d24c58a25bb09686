package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.loss.Loss;
import org.autoloss.task.segmentation.LossCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss loss probe}. */
@Command(
    name = "probe",
    description = {
      "Puts a loss through what candidates of a search go through.",
      "That is a gradient check, odd input, and the rejection protocol's score for each metric,"
          + " in percent; with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Exit code 1 if a check fails. Examples:",
      "  autoloss loss probe asl:mIoU",
      "  autoloss loss probe 'expr:neg(mul(y,log(yhat)))'",
      "  autoloss loss probe class:com.acme.MyLoss --plugins my-losses.jar"
    })
final class LossProbeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Parameters(paramLabel = "SPEC", description = "the loss")
  private String loss;

  @Option(names = "--seed", defaultValue = "0", description = "of the inputs")
  private long seed;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() {
    LossCheck.Report report;
    try (Loss probed = Loss.parse(loss)) {
      report = LossCheck.run(probed, seed);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? toJson(report) : toText(report));
    out.flush();
    return report.passed() ? 0 : 1;
  }

  private static String toText(LossCheck.Report report) {
    StringBuilder text = new StringBuilder();
    for (LossCheck.Finding finding : report.findings()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-4s  %-18s %s%n",
              finding.passed() ? "ok" : "FAIL",
              finding.name(),
              finding.detail()));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%nRejection protocol, threshold %s %%:%n",
            Display.percent(report.threshold())));
    report
        .scores()
        .forEach(
            (metric, score) ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "%-8s %6s %%  %s%n",
                        metric,
                        Display.percent(score),
                        score >= report.threshold() ? "accepted" : "rejected")));
    return text.toString().stripTrailing();
  }

  private static String toJson(LossCheck.Report report) {
    ObjectNode json = Json.MAPPER.createObjectNode().put("passed", report.passed());
    ArrayNode findings = json.putArray("findings");
    report
        .findings()
        .forEach(
            finding ->
                findings
                    .addObject()
                    .put("name", finding.name())
                    .put("passed", finding.passed())
                    .put("detail", finding.detail()));
    ObjectNode scores = json.put("threshold", report.threshold()).putObject("scores");
    report.scores().forEach((metric, score) -> scores.put(metric.label(), score));
    return json.toString();
  }
}
