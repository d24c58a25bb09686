package org.autoloss.cli;

import java.nio.file.Path;
import org.autoloss.metric.Goal;
import picocli.CommandLine.Option;

/** The options of both searches: for what, how long their trainings are, and where results go. */
final class SearchOptions {
  @Option(
      names = "--metric",
      required = true,
      description = {
        "mIoU, FWIoU, mAcc, gAcc, BIoU or BF1,",
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
  int top;

  @Option(names = "--seeds", defaultValue = "3", description = "trainings of each confirmation")
  int seeds;

  @Option(names = "--workers", defaultValue = "2", description = "trainings side by side")
  int workers;

  @Option(names = "--seed", defaultValue = "0", description = "of everything random")
  long seed;

  @Option(
      names = {"--out", "--runs"},
      defaultValue = "runs",
      paramLabel = "DIR",
      description = "folder that holds the runs")
  private Path runs;

  @Option(names = "--name", description = "the run's folder (default: ${COMMAND-NAME}-METRIC-SEED)")
  private String name;

  @Option(names = "--json", description = "print the result as one line of JSON")
  boolean json;

  /** What the loss is searched for. */
  Goal goal() {
    return Goal.parse(metric);
  }

  int warmSteps(int preset) {
    return or(warmSteps, preset);
  }

  int proxySteps(int preset) {
    return or(proxySteps, preset);
  }

  int finalSteps(int preset) {
    return or(finalSteps, preset);
  }

  /** The folder of the run. */
  Path folder(String kind) {
    return runs.resolve(name == null ? kind + "-" + goal().fileName() + "-" + seed : name);
  }

  /** What is given, or else the preset's. */
  static int or(Integer given, int preset) {
    return given == null ? preset : given;
  }
}
