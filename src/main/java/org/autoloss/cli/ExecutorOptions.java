package org.autoloss.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import org.autoloss.experiment.LossSearch;
import org.autoloss.search.ExecutorProvider;
import org.autoloss.search.Workers;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options that say who trains: threads of this process, or a cluster. */
final class ExecutorOptions {
  private static final String LOCAL = "local";

  @Option(
      names = "--executor",
      defaultValue = LOCAL,
      paramLabel = "NAME",
      description =
          "who trains: local, this process by its --workers, or spark, the executors of a cluster"
              + " (needs autoloss-spark, see docs/cluster.md)")
  private String executor;

  @Option(
      names = "--master",
      paramLabel = "URL",
      description = {
        "of Spark: spark://HOST:7077, local-cluster[2,1,1024], yarn or k8s://URL (default: what spark-submit",
        "says)"
      })
  private String master;

  @Option(
      names = "--spark-conf",
      showDefaultValue = Visibility.NEVER,
      paramLabel = "KEY=VALUE",
      description = "a setting of Spark's; repeat it")
  private Map<String, String> settings = new LinkedHashMap<>();

  /**
   * Who trains.
   *
   * @param executors for searches and tables
   * @param count how many train side by side
   * @param cluster null for threads of this process
   */
  record Trainers(LossSearch.Executors executors, int count, ExecutorProvider.Cluster cluster)
      implements AutoCloseable {
    @Override
    public void close() {
      if (cluster != null) {
        cluster.close();
      }
    }
  }

  /** Says what is wrong before any data is read. */
  void check() {
    if (!executor.equals(LOCAL)) {
      provider();
    } else if (master != null || !settings.isEmpty()) {
      throw new IllegalArgumentException(
          (master == null ? "--spark-conf" : "--master")
              + ": expected --executor spark with it, got "
              + executor);
    }
  }

  /**
   * Opens the trainers.
   *
   * @param workers those of this process
   * @param messages receives sentences for people
   */
  Trainers open(Workers workers, Consumer<String> messages) {
    if (executor.equals(LOCAL)) {
      return new Trainers(LossSearch.Executors.local(workers), workers.count(), null);
    }
    ExecutorProvider.Cluster cluster = provider().open(master, settings, messages);
    return new Trainers(cluster::executor, cluster.parallelism(), cluster);
  }

  private ExecutorProvider provider() {
    return find()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    executor.equals("spark")
                        ? "--executor: expected autoloss-spark on the class path for spark, got none;"
                            + " build it with mvn install -DskipTests and mvn -f spark/pom.xml package"
                            + " -DskipTests, then use ./autoloss"
                        : "--executor: expected local or spark, got '" + executor + "'"));
  }

  private Optional<ExecutorProvider> find() {
    return ServiceLoader.load(ExecutorProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(each -> each.name().equals(executor))
        .findFirst();
  }
}
