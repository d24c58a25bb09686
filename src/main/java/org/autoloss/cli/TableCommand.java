package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.autoloss.experiment.LossTable;
import org.autoloss.experiment.TablePlan;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Display;
import org.autoloss.internal.Json;
import org.autoloss.report.TableReport;
import org.autoloss.search.ProgressListener;
import org.autoloss.search.Workers;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskPreset;
import org.autoloss.task.Tasks;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss table}. */
@Command(
    name = "table",
    description = {
      "Trains by each loss, with each seed, from one warm start, and measures all metrics on the"
          + " test split.",
      "Writes table.md, table.csv, table.json and table.html; run again in the same folder, it continues where"
          + " it was: rows that are asked for are the table, and those it has are not trained again."
          + " Metrics are in percent; in table.csv, table.json"
          + " and with --json fractions, where 0.25 is 25 percent."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class TableCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Mixin private TaskOptions task;

  @Mixin private InitOption init;

  @Mixin private SplitOptions splits;

  @Mixin private TableRows rows;

  @Mixin private RaceOptions race;

  @Mixin private ExecutorOptions executor;

  /** The sizes of a table; each option overrides one of them. */
  enum Preset {
    QUICK(800, 400, TaskDefaults.of(64, 8)),
    MOBILE(0, 150, TaskDefaults.mobile()),
    PAPER(0, 10_000, TaskDefaults.paper("deeplabv3plus:resnet101_v1c", 512, 16, "2048x512"));

    private final int warmSteps;
    private final int steps;
    private final TaskDefaults task;

    Preset(int warmSteps, int steps, TaskDefaults task) {
      this.warmSteps = warmSteps;
      this.steps = steps;
      this.task = task;
    }
  }

  @Option(
      names = "--preset",
      defaultValue = "QUICK",
      description = {
        "${COMPLETION-CANDIDATES}.",
        "quick: a warm start of 800 steps, trainings of 400, crops of 64, batches of 8;",
        "mobile: DeepLabV3+ on MobileNetV2 with --init, trainings of 150 steps, crops of 128;",
        "paper: DeepLabV3+ on ResNet-101 with --init, trainings of 10,000 steps, crops of 512 of",
        "images of 2048x512, batches of 16, heads at ten times the learning rate, batch norm of each",
        "GPU's own in place of the papers' across GPUs.",
        "Of detection: quick is a small Faster R-CNN from fresh weights, mobile one on MobileNetV2 with",
        "--init, paper one on ResNet-50 with --init by mmdetection's 1x schedule, whose cost is told;",
        "of instances the same with Mask R-CNN;",
        "of pose: quick is a small U-Net, mobile SimpleBaseline on MobileNetV2 with --init, paper one on",
        "ResNet-50 with --init by mmpose's 210 epochs of COCO."
      })
  private Preset preset;

  @Option(
      names = "--warm-steps",
      description = "of the warm start, 0 for none (default: the preset's)")
  private Integer warmSteps;

  @Option(names = "--steps", description = "of each training (default: the preset's)")
  private Integer steps;

  @Option(names = "--seeds", defaultValue = "3", description = "trainings of each loss")
  private int seeds;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Option(
      names = "--transfer",
      description = {
        "make a table for each other data set (--other-data) and each other network"
            + " (--other-network), instead of the one for --data and --network"
      })
  private boolean transfer;

  @Option(
      names = "--other-data",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "DIR",
      description = "for --transfer; repeat it")
  private List<Path> otherData = new ArrayList<>();

  @Option(
      names = "--other-network",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "KIND",
      description = "for --transfer; repeat it")
  private List<String> otherNetworks = new ArrayList<>();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder of the run; with --transfer it holds a folder for each table")
  private Path folder;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Map<String, ObjectNode> grounds = grounds();
    Map<String, LossTable> tables = new LinkedHashMap<>();
    Map<String, TableReport> reports = new LinkedHashMap<>();
    ObjectNode details = Json.MAPPER.createObjectNode();
    try (Workers pool = Workers.of(workers);
        Progress progress = Terminal.progress(spec);
        ExecutorOptions.Trainers trainers = executor.open(pool, progress::message)) {
      for (Map.Entry<String, ObjectNode> ground : grounds.entrySet()) {
        Task opened = Tasks.open(ground.getValue());
        Labels.warn(spec, opened);
        details.withObject("/labels").set(ground.getKey(), opened.contents());
        opened
            .initialWeights()
            .ifPresent(report -> details.withObject("/init").set(ground.getKey(), report.toJson()));
        TablePlan plan = plan(opened);
        if (task.hasUsualRate(ground.getValue()) && plan.rates().isEmpty()) {
          progress.message(LearningRate.untuned(opened));
        }
        tables.put(ground.getKey(), new LossTable(opened, plan, progress));
      }
      // All of them before the first, which may take hours.
      for (Map.Entry<String, LossTable> table : tables.entrySet()) {
        table.getValue().check(run(table.getKey()));
        if (preset == Preset.PAPER) {
          progress.message(
              table.getValue().cost(run(table.getKey()), pool, trainers.count()).toString());
        }
      }
      for (Map.Entry<String, LossTable> table : tables.entrySet()) {
        reports.put(
            table.getKey(), table.getValue().run(run(table.getKey()), trainers.executors()));
      }
    }
    print(reports, details);
    return 0;
  }

  /** Says whether the tables can be made, and makes none. */
  void check() throws IOException {
    for (Map.Entry<String, ObjectNode> ground : grounds().entrySet()) {
      Task opened = Tasks.open(ground.getValue());
      new LossTable(opened, plan(opened), ProgressListener.NONE).check(run(ground.getKey()));
    }
  }

  /** What the tables are made on, with all that can be said before the data are read. */
  private Map<String, ObjectNode> grounds() throws IOException {
    executor.check();
    Map<Split, String> lists = splits.splits();
    if (warmSteps() == 0) {
      lists.remove(Split.WARM);
    }
    TaskDefaults defaults = own().map(TaskDefaults::of).orElse(preset.task);
    ObjectNode settings = task.settings(lists, defaults, SearchMethodCommand.METRICS);
    init.addTo(settings);
    Map<String, ObjectNode> grounds = grounds(settings);
    for (String ground : grounds.keySet()) {
      Destination.requireFolder("--out", run(ground));
    }
    return grounds;
  }

  private TablePlan plan(Task opened) throws IOException {
    int length =
        SearchMethodCommand.or(steps, own().map(TaskPreset::tableSteps).orElse(preset.steps));
    return new TablePlan(
        rows.of(opened),
        rows.searches(),
        race.grid(opened, length),
        warmSteps(),
        length,
        seeds,
        seed);
  }

  private int warmSteps() {
    return SearchMethodCommand.or(
        warmSteps, own().map(TaskPreset::warmSteps).orElse(preset.warmSteps));
  }

  /** What the task has under the name of the preset. */
  private Optional<TaskPreset> own() {
    return task.preset(preset.name());
  }

  private Path run(String ground) {
    return transfer ? folder.resolve(ground) : folder;
  }

  /** The data sets and networks to make a table for, by name. */
  private Map<String, ObjectNode> grounds(ObjectNode home) {
    if (!transfer) {
      if (!otherData.isEmpty() || !otherNetworks.isEmpty()) {
        throw new IllegalArgumentException(
            "--other-data, --other-network: expected --transfer with them, got none");
      }
      return Map.of("table", home);
    }
    if (otherData.isEmpty() && otherNetworks.isEmpty()) {
      throw new IllegalArgumentException(
          "--transfer: expected --other-data or --other-network, got neither");
    }
    Map<String, ObjectNode> grounds = new LinkedHashMap<>();
    for (Path data : otherData) {
      Path name = data.toAbsolutePath().normalize().getFileName();
      if (name == null) {
        throw new IllegalArgumentException(
            "--other-data: expected a folder that has a name, got '" + data + "'");
      }
      add(grounds, "data-" + name, home.deepCopy().put("data", data.toString()));
    }
    for (String kind : otherNetworks) {
      add(grounds, "network-" + kind, home.deepCopy().put("network", kind));
    }
    return grounds;
  }

  private static void add(Map<String, ObjectNode> grounds, String name, ObjectNode settings) {
    if (grounds.put(name, settings) != null) {
      throw new IllegalArgumentException(
          "--transfer: expected data folders and networks of different names, got two " + name);
    }
  }

  private void print(Map<String, TableReport> reports, ObjectNode details) {
    if (json) {
      ObjectNode line = Json.MAPPER.createObjectNode().put("run", folder.toString());
      reports.forEach((name, report) -> line.set(name, report.table().toJson()));
      reports.forEach(
          (name, report) -> {
            if (!report.race().isEmpty()) {
              line.withObject("/race").set(name, report.race().toJson());
            }
          });
      line.setAll(details);
      spec.commandLine().getOut().println(line);
    } else {
      reports.forEach(
          (name, report) ->
              spec.commandLine()
                  .getOut()
                  .printf(
                      Locale.ROOT,
                      "%n%s%s",
                      transfer ? Display.line(name) + "\n\n" : "",
                      report.toMarkdown()));
      spec.commandLine().getOut().printf(Locale.ROOT, "%nThe files are in %s.%n", folder);
    }
    spec.commandLine().getOut().flush();
  }
}
