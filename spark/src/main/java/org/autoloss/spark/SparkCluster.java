package org.autoloss.spark;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.autoloss.search.ExecutorProvider;
import org.autoloss.search.Trial;
import org.autoloss.search.TrialExecutor;
import org.autoloss.search.TrialResult;
import org.autoloss.search.TrialRunner;

/**
 * A connection to a Spark cluster. Thread-safe.
 *
 * <p>An executor trains one candidate at a time ({@code spark.executor.cores} equals {@code
 * spark.task.cpus}), so that native code that crashes takes no other candidate with it.
 */
public final class SparkCluster implements ExecutorProvider.Cluster {
  /** The setting that says where the data lie on the executors, if not where they lie here. */
  static final String DATA = "spark.autoloss.data";

  private static final String AUDIT = "spark.autoloss.audit";
  private static final String LOST = "ExecutorLostFailure";
  private static final String SILENT = "heartbeat timed out";
  private static final Pattern PLACE = Pattern.compile("\\((\\S+ executor \\S+)\\)");

  private final JavaSparkContext spark;
  private final Map<String, String> settings;
  private final Consumer<String> messages;
  private final double audited;
  private final Machine own;
  private final Set<String> kinds = ConcurrentHashMap.newKeySet();
  private final ExecutorWatch watch;

  private SparkCluster(
      JavaSparkContext spark, Map<String, String> settings, Consumer<String> messages) {
    this.spark = spark;
    this.settings = settings;
    this.messages = messages;
    watch = new ExecutorWatch(messages);
    spark.sc().addSparkListener(watch);
    audited = Double.parseDouble(settings.getOrDefault(AUDIT, "0"));
    own = Machine.here("cpu");
    kinds.add(own.hardware());
  }

  /**
   * Connects to a cluster.
   *
   * @param master its URL; null for where Spark's own settings say
   * @param settings of Spark, by name
   * @param messages receives sentences for people
   * @return the cluster, which has an executor
   * @throws IllegalArgumentException if Spark does not understand a setting
   * @throws IllegalStateException if there is no such cluster
   */
  static SparkCluster open(String master, Map<String, String> settings, Consumer<String> messages) {
    SparkConf conf = SparkSettings.of(master, settings);
    JavaSparkContext spark = SparkSettings.connect(conf);
    try {
      SparkCluster cluster = new SparkCluster(spark, Map.copyOf(settings), messages);
      cluster.awaitExecutor();
      return cluster;
    } catch (RuntimeException | Error e) {
      spark.stop();
      throw e;
    }
  }

  private void awaitExecutor() {
    SparkSettings.awaitExecutor(spark, watch, messages);
    messages.accept(
        String.format(
            Locale.ROOT,
            "Spark %s at %s: %d trainings side by side",
            spark.version(),
            spark.master(),
            parallelism()));
  }

  @Override
  public TrialExecutor executor(TrialRunner runner) {
    return new SparkExecutor(this, runner);
  }

  @Override
  public int parallelism() {
    return Math.max(1, SparkSettings.slots(spark));
  }

  Map<String, String> settings() {
    return settings;
  }

  /** Gives a file to all executors, now and later; the name by which they find it. */
  String share(Path file) {
    file.toFile().deleteOnExit();
    spark.addFile(file.toString());
    return file.getFileName().toString();
  }

  /** Whether a trial is one of those that are trained twice, to compare. */
  boolean isAudited(Trial trial) {
    int address = 31 * (31 * trial.loss().hashCode() + trial.step()) + trial.sample();
    return Integer.toUnsignedLong(address * 0x9E3779B9) < audited * 0x1p32;
  }

  void tell(String sentence) {
    messages.accept(sentence);
  }

  /**
   * Carries a trial out, and waits for it.
   *
   * @throws InterruptedException if this thread is interrupted; the job is then cancelled
   * @throws IllegalArgumentException if the loss or the data are wrong
   * @throws IllegalStateException if the cluster cannot go on
   */
  Answer run(Trial trial, Assignment assignment) throws InterruptedException {
    while (true) {
      Optional<Answer> answer = attempt(trial, assignment);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
  }

  /** Empty if executors were given up for their silence, which is no fault of the candidate. */
  private Optional<Answer> attempt(Trial trial, Assignment assignment) throws InterruptedException {
    requireConnected();
    spark.setInterruptOnCancel(true);
    JavaFutureAction<List<Answer>> job =
        spark.parallelize(List.of(assignment), 1).map(new TrialTask()).collectAsync();
    try {
      return Optional.of(checked(job.get().get(0)));
    } catch (InterruptedException e) {
      job.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      String reason = String.valueOf(e.getCause().getMessage());
      return reason.contains(SILENT) ? Optional.empty() : Optional.of(crashed(trial, reason, e));
    }
  }

  private void requireConnected() {
    if (spark.sc().isStopped()) {
      throw new IllegalStateException(
          "spark: expected the cluster at "
              + spark.master()
              + ", got none any more; go on with search resume when it is back");
    }
  }

  private Answer checked(Answer answer) {
    Machine machine = answer.machine();
    if (answer.refusal() != null) {
      throw new IllegalArgumentException(machine.name() + ": " + answer.refusal());
    }
    if (!machine.software().equals(own.software())) {
      throw new IllegalStateException(
          machine.name()
              + ": expected "
              + own.software()
              + ", as the driver has, got "
              + machine.software()
              + "; bring the same to each machine of the cluster");
    }
    if (kinds.add(machine.hardware())) {
      tell(
          machine.name()
              + ": it is another kind of machine ("
              + machine.hardware()
              + ") than this one ("
              + own.hardware()
              + "); results may differ in their last bits; runs export tells what was trained where");
    }
    return answer;
  }

  /** Of a job that failed: the candidate's process died too often, or the cluster is at its end. */
  private Answer crashed(Trial trial, String reason, Exception cause) {
    requireConnected();
    if (!reason.contains(LOST)) {
      throw new IllegalStateException(
          "spark: expected a result of " + trial.name() + ", got: " + firstLine(reason), cause);
    }
    Matcher place = PLACE.matcher(reason);
    Machine last = new Machine(place.find() ? place.group(1) : "unknown", own.software(), LOST);
    tell(trial.name() + ": each process that trained it died, the last one on " + last.name());
    return Answer.of(new TrialResult(TrialResult.Status.CRASHED, Map.of(), 0), last, null);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  @Override
  public void close() {
    watch.close();
    spark.stop();
  }
}
