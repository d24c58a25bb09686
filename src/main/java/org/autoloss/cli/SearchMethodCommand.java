package org.autoloss.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.autoloss.experiment.Budget;
import org.autoloss.experiment.Confirmation;
import org.autoloss.experiment.LossSearch;
import org.autoloss.experiment.SearchLength;
import org.autoloss.experiment.SearchPlan;
import org.autoloss.experiment.StoppingRule;
import org.autoloss.internal.Destination;
import org.autoloss.internal.Shell;
import org.autoloss.metric.Metric;
import org.autoloss.metric.ObjectiveMetric;
import org.autoloss.metric.segmentation.SegmentationMetric;
import org.autoloss.search.SearchMethod;
import org.autoloss.search.Workers;
import org.autoloss.storage.RunFolder;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskPreset;
import org.autoloss.task.Tasks;
import org.autoloss.train.OptimiserSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all searches share: a method's command adds the options of the method. */
abstract class SearchMethodCommand implements Callable<Integer> {
  /** The trainings of a preset; each option overrides one of them. */
  record Trainings(
      String name,
      String weights, // of which network trainings begin with; empty if with fresh ones
      int warmSteps,
      int proxySteps,
      int finalSteps,
      TaskDefaults task) {
    static final Trainings QUICK =
        new Trainings("quick", "", 400, 150, 400, TaskDefaults.of(64, 8));
    static final Trainings MOBILE =
        new Trainings("mobile", "MobileNetV2", 0, 80, 150, TaskDefaults.mobile());
    // The weights of ImageNet are the start: there is no warm start.
    static final Trainings PAPER =
        new Trainings(
            "paper",
            "ResNet-50",
            0,
            1_000,
            1_000,
            TaskDefaults.paper("deeplabv3plus:resnet50_v1c", 128, 32, "512x128"));

    /** The same of a task that has a preset of this name. */
    Trainings of(Optional<TaskPreset> own) {
      return own.map(
              preset ->
                  new Trainings(
                      name,
                      preset.weights(),
                      preset.warmSteps(),
                      preset.proxySteps(),
                      preset.finalSteps(),
                      TaskDefaults.of(preset)))
          .orElse(this);
    }
  }

  /** The metrics of the papers' tables. */
  static final List<String> METRICS = List.of("mIoU", "FWIoU", "mAcc", "gAcc", "BIoU", "BF1");

  // What a search may spend on its learning rate where nobody has asked for that.
  private static final double RATE_SHARE = 0.1;

  @Spec private CommandSpec spec;

  @Mixin(name = PluginOptions.NAME)
  private PluginOptions plugins;

  @Mixin private TaskOptions task;

  @Mixin private InitOption init;

  @Mixin private SplitOptions splits;

  @Mixin private ConfirmOptions confirm;

  @Mixin private LimitOptions limit;

  @Mixin private ExecutorOptions executor;

  @Option(
      names = "--metric",
      required = true,
      description = {
        "what to search for: of segmentation mIoU, FWIoU, mAcc, gAcc, BIoU or BF1,",
        "or the weighted mean of several:",
        "mIoU+BF1, 0.7*mIoU+0.3*BF1"
      })
  private String metric;

  @Option(names = "--warm-steps", description = "of the warm start (default: the preset's)")
  private Integer warmSteps;

  @Option(names = "--proxy-steps", description = "of each proxy (default: the preset's)")
  private Integer proxySteps;

  @Option(
      names = "--final-steps",
      description = "of each confirming training (default: the preset's)")
  private Integer finalSteps;

  @Option(names = "--top", defaultValue = "4", description = "candidates to confirm")
  private int top;

  @Option(names = "--seeds", defaultValue = "3", description = "trainings of each confirmation")
  private int seeds;

  @Option(
      names = "--workers",
      defaultValue = "2",
      description = "trainings side by side in this process")
  private int workers;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  private long seed;

