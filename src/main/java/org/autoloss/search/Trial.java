package org.autoloss.search;

import org.autoloss.storage.Stage;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.train.TrainingSettings;

/**
 * A training that a search or a comparison asks for, as plain data: with the task's JSON and the
 * weights to start from, any machine can carry it out. Stage, step, sample and loss are its
 * address, the same in each run of the same seed.
 *
 * @param stage which part of the run
 * @param step of the search, from 0; see {@link Stage}
 * @param sample within the step, from 0; see {@link Stage}
 * @param seed of everything random in the training; a search may give the same to several trials,
 *     so that they differ by their losses alone
 * @param name what tables call it
 * @param loss the specification or the artefact of the losses to train by
 * @param work how long to train, and what to measure
 */
public record Trial(
    Stage stage, int step, int sample, long seed, String name, String loss, Work work) {
  /**
   * Where a training is measured before its end, and ends unless it is good enough.
   *
   * @param step after so many steps
   * @param objective what counts, by its label
   * @param bar the least score with which it goes on; {@code -Infinity} to measure alone
   */
  public record Hurdle(int step, String objective, double bar) {}

  /**
   * What is done in a trial.
   *
   * @param steps of the training, at least 1
   * @param measured the split that the trained network is measured on
   * @param earlyStop whether a loss that is NaN or infinite ends the training at once; only
   *     comparisons of efficiency do without
   * @param learningRate in place of the task's; null for that
   * @param beside a second split that the network is measured on; null for none
   * @param hurdle where the training ends unless it is good enough; null for none
   */
  public record Work(
      int steps,
      Split measured,
      boolean earlyStop,
      Double learningRate,
      Split beside,
      Hurdle hurdle) {
    /**
     * Checks the steps.
     *
     * @throws IllegalArgumentException if there are less than 1, or the hurdle is not before the
     *     end
     */
    public Work {
      if (steps < 1) {
        throw new IllegalArgumentException("steps: expected at least 1, got " + steps);
      }
      if (hurdle != null && (hurdle.step() < 1 || hurdle.step() >= steps)) {
        throw new IllegalArgumentException(
            "hurdle: expected a step from 1 to " + (steps - 1) + ", got " + hurdle.step());
      }
    }

    /**
     * Work with early stop.
     *
     * @param steps of the training
     * @param measured the split that the trained network is measured on
     * @return the work
     */
    public static Work of(int steps, Split measured) {
      return new Work(steps, measured, true, null, null, null);
    }

    /**
     * The same work with or without the early stop.
     *
     * @param stop whether a loss that is not finite ends the training at once
     * @return new work
     */
    public Work withEarlyStop(boolean stop) {
      return new Work(steps, measured, stop, learningRate, beside, hurdle);
    }

    /**
     * The same work with another learning rate.
     *
     * @param rate in place of the task's; null for that
     * @return new work
     */
    public Work withLearningRate(Double rate) {
      return new Work(steps, measured, earlyStop, rate, beside, hurdle);
    }

    /**
     * The same work, measured on a second split as well.
     *
     * @param split which; null for none
     * @return new work
     */
    public Work withBeside(Split split) {
      return new Work(steps, measured, earlyStop, learningRate, split, hurdle);
    }

    /**
     * The same work with a hurdle.
     *
     * @param before the end; null for none
     * @return new work
     */
    public Work withHurdle(Hurdle before) {
      return new Work(steps, measured, earlyStop, learningRate, beside, before);
    }

    /**
     * How a task's training is done in this work.
     *
     * @param task whose
     * @return the settings
     */
    public TrainingSettings settings(Task task) {
      TrainingSettings usual = task.training(steps).withEarlyStop(earlyStop);
      return learningRate == null ? usual : usual.withLearningRate(learningRate);
    }
  }
}
