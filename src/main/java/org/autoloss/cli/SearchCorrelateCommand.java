package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.autoloss.experiment.CorrelationPlan;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.ProxyCorrelation;
import org.autoloss.internal.RandomStreams;
import org.autoloss.loss.Loss;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.search.SurrogateTrials;
import org.autoloss.search.Workers;
import org.autoloss.surrogate.SurrogateSpace;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.Tasks;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code autoloss search correlate}. */
@Command(
    name = "correlate",
    description = {
      "Trains the same losses for several lengths, and tells whether the short trainings put them in the"
          + " order of the longest: how long proxies must be.",
      "Writes correlation.md and correlation.json; run again in the same folder, it goes on where it"
          + " was."
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class SearchCorrelateCommand implements Callable<Integer> {
  private static final long DRAW = 4;

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Mixin private TaskOptions task;

  @Mixin private InitOption init;

  @Mixin private SplitOptions splits;

  @Option(names = "--metric", required = true, description = "what scores, as of searches")
  private String metric;

  @Option(
      names = "--draw",
      defaultValue = "16",
      paramLabel = "N",
      description = "losses drawn at random from the surrogates of the metric; 0 for none")
  private int draw;

  @Option(
      names = "--loss",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      paramLabel = "SPEC",
      description =
          "a loss beside those, by its specification or artefact; repeat it, or part losses by"
              + " semicolons")
  private List<String> losses = List.of();

  @Option(
      names = "--lengths",
      split = ",",
      defaultValue = "50,100,200,400",
      paramLabel = "STEPS",
      description = "of the trainings, comma-separated; the last one is the full length")
  private List<Integer> lengths;

  @Option(
      names = "--seeds",
      defaultValue = "1",
      description = "trainings of each loss at each length")
  private int seeds;

  @Option(
      names = "--warm-steps",
      defaultValue = "400",
      description = "of the warm start, 0 for none")
  private int warmSteps;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  private int workers;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder of the run")
  private Path folder;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (draw < 0 || draw > 10_000) {
      throw new IllegalArgumentException("--draw: expected 0 to 10000 losses, got " + draw);
    }
    Map<Split, String> lists = splits.splits();
    lists.remove(Split.TEST); // no search sees it before its end
    if (warmSteps == 0) {
      lists.remove(Split.WARM);
    }
    ObjectNode settings = task.settings(lists, TaskDefaults.of(64, 8), SearchMethodCommand.METRICS);
    init.addTo(settings);
    Task ground = Tasks.open(settings);
    Labels.warn(spec, ground);
    ObjectiveMetric objective = ObjectiveMetric.parse(metric, ground.metrics());
    CorrelationPlan plan =
        new CorrelationPlan(objective, rows(ground, objective), lengths, seeds, warmSteps, seed);
    ProxyCorrelation.Result result;
    try (Workers pool = Workers.of(workers);
        Progress progress = Terminal.progress(spec)) {
      ProxyCorrelation correlation = new ProxyCorrelation(ground, plan, progress);
      correlation.check(folder);
      result = correlation.run(folder, LossSearch.Executors.local(pool));
    }
    if (json) {
      spec.commandLine().getOut().println(result.toJson());
    } else {
      spec.commandLine()
          .getOut()
          .printf(Locale.ROOT, "%n%s%nThe files are in %s.%n", result.toMarkdown(), folder);
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** Those that are given, and those that are drawn. */
  private Map<String, String> rows(Task ground, ObjectiveMetric objective) {
    Map<String, String> rows = new LinkedHashMap<>();
    TableRows.parted(losses, ground).forEach(loss -> rows.put(loss, TableRows.fixed(loss, ground)));
    if (draw > 0) {
      SurrogateSpace space = SurrogateTrials.space(ground, objective, null);
      for (int i = 0; i < draw; i++) {
        RandomGenerator random = RandomStreams.stream(seed, DRAW, i);
        try (Loss loss = space.loss(random.doubles(space.dimensions()).toArray())) {
          rows.put("drawn " + i, loss.toJson());
        }
      }
    }
    return rows;
  }
}