  @Option(
      names = {"--out", "--runs"},
      defaultValue = "runs",
      paramLabel = "DIR",
      description = "folder that holds the runs")
  private Path runs;

  @Option(names = "--name", description = "the run's folder (default: ${COMMAND-NAME}-METRIC-SEED)")
  private String name;

  @Option(names = "--json", description = "print the result as one line of JSON")
  private boolean json;

  /** The method, with the options of its command. */
  abstract SearchMethod method();

  /** The same on a task, where defaults are the task's. */
  SearchMethod method(Task ground) {
    return method();
  }

  /** The trainings of the preset. */
  abstract Trainings trainings();

  /** What kind of run it is, where it is no search. */
  String kind() {
    return method().name();
  }

  /** Says how to go on after an interruption. */
  Interruption watch(Path folder) {
    return Interruption.watch(spec, folder);
  }

  @Override
  public Integer call() throws IOException {
    Budget end = limit.limit();
    executor.check();
    requireName();
    Workers pool = Workers.of(workers);
    Map<Split, String> lists = splits();
    ObjectNode settings = settings(lists);
    requireWeights(settings);
    Task whole = Tasks.open(settings);
    Labels.warn(spec, whole);
    Confirmation confirmation = confirm.confirmation(whole, lists, baselines(whole));
    Task ground = confirm.divide(whole);
    SearchPlan plan = plan(ground, confirmation);
    boolean untuned = searches() && task.hasUsualRate(settings);
    ObjectNode configuration = LossSearch.configuration(ground, plan);
    Path folder =
        runs.resolve(name == null ? kind() + "-" + plan.objective().fileName() + "-" + seed : name);
    RunFolder.requireFree(folder);
    SearchOutput output = new SearchOutput(spec, folder, ground, json);
    try (Interruption watch = watch(folder);
        pool;
        Progress progress = Terminal.progress(spec);
        ExecutorOptions.Trainers trainers = executor.open(pool, progress::message)) {
      if (untuned) {
        progress.message(LearningRate.untuned(ground));
      }
      announce(ground, plan, folder, progress, pool, trainers.count());
      RunFolder.start(
          folder,
          kind(),
          configuration,
          log -> {
            if (limit.given()) {
              StoppingRule.set(log, end);
            }
            run(ground, plan, log, progress, trainers.executors(), output);
            return null;
          });
    }
    return 0;
  }

  private ObjectNode settings(Map<Split, String> lists) {
    ObjectNode settings = task.settings(lists, sizes().task(), METRICS);
    init.addTo(settings);
    if (searches() && task.hasUsualRate(settings) && rateShare(settings) <= RATE_SHARE) {
      settings.put(TaskDefaults.RATE, LearningRate.AUTO);
    }
    return settings;
  }

  /** What found losses have to beat beside the task's own loss, where the user says nothing. */
  private List<String> baselines(Task ground) {
    return searches() && isOurs()
        ? HandMade.toBeat(metrics()).stream()
            .filter(loss -> !loss.equals(ground.baseline()))
            .toList()
        : List.of();
  }

  /** Whether defaults are those that were the best here, and not the papers'. */
  boolean isOurs() {
    return task.isSegmentation() && trainings() != Trainings.PAPER;
  }

  /** The loss beside surrogates: what is given, or else what was the best for the metric. */
  String beside(String given) {
    String usual = isOurs() ? HandMade.beside(metrics()) : HandMade.NONE;
    String loss = given == null ? usual : given;
    return loss.equals(HandMade.NONE) ? null : loss;
  }

  /** The names of the metrics that are searched for; none where the text is not understood. */
  private List<String> metrics() {
    try {
      return ObjectiveMetric.parse(metric, SegmentationMetric.all()).metrics().stream()
          .map(Metric::label)
          .toList();
    } catch (IllegalArgumentException e) {
      return List.of(); // what the task does not know is said later, with the metrics that it knows
    }
  }

