package org.autoloss.task;

import java.io.IOException;
import java.nio.file.Path;
import org.autoloss.metric.Evaluation;
import org.autoloss.nn.Checkpoint;
import org.autoloss.train.Model;

/** A model of a task: it can be trained, measured, and kept. */
public interface TaskModel extends Model {
  /**
   * Replaces the weights of the heads by fresh ones, as papers do that start from weights learnt on
   * another task: two losses with the same seed then start from the same weights.
   */
  void resetHeads();

  /**
   * Measures the network as it stands.
   *
   * @param split on what
   * @return the task's metrics over the whole split
   */
  Evaluation evaluate(Split split);

  /**
   * Measures the network, and writes what it finds in the format that others measure it by.
   *
   * @param split on what
   * @param results the file; replaced if it exists
   * @return as {@link #evaluate(Split)}
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if the task has no such format
   */
  default Evaluation evaluate(Split split, Path results) throws IOException {
    throw new IllegalArgumentException(
        "results: expected a task whose findings have a format of their own, such as detection, got"
            + " another one; leave the option out");
  }

  /**
   * Measures the network on a part of a split, as if there were nothing else in it.
   *
   * @param split of which
   * @param range of its samples, by position
   * @return the task's metrics over the part
   * @throws UnsupportedOperationException if {@link Task#samples} is empty
   */
  default Evaluation evaluate(Split split, Range range) {
    throw new UnsupportedOperationException("this model measures whole splits only");
  }

  /**
   * A copy of the weights as they are now.
   *
   * @return a checkpoint without notes
   */
  Checkpoint checkpoint();

  /**
   * Draws a few examples of a split and what the network makes of them, for people to look at.
   *
   * @param split of which
   * @param files where the pictures go, and their names
   * @throws IOException if a file cannot be written
   */
  default void drawExamples(Split split, ExampleFiles files) throws IOException {}
}
