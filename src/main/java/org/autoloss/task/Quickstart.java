package org.autoloss.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * A task from start to end in less than five minutes on two cores: what is drawn, the small network
 * that learns from it, and a short search with the losses that it is compared with. {@code autoloss
 * quickstart --task KIND} does it.
 *
 * @param data what is drawn, with the splits warm, train, reward and test
 * @param settings of the task, as {@link TaskFactory#open} takes them; {@code kind}, {@code data},
 *     {@code splits} and devices are added
 * @param options by which commands get the same network, such as {@code --width 8}; empty if they
 *     have it without
 * @param search how, and how much of it
 * @param references specifications of losses beside the baseline in the final table, by the names
 *     of their rows
 */
public record Quickstart(
    Drawing data,
    ObjectNode settings,
    String options,
    Search search,
    Map<String, String> references) {
  /** Copies the references. */
  public Quickstart {
    references = Collections.unmodifiableMap(new LinkedHashMap<>(references));
  }

  /**
   * How much is wanted.
   *
   * @param seed of everything random
   * @param share of everything that takes time; 1 but in tests
   */
  public record Size(long seed, double share) {
    /**
     * So much of a number, at least 2.
     *
     * @param full the number
     * @return of samples or steps
     */
    public int of(int full) {
      return Math.max(2, (int) Math.round(share * full));
    }
  }

  /** Data that are drawn. */
  public interface Drawing {
    /**
     * How many samples there will be.
     *
     * @return at least 1
     */
    int size();

    /**
     * What the folder holds, and how.
     *
     * @return for readers, such as {@code the scenes, in the layout of PASCAL VOC}
     */
    String description();

    /**
     * Draws all of it.
     *
     * @param folder to make
     * @param progress is told the number of samples done, after each
     * @throws IOException if a file cannot be written
     */
    void draw(Path folder, IntConsumer progress) throws IOException;

    /**
     * Removes what was drawn, of a quickstart that did not come to a training.
     *
     * @param folder that {@link #draw} has made, or would have
     * @throws IOException if a file cannot be deleted
     */
    void remove(Path folder) throws IOException;
  }

  /** Which search. */
  public sealed interface Method {}

  /**
   * Auto Seg-Loss: the curves of a metric's surrogate.
   *
   * @param steps of the policy
   * @param samples of each step
   */
  public record Curves(int steps, int samples) implements Method {}

  /**
   * AutoLoss-Zero: graphs of operators.
   *
   * @param proxies candidates that are trained
   * @param branches that a loss is searched for; empty for all
   */
  public record Graphs(int proxies, List<String> branches) implements Method {
    /** Copies the branches. */
    public Graphs {
      branches = List.copyOf(branches);
    }
  }

  /**
   * How much of everything a search gets.
   *
   * @param metric what the loss is searched for
   * @param other a metric that might be searched for next
   * @param method which search
   * @param warmSteps of the warm start
   * @param proxySteps of each proxy training
   * @param finalSteps of each training that confirms or fills the final table
   * @param topK how many of the best candidates are confirmed
   * @param confirmSeeds trainings of each in the confirmation
   * @param testSeeds trainings of each loss in the final table
   */
  public record Search(
      String metric,
      String other,
      Method method,
      int warmSteps,
      int proxySteps,
      int finalSteps,
      int topK,
      int confirmSeeds,
      int testSeeds) {}
}
