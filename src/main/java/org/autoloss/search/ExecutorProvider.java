package org.autoloss.search;

import java.util.Map;
import java.util.function.Consumer;

/**
 * Opens clusters of machines that train: the extension point by which {@code --executor NAME} finds
 * what is not a part of this library.
 *
 * <p>Implementations are found by {@link java.util.ServiceLoader}; name them in {@code
 * META-INF/services/org.autoloss.search.ExecutorProvider}.
 */
public interface ExecutorProvider {
  /**
   * The name on the command line.
   *
   * @return for example {@code spark}
   */
  String name();

  /**
   * Connects to a cluster, and waits until it has a machine that trains.
   *
   * @param master where it is; null for where the cluster's own settings say
   * @param settings of the cluster's own, by name
   * @param messages receives sentences for people, from any thread
   * @return the cluster
   * @throws IllegalArgumentException if a setting is wrong
   * @throws IllegalStateException if there is no such cluster, or none that answers
   */
  Cluster open(String master, Map<String, String> settings, Consumer<String> messages);

  /** Machines that train. */
  interface Cluster extends AutoCloseable {
    /**
     * An executor on the machines of this cluster.
     *
     * @param runner what is to be done for each trial; its listener stays here, and sees the
     *     networks that it {@linkplain TrialRunner.Listener#wants wants}
     * @return the executor
     */
    TrialExecutor executor(TrialRunner runner);

    /**
     * How many trials run side by side, as of now.
     *
     * @return at least 1
     */
    int parallelism();

    /** Cancels what runs, and leaves the cluster. Closing twice is harmless. */
    @Override
    void close();
  }
}
