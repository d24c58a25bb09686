package org.autoloss.spark;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** How a search uses Spark, where its user says nothing else. */
final class SparkSettings {
  private static final String CORES = "spark.executor.cores";
  private static final String TASK_CORES = "spark.task.cpus";
  private static final String EXECUTOR_CLASS_PATH = "spark.executor.extraClassPath";
  private static final String LOGGING = "log4j2.configurationFile";
  private static final int POLL_MILLIS = 100;
  private static final int PATIENCE_SECONDS = 10;
  private static final int QUIET_MILLIS = 1_000; // no other executor has come for so long

  private static final Map<String, String> USUAL = new LinkedHashMap<>();

  static {
    USUAL.put("spark.app.name", "AutoLoss");
    USUAL.put(CORES, "1");
    USUAL.put("spark.task.maxFailures", "2");
    USUAL.put("spark.locality.wait", "0s");
    // OpenBLAS's own threads would spin against libtorch's; large tensors are kept.
    USUAL.put("spark.executorEnv.OPENBLAS_NUM_THREADS", "1");
    USUAL.put("spark.executorEnv.MALLOC_MMAP_THRESHOLD_", "1073741824");
    USUAL.put("spark.executorEnv.MALLOC_TRIM_THRESHOLD_", "4294967296");
    // A training that is cancelled ends with its step; native code that hangs, with its process.
    USUAL.put("spark.task.reaper.enabled", "true");
    USUAL.put("spark.task.reaper.killTimeout", "60s");
    USUAL.put("spark.ui.enabled", "false");
    USUAL.put("spark.ui.showConsoleProgress", "false");
    // What Spark remembers of jobs that are done: a search has thousands.
    USUAL.put("spark.ui.retainedJobs", "100");
    USUAL.put("spark.ui.retainedStages", "100");
    USUAL.put("spark.ui.retainedTasks", "100");
    USUAL.put("spark.ui.retainedDeadExecutors", "10");
  }

  private SparkSettings() {}

  static SparkConf of(String master, Map<String, String> given) {
    if (System.getProperty(LOGGING) == null
        && System.getProperty("log4j.configurationFile") == null) {
      System.setProperty(LOGGING, "classpath:org/autoloss/spark/log4j2.properties");
    }
    SparkConf conf = new SparkConf();
    if (master != null) {
      conf.setMaster(master);
    }
    given.forEach(conf::set);
    USUAL.forEach(conf::setIfMissing);
    conf.setIfMissing(TASK_CORES, conf.get(CORES));
    if (!conf.contains("spark.master")) {
      throw new IllegalArgumentException(
          "--master: expected the URL of a Spark cluster, such as spark://HOST:7077 or"
              + " local-cluster[2,1,1024], got none");
    }
    requireHome(conf);
    return conf;
  }

  private static void requireHome(SparkConf conf) {
    if (conf.get("spark.master").startsWith("local-cluster")
        && System.getenv("SPARK_HOME") == null) {
      throw new IllegalStateException(
          "--master: expected SPARK_HOME, a folder with Spark's jars in jars/, for local-cluster, got"
              + " none; begin by ./autoloss, which has one, or set it");
    }
  }

  static JavaSparkContext connect(SparkConf conf) {
    try {
      JavaSparkContext spark = new JavaSparkContext(conf);
      Jars.ofPlugins().forEach(jar -> spark.addJar(jar.toString()));
      String home = System.getenv("SPARK_HOME");
      // With spark-submit, --jars has them.
      if (home != null && !conf.contains(EXECUTOR_CLASS_PATH) && !conf.contains("spark.jars")) {
        Jars.ofClassPath(Path.of(home).toAbsolutePath().normalize())
            .forEach(jar -> spark.addJar(jar.toString()));
      }
      return spark;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // Scala's, which its methods do not declare
      throw new IllegalStateException(sentence(conf, e.getMessage()), e);
    }
  }

  private static String sentence(SparkConf conf, String got) {
    return "--master: expected a Spark cluster at " + conf.get("spark.master") + ", got: " + got;
  }

  /** Waits until there is an executor, and no other one comes. */
  static void awaitExecutor(
      JavaSparkContext spark, ExecutorWatch watch, Consumer<String> messages) {
    long start = System.nanoTime();
    long changed = start;
    int slots = 0;
    boolean told = false;
    while (slots == 0 || System.nanoTime() - changed < QUIET_MILLIS * 1_000_000L) {
      if (spark.sc().isStopped()) {
        throw new IllegalStateException(sentence(spark.getConf(), "none that answers"));
      }
      watch.requireViable();
      int now = slots(spark);
      changed = now == slots ? changed : System.nanoTime();
      slots = now;
      if (!told && slots == 0 && System.nanoTime() - start > PATIENCE_SECONDS * 1_000_000_000L) {
        messages.accept("waiting for the first executor of " + spark.master());
        told = true;
      }
      pause();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("spark: interrupted", e);
    }
  }

  /** How many trials the executors carry out at once. */
  static int slots(JavaSparkContext spark) {
    if (spark.isLocal()) {
      return spark.defaultParallelism();
    }
    SparkConf conf = spark.getConf();
    int each = Math.max(1, conf.getInt(CORES, 1) / conf.getInt(TASK_CORES, 1));
    int executors = spark.statusTracker().getExecutorInfos().length - 1; // but for the driver
    return executors * each;
  }
}
