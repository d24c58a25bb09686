package org.autoloss.spark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.autoloss.nn.Checkpoint;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.search.TrialRunner;
import org.autoloss.search.Workers;
import org.autoloss.task.Split;
import org.autoloss.task.TaskModel;

/**
 * Carries trials out on a Spark cluster, a job of one task for each: a job that fails takes no
 * other with it, and results come as they are made. Nothing but this process writes to the run.
 *
 * <p>A trial whose process dies is begun again elsewhere; after {@code spark.task.maxFailures}
 * deaths, two if nothing else is said, it has {@linkplain TrialResult.Status#CRASHED crashed}.
 */
public final class SparkExecutor implements TrialExecutor {
  // A thread waits for each trial that is under way; those beyond wait for a thread.
  private static final int MOST_UNDER_WAY = 256;

  private final SparkCluster cluster;
  private final TrialRunner runner;
  private final String ground;
  private final String warm;
  private final Workers waiting = Workers.of(MOST_UNDER_WAY);

  SparkExecutor(SparkCluster cluster, TrialRunner runner) {
    this.cluster = cluster;
    this.runner = runner;
    ground = ground(runner, cluster.settings());
    try {
      Path file = Files.createTempFile("autoloss-warm", ".ckpt");
      runner.warm().write(file);
      warm = cluster.share(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** The task as executors open it, whose folder is another one than this process's. */
  private static String ground(TrialRunner runner, Map<String, String> settings) {
    ObjectNode json = runner.task().toJson();
    for (String field : new String[] {"data", "init"}) {
      if (!json.path(field).asText("").isEmpty()) {
        json.put(field, Path.of(json.path(field).asText()).toAbsolutePath().toString());
      }
    }
    String elsewhere = settings.get(SparkCluster.DATA);
    return (elsewhere == null ? json : json.put("data", elsewhere)).toString();
  }

  @Override
  public CompletableFuture<TrialResult> submit(Trial trial) {
    CompletableFuture<Answer> first = waiting.submit(() -> cluster.run(trial, assignment(trial)));
    CompletableFuture<TrialResult> result = first.thenApply(answer -> result(trial, answer));
    result.whenComplete(
        (value, failure) -> {
          if (result.isCancelled()) {
            first.cancel(true);
          } else if (failure == null && cluster.isAudited(trial)) {
            waiting.submit(() -> audit(trial, first.join()));
          }
        });
    return result;
  }

  private Assignment assignment(Trial trial) {
    return Assignment.of(ground, warm, trial, runner.listener().wants(trial));
  }

  private TrialResult result(Trial trial, Answer answer) {
    if (answer.network() != null) {
      Checkpoint trained = CheckpointBytes.read(answer.network());
      try (TaskModel model = runner.task().resume(trained, Split.TRAIN, trial.seed())) {
        runner.listener().trained(trial, model);
      }
    }
    return answer.result();
  }

  /** Trains once more; the first result stays. */
  private Void audit(Trial trial, Answer first) throws InterruptedException {
    Answer second = cluster.run(trial, assignment(trial));
    if (!second.sameAs(first)) {
      cluster.tell(
          trial.name()
              + ": expected from "
              + second.machine()
              + " what "
              + first.machine()
              + " had measured, "
              + first.metrics()
              + ", got "
              + second.metrics()
              + "; the first result stays");
    }
    return null;
  }

  @Override
  public int parallelism() {
    return cluster.parallelism();
  }

  @Override
  public void close() {
    waiting.close();
  }
}
