package org.autoloss.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.autoloss.loss.Loss;
import org.autoloss.plot.LossPicture;
import org.autoloss.plot.Picture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss loss plot}. */
@Command(
    name = "plot",
    description = {
      "Draws a loss.",
      "Of a surrogate its curves beside the published ones, its soft AND and OR; of other losses"
          + " value and push against the probability of the right class."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoloss loss plot asl:mIoU --out miou.png",
      "  autoloss loss plot 0.5*asl:mIoU+0.5*asl:BF1 --out sum.svg",
      "  autoloss loss plot graph:found.json --out found.png"
    })
final class LossPlotCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Parameters(paramLabel = "SPEC", description = "the loss")
  private String loss;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "picture to write, .png or .svg; replaced if it exists")
  private Path out;

  @Option(names = "--width", description = "in pixels (default: 500 a chart)")
  private Integer width;

  @Option(names = "--height", description = "in pixels (default: 440 a row)")
  private Integer height;

  @Override
  public Integer call() throws IOException {
    Outputs.requireFile(spec, "--out", out);
    Picture.requireName(out);
    Picture picture;
    try (Loss drawn = Loss.parse(loss)) {
      picture = LossPicture.of(drawn);
    }
    picture =
        picture.withSize(
            width == null ? picture.width() : width, height == null ? picture.height() : height);
    picture.write(out);
    spec.commandLine()
        .getOut()
        .printf(Locale.ROOT, "%s: %d x %d pixels%n", out, picture.width(), picture.height());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
