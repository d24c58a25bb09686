package org.autoloss.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.autoloss.experiment.LossTable;
import org.autoloss.experiment.RateGrid;
import org.autoloss.experiment.SavedTask;
import org.autoloss.experiment.TablePlan;
import org.autoloss.internal.Folders;
import org.autoloss.internal.Json;
import org.autoloss.metric.Metric;
import org.autoloss.report.Race;
import org.autoloss.report.TableReport;
import org.autoloss.search.Workers;
import org.autoloss.task.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autoloss repeat}. */
@Command(
    name = "repeat",
    description = {
      "Trains a row of a table again, and compares every figure of it with the table to the last bit.",
      "The table is a table.json that table or reproduce has left. What the row needs is in there but for"
          + " the data, whose digests are compared. Exit code 1 if a figure differs. With --json"
          + " fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class RepeatCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Parameters(paramLabel = "TABLE", description = "a table.json")
  private Path file;

  @Option(
      names = "--row",
      required = true,
      paramLabel = "NAME",
      description = "the row, by its name")
  private String row;

  @Mixin private MovedOptions moved;

  @Mixin private ExecutorOptions executor;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  /** A figure: that of the table, and what came now. */
  private record Figure(String metric, int training, double then, double now) {
    boolean same() {
      return Double.compare(then, now) == 0;
    }

    ObjectNode toJson() {
      return Json.MAPPER
          .createObjectNode()
          .put("metric", metric)
          .put("training", training)
          .put("table", then)
          .put("again", now);
    }
  }

  @Override
  public Integer call() throws IOException {
    executor.check();
    JsonNode table = Json.read(file, "a table (table.json)");
    JsonNode configuration = table.path("configuration");
    JsonNode cells = table.path("table").path(row);
    String loss = configuration.path("losses").path(row).textValue();
    if (loss == null || !cells.isObject()) {
      List<String> rows = new ArrayList<>();
      table.path("table").fieldNames().forEachRemaining(rows::add);
      throw new IllegalArgumentException(
          "--row: expected a row of "
              + file
              + (rows.isEmpty() ? ", which has none" : ": " + String.join(", ", rows))
              + ", got '"
              + row
              + "'");
    }
    Path scratch = Files.createTempDirectory("autoloss-repeat-");
    try (Workers pool = Workers.of(workers);
        Progress progress = Terminal.progress(spec);
        ExecutorOptions.Trainers trainers = executor.open(pool, progress::message)) {
      for (String difference : SavedTask.differences(table.path("versions"))) {
        progress.message("the table was made by " + difference + ": figures may differ");
      }
      Task task = SavedTask.open(file, configuration, moved.places());
      LossTable again = new LossTable(task, plan(configuration, loss), progress);
      List<String> metrics = task.metrics().stream().map(Metric::label).toList();
      Map<String, Double> rates = Race.rates(table.path("race").path("losses").path(row), metrics);
      TableReport report =
          rates.isEmpty()
              ? again.run(scratch.resolve("run"), trainers.executors())
              : again.runAt(scratch.resolve("run"), rates, trainers.executors());
      return print(figures(cells, report.table().rows().get(row)));
    } finally {
      Folders.delete(scratch);
    }
  }

  private TablePlan plan(JsonNode configuration, String loss) {
    return new TablePlan(
        Map.of(row, loss),
        Map.of(),
        RateGrid.NONE,
        configuration.path("warmSteps").intValue(),
        configuration.path("steps").intValue(),
        configuration.path("seeds").intValue(),
        configuration.path("seed").longValue());
  }

  private static List<Figure> figures(JsonNode cells, List<Map<String, Double>> again) {
    List<Figure> figures = new ArrayList<>();
    for (Map.Entry<String, JsonNode> cell : cells.properties()) {
      JsonNode then = cell.getValue().path("seeds");
      for (int i = 0; i < then.size(); i++) {
        double now = again.get(i).getOrDefault(cell.getKey(), 0.0);
        figures.add(new Figure(cell.getKey(), i, then.get(i).doubleValue(), now));
      }
    }
    return figures;
  }

  private int print(List<Figure> figures) {
    long same = figures.stream().filter(Figure::same).count();
    if (json) {
      ObjectNode line =
          Json.MAPPER.createObjectNode().put("row", row).put("figures", figures.size());
      line.put("same", same);
      ArrayNode again = line.putArray("again");
      figures.forEach(figure -> again.add(figure.toJson()));
      spec.commandLine().getOut().println(line);
    } else {
      TextTable text = new TextTable().row("metric", "training", "table", "again");
      for (Figure figure : figures) {
        text.row(
            figure.metric(),
            "" + (figure.training() + 1),
            "" + figure.then(),
            figure.same() ? "the same" : "" + figure.now());
      }
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%s%n%d of %d figures of %s are the same to the last bit.%n",
              text,
              same,
              figures.size(),
              row);
    }
    spec.commandLine().getOut().flush();
    return same == figures.size() ? 0 : 1;
  }
}
