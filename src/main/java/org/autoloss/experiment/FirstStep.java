package org.autoloss.experiment;

import org.autoloss.loss.LossSet;
import org.autoloss.task.Split;
import org.autoloss.task.Task;
import org.autoloss.task.TaskModel;
import org.autoloss.train.StepListener;
import org.autoloss.train.Trainer;

/** A step by a loss, before hours are spent on trainings that it is a part of. */
final class FirstStep {
  private FirstStep() {}

  /**
   * Refuses a loss that cannot train a task's network on its data.
   *
   * @param task data and network
   * @param role of the loss, and its name, for the message
   * @param specification of the loss, or its artefact
   * @throws IllegalArgumentException if there is no such loss, or it does not fit
   */
  static void check(Task task, String role, String specification) {
    try (LossSet losses = LossSet.parse(specification, task.branchInputs());
        TaskModel model = task.begin(Split.TRAIN, 0)) {
      new Trainer(task.training(1), StepListener.NONE).train(model, losses);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(role + ": " + e.getMessage(), e);
    }
  }
}
