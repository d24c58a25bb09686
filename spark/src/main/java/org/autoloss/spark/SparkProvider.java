package org.autoloss.spark;

import java.util.Map;
import java.util.function.Consumer;
import org.autoloss.search.ExecutorProvider;

/** {@code --executor spark}. */
public final class SparkProvider implements ExecutorProvider {
  /** For {@link java.util.ServiceLoader}. */
  public SparkProvider() {}

  @Override
  public String name() {
    return "spark";
  }

  @Override
  public Cluster open(String master, Map<String, String> settings, Consumer<String> messages) {
    return SparkCluster.open(master, settings, messages);
  }
}