  /** Whether this is a search, and no measurement of its parts. */
  private boolean searches() {
    return kind().equals(method().name());
  }

  /** How much of a search's steps it would take to try all learning rates out. */
  private double rateShare(ObjectNode settings) {
    int rates = OptimiserSettings.of(settings).kind().rates().size();
    return new SearchLength(
            or(warmSteps, sizes().warmSteps()),
            method().proxies(limit.limit().candidates()),
            or(proxySteps, sizes().proxySteps()),
            SearchLength.finals(top, seeds, seeds),
            or(finalSteps, sizes().finalSteps()))
        .rateShare(rates);
  }

  private Map<Split, String> splits() {
    Map<Split, String> lists = splits.splits();
    if (or(warmSteps, sizes().warmSteps()) == 0) {
      lists.remove(Split.WARM);
    }
    confirm.addTo(lists);
    return lists;
  }

  /** The trainings of the preset, for this task. */
  private Trainings sizes() {
    return trainings().of(task.preset(trainings().name()));
  }

  /** A preset that begins with weights of ImageNet means nothing without them. */
  private void requireWeights(ObjectNode settings) {
    String network = sizes().weights();
    if (!network.isEmpty() && !settings.has("init") && or(warmSteps, 0) == 0) {
      throw new IllegalArgumentException(
          "--init: expected a file with the weights of "
              + network
              + " on ImageNet (.pth or .safetensors, as torchvision or mmsegmentation have it), with"
              + " which this preset begins, got none; give it, or --warm-steps for a warm start from"
              + " fresh weights");
    }
  }

  /** What can be said of the run's folder before the data are read. */
  private void requireName() throws IOException {
    if (name != null && !isName(name)) {
      throw new IllegalArgumentException(
          "--name: expected the name of a folder in that of --out, which does not begin with a"
              + " point, got '"
              + name
              + "'");
    }
    Destination.requireFolder("--out", runs.resolve(name == null ? kind() : name));
  }

  // runs list shows no folders that begin with a point, and none within others.
  private static boolean isName(String name) {
    Path path = Path.of(name);
    return !name.isBlank()
        && !name.startsWith(".")
        && !path.isAbsolute()
        && path.getNameCount() == 1;
  }

  /** Says what it will cost, before anything is made; what cannot train ends here. */
  void announce(
      Task ground, SearchPlan plan, Path folder, Progress progress, Workers pool, int trainers)
      throws IOException {
    progress.message(
        LossSearch.cost(ground, plan, limit.limit(), folder, pool, trainers).toString());
    if (sizes() == Trainings.PAPER) {
      progress.message(
          "the papers' re-training, with ResNet-101 on crops of 512, is a command of its own: autoloss"
              + " table --preset paper --searched found="
              + Shell.word(folder.resolve("found.json")));
    }
  }

  /** Searches; a command may do something else with the same plan. */
  void run(
      Task ground,
      SearchPlan plan,
      RunFolder log,
      Progress progress,
      LossSearch.Executors executors,
      SearchOutput output)
      throws IOException {
    LossSearch search = new LossSearch(ground, plan, log, progress);
    output.print(search.run(executors), plan.method());
  }

  /** Whether results are printed as JSON. */
  boolean json() {
    return json;
  }

  /** The metrics that are searched for, as they were typed. */
  String metric() {
    return metric;
  }

  CommandSpec spec() {
    return spec;
  }

  private SearchPlan plan(Task ground, Confirmation confirmation) {
    return new SearchPlan(
        ObjectiveMetric.parse(metric, ground.metrics()),
        method(ground),
        or(warmSteps, sizes().warmSteps()),
        or(proxySteps, sizes().proxySteps()),
        or(finalSteps, sizes().finalSteps()),
        top,
        seeds,
        seeds,
        seed,
        Map.of(),
        confirmation);
  }

  /** What is given, or else the preset's. */
  static int or(Integer given, int preset) {
    return given == null ? preset : given;
  }
}
